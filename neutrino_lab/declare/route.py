"""The path of a declaration: its parameters, what is wrong with it, and what it answers to."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator
from dataclasses import dataclass

from neutrino_lab.declare.nearest import did_you_mean, nearest
from neutrino_lab.declare.tree import Token
from neutrino_lab.notebook.memory import remembered
from neutrino_lab.notebook.model import Span
from neutrino_lab.notebook.wording import Worded, say

MEANINGS = {
    "str": "",
    "int": ", a whole number",
    "float": ", a number",
    "path": ", slashes included",
    "uuid": ", a UUID",
}
CONVERTERS = tuple(MEANINGS)

_PARAMETER = re.compile(r"\{([^{}]*)\}")
_FOREIGN = re.compile(r"<(?:\w+:)?(\w+)>|(?<=/):(\w+)")
_CONVERTER_ALIASES = {
    "string": "str",
    "integer": "int",
    "number": "float",
    "double": "float",
    "guid": "uuid",
    "any": "path",
    "*": "path",
}


@dataclass(frozen=True, slots=True)
class PathParameter:
    """A `{name}` or `{name:converter}` in a path, whether or not the converter exists."""

    name: Token
    converter: str


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing wrong with a path; `fix` is the text to put in its place, where that is sure."""

    message: Worded
    hint: Worded
    span: Span
    fix: str = ""


def parameters(path: Token | None) -> tuple[PathParameter, ...]:
    """List the `{parameters}` of a path, well formed or not."""
    if path is None or "{" not in path.text:
        return ()
    found = []
    for match in _PARAMETER.finditer(path.text):
        name, _, converter = match[1].partition(":")
        token = Token(name, path.span.part(match.start(1), match.start(1) + len(name)))
        found.append(PathParameter(token, converter or "str"))
    return tuple(found)


@remembered
def shape(path: str) -> str:
    """Give the path without the names of its parameters: two of one shape answer the same."""

    def nameless(match: re.Match[str]) -> str:
        converter = match[1].partition(":")[2]
        return f"{{:{converter}}}" if converter not in ("", "str") else "{}"

    return _PARAMETER.sub(nameless, path)


def flaws(path: Token) -> Iterator[Flaw]:
    """Find what keeps a path from being served as it is written."""
    text = path.text
    if bad := re.search(r"\s", text):
        yield Flaw(
            say("the path holds a space: `{text}`", text=text),
            say("write one path without spaces; keys such as `body:` go on lines of their own"),
            path.span.part(bad.start(), len(text)),
        )
        return
    for mark, meaning in (
        ("?", say("end it before the `?`; query values are declared with `query:`")),
        ("#", say("end it before the `#`")),
    ):
        if mark in text:
            at = text.index(mark)
            yield Flaw(
                say(
                    "the path holds a `{mark}`, which never reaches a server as part of it",
                    mark=mark,
                ),
                meaning,
                path.span.part(at, len(text)),
            )
            return
    for foreign in _FOREIGN.finditer(text):
        name = foreign[1] or foreign[2]
        yield Flaw(
            say("`{foreign}` is not how a path takes a value", foreign=foreign[0]),
            say("write `{{{name}}}`", name=name),
            path.span.part(*foreign.span()),
            f"{{{name}}}",
        )
    yield from _brace_flaws(path)
    yield from _parameter_flaws(path)


def _brace_flaws(path: Token) -> Iterator[Flaw]:
    rest = _PARAMETER.sub(lambda match: " " * len(match[0]), path.text)
    if found := re.search(r"[{}]", rest):
        yield Flaw(
            say(
                "the path has a `{character}` without its `{other}`",
                character=found[0],
                other="}" if found[0] == "{" else "{",
            ),
            say("write each parameter as `{{name}}`"),
            path.span.part(*found.span()),
        )


def _parameter_flaws(path: Token) -> Iterator[Flaw]:
    seen: set[str] = set()
    for parameter in parameters(path):
        name, span = parameter.name.text, parameter.name.span
        if not name:
            yield Flaw(say("a path parameter has no name"), say("write it as `{{name}}`"), span)
        elif not name.isidentifier() or keyword.iskeyword(name):
            yield Flaw(
                say(
                    "`{name}` cannot be a path parameter: it is no name that a function can take",
                    name=name,
                ),
                say("use letters, digits and underscores, as in `{{item_id}}`"),
                span,
            )
        elif name in seen:
            yield Flaw(
                say("the path names `{{{name}}}` twice", name=name),
                say("give each parameter of the path a name of its own"),
                span,
            )
        seen.add(name)
        if parameter.converter not in CONVERTERS:
            yield _converter_flaw(parameter)


def _converter_flaw(parameter: PathParameter) -> Flaw:
    name, converter = parameter.name, parameter.converter
    span = name.span.end.part(1, 1 + len(converter))
    meant = nearest(converter, CONVERTERS, _CONVERTER_ALIASES)
    return Flaw(
        say("a path has no converter `{converter}`", converter=converter),
        did_you_mean(meant, say("there are {known}", known=", ".join(CONVERTERS))),
        span,
        meant,
    )
