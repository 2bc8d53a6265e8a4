"""One served notebook: reads what is saved, feeds the worker, starts it again, says how it is.

What is to be done is decided in `decisions.py`. This brings it the events and performs the actions:
at once, on the event loop, and whatever takes longer in a task that ends in another event.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Collection, Coroutine, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from neutrino_lab.runtime.program import Changes
from neutrino_lab.serve import decisions, diagnose, events
from neutrino_lab.serve.control import ControlMessage
from neutrino_lab.serve.events import Event
from neutrino_lab.serve.lifecycle import Lifecycle
from neutrino_lab.serve.process import Exit
from neutrino_lab.serve.revision import Revision
from neutrino_lab.serve.source import NotebookSource
from neutrino_lab.serve.status import Address, Limits, Stats, Status

_CELLS_SHOWN_S = 0.1
LOGGER = logging.getLogger(__name__)


class Process(Protocol):
    """A worker process as its supervisor needs it; what it tells goes to the callable of its
    start."""

    def run(
        self,
        revision: Revision,
        changes: Changes | None,
        *,
        version: int,
        reload_modules: Collection[str],
    ) -> None:
        """Have it run the cells of `changes` (None: all) and serve this version. Returns at
        once."""
        ...

    def ping(self) -> None:
        """Ask its event loop for a sign; it tells `beat`."""
        ...

    async def ask(self, command: str, **details: Any) -> ControlMessage:
        """Have it answer. Raises TimeoutError and ConnectionError."""
        ...

    async def exit(self) -> Exit:
        """Wait until it has ended, and tell how."""
        ...

    async def stop(self) -> Exit:
        """End it and all that it has started, and tell how it ended."""
        ...


Start: TypeAlias = Callable[[Callable[[ControlMessage], None]], Awaitable[Process]]
"""Starts a worker, which tells its messages to the callable. May raise anything."""


class Supervisor:
    """Serves a notebook in a worker process until it is stopped.

    `on_change` is called on the event loop whenever the status has changed, `on_stats` when the
    endpoints have been used.
    """

    def __init__(
        self,
        source: NotebookSource,
        start: Start,
        *,
        limits: Limits | None = None,
        on_change: Callable[[Status], None] = lambda _: None,
        on_stats: Callable[[Stats], None] = lambda _: None,
    ) -> None:
        self.status = Status(started=time.time())
        self.stats: Stats = ()
        self.process: Process | None = None
        self._source = source
        self._limits = limits or Limits()
        self._on_change = on_change
        self._on_stats = on_stats
        self._start = start
        self._state: Lifecycle | None = None
        self._is_stopped = False
        self._tasks: set[asyncio.Task[object]] = set()
        self._launching: asyncio.Task[None] | None = None
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._telling: asyncio.TimerHandle | None = None

    @property
    def path(self) -> Path:
        """The file of the notebook."""
        return self._source.path

    @property
    def address(self) -> Address | None:
        """Where the worker listens; None while nothing is served."""
        return self._state.address if self._state else None

    def start(self) -> None:
        """Begin; the status tells what becomes of it."""
        self._take(decisions.begin(self._limits, now_s=self.status.started))
        self._spawn(self._poll())

    def saved(self) -> None:
        """Read the notebook again; a version that raised gets another try."""
        self._decide(events.Saved())

    def retry(self) -> None:
        """Forget what went wrong, and run what was saved last."""
        self._decide(events.Retried())

    def restart(self) -> None:
        """Serve the same from a new process, as at the first start."""
        self._decide(events.Restarted())

    def moved(self, path: Path) -> None:
        """Follow the notebook to another name; what is served goes on."""
        self._source.move(path)

    async def stop(self, reason: str = "") -> None:
        """End the worker and all it has started."""
        if self._is_stopped:
            return
        self._is_stopped = True
        for timer in (*self._timers.values(), *([self._telling] if self._telling else ())):
            timer.cancel()
        for task in self._tasks:
            task.cancel()
        if self._launching is not None:
            # A process that is half started could not be ended.
            await asyncio.gather(self._launching, return_exceptions=True)
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self.process is not None:
            await self.process.stop()
            self.process = None
        if self._state is not None:
            self._state = replace(self._state, address=None)
        self._tell_stats(())
        self.status = replace(
            self.status, state="stopped", reason=reason, command="", cell=0, since=0, serving=None
        )
        self._on_change(self.status)

    def _decide(self, event: Event) -> None:
        if self._is_stopped or self._state is None:
            return
        self._take(decisions.decide(self._state, event, now_s=time.time()))

    def _take(self, step: decisions.Step) -> None:
        """Go on in the next state: tell of it, and do what it asks for."""
        self._state, actions = step
        for action in actions:
            self._perform(action)
        before, self.status = self.status, self._state.status
        if self.status == before:
            return
        # Most cells take no time: which one runs is told a little later, if it still does.
        is_cell = self.status.cell and before == replace(
            self.status, cell=before.cell, since=before.since
        )
        if not is_cell:
            self._tell()
        elif self._telling is None:
            loop = asyncio.get_running_loop()
            self._telling = loop.call_later(_CELLS_SHOWN_S, self._tell)

    def _perform(self, action: events.Action) -> None:
        """Begin what is asked for. Nothing here decides anything, or calls back at once."""
        if isinstance(action, events.ReadSource):
            self._spawn(self._read())
        elif isinstance(action, events.Launch):
            self._launching = asyncio.create_task(self._serve(), name=f"serve {self.path.name}")
        elif isinstance(action, events.SetTimer):
            self._set_timer(action.timer, action.seconds)
        elif self.process is None:
            return
        elif isinstance(action, events.RunVersion):
            self.process.run(
                action.revision,
                action.changes,
                version=action.version,
                reload_modules=action.reload_modules,
            )
        elif isinstance(action, events.Ping):
            self.process.ping()
        else:
            self._spawn(self.process.stop())

    def _spawn(self, work: Coroutine[Any, Any, object]) -> None:
        task = asyncio.create_task(work, name=f"serve {self.path.name}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _set_timer(self, name: events.Timer, seconds: float | None) -> None:
        timer = self._timers.pop(name, None)
        if timer is not None:
            timer.cancel()
        if seconds is not None:
            loop = asyncio.get_running_loop()
            due = events.Due(name)
            self._timers[name] = loop.call_later(seconds, self._decide, due)

    async def _read(self) -> None:
        try:
            read = events.Read(await asyncio.to_thread(self._source.read))
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told
            read = events.Read(None, error)
        self._decide(read)

    async def _serve(self) -> None:
        """Follow one process from its start to its end."""
        try:
            process = await self._start(self._hear)
        except Exception as error:  # noqa: BLE001 - whatever a start raises, it is told
            self._decide(events.Unstartable(error))
            return
        self.process = process
        if self._is_stopped:
            return
        self._decide(events.Started())
        self._spawn(self._follow(process))

    async def _follow(self, process: Process) -> None:
        exit_ = await process.exit()
        self.process = None
        self._tell_stats(())
        self._decide(events.Ended(exit_))

    def _hear(self, message: ControlMessage) -> None:
        """Take in what the worker or its guard says."""
        try:
            make = _EVENTS.get(message["event"])
            event = make(message) if make else None
            if isinstance(event, events.Ready):
                began_s = self._state.began_s if self._state else 0.0
                self._source.follow(message["files"], since_s=began_s)
            elif event is None and message["event"] == "stats":
                self._tell_stats(tuple(message["stats"]))
        except (KeyError, TypeError, ValueError):
            LOGGER.warning("%s: its worker sends what nobody can read", self.path.name)
            event = events.Forged()
        if event is not None:
            self._decide(event)

    def _tell(self) -> None:
        if self._telling is not None:
            self._telling.cancel()
            self._telling = None
        self._on_change(self.status)

    def _tell_stats(self, stats: Stats) -> None:
        if stats != self.stats:
            self.stats = stats
            self._on_stats(stats)

    async def _poll(self) -> None:
        """Notice saves that no event tells of: another editor's, and of the modules beside it."""
        while True:
            await asyncio.sleep(self._limits.poll_s)
            try:
                changed = await asyncio.to_thread(self._source.changed)
            except Exception:
                LOGGER.exception("%s: looking for saves failed", self.path.name)
                continue
            if changed & self._source.modules:
                self._decide(events.Edited())
            elif changed:
                self._decide(events.Saved())


# What messages mean, save for stats and what is not for the supervisor. They raise KeyError,
# TypeError and ValueError where user code has written the message.
_EVENTS: Mapping[str, Callable[[ControlMessage], Event]] = {
    "cell": lambda message: events.CellBegun(int(message["cell"])),
    "prepared": lambda message: events.Prepared(int(message["version"])),
    "ready": lambda message: events.Ready(
        int(message["version"]), Address(**message["address"]), frozenset(message["modules"])
    ),
    "failed": lambda message: events.Failed(int(message["version"]), message),
    "missing": events.Lacking,
    "beat": lambda _: events.Beat(),
    "busy": lambda message: events.Busy(diagnose.place(str(message["file"]), int(message["line"]))),
}
