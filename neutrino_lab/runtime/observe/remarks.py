"""What a call does that its author would want to know and no caller is told."""

from __future__ import annotations

from collections.abc import Iterable
from contextvars import ContextVar

MOST = 20
CHARACTERS = 100


class Remarks:
    """Of one call: the fields of its result that `resp` does not declare, and so drops."""

    __slots__ = ("undeclared",)

    def __init__(self) -> None:
        self.undeclared: tuple[str, ...] = ()

    def drop(self, names: Iterable[object]) -> None:
        """Note the names of fields that are not sent."""
        self.undeclared = tuple([str(each)[:CHARACTERS] for each in names][:MOST])


# One object for a call: threads that work for it have a copy of its context.
REMARKS: ContextVar[Remarks | None] = ContextVar("neutrino_remarks", default=None)
