"""IPython's own syntax: finds magics, shell lines and help in a cell and makes Python of it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from neutrino_lab.notebook.memory import remembered
from neutrino_lab.notebook.model import Magic, MagicKind
from neutrino_lab.notebook.syntax import try_parse

# These only time or capture the Python below them: what it defines is there afterwards.
_TRANSPARENT = frozenset({"capture", "prun", "time"})

_CELL = re.compile(r"%%(\w+)")
_ESCAPE = re.compile(r"%|!!?|\?\??|[,;/](?=\s*[^\W\d])")
_SET_BY = re.compile(r"(%)\s*[^\W\d]|(!)\s*[^\s=]")
_HELP = re.compile(r"%{0,2}[^\W\d][\w.*]*(\[[^\]]*\])?\?{1,2}\s*$")
_TIMED = re.compile(r"%time\s+(?!-)(\S.*)")
_ENVIRONMENT = re.compile(r"%(?:set_)?env\s+(\w+)(?:\s*=\s*|\s+)([^\s$={][^$={]*)$")
_SUSPECT = re.compile(
    r"^[ \t]*[%!?,;/]|=[ \t]*[%!]|\?[ \t]*$|^[ \t]*(>>>|In \[)|\A\s*^[ \t]", re.MULTILINE
)
_TOKEN = re.compile(r"\"\"\"|\'\'\'|[\"\'#(\[{)\]}]|\\$")
# An assignment's sign, and no comparison, arrow or walrus.
_ASSIGN = re.compile(r"(?<![=!<>:+\-*/%@&|^])=(?!=)")
_PROMPTS = (
    (re.compile(r"[ \t]*>>>( |$)"), re.compile(r"^[ \t]*(>>>|\.\.\.)( |$)")),
    (re.compile(r"In \[\d+\]: ?"), re.compile(r"^(In \[\d+\]: ?|[ \t]*\.{3,}: ?)")),
)
# IPython takes these for magics where they stand alone in a cell, also without their `%`.
_AUTOMAGIC = frozenset(
    {"alias", "bookmark", "cat", "cd", "clear", "colors", "conda", "config", "cp", "debug"}
    | {"dhist", "dirs", "doctest_mode", "env", "gui", "hist", "history", "ldir", "less", "lf"}
    | {"lk", "ll", "load", "load_ext", "logoff", "logon", "logstart", "logstate", "logstop", "ls"}
    | {"lsmagic", "lx", "macro", "magic", "mamba", "man", "matplotlib", "micromamba", "mkdir"}
    | {"more", "mv", "notebook", "page", "pastebin", "pdb", "pdef", "pdoc", "pfile", "pinfo"}
    | {"pinfo2", "pip", "popd", "pprint", "precision", "prun", "psearch", "psource", "pushd"}
    | {"pwd", "pycat", "pylab", "quickref", "recall", "rehashx", "reload_ext", "rerun", "reset"}
    | {"reset_selective", "rm", "rmdir", "run", "save", "sc", "set_env", "store", "sx", "system"}
    | {"tb", "timeit", "unalias", "unload_ext", "uv", "who", "who_ls", "whos", "xdel", "xmode"}
)
_WORDS = re.compile(r"([^\W\d]\w*)(?:\s+(?![=+*%@&|^<>!,]|[-/]\s|(?:in|is|and|or|not|if)\b)\S.*)?$")


@remembered
def strip(source: str) -> tuple[str, tuple[Magic, ...]]:
    """Replace what only IPython understands by `pass` and a comment; line numbers stay.

    A cell magic drops the whole cell, unless it merely runs the Python below it (`%%time`).
    """
    if source and "\n" not in source.strip() and (magic := _automagic(source.strip())):
        line = source.count("\n", 0, source.index(magic)) + 1
        found = (Magic(kind="line", line=line, text=magic),)
        return source.replace(magic, f"pass  # {magic}", 1), found
    # Parsing costs as much as all the rest, and Python that parses holds no magics.
    if not _SUSPECT.search(source):
        return source, ()
    # To Python, `In [1]: x = 1` is an annotation.
    if try_parse(source) and not _PROMPTS[1][0].match(source.lstrip()):
        return source, ()
    return _stripped(_unprompted(_dedented(source.split("\n"))))


def names_set(magic: Magic) -> frozenset[str] | None:
    """Give the names that a line sets in its kernel; None where that cannot be told."""
    text = magic.text.strip()
    first = text.partition("\n")[0]
    assigned_at = _assigned_at(text) if text[:1] not in ("%", "!") else None
    if magic.kind in ("line", "shell") and assigned_at:
        return frozenset(re.findall(r"[^\W\d]\w*", text[:assigned_at]))
    words = first.split()
    name, given = (words[0].lstrip("%") if words else ""), words[1:]
    if name in ("run", "pylab", "load", "macro", "store", "sx", "sc", "cython", "pypy"):
        return None
    if name in ("capture", "bigquery", "sql", "script", "bash", "sh", "R", "dot", "duckdb"):
        return frozenset(each.strip("<,") for each in given if each.strip("<,").isidentifier())
    return frozenset()


def may_set(magic: Magic, name: str) -> bool:
    """Tell whether a line may set a name in its kernel."""
    names = names_set(magic)
    return names is None or name in names


def _automagic(line: str) -> str:
    words = _WORDS.match(line)
    if words is None or words[1] not in _AUTOMAGIC:
        return ""
    # `pip` and a bare `ls` are no Python that could do something; `run` alone may be a name.
    return line if " " in line or words[1] in ("ls", "ll", "pwd", "who", "whos") else ""


def _dedented(lines: list[str]) -> list[str]:
    """Take the first line's indent off all lines that have it."""
    first = next((line for line in lines if line.strip()), "")
    indent = first[: len(first) - len(first.lstrip(" \t"))]
    return [line.removeprefix(indent) for line in lines] if indent else lines


