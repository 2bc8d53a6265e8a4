"""The README of a build folder: what is served and how it is run, in which the user's text is
escaped."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from neutrino_lab.declare.grammar import KINDS, kind_for
from neutrino_lab.declare.kind import Cell, Code
from neutrino_lab.export.image import image_name, template
from neutrino_lab.export.options import BuildOptions
from neutrino_lab.export.source import literal
from neutrino_lab.notebook.memory import remembered_of_same
from neutrino_lab.runtime import settings
from neutrino_lab.runtime.spec import App, Endpoint, Field

_SANDBOXED = """
A sandboxed operator runs in a process of its own: by bubblewrap where that is installed and may
make namespaces, else, as in the image, by Landlock and seccomp. Which of them it is stands in the
log at start and in the stream's `/state`. Where neither works the service does not start, unless
`NEUTRINO_SANDBOX=limits` says that it may run without isolation.
"""


def readme(  # noqa: PLR0913 - all that it tells of
    app: App,
    *,
    options: BuildOptions,
    modules: Sequence[PurePosixPath],
    files: Sequence[PurePosixPath] = (),
    variables: Sequence[str],
    about: dict[tuple[str, int], str],
) -> str:
    """Write the README; `variables` are those that the cells read, and `about` has a first
    docstring line by function and cell."""
    summary = _prose(app.description.strip().partition("\n\n")[0])
    kinds = (
        (modules, "modules of yours that the cells import"),
        (files, "files of yours that the cells read"),
    )
    rows = [f"| {_code(top)} | {what} |\n" for paths, what in kinds for top in _tops(paths)]
    return template("README.md").substitute(
        title=_prose(app.title),
        description=f"\n{summary}\n" if summary else "",
        routes=_routes(app, about),
        image=image_name(app.title),
        python=options.python,
        port=options.port,
        variables=f"The cells read {', '.join(map(_code, variables))}.\n\n" if variables else "",
        modules="".join(rows),
        settings=settings.markdown().rstrip(),
    )


def _tops(paths: Sequence[PurePosixPath]) -> list[str]:
    return sorted({f"{p.parts[0]}/" if len(p.parts) > 1 else p.name for p in paths})


def _routes(app: App, about: dict[tuple[str, int], str]) -> str:
    parts = []
    for kind in KINDS:
        rows = [
            (*_shown_row(each), _prose(about.get((each.function, each.cell), "")))
            for each in app.of(kind.spec)
        ]
        parts.append(_table(kind.table.title, (*kind.table.columns, "about"), rows))
    if any(each.is_sandboxed for each in app.endpoints):
        parts.append(_SANDBOXED)
    return "".join(parts)


@remembered_of_same
def _shown_row(endpoint: Endpoint) -> tuple[str, ...]:
    return tuple(map(_shown, kind_for(endpoint).row(endpoint)))


def _shown(cell: Cell) -> str:
    match cell:
        case Code(text):
            return _code(text)
        case str(word):
            return word
    return ", ".join(map(_field, cell))


def _table(title: str, head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """A section, without the columns that are empty; nothing where there are no rows."""
    if not rows:
        return ""
    kept = [i for i, _ in enumerate(head) if any(row[i] for row in rows)]
    lines = [head, tuple("---" for _ in head), *rows]
    body = "\n".join(f"| {' | '.join(line[i] for i in kept)} |" for line in lines)
    return f"\n## {title}\n\n{body}\n"


def _field(field: Field) -> str:
    """One field as it would be declared."""
    name = f"{field.name}{'?' if field.optional else ''}"
    declared = f"{name}: {field.type}" if field.type else name
    return _code(declared if field.default is ... else f"{declared} = {literal(field.default)}")


def _code(text: str) -> str:
    """A code span that holds in a table cell, whatever the text."""
    flat = " ".join(text.split()).replace("|", "\\|")
    longest = max((len(run) for run in re.findall(r"`+", flat)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if flat[:1] == "`" or flat[-1:] == "`" else ""
    return f"{fence}{pad}{flat}{pad}{fence}"


def _prose(text: str) -> str:
    """One line of plain text: neither Markdown nor HTML."""
    flat = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return re.sub(r"([\\`*_{}\[\]<>#|~!$&])", r"\\\1", flat)
