"""The values that a declaration names, and the parameters of the function that receive them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, get_args

from neutrino_lab.declare import route
from neutrino_lab.declare.kind import Kind
from neutrino_lab.declare.tree import FieldTree, Token, Tree
from neutrino_lab.runtime.arguments import Place, parameter_name


@dataclass(frozen=True, slots=True)
class Named:
    """One value: `parameter` receives it, `key` is what it stands under, empty for the path."""

    place: Place
    token: Token
    parameter: str
    key: str = ""
    field: FieldTree | None = None


def of(kind: Kind[Any], tree: Tree, *places: Place) -> Iterator[Named]:
    """List what a declaration takes in these places, or in all of them."""
    for place in get_args(Place):
        if places and place not in places:
            continue
        for each in route.parameters(tree.path) if place == "path" else ():
            yield Named(place, each.name, parameter_name(place, each.name.text))
        for key in kind.keys:
            for field in tree.fields(key.name) if key.place == place else ():
                name = parameter_name(place, field.name.text)
                yield Named(place, field.name, name, key.name, field)
