"""Cells of a notebook that is served."""

from __future__ import annotations

HELLO = '"""\n@HTTP\nGET /hello\n"""\ndef hello():\n    return GREETING\n'


END = '"""\n@HTTP\nGET /end\n"""\nimport os\nasync def end():\n    os._exit(7)\n'


def code_of(revision: object) -> str:
    notebooks = getattr(revision, "notebooks", ())
    return "\n".join(cell.code for each in notebooks for cell in each.cells)
