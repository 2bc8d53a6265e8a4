"""Describes a tally: a counter that answers GET with what its function makes of the new total."""

from __future__ import annotations

from dataclasses import dataclass

from .. import arguments
from ..arguments import Argument
from ..spec import Fields, Routed, taken


@dataclass(frozen=True, slots=True)
class Tally(Routed):
    path: str
    function: str
    cell: int
    query: Fields = ()

    kind = "tally"
    supplies = frozenset({"total"})

    @property
    def key(self) -> str:
        return f"TALLY {self.path}"

    @property
    def arguments(self) -> tuple[Argument, ...]:
        return (*arguments.of_path(self.path), *taken("query", self.query))
