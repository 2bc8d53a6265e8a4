"""A session as a notebook: every cell that ran, with its outputs."""

from __future__ import annotations

from typing import Any

import nbformat

from neutrino_lab.kernels.sessions import Session

# It has no types.
_V4: Any = nbformat.v4
_FROM_DICT: Any = nbformat.from_dict


def notebook(session: Session) -> dict[str, Any]:
    """Give an nbformat 4 document of what was run."""
    kernel = session.kernel_now
    language = {"name": kernel.language, "version": kernel.version} if kernel else {}
    made = _V4.new_notebook(
        metadata={
            "kernelspec": {
                "name": session.kernel_name,
                "display_name": session.kernel_name,
                **({"language": kernel.language} if kernel else {}),
            },
            "language_info": language or {"name": "python"},
            "title": session.name,
        }
    )
    if session.cells_dropped:
        made.cells.append(
            _V4.new_markdown_cell(f"{session.cells_dropped} earlier cells were not kept.")
        )
    for cell in session.cells:
        made.cells.append(
            _V4.new_code_cell(
                cell.code,
                execution_count=cell.count,
                outputs=[_FROM_DICT(_whole(output)) for output in cell.outputs],
            )
        )
    nbformat.validate(made)
    return dict(made)


def _whole(output: dict[str, Any]) -> dict[str, Any]:
    """An output as a file may hold it, whatever a kernel has sent."""
    if output["output_type"] != "execute_result" or isinstance(output["execution_count"], int):
        return output
    return {**output, "execution_count": None}
