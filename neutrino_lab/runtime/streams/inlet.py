"""Reads the sources of one flow, on the event loop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .contract import Source, SourceError
from .sources import table
from .sources.location import Location

if TYPE_CHECKING:
    from .flow import Flow

CLOSE_S = 2.0

LOGGER = logging.getLogger("neutrino.streams")


class Inlet:
    """The sources that are open, by their numbers, and a task that reads each."""

    def __init__(self, flow: Flow, loop: asyncio.AbstractEventLoop) -> None:
        self._flow = flow
        self._loop = loop
        self._sources: dict[int, Source] = {}
        # What has come may still wait in the buffer when its source is read again.
        self._given: dict[int, Any] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._telling: set[asyncio.Task[None]] = set()
        self._room = asyncio.Event()
        # Asked by the thread that makes room: to wake the loop for nobody takes as long as to take
        # fifty values.
        self.waits_for_room = False

    def open(
        self,
        locations: Mapping[int, Location],
        positions: Mapping[int, Any],
        *,
        sets_overflow: bool,
    ) -> None:
        """Read sources, each after its position; `sets_overflow`: the buffer does as they do.

        Those that are read already go on, where it was another one that has failed.
        """
        for origin, location in locations.items():
            if origin in self._sources:
                continue
            position = self._given.get(origin, positions.get(origin))
            work = self._read(origin, location, position, sets_overflow)
            task = self._loop.create_task(work)
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Read no more, once the sources have been told what is done.

        Sources that are open are closed by the tasks that read them.
        """
        if self._telling:
            await asyncio.wait(self._telling, timeout=CLOSE_S)
        tasks = {*self._tasks, *self._telling}
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=CLOSE_S)

    def cancel(self) -> None:
        """Read no more, without waiting for the end of it."""
        for task in tuple(self._tasks):
            task.cancel()

    def make_room(self) -> None:
        """Let the sources go on that wait because the buffer was full, on the event loop."""
        self.waits_for_room = False
        self._room.set()

    def acknowledge(self, positions: Mapping[int, Any]) -> None:
        """Tell durable sources that everything up to these positions is done with."""
        told = {
            origin: position
            for origin, position in positions.items()
            if position is not None and origin in self._sources and self._sources[origin].is_durable
        }
        if told:
            task = self._loop.create_task(self._acknowledge(told))
            self._telling.add(task)
            task.add_done_callback(self._telling.discard)

    async def _acknowledge(self, positions: Mapping[int, Any]) -> None:
        for origin, position in positions.items():
            source = self._sources.get(origin)
            try:
                if source is not None:
                    await source.acknowledge(position)
            except Exception as error:  # noqa: BLE001 - it is told again after the next snapshot
                reason = f"the source could not be told what is done: {error}"
                self._flow.process.note("SourceError", reason)

    async def _read(
        self, origin: int, location: Location, position: Any, sets_overflow: bool
    ) -> None:
        flow = self._flow
        source: Source | None = None
        try:
            source = table.make(location, flow.parameters, flow.name)
            if sets_overflow:
                flow.buffer.overflow = source.overflow
            self._sources[origin] = source
            async for entries in source.values(position):
                await self.wait_for_room()
                flow.receive(origin, entries)
                given = (each[2] for each in reversed(entries) if isinstance(each, tuple))
                self._given[origin] = next(given, self._given.get(origin, position))
            flow.end()
        except asyncio.CancelledError:
            raise
        except (SourceError, ValueError, ImportError) as error:
            flow.fail(str(error))
        except Exception as error:
            LOGGER.exception("stream %s: its source failed", flow.name)
            flow.fail(f"its source failed: {type(error).__name__}: {error}")
        finally:
            if source is not None:
                if self._sources.get(origin) is source:
                    del self._sources[origin]
                with contextlib.suppress(Exception):
                    await source.close()

    async def wait_for_room(self) -> None:
        """Wait until the buffer takes more, where it loses nothing. Raises SourceError where it
        does not wait either."""
        buffer = self._flow.buffer
        while buffer.is_full and buffer.overflow in ("block", "close"):
            if buffer.overflow == "close":
                raise SourceError("its operator is slower than its source")
            self._room.clear()
            self.waits_for_room = True
            # Asked again: room that was made before the line above is not told any more.
            if buffer.is_full:
                self._flow.schedule()
                await self._room.wait()
