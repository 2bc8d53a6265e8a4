"""Opens a source again whenever it is lost, and marks the gap."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing

from ..contract import Entry, Gap
from ..reconnect import Backoff


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
