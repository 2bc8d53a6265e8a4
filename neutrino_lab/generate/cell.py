"""The cell of a draft: its declaration with what the draft adds, judged by our own compiler."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from neutrino_lab.declare import parser, view
from neutrino_lab.declare.compiler import Compilation, Compiler
from neutrino_lab.declare.diagnostics import Diagnostic
from neutrino_lab.declare.rules.missing_function import CODE as NO_FUNCTION
from neutrino_lab.declare.rules.undefined_name import CODE as UNDEFINED
from neutrino_lab.declare.tree import Tree
from neutrino_lab.notebook import magics
from neutrino_lab.notebook.dependence import Dependence
from neutrino_lab.notebook.facts import Facts, FactsCache
from neutrino_lab.notebook.model import Cell, Notebook
from neutrino_lab.runtime.cell_file import CodeCell
from neutrino_lab.runtime.sandbox.function import outlined
from neutrino_lab.runtime.spec import App, Stream
from neutrino_lab.runtime.streams import operator as operators
from neutrino_lab.runtime.streams.operator import SANDBOXED, Operator

_FILE = "the draft"
_CELL = 1
MODULE = "draft"


class NoCellError(ValueError):
    """A text that is no sound cell; the message says why."""


@dataclass(frozen=True, slots=True)
class Sound:
    """A cell without mistakes: the app of its one endpoint, and all the code that this needs."""

    app: App
    code: str
    facts: Facts


def declared(source: str) -> tuple[str, str]:
    """Give the text of a cell's one declaration, and the name of its function, empty if none.

    Raises NoCellError.
    """
    cell = _cell(source)
    seen = view.of(cell, FactsCache().of(cell.code))
    if len(seen.declared) != 1:
        raise NoCellError(f"The cell declares {len(seen.declared) or 'nothing'}, not one endpoint.")
    [found] = seen.declared
    lines = next(text.lines for text in seen.texts if text.leads)
    written = textwrap.dedent("\n".join(line.text for line in lines)).strip()
    return written, found.function.name if found.function else ""


def tree_of(declaration: str) -> Tree:
    """Read the text of a declaration. Raises NoCellError where it is none."""
    tree = parser.read(declaration)
    if tree is None:
        raise NoCellError("That is no declaration.")
    return tree


def completed(declaration: str, added: Mapping[str, str], dropped: tuple[str, ...] = ()) -> str:
    """Write a declaration with keys that it has not yet, and without those that are dropped. Raises
    NoCellError."""
    tree = tree_of(declaration)
    lines = declaration.strip().split("\n")
    starts = [each.key.span.line for each in tree.entries]
    for entry, end in reversed([*zip(tree.entries, [*starts[1:], len(lines) + 1], strict=False)]):
        if entry.name in dropped and entry.key.span.line > 1:
            del lines[entry.key.span.line - 1 : end - 1]
    there = {each.name for each in tree.entries} - set(dropped)
    lines += [f"{key}: {value}" for key, value in added.items() if value and key not in there]
    return "\n".join(lines)


def written(declaration: str, code: str) -> str:
    """Write a cell, its declaration in quotes that fit."""
    quotes = "'''" if '"""' in declaration or declaration.endswith('"') else '"""'
    body = declaration.replace("\\", "\\\\")
    return f"{quotes}\n{body}\n{quotes}\n{code.strip()}".rstrip() + "\n"


def sound(source: str) -> Sound:
    """Compile a cell by itself, as it would be in its notebook. Raises NoCellError."""
    cell = _cell(source)
    facts = FactsCache().of(cell.code)
    if len(declared := view.of(cell, facts).declared) > 1:
        others = ", ".join(f"`{each.tree.kind.text}`" for each in declared[1:])
        raise NoCellError(f"The code brings a declaration of its own: {others}.")
    found = _compilation([cell])
    wrong = [e for e in found.diagnostics if e.severity == "error" or e.code == UNDEFINED]
    if wrong:
        raise NoCellError(_sentence(wrong[0]))
    if len(found.app.endpoints) != 1:
        raise NoCellError(
            f"The cell declares {len(found.app.endpoints) or 'nothing'}, not one endpoint."
        )
    return Sound(found.app, cell.code, facts)


def check_open(declaration: str) -> None:
    """Find what is wrong with a declaration that lacks its function. Raises NoCellError."""
    found = _compilation([_cell(written(declaration, ""))]).diagnostics
    wrong = [e for e in found if e.severity == "error" and e.code != NO_FUNCTION]
    if wrong:
        raise NoCellError(_sentence(wrong[0]))


def compiled(source: str) -> Operator:
    """Compile the cell of a stream by itself, into an operator whose function runs sandboxed alone.
    Raises NoCellError."""
    return operator_of(sound(source))


def running(source: str, cells: Sequence[str]) -> Sound:
    """Compile a cell that runs, with those of its notebook that it cannot do without, as one that
    can be tried alone. Raises NoCellError where it is none of them, or has mistakes."""
    number = cells.index(source) + 1 if source in cells else 0
    if not number:
        return sound(source)
    listed = [_cell(each, n) for n, each in enumerate(cells, 1)]
    found = _compilation(listed)
    endpoints = [each for each in found.app.endpoints if each.cell == number]
    if len(endpoints) != 1:
        raise NoCellError("The cell as it is has mistakes.")
    facts = [found.facts[MODULE, each.number] for each in listed]
    codes = [each.code for each in listed]
    needed = sorted(Dependence(codes, facts).needed_by([number - 1]))
    app = replace(found.app, endpoints=(replace(endpoints[0], cell=_CELL),))  # type: ignore[type-var]
    return Sound(app, "\n".join(codes[each] for each in needed), facts[number - 1])


def operator_of(found: Sound) -> Operator:
    """Make the operator of a stream's cell. Raises NoCellError."""
    streams = found.app.of(Stream)
    if len(streams) != 1:
        raise NoCellError("The cell declares no stream.")
    [stream] = streams
    function = None
    if stream.name:
        code = CodeCell(_CELL, found.code, MODULE, _FILE)
        function = outlined(stream.name, code, 0)
    try:
        return operators.make(stream, function, {})
    except ValueError as error:
        raise NoCellError(str(error)) from error


def described(words: str) -> str:
    """Write words as the value of `describe:` on one line; quotes and marks stay letters."""
    text = " ".join(words.replace("\\", "/").split())
    text = re.sub(r"\s#", " no. ", text).replace('"', "'")
    return text.strip("'")[:500]


def sandboxed(declaration: str, words: str, fields: Mapping[str, str]) -> str:
    """Complete the declaration of generated code: it runs sandboxed, and says what it is for."""
    added = {**fields, "run": SANDBOXED, "describe": described(words)}
    return completed(declaration, added, dropped=("run",))


def _compilation(cells: Sequence[Cell]) -> Compilation:
    notebook = Notebook(PurePosixPath("draft.ipynb"), MODULE, tuple(cells))
    return Compiler().compile(MODULE, [notebook])


def _sentence(wrong: Diagnostic) -> str:
    where = f"Line {wrong.span.line}: " if wrong.span else ""
    return f"{where}{wrong.message} ({wrong.code}). {wrong.hint}"


def _cell(source: str, number: int = _CELL) -> Cell:
    code, found = magics.strip(source)
    return Cell(f"draft{number}", number, source, code, found)
