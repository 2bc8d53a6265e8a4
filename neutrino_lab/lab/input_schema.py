"""What an endpoint takes from its caller, told by the source alone: nothing is run for it.

A type's meaning is asked of `runtime.fields`, which reads it in the served app as well.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Literal, TypeAlias

from pydantic import TypeAdapter
from pydantic.errors import PydanticUserError

from neutrino_lab.declare import expression
from neutrino_lab.declare.values import NotJsonError, read_default
from neutrino_lab.lab.protocol import Input
from neutrino_lab.notebook.facts import Function, Parameter
from neutrino_lab.runtime import fields
from neutrino_lab.runtime.sockets.events import EVENT
from neutrino_lab.runtime.spec import Field, Http, WebSocket

Place: TypeAlias = Literal["path", "query", "header", "body", "form", "file", "message"]

_WORD = re.compile(r"[^\W\d]\w*")
_PATH_PARAMETER = re.compile(r"\{(\w+)(?::(\w+))?\}")
_BY_CONVERTER = {"int": "int", "float": "float", "uuid": "UUID"}
# FastAPI's words for where a value comes from. Nobody types in what the rest of them bring.
_MARKERS: Mapping[str, Place] = {
    "Query": "query",
    "Header": "header",
    "Body": "body",
    "Form": "form",
    "File": "file",
}
_OTHER_MARKERS = frozenset({"Path", "Cookie", "Depends", "Security"})
_UPLOAD = "UploadFile"
_BY_PLACE: Mapping[Place, str] = {"body": "", "file": "bytes"}


def of(
    endpoint: Http | WebSocket, function: Function | None, defined: frozenset[str]
) -> list[Input]:
    """List what a caller gives: what is declared, in order, then what FastAPI itself reads.

    `defined` are the names to which the notebook gives a meaning of its own.
    """
    listed = function.parameters if function else ()
    known = {each.name: each for each in listed if not each.kind.startswith("var-")}
    if isinstance(endpoint, WebSocket):
        known.pop(EVENT, None)
    found: list[tuple[Place, Field]] = []
    for place, declared, fallback in _declared(endpoint):
        target = declared.name.lower().replace("-", "_") if place == "header" else declared.name
        found.append((place, _completed(declared, known.pop(target, None), fallback)))
    found += _supplied(known.values(), has_body=any(place == "body" for place, _ in found))
    if isinstance(endpoint, WebSocket):
        found += [("message", each) for each in endpoint.message]
    return [_input(place, each, defined) for place, each in found]


@lru_cache(maxsize=4096)
def schema(type_: str, defined: frozenset[str] = frozenset()) -> Mapping[str, Any]:
    """Describe a type's text as the app's openapi.json does; `{}` for what only a run can tell."""
    if not type_:
        return {}
    try:
        resolved = fields.resolve(type_, _Names(defined))
        return TypeAdapter(resolved).json_schema()
    except (PydanticUserError, ValueError, TypeError, RecursionError):
        return {}


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

    place: Place | None
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


def _declared(endpoint: Http | WebSocket) -> Iterator[tuple[Place, Field, str]]:
    """Give what is declared, with the type that holds where neither side names one."""
    for name, converter in _PATH_PARAMETER.findall(endpoint.path):
        yield "path", Field(name), _BY_CONVERTER.get(converter, "str")
    for each in endpoint.query:
        yield "query", each, "str"
    for each in endpoint.headers:
        yield "header", each, "str"
    if isinstance(endpoint, Http):
        for each in endpoint.body:
            yield "body", each, ""


def _supplied(parameters: Iterable[Parameter], *, has_body: bool) -> Iterator[tuple[Place, Field]]:
    """Read what only the function speaks of, in FastAPI's words."""
    marked = [(each, marker) for each in parameters if (marker := _marker(each)) is not None]
    bodies = [marker for _, marker in marked if marker.place == "body"]
    # A lone value of the body is the whole of it, and has no name there.
    is_whole = len(bodies) == 1 and not has_body and not bodies[0].option("embed")
    for parameter, marker in marked:
        if marker.place is None:
            continue
        name = "" if is_whole and marker.place == "body" else marker.name(parameter.name)
        type_ = _bare(parameter.annotation) or _BY_PLACE.get(marker.place, "str")
        default = _literal(marker.default) if marker.default else ...
        yield marker.place, Field(name, type_, bool(marker.default), default)


def _completed(declared: Field, own: Parameter | None, fallback: str) -> Field:
    """Add to a declared value what its function says of it, as the served app does."""
    default, type_ = declared.default, declared.type
    if own is not None:
        marker = _marker(own)
        text = marker.default if marker else own.default
        if declared.optional and default is ... and text:
            default = _literal(text)
        type_ = type_ or _bare(own.annotation)
    return replace(declared, type=type_ or fallback, default=default)


def _input(place: Place, declared: Field, defined: frozenset[str]) -> Input:
    type_ = declared.type
    words = frozenset(_WORD.findall(type_))
    # A file is bytes to whoever sends it, whatever the function makes of them.
    shown = re.sub(rf"\b(\w+\.)*{_UPLOAD}\b", "bytes", type_) if place == "file" else type_
    return Input(
        name=declared.name,
        place=place,
        type=type_,
        required=declared.required,
        default=fields.default_of(declared),
        json_schema=dict(schema(shown, words & defined)),
    )


def _marker(parameter: Parameter) -> _Marker | None:
    """Find what FastAPI is told: as the parameter's default, or within its annotation."""
    call = _call(parameter.default)
    default = _default(call) if call else parameter.default
    call = call or _call(parameter.annotation)
    if call is not None:
        return _Marker(_MARKERS.get(_name(call.func)), default, call)
    if _UPLOAD in _WORD.findall(parameter.annotation):
        return _Marker("file", default)
    return None


def _call(text: str) -> ast.Call | None:
    """Find a marker: the call that a default is, or one beside the type in `Annotated[...]`."""
    node = expression.parse(text) if "(" in text else None
    inside = isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Tuple)
    for each in node.slice.elts[1:] if inside else [node]:  # type: ignore[union-attr]
        if isinstance(each, ast.Call) and _name(each.func) in {*_MARKERS, *_OTHER_MARKERS}:
            return each
    return None


def _default(call: ast.Call) -> str:
    """Give the text of a marker's default, its first value or one by name."""
    named = {each.arg: each.value for each in call.keywords}
    given = [*call.args[:1], named.get("default"), named.get("default_factory")]
    text = next((ast.unparse(each) for each in given if each is not None), "")
    return "" if text == "..." else text


def _name(node: ast.expr) -> str:
    return str(getattr(node, "attr", getattr(node, "id", "")))


def _bare(annotation: str) -> str:
    """Take a type out of its quotes and out of `Annotated[...]`."""
    node = expression.parse(annotation) if annotation else None
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return _bare(node.value)
    if isinstance(node, ast.Subscript) and _name(node.value) == "Annotated":
        return ast.unparse(node.slice.elts[0] if isinstance(node.slice, ast.Tuple) else node.slice)
    return annotation


def _literal(text: str) -> Any:
    """Read a default; what is no literal of JSON's types is None, as if it were left out."""
    try:
        return read_default(text)
    except (ValueError, NotJsonError):
        return None
