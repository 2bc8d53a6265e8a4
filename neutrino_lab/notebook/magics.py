"""IPython's own syntax: finds magics, shell lines and help in a cell and makes Python of it."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator

from neutrino_lab.notebook.model import Magic, MagicKind

# These only time or capture the Python below them: what it defines is there afterwards.
_TRANSPARENT = frozenset({"capture", "prun", "time"})

_CELL = re.compile(r"%%(\w+)")
_ESCAPE = re.compile(r"(%|!!?|\?\??)(?=\s*[^\s=])")
_ASSIGNMENT = re.compile(r"[^\W\d][^=#%!]*=\s*([%!])\s*[^\s=]")
_HELP = re.compile(r"%{0,2}[^\W\d][\w.*]*(\[[^\]]*\])?\?{1,2}\s*$")
_TIMED = re.compile(r"%time\s+(?!-)(\S.*)")
_SUSPECT = re.compile(r"^[ \t]*[%!?]|=[ \t]*[%!]|\?[ \t]*$", re.MULTILINE)
_TOKEN = re.compile(r"\"\"\"|'''|[\"'#(\[{)\]}]|\\$")


def strip(source: str) -> tuple[str, tuple[Magic, ...]]:
    """Replace what only IPython understands by `pass` and a comment; line numbers stay.

    A cell magic drops the whole cell, unless it merely runs the Python below it (`%%time`).
    """
    # Parsing costs as much as all the rest, and Python that parses holds no magics.
    if not _SUSPECT.search(source) or _is_python(source):
        return source, ()
    lines = source.split("\n")
    found: list[Magic] = []
    start = _cell_magics(lines, found)
    if start < 0:
        return "", tuple(found)
    scanner = _Scanner()
    index = start
    while index < len(lines):
        line = lines[index]
        kind = _kind(line) if scanner.at_start else None
        if kind is None:
            scanner.feed(line)
            index += 1
            continue
        end = _last_line(lines, index)
        text = "\n".join(lines[index : end + 1]).strip()
        found.append(Magic(kind=kind, line=index + 1, text=text))
        lines[index : end + 1] = _replaced(lines[index : end + 1])
        index = end + 1
    return "\n".join(lines), tuple(found)


def _is_python(source: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _cell_magics(lines: list[str], found: list[Magic]) -> int:
    """Replace the cell magics on top; give the line after them, -1 if one drops the cell."""
    index = 0
    while True:
        while index < len(lines) and not lines[index].strip():
            index += 1
        match = _CELL.match(lines[index].lstrip()) if index < len(lines) else None
        if match is None or _HELP.match(lines[index].strip()):
            return index
        found.append(Magic(kind="cell", line=index + 1, text=lines[index].strip()))
        if match[1] not in _TRANSPARENT:
            return -1
        lines[index] = f"pass  # {lines[index].strip()}"
        index += 1


def _kind(line: str) -> MagicKind | None:
    text = line.strip()
    if _HELP.match(text):
        return "help"
    if escape := _ESCAPE.match(text):
        return {"%": "line", "!": "shell", "?": "help"}[escape[1][0]]  # type: ignore[return-value]
    if assigned := _ASSIGNMENT.match(text):
        return "line" if assigned[1] == "%" else "shell"
    return None


def _last_line(lines: list[str], index: int) -> int:
    while lines[index].endswith("\\") and index + 1 < len(lines):
        index += 1
    return index


def _replaced(lines: list[str]) -> Iterator[str]:
    first = lines[0]
    indent = first[: len(first) - len(first.lstrip())]
    timed = _TIMED.match(first.strip()) if len(lines) == 1 else None
    if timed and _is_python(timed[1]):
        # A model that `%time model.fit(x)` trains must be trained in the service as well.
        yield f"{indent}{timed[1]}"
        return
    yield f"{indent}pass  # {first.strip()}"
    for line in lines[1:]:
        yield f"{indent}# {line.strip()}"


class _Scanner:
    """Tells, line by line, whether the next one begins a statement."""

    def __init__(self) -> None:
        self._depth = 0
        self._quote = ""
        self._continued = False

    @property
    def at_start(self) -> bool:
        return not (self._depth or self._quote or self._continued)

    def feed(self, line: str) -> None:
        self._continued = False
        position = 0
        while position < len(line):
            if self._quote:
                position = self._string(line, position)
                continue
            token = _TOKEN.search(line, position)
            if token is None or token[0] == "#":
                return
            position = token.end()
            if token[0] == "\\":
                self._continued = True
            elif token[0] in "([{":
                self._depth += 1
            elif token[0] in ")]}":
                self._depth = max(0, self._depth - 1)
            else:
                self._quote = token[0]
        if len(self._quote) == 1 and not self._continued:
            self._quote = ""  # never closed: the next line begins anew, as in Python

    def _string(self, line: str, position: int) -> int:
        while position < len(line):
            if line[position] == "\\":
                self._continued = position + 1 == len(line)
                position += 2
            elif line.startswith(self._quote, position):
                position += len(self._quote)
                self._quote = ""
                return position
            else:
                position += 1
        return position
