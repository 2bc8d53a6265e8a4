"""Threads for work that takes its time, so that no kind of it keeps the rest of Jupyter waiting."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

# Analyses hold the interpreter, and more at once would be no faster. Exports wait for uv.
ANALYSES = 2
EXPORTS = 4


class Executor:
    """At most so many threads for one kind of work; what is over that waits in order."""

    def __init__(self, name: str, most: int) -> None:
        self._pool = ThreadPoolExecutor(most, thread_name_prefix=f"neutrino-{name}")

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a function in a thread. Work that is cancelled while it waits never begins."""
        return await asyncio.wrap_future(self._pool.submit(function, *args, **kwargs))

    def close(self) -> None:
        """Begin nothing more, and do not wait for what runs."""
        self._pool.shutdown(wait=False, cancel_futures=True)
