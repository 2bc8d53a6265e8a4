"""What an endpoint takes from its caller, told by the source alone: nothing is run for it.

A type's meaning is asked of `runtime.fields`, which reads it in the served app as well.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from neutrino_lab.declare import expression
from neutrino_lab.declare.values import read_default
from neutrino_lab.notebook.facts import Facts, Function, Parameter
from neutrino_lab.notebook.syntax import last_name
from neutrino_lab.runtime import fields
from neutrino_lab.runtime.arguments import Argument, Input, InputPlace
from neutrino_lab.runtime.spec import Routed
from neutrino_lab.runtime.tools import schemas

_WORD = re.compile(r"[^\W\d]\w*")
# FastAPI's words for where a value comes from. Nobody types in what the rest of them bring.
_MARKERS: Mapping[str, InputPlace] = {
    "Query": "query",
    "Header": "header",
    "Body": "body",
    "Form": "form",
    "File": "file",
}
_OTHER_MARKERS = frozenset({"Path", "Cookie", "Depends", "Security"})
_UPLOAD = "UploadFile"
_UPLOADED = re.compile(rf"(?<![\w.])(\w+\.)*{_UPLOAD}\b")
_BY_PLACE: Mapping[InputPlace, str] = {"body": "", "file": "bytes"}


def of(endpoint: Routed, function: Function | None, defined: frozenset[str]) -> tuple[Input, ...]:
    """List what a caller gives: what is declared, in order, what FastAPI itself reads, and the
    fields of a message.

    `defined` are the names to which the notebook gives a meaning of its own.
    """
    listed = function.parameters if function else ()
    known = {
        each.name: each
        for each in listed
        if not each.kind.startswith("var-") and each.name not in endpoint.supplies
    }
    declared = [
        _declared(each, known.pop(each.name, None), defined)
        for each in endpoint.arguments
        if each.place != "message"
    ]
    has_body = any(each.place == "body" for each in declared)
    messages = [_declared(a, None, defined) for a in endpoint.arguments if a.place == "message"]
    return (*declared, *_supplied(known.values(), defined, has_body=has_body), *messages)


def defined(module: str, facts: Mapping[tuple[str, int], Facts]) -> frozenset[str]:
    """The names that a notebook defines itself; what it imports means what it always does."""
    listed = [each for (where, _), each in facts.items() if where == module]
    return frozenset().union(*(each.binds - each.imported for each in listed))


@lru_cache(maxsize=4096)
def schema(type_: str, defined: frozenset[str] = frozenset()) -> Mapping[str, Any]:
    """Describe a type's text as the app's openapi.json does; `{}` for what only a run can tell."""
    resolved = resolve(type_, defined)
    return {} if resolved is Any else schemas.of(resolved)


def resolve(type_: str, defined: frozenset[str] = frozenset()) -> Any:
    """Turn a type's text into a type, Any where only a run can tell."""
    try:
        return fields.resolve(type_, _Names(defined)) if type_ else Any
    except fields.UnknownTypeError:
        return Any


class _Names(dict[str, Any]):
    """A notebook that has not been run: what it defines may be anything."""

    def __init__(self, defined: frozenset[str]) -> None:
        super().__init__()
        self._defined = defined

    def get(self, name: str, _default: Any = None) -> Any:
        return Any if name in self._defined or name not in fields.KNOWN else None


@dataclass(frozen=True, slots=True)
class _Marker:
    """What FastAPI is told of a parameter, as in `Query(5, alias="n")`.

    `place` is None where callers do not give the value. `default` is text, empty where there is
    none.
    """

    place: InputPlace | None
    default: str
    call: ast.Call | None = None

    def option(self, name: str) -> Any:
        """Give a keyword's literal value, None where it is absent or is worked out."""
        for each in self.call.keywords if self.call else ():
            if each.arg == name and isinstance(each.value, ast.Constant):
                return each.value.value
        return None

    def name(self, parameter: str) -> str:
        """Name the value as it travels."""
        name = parameter.replace("_", "-") if self.place == "header" else parameter
        return self.option("alias") or name


