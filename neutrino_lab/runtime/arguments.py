"""What an endpoint takes from its caller: one description of a value, wherever it travels.

Routes, sockets, input schemas, hovers and rules read it. Nothing here needs a web framework.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

Place: TypeAlias = Literal["path", "query", "header", "body", "message"]
InputPlace: TypeAlias = Place | Literal["form", "file"]

# As Starlette reads a path.
PARAMETER = re.compile(r"\{([a-zA-Z_]\w*)(?::([a-zA-Z_]\w*))?\}", re.ASCII)
_BY_CONVERTER = {"int": "int", "float": "float", "uuid": "UUID"}
# The type of a value that has none, neither declared nor annotated; empty is any JSON.
FALLBACKS: Mapping[Place, str] = {"path": "str", "query": "str", "header": "str"}


@dataclass(frozen=True, slots=True)
class Argument:
    """One value that a caller sends.

    `alias` is its name as it travels, `name` that of the parameter which receives it. `type` is the
    text of the declared type: where it is empty the parameter's annotation decides, and without one
    `fallback`, which is empty for any JSON. `default` is a literal, `...` where none is declared;
    an `optional` value may be left out without one.
    """

    place: Place
    alias: str
    name: str
    type: str = ""
    fallback: str = ""
    optional: bool = False
    default: Any = ...

    @property
    def required(self) -> bool:
        """Whether a call without it is refused."""
        return self.default is ... and not self.optional

    @property
    def needs_parameter(self) -> bool:
        """Whether the function has to take it: a path and headers may be there for others."""
        return self.place in ("query", "body")


@dataclass(frozen=True, slots=True)
class Input:
    """One value that an endpoint takes from its caller, declared or not, as forms, tools and
    requests read it; a `body` without a name is the whole of it.

    `type` is the annotation as it was written, empty for any. `default` is what one that is not
    `required` is without it, None also where only a run can tell. So is a `schema` of `{}`.
    """

    name: str
    place: InputPlace
    type: str
    required: bool
    default: Any = None
    schema: Mapping[str, Any] = field(default_factory=dict)


def of_path(path: str) -> Iterator[Argument]:
    """List the parameters of a path such as `/a/{id}` or `/a/{id:int}`, in order."""
    for name, converter in PARAMETER.findall(path):
        fallback = _BY_CONVERTER.get(converter, FALLBACKS["path"])
        yield Argument("path", name, name, fallback=fallback)


def parameter_name(place: Place, alias: str) -> str:
    """Name the parameter that receives a value: a header's in snake case, others as they are."""
    return alias.lower().replace("-", "_") if place == "header" else alias
