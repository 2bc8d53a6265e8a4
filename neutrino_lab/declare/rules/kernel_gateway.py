"""A cell is a handler of Jupyter Kernel Gateway: its first line is `# GET /path`.

Why: the gateway runs such a cell for each request, with the request in `REQUEST`. A service would
run it once, when it starts, so it is refused. Where nothing but such first lines tells these cells
from others, it is a warning, and only in a notebook that declares nothing.

Example:
    # GET /contacts/:id
    contact = REQUEST["path"]["id"]
    print(contact)

Fix: put the code into a function that takes the values and returns what is to be sent, below a
declaration.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from neutrino_lab.declare.declared import Finding, InCell, Project
from neutrino_lab.notebook.blocks import of_each
from neutrino_lab.notebook.model import Cell, Notebook, Span
from neutrino_lab.notebook.wording import Worded, code_words, say

CODE: Final = "NL120"
SEVERITY: Final = "error"

_HANDLER = re.compile(r"#\s{0,9}(ResponseInfo\s{1,9})?(GET|PUT|POST|DELETE)\s{1,9}(/\S*)[ \t]*$")
_REQUEST = re.compile(r"\bREQUEST\b")
_PARAMETER = re.compile(r":([^\W\d]\w*)")


def check(project: Project) -> Iterator[tuple[InCell, Finding]]:
    declaring = {each.notebook.path for each in project.placed}
    for notebook in project.readable:
        yield from _judged(notebook, declares=notebook.path in declaring)


def has_handlers(notebook: Notebook) -> bool:
    """Whether some of its cells begin as handlers do."""
    return any(_handlers(notebook.cells))


def _judged(notebook: Notebook, *, declares: bool) -> Iterator[tuple[InCell, Finding]]:
    found = [*_handlers(notebook.cells)]
    is_certain = any(match[1] or _REQUEST.search(cell.code) for cell, match in found)
    if declares and not is_certain:
        return  # such a comment may stand above any code
    for cell, match in found:
        line = match.string[: match.end()]
        finding = Finding(
            say(
                "`{line}` makes this cell a handler of Kernel Gateway, which a service does "
                "not run",
                line=line,
            ),
            _hint(match),
            Span(1, 0, 1, len(line)),
            severity=None if is_certain else "warning",
        )
        yield InCell(notebook, cell), finding


@of_each
def _handlers(cell: Cell) -> re.Match[str] | None:
    if cell.source[:1] != "#" or cell.skipped:
        return None
    return _HANDLER.match(cell.source.partition("\n")[0])


def _hint(match: re.Match[str]) -> Worded:
    if match[1]:
        return say(
            "leave it out: what the function returns, and `media:`, say status and content type"
        )
    parameters = _PARAMETER.findall(match[3])
    path = _PARAMETER.sub(r"{\1}", match[3])
    address = f"{match[2]} {path}"
    if not parameters:
        return say(
            "declare `@HTTP {address}` above a function that returns what is sent", address=address
        )
    return say(
        "declare `@HTTP {address}` above a function that takes {names} and returns what is sent",
        address=address,
        names=code_words(parameters),
    )
