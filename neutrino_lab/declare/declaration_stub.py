"""Writes the declaration of a plain function, from its signature."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from neutrino_lab.declare import route, signature, view
from neutrino_lab.declare.diagnostics import Fix
from neutrino_lab.notebook import magics
from neutrino_lab.notebook.facts import Facts, Function, Parameter, extract
from neutrino_lab.notebook.model import Cell, Span
from neutrino_lab.notebook.wording import say
from neutrino_lab.runtime.errors import NeutrinoError


class UndeclarableError(NeutrinoError):
    """A function cannot be declared where it stands; the message says why."""

    code = "undeclarable"


def candidate(cell: Cell, facts: Facts) -> Function | None:
    """Find the function that a declaration at the top of a cell would declare."""
    if facts.error is not None or not facts.functions:
        return None
    found = view.of(cell, facts)
    if found.declared or any(each.kind for each in found.texts):
        return None
    return view.function_between(facts, 0)


def declare(cells: Sequence[tuple[Cell, Facts]], cell: Cell, name: str) -> Fix:
    """Write the declaration of a function of one of the cells of a notebook.

    Raises UndeclarableError where no text in the cell could declare this function.
    """
    facts = next(facts for each, facts in cells if each is cell)
    function = candidate(cell, facts)
    if function is None or function.name != name:
        raise UndeclarableError(_refusal(cell, facts, name))
    annotated = frozenset[str]().union(*(view.annotated_names(each.code) for each, _ in cells))
    taken = {address for each in cells for address in _addresses(*each)}
    heading, text = _text(function, annotated, taken)
    magic_lines = {magic.line for magic in cell.magics}
    line = next(first for first, _ in facts.statements if first not in magic_lines)
    fix = Fix(
        say("Declare `{name}` as {heading}", name=name, heading=heading),
        Span(line, 0, line, 0),
        f'"""\n{text}\n"""\n',
    )
    if not _declares(cell, fix, name):
        raise UndeclarableError(f"A declaration in front of this cell would not reach `{name}`.")
    return fix


def _refusal(cell: Cell, facts: Facts, name: str) -> str:
    if facts.error is not None:
        return f"The cell is no valid Python yet: {facts.error.message}."
    if all(each.name != name for each in facts.functions):
        return f"This cell has no function `{name}` at its top level."
    if name.startswith("_"):
        return f"`{name}` is private: a function that is declared has a name without `_` in front."
    if candidate(cell, facts) is None:
        return "This cell declares something already; give the function a cell of its own."
    return f"A declaration is for the last function of its cell; give `{name}` a cell of its own."


def _text(
    function: Function, annotated: frozenset[str], taken: set[tuple[str, str, str]]
) -> tuple[str, str]:
    """Write heading and text of a declaration."""
    values = [
        each
        for each in function.parameters
        if signature.is_from_caller(each)
        and signature.is_sayable(each)
        and not signature.words(each) & annotated
    ]
    if function.is_async and function.is_generator:
        # A message is no value of the connection.
        values = [each for each in values if each.name != "event"]
        heading = f"@WS {_free('WS', '', '/ws/', function, taken)}"
        return heading, _joined(heading, "type: stream", _fields("query", values))
    takes_files = any("UploadFile" in signature.words(each) for each in function.parameters)
    is_question = not takes_files and all(map(signature.is_scalar, values))
    verb, key = ("GET", "query") if is_question else ("POST", "body")
    heading = f"{verb} {_free('HTTP', verb, '/api/', function, taken)}"
    return heading, _joined("@HTTP", heading, _fields(key, values))


def _fields(key: str, values: Sequence[Parameter]) -> str:
    return f"{key}: {', '.join(map(signature.field_text, values))}" if values else ""


def _joined(*lines: str) -> str:
    return "\n".join(line for line in lines if line)


def _free(
    word: str, verb: str, root: str, function: Function, taken: set[tuple[str, str, str]]
) -> str:
    """Find a path for a function that nothing else has."""
    wanted = path = root + signature.kebab(function.name)
    number = 1
    while (word, verb, route.shape(path)) in taken:
        number += 1
        path = f"{wanted}-{number}"
    return path


def _addresses(cell: Cell, facts: Facts) -> Iterator[tuple[str, str, str]]:
    for declared in view.of(cell, facts).declared:
        tree = declared.tree
        if tree.path:
            yield tree.word, tree.verb.text if tree.verb else "", route.shape(tree.path.text)


def _declares(cell: Cell, fix: Fix, name: str) -> bool:
    """Tell whether the cell, with the text put in, declares the function."""
    lines = cell.source.split("\n")
    lines[fix.span.line - 1 : fix.span.line - 1] = fix.text.rstrip("\n").split("\n")
    source = "\n".join(lines)
    code, found = magics.strip(source)
    edited = replace(cell, source=source, code=code, magics=found)
    declared = view.of(edited, extract(code)).declared
    return [each.function.name for each in declared if each.function] == [name]
