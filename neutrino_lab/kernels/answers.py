"""Results: what became of an execution, with the text that a model reads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import quote

from neutrino_lab.kernels import endings, packages, text
from neutrino_lab.kernels.endings import Ending, Status
from neutrino_lab.kernels.executions import Execution, Result
from neutrino_lab.kernels.outputs import Outputs
from neutrino_lab.kernels.settings import Settings
from neutrino_lab.runtime.tools.definition import shortened

_MOST_FILES_TOLD = 20


def result(  # noqa: PLR0913 - the parts of one value
    execution: Execution,
    ending: Ending,
    outputs: Outputs,
    *,
    settings: Settings,
    link: Callable[[str], str],
    timeout_s: float,
    duration_ms: int,
    state_lost: bool,
    changed: list[dict[str, Any]],
    installed: Sequence[str] = (),
) -> Result:
    """Put together what is answered. `link` makes an address of a path of the API; `installed` says
    what became of packages."""

    def of_output(index: int, media: str) -> str:
        path = f"api/jupyter/executions/{execution.id}/outputs/{index}"
        return link(f"{path}?type={quote(media)}")

    has_session = execution.session_id is not None
    if has_session:
        base = f"api/jupyter/kernel/{execution.session_id}/files/"
        changed = [{**each, "url": link(base + quote(each["path"]))} for each in changed]
    notes = endings.notes(
        ending,
        timeout_s=timeout_s,
        most_bytes=settings.output_bytes,
        state_lost=state_lost,
        has_session=has_session,
    )
    notes += [*installed, *filter(None, [packages.hint(ending.error, settings.packages)])]
    if changed:
        listed = [f"{each['path']} ({each['size']:,} B)" for each in changed[:_MOST_FILES_TOLD]]
        more = len(changed) - len(listed)
        left = "" if has_session else " They are gone with the kernel: a session keeps its files."
        rest = f" and {more} more" if more else ""
        notes.append(f"Files written: {', '.join(listed)}{rest}.{left}")
    shown = text.of_outputs(outputs.listed, of_output)
    lines = [*([shown] if shown else []), *(f"[{note}]" for note in notes)]
    return Result(
        execution.id,
        execution.session_id,
        ending.status,
        outputs=outputs.listed,
        text=shortened("\n".join(lines) or "[There was no output.]"),
        error=_error(ending),
        duration_ms=duration_ms,
        state_lost=state_lost,
        dropped=outputs.dropped,
        files=changed,
        execution_count=ending.execution_count,
    )


def refusal(
    execution: Execution, status: Status, name: str, message: str, trace: str = ""
) -> Result:
    """Give the result of an execution that no kernel ran: `name` and `message` are those of its
    error, `trace` its traceback where it has one."""
    lines = (trace or message).split("\n")
    output = {"output_type": "error", "ename": name, "evalue": message, "traceback": lines}
    return Result(
        execution.id,
        execution.session_id,
        status,
        outputs=[output] if status == "error" else [],
        text=trace or message,
        error={"name": name, "message": message, "traceback": lines},
    )


def _error(ending: Ending) -> dict[str, Any] | None:
    if ending.error is None:
        return None
    return {
        "name": ending.error.get("ename", ""),
        "message": ending.error.get("evalue", ""),
        "traceback": [text.plain(line) for line in ending.error.get("traceback", [])],
    }
