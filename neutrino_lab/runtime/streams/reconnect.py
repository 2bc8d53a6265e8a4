"""What becomes of a source that has gone away: it is opened again after a while."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing

from .contract import Entry, Gap

FIRST_S = 0.25
LONGEST_S = 30.0


class Backoff:
    """Doubles the wait with each failure, and varies it so that clients do not come all at once."""

    def __init__(self, vary: Callable[[], float] = random.random) -> None:
        self._vary = vary
        self._failures = 0

    def next_s(self, lived_s: float = 0.0) -> float:
        """Give the next wait; a connection that lived for longer than the last one begins again."""
        if lived_s > min(LONGEST_S, FIRST_S * 2.0**self._failures):
            self._failures = 0
        longest_s = min(LONGEST_S, FIRST_S * 2.0**self._failures)
        # Beyond this the wait no longer grows, and the power must not.
        self._failures = min(self._failures + 1, 16)
        return longest_s * (0.5 + self._vary() / 2)


async def connected(
    connect: Callable[[], AsyncIterator[Sequence[Entry]]],
    losses: tuple[type[BaseException], ...],
    describe: Callable[[BaseException | None], str],
) -> AsyncIterator[Sequence[Entry]]:
    """Give what connections give, one after the other, without end.

    `losses` are the exceptions after which it is tried again; `describe` says why, for None where
    the other side has ended it.
    """
    backoff = Backoff()
    told = ""
    while True:
        started = time.monotonic()
        failure: BaseException | None = None
        try:
            async with aclosing(connect()) as entries:  # type: ignore[type-var]
                async for batch in entries:
                    told = ""
                    yield batch
        except losses as error:
            failure = error
        # Once for as long as it stays away for one reason.
        if (reason := describe(failure)) != told:
            told = reason
            yield [Gap(reason)]
        await asyncio.sleep(backoff.next_s(time.monotonic() - started))


def unreadable(shown: str, error: BaseException | None) -> str:
    """Say that a broker was lost; `shown` is what messages call it."""
    return f"{shown} cannot be read: {error or 'the connection ended'}"