def _declared(argument: Argument, own: Parameter | None, defined: frozenset[str]) -> Input:
    """Add to a declared value what its function says of it, as the served app does."""
    default, type_ = argument.default, argument.type
    fallback = argument.fallback
    if own is not None:
        marker = _marker(own)
        text = marker.default if marker else own.default
        literal = _literal(text) if text else None
        if argument.optional and default is ...:
            default = literal
        type_ = type_ or _bare(own.annotation)
        if fallback == "str" and isinstance(literal, (bool, int, float)):
            fallback = type(literal).__name__
    return Input(
        name=argument.alias,
        place=argument.place,
        type=type_ or fallback,
        required=argument.required,
        default=None if default is ... else default,
        schema=_schema(type_ or fallback, defined),
    )


def _supplied(
    parameters: Iterable[Parameter], defined: frozenset[str], *, has_body: bool
) -> Iterator[Input]:
    """Read what only the function speaks of, in FastAPI's words."""
    marked = [(each, marker) for each in parameters if (marker := _marker(each)) is not None]
    bodies = [marker for _, marker in marked if marker.place == "body"]
    # A lone value of the body is the whole of it, and has no name there.
    is_whole = len(bodies) == 1 and not has_body and not bodies[0].option("embed")
    for parameter, marker in marked:
        place = marker.place
        if place is None:
            continue
        type_ = _bare(parameter.annotation) or _BY_PLACE.get(place, "str")
        # A file is bytes to the caller, whatever the function makes of them.
        shown = _UPLOADED.sub("bytes", type_) if place == "file" else type_
        yield Input(
            name="" if is_whole and place == "body" else marker.name(parameter.name),
            place=place,
            type=type_,
            required=not marker.default,
            default=_literal(marker.default) if marker.default else None,
            schema=_schema(shown, defined),
        )


def _schema(type_: str, defined: frozenset[str]) -> Mapping[str, Any]:
    return schema(type_, defined.intersection(_WORD.findall(type_)))


def _marker(parameter: Parameter) -> _Marker | None:
    """Find what FastAPI is told: as the parameter's default, or within its annotation."""
    call = _call(parameter.default)
    default = _default(call) if call else parameter.default
    call = call or _call(parameter.annotation)
    if call is not None:
        return _Marker(_MARKERS.get(last_name(call.func)), default, call)
    if _UPLOAD in _WORD.findall(parameter.annotation):
        return _Marker("file", default)
    return None


def _call(text: str) -> ast.Call | None:
    """Find a marker: the call that a default is, or one beside the type in `Annotated[...]`."""
    node = expression.parse(text) if "(" in text else None
    inside = isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Tuple)
    for each in node.slice.elts[1:] if inside else [node]:  # type: ignore[union-attr]
        if isinstance(each, ast.Call) and last_name(each.func) in {*_MARKERS, *_OTHER_MARKERS}:
            return each
    return None


def _default(call: ast.Call) -> str:
    """Give the text of a marker's default, its first value or one by name."""
    named = {each.arg: each.value for each in call.keywords}
    given = [*call.args[:1], named.get("default"), named.get("default_factory")]
    text = next((ast.unparse(each) for each in given if each is not None), "")
    return "" if text == "..." else text


def _bare(annotation: str) -> str:
    """Take a type out of its quotes and out of `Annotated[...]`."""
    node = expression.parse(annotation) if annotation else None
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return _bare(node.value)
    if isinstance(node, ast.Subscript) and last_name(node.value) == "Annotated":
        return ast.unparse(node.slice.elts[0] if isinstance(node.slice, ast.Tuple) else node.slice)
    return annotation


def _literal(text: str) -> Any:
    """Read a default; what is no literal of JSON's types is None, as if it were left out."""
    try:
        return read_default(text)
    except ValueError:
        return None
