"""What every source of a stream keeps to, and what it gives."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

Overflow: TypeAlias = Literal["conflate", "drop-oldest", "block", "close"]

# A plain tuple: making an object for each value would cost more than many an operator.
Received: TypeAlias = tuple[Any, float, Any]
"""A value, when it came in seconds since the epoch, and its position: what `values` goes on after.
None where the source has no positions."""

# What is larger ends the connection: it would be in memory several times over.
MAX_FRAME_BYTES = 16 * 1024 * 1024

SHOWN = 200
"""So many characters of a value that cannot be read are told."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Values may be missing here: the source was away. It comes back by itself."""

    reason: str


@dataclass(frozen=True, slots=True)
class Fault:
    """One value that could not be read, which the source passes by."""

    reason: str
    content: str = ""


Entry: TypeAlias = Received | Gap | Fault


class SourceError(Exception):
    """The source cannot give values, and trying again would not help."""


class Source:
    """Where a stream's values come from. Sources only read.

    The `make` of its module takes its location, with the parameters filled in, and the name of the
    stream, and raises ValueError; it connects once its values are read.

    `overflow` is what happens to values that nobody has taken yet, where the stream does not say.
    `is_durable`: after `acknowledge`, values up to that position are not given again; the others
    are, also in another process. What a source does not do is left as it is here.
    """

    is_durable = False
    overflow: Overflow

    def values(self, position: Any) -> AsyncIterator[Sequence[Entry]]:
        """Give what comes, several at a time, after a position or from now on (None).

        It ends only where the source has an end. Raises SourceError.
        """
        raise NotImplementedError

    async def acknowledge(self, position: Any) -> None:
        """Say that values up to a position are done with."""

    async def close(self) -> None:
        """Disconnect; `values` has ended before."""
