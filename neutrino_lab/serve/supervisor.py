"""One served notebook: reads what is saved, feeds the worker, starts it again, says how it is.

All decisions are taken by one task, in `_drive`; everything else only leaves it a message.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from neutrino_lab.serve import diagnose, runtime_requirements
from neutrino_lab.serve.control import Message
from neutrino_lab.serve.process import Exit, Launch, WorkerProcess
from neutrino_lab.serve.revision import Revision
from neutrino_lab.serve.source import Source
from neutrino_lab.serve.status import NEXT, UP, Address, Crashes, Figures, Limits, State, Status

NEWS: Message = {"event": "news"}
GONE: Message = {"event": "gone"}
_CELLS_SHOWN_S = 0.1
LOGGER = logging.getLogger(__name__)


class Supervisor:
    """Serves a notebook in a worker process until it is stopped.

    `on_change` is called on the event loop whenever the status has changed, `on_figures` when the
    endpoints have been used.
    """

    def __init__(
        self,
        source: Source,
        launch: Callable[[], Launch],
        *,
        limits: Limits | None = None,
        on_change: Callable[[Status], None] = lambda _: None,
        on_figures: Callable[[Figures], None] = lambda _: None,
    ) -> None:
        self.status = Status(started=time.time())
        self.address: Address | None = None
        self.figures: Figures = ()
        self.process: WorkerProcess | None = None
        self._source = source
        self._launch = launch
        self._limits = limits or Limits()
        self._on_change = on_change
        self._on_figures = on_figures
        self._inbox: asyncio.Queue[Message] = asyncio.Queue()
        self._life = 0
        self._is_stale = True
        self._is_held = False  # what was saved since waits to be asked for
        self._tasks: list[asyncio.Task[None]] = []
        self._timer: asyncio.TimerHandle | None = None
        self._overdue: Message = {}  # what the timer says when it is up
        self._telling: asyncio.TimerHandle | None = None
        self._good: Revision | None = None  # the last one that came up
        self._adopted: Revision | None = None  # what this process serves
        self._running: Revision | None = None  # what this process is bringing up
        self._newest: Revision | None = None
        self._wanted: Revision | None = None  # the newest that may run
        self._refusal: diagnose.Refusal | None = None
        self._began = 0.0
        self._is_overdue = False
        self._missing: Message | None = None
        self._crashes = Crashes(self._limits)
        self._modules: frozenset[str] = frozenset()
        self._reload_modules: frozenset[str] = frozenset()

    @property
    def path(self) -> Path:
        return self._source.path

    def start(self) -> None:
        """Begin; the status tells what becomes of it."""
        work = (("serve", self._drive()), ("watch", self._poll()))
        self._tasks = [asyncio.create_task(w, name=f"{what} {self.path.name}") for what, w in work]
        for task in self._tasks:
            task.add_done_callback(_log_failure)

    def saved(self) -> None:
        """Read the notebook again; a version that raised gets another try."""
        if self._limits.follows_saves and self._refusal and not self._refusal.is_deadly:
            self._refusal = None
        self._read_anew()

    def _read_anew(self) -> None:
        self._is_held |= not self._limits.follows_saves and not self._is_stale
        self._is_stale = True
        self._inbox.put_nowait(NEWS)

    def retry(self) -> None:
        """Forget what went wrong, and run what was saved last."""
        self._refusal = None
        self._crashes.clear()
        self._read_anew()
        self._is_held = False

    def moved(self, path: Path) -> None:
        """Follow the notebook to another name; what is served goes on."""
        self._source.move(path)

    async def stop(self, reason: str = "") -> None:
        """End the worker and all it has started."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self.status.state != "stopped":
            self._show("stopped", reason=reason)

    async def _drive(self) -> None:
        """Bring up one process after the other, for as long as there is something to serve."""
        try:
            while True:
                await self._read_if_stale()
                if self._target() is None:
                    self._settle()
                    await self._news()
                    continue
                exit_ = await self._live()
                if exit_ is not None:
                    await self._recover(exit_)
        finally:
            for timer in (self._timer, self._telling):
                if timer is not None:
                    timer.cancel()

    async def _live(self) -> Exit | None:
        """Follow one process to its end."""
        was_up = self.status.state in {*UP, "restarting"}
        self._show("restarting" if was_up else "starting", reason="")
        self._life += 1
        life = self._life
        self._adopted = self._running = self._missing = None
        self._is_overdue = False

        def receive(message: Message) -> None:
            if life == self._life:
                self._inbox.put_nowait(message)

        starting = asyncio.ensure_future(WorkerProcess.start(self._launch(), receive))
        try:
            process = await asyncio.shield(starting)
        except asyncio.CancelledError:
            # A process that is half started could not be ended.
            await (await starting).stop()
            raise
        except OSError as error:
            self._refuse(diagnose.unstartable(self._newest, error))
            return None
        self.process = process
        watch = asyncio.create_task(process.exit())
        watch.add_done_callback(lambda _: receive(GONE))
        try:
            await self._follow(process)
        finally:
            self._life += 1
            self._expect_within(None)
            self.address = self.process = None
            exit_ = await process.stop()
            self._tell_figures(())
        return exit_

    async def _follow(self, process: WorkerProcess) -> None:
        """Feed the process and hear it out, until it is gone or to be ended."""
        while True:
            if self._running is None or self._is_overdue:
                await self._read_if_stale()
                target = self._target()
                if self._is_overdue and target is not None and target != self._running:
                    return  # a thread cannot be ended, so its process is
                if self._running is None and target is not None:
                    self._run(process, target)
                elif self._running is None:
                    self._settle()
            message = await self._inbox.get()
            if message is GONE:
                return
            if message is self._overdue and self._running is not None:
                self._is_overdue = True
                if self._adopted is None:
                    return
                self._settle()
            try:
                self._hear(message)
            except (KeyError, TypeError, ValueError):
                # User code has got hold of the line: nothing it says counts any more.
                LOGGER.warning("%s: its worker talks nonsense, and is ended", self.path.name)
                return

    def _run(self, process: WorkerProcess, revision: Revision) -> None:
        changes = revision.changes_since(self._adopted, reload_modules=self._reload_modules)
        process.run(
            revision, changes, version=self.status.version + 1, reload_modules=self._reload_modules
        )
        self._running = revision.after(changes)
        self._began = time.time()
        self._reload_modules = frozenset()
        self._expect_within(self._limits.start_s)

    def _hear(self, message: Message) -> None:
        """Take in what the worker or its guard says."""
        event = message.get("event")
        if event == "cell":
            self._show(self.status.state, cell=int(message["cell"]), since=time.time(), soon=False)
        elif event == "ready":
            self._take_over(message)
        elif event == "failed" and self._running is not None:
            self._refuse(diagnose.raised(self._running, message))
        elif event == "figures":
            self._tell_figures(tuple(message["figures"]))
        elif event == "missing":
            self._missing = message

    def _take_over(self, message: Message) -> None:
        """The process serves what it was bringing up."""
        address = Address(**message["address"])
        modules, version = frozenset(message["modules"]), int(message["version"])
        self._source.follow(message["files"])
        self._adopted = self._good = self._running
        if self._refusal and self._refusal.revision == self._adopted:
            self._refusal = None
        self._running = None
        self._is_overdue = False
        self._expect_within(None)
        self.address = address
        self._modules = modules
        self.status = replace(self.status, version=version)
        self._settle()

    def _refuse(self, refusal: diagnose.Refusal) -> None:
        """Keep a revision from being tried again, and say why."""
        self._refusal = refusal
        self._running = None
        self._is_overdue = False
        self._expect_within(None)
        self._settle()

    async def _recover(self, exit_: Exit) -> None:
        """Decide what follows the end of a process; returns when it is time to start another."""
        if self._missing is not None:
            reason, command = runtime_requirements.words(self._missing)
            self._show("runtime-missing", reason=reason, command=command)
            await self._news()
            return
        if self._is_overdue and self._adopted is not None:
            return  # a newer version waits for the process that could not be interrupted
        if self._running is not None:
            cell = self.status.cell
            if self._is_overdue:
                waited_s = time.time() - self._began
                self._refusal = diagnose.overdue(self._running, cell, waited_s)
            else:
                self._refusal = diagnose.ended(self._running, cell, exit_)
        was_waiting = self._adopted is None and self._running is None
        self._adopted = self._running = None
        self._is_overdue = False
        if self._target() is not None and not was_waiting:
            await self._back_off(exit_)

    async def _back_off(self, exit_: Exit) -> None:
        pause_s = self._crashes.add(time.monotonic())
        reason = diagnose.crashed(exit_, len(self._crashes))
        if pause_s is None:
            self._show("problem-not-served", reason=reason)
            await self._news()
            self._crashes.clear()
            return
        self.status = replace(self.status, restarts=self.status.restarts + 1)
        self._show("restarting", reason=reason)
        self._expect_within(pause_s)
        await self._news()
        self._expect_within(None)

    def _target(self) -> Revision | None:
        """What to run now: the newest revision that may run, if sound, else the last good one."""
        wanted = self._wanted
        if wanted is not None and wanted.is_sound:
            is_refused = self._refusal is not None and self._refusal.revision == wanted
            if (self._reload_modules and not self._is_held) or (
                wanted != self._adopted and not is_refused
            ):
                return wanted
        if self._adopted is None and self._good is not None:
            is_refused = self._refusal is not None and self._refusal.revision == self._good
            return None if is_refused else self._good
        return None

    def _settle(self) -> None:
        """Say how things are while nothing is about to change them."""
        newest = self._newest
        findings = newest.diagnostics if newest else ()
        reason = next((each.message for each in findings if each.severity == "error"), "")
        refusal = self._refusal
        if refusal is not None and refusal.revision == newest:
            findings = (*findings, *refusal.findings)
            reason = refusal.reason
        if self._is_overdue:
            reason = diagnose.slow(self.status.cell, time.time() - self._began)
        state: State = "live"
        if self._adopted is None:
            state = "problem-not-served"
            reason = reason or (diagnose.held() if self._is_held else "")
        elif reason or (not self._is_held and newest != self._adopted):
            state = "problem-serving-previous"
        elif self._is_held and (self._reload_modules or (newest and newest.unlike(self._adopted))):
            state = "outdated"
        self._show(state, reason=reason, findings=findings)

    def _show(
        self,
        state: State,
        *,
        cell: int = 0,
        since: float = 0.0,
        soon: bool = True,
        **changes: Any,
    ) -> None:
        """Change the status and tell of it; which cell runs is told a little later, if it still
        does, for most cells take no time."""
        before = self.status
        assert state == before.state or state in NEXT[before.state], (before.state, state)
        if self._is_overdue and not cell:
            cell, since = before.cell, before.since
        self.status = replace(
            before,
            state=state,
            cell=cell,
            since=since,
            serving=self._adopted,
            newest=self._newest,
            **{"command": "", **changes},
        )
        if not soon:
            if self._telling is None:
                loop = asyncio.get_running_loop()
                self._telling = loop.call_later(_CELLS_SHOWN_S, self._tell)
        elif self.status != before:
            self._tell()

    def _tell(self) -> None:
        if self._telling is not None:
            self._telling.cancel()
            self._telling = None
        self._on_change(self.status)

    def _tell_figures(self, figures: Figures) -> None:
        if figures != self.figures:
            self.figures = figures
            self._on_figures(figures)

    async def _news(self) -> None:
        """Wait for a save, a retry, or the time that was set."""
        while True:
            message = await self._inbox.get()
            if message is NEWS or message is self._overdue:
                return

    def _expect_within(self, seconds: float | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if seconds is not None:
            self._overdue = {"event": "overdue"}
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(seconds, self._inbox.put_nowait, self._overdue)

    async def _read_if_stale(self) -> None:
        while self._is_stale:
            self._is_stale = False
            self._newest = await asyncio.to_thread(self._source.read)
            if not self._is_held:
                self._wanted = self._newest

    async def _poll(self) -> None:
        """Notice saves that no event tells of: another editor's, and of the modules beside it."""
        while True:
            await asyncio.sleep(self._limits.poll_s)
            changed = await asyncio.to_thread(self._source.changed)
            if changed:
                if changed - {str(self.path)}:
                    self._reload_modules = self._modules
                self._read_anew()


def _log_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception() is not None:
        LOGGER.error("%s failed", task.get_name(), exc_info=task.exception())