def _unprompted(lines: list[str]) -> list[str]:
    """Take off the prompts of Python or of IPython, as they are copied out of a text."""
    shown = [line for line in lines if line.strip()][:2]
    for first, prompt in _PROMPTS:
        if (shown and first.match(shown[0])) or (len(shown) > 1 and prompt.match(shown[1])):
            return [prompt.sub("", line) for line in lines]
    return lines


def _stripped(lines: list[str]) -> tuple[str, tuple[Magic, ...]]:
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
    _future_first(lines, start)
    return "\n".join(lines), tuple(found)


def _future_first(lines: list[str], start: int) -> None:
    """`pass` in front of `from __future__` would be a mistake: there it is a comment alone."""
    for index, line in enumerate(lines):
        if line.startswith("from __future__"):
            for above in range(index):
                if lines[above].startswith("pass  #"):
                    lines[above] = lines[above].removeprefix("pass  ")
            return
        if index >= start and line.strip() and not line.startswith(("#", "pass  #")):
            return


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
        return {"%": "line", "!": "shell", "?": "help"}.get(escape[0][0], "line")  # type: ignore[return-value]
    at = _assigned_at(text)
    set_by = _SET_BY.match(text[at + 1 :].lstrip()) if at else None
    if set_by:
        return "line" if set_by[1] else "shell"
    return None


def _assigned_at(line: str) -> int:
    """Find the first sign of assignment that stands in no bracket and in no text; 0 if none."""
    for assign in _ASSIGN.finditer(line):
        scanner = _Scanner()
        scanner.feed(line[: assign.start()] + "\\")
        if scanner.is_plain:
            return assign.start()
    return 0


def _last_line(lines: list[str], index: int) -> int:
    while lines[index].endswith("\\") and index + 1 < len(lines):
        index += 1
    return index


def _replaced(lines: list[str]) -> Iterator[str]:
    first = lines[0]
    indent = first[: len(first) - len(first.lstrip())]
    timed = _TIMED.match(first.strip()) if len(lines) == 1 else None
    if timed and try_parse(timed[1]):
        # A model that `%time model.fit(x)` trains must be trained in the service as well.
        yield f"{indent}{timed[1]}"
        return
    variable = _ENVIRONMENT.match(first.strip()) if len(lines) == 1 else None
    if variable:
        # What a later cell reads of the environment it finds in the service as well.
        name, value = variable[1], variable[2].strip()
        yield f'{indent}__import__("os").environ[{name!r}] = {value!r}  # {first.strip()}'
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
        return self.is_plain and not self._continued

    @property
    def is_plain(self) -> bool:
        """Whether no bracket and no text is open."""
        return not (self._depth or self._quote)

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
            self._quote = ""  # never closed: the next line starts fresh, as in Python

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
