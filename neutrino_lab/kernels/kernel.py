"""One running kernel: its start, one cell at a time, its end, and its return after that."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, cast

from jupyter_client.kernelspec import NoSuchKernel
from jupyter_client.multikernelmanager import AsyncMultiKernelManager
from jupyter_core.utils import ensure_async

from neutrino_lab.kernels import bootstrap_text, endings
from neutrino_lab.kernels.conversation import Conversation, MakeWire, Take
from neutrino_lab.kernels.endings import Ending, Status
from neutrino_lab.kernels.errors import KernelsError, NoKernelError, UnknownKernelError
from neutrino_lab.kernels.isolation import Isolation, isolated
from neutrino_lab.kernels.tasks import call_off, to_its_end

LOGGER = logging.getLogger(__name__)

# The whole of it stays below two seconds: no answer is later than its limit and that.
GRACE_S = 1.4
_INTERRUPT_EVERY_S = 0.6
_LOOK_S = 0.2
_DYING_S = 0.15
_END_S = 30.0
_END_REMOTE_S = 3.0
# A kernel that lives and says nothing is given up in time to start another.
_SILENT_SHARE = 1 / 3


class Kernel:
    """A kernel that runs one cell after the other, and comes back after its process has died.

    `state_lost` says that it has come back since somebody looked; who looks sets it to False.
    """

    def __init__(  # noqa: PLR0913 - the settings are keyword-only
        self,
        multi: AsyncMultiKernelManager,
        name: str,
        isolation: Isolation | None,
        make_wire: MakeWire,
        *,
        imports: Sequence[str] = (),
        start_s: float = 60.0,
    ) -> None:
        self.name = name
        self.isolation = isolation
        self.kernel_id = ""
        self.language = ""
        self.version = ""
        self.state_lost = False
        self._multi = multi
        self._talk = Conversation(make_wire)
        self._imports = tuple(imports)
        self._start_s = start_s
        self._pid: int | None = None
        self._return: asyncio.Task[None] | None = None
        self._ooms = 0

    # Start and end

    async def start(self) -> None:
        """Start it and run a first cell. Raises UnknownKernelError, NoKernelError."""
        try:
            await asyncio.wait_for(self._start_patiently(), self._start_s)
        except NoSuchKernel:
            raise UnknownKernelError(f"There is no kernel {self.name} here.") from None
        except Exception as error:
            LOGGER.warning("a kernel %s did not start", self.name, exc_info=True)
            await self.end()
            raise NoKernelError(f"The kernel {self.name} did not start.") from error

    async def end(self) -> None:
        """End it, by force if need be, and remove its folder."""
        if self._return is not None:
            await call_off(self._return)
        is_remote = self._talk.is_remote
        await self._talk.close()
        if self.is_there:
            try:
                ended = ensure_async(self._multi.shutdown_kernel(self.kernel_id, now=True))
                await asyncio.wait_for(ended, _END_REMOTE_S if is_remote else _END_S)
            except Exception:
                LOGGER.info("a kernel's manager does not end it", exc_info=True)
                await self._put_away()

    async def _put_away(self) -> None:
        """End its process and take its folder away without its manager.

        A manager that was broken off while it started a kernel does not end that kernel any more.
        """
        manager, provisioner = self.manager, self.provisioner
        if provisioner is not None:
            with suppress(Exception):
                await provisioner.kill()
        # An open socket of it would let the end of its context, and so of the server, wait.
        with suppress(Exception):
            await ensure_async(manager.cleanup_resources(restart=False))
        if provisioner is not None:
            with suppress(Exception):
                await provisioner.cleanup(restart=False)
        self._multi.remove_kernel(self.kernel_id)

    async def release(self) -> None:
        """Leave it to its manager, which brings it back after a death from now on."""
        await self._talk.close()
        self.manager.start_restarter()

    async def is_alive(self) -> bool:
        """Tell whether its process runs; elsewhere, whether the connection to it stands."""
        if not self.is_there:
            return False
        if self._talk.is_remote:
            return not self._talk.is_lost
        try:
            return bool(await ensure_async(self.manager.is_alive()))
        except Exception:
            LOGGER.debug("a kernel cannot be asked", exc_info=True)
            return False

    async def is_healthy(self, within_s: float = 2.0) -> bool:
        """Tell whether its process runs and it answers."""
        try:
            return await self.is_alive() and bool(await self._talk.probe(within_s, self.is_alive))
        except NoKernelError:
            return False

    @property
    def is_there(self) -> bool:
        """Tell whether the manager has it still: others may have ended it."""
        return bool(self.kernel_id) and self.kernel_id in self._multi

    @property
    def connections(self) -> int:
        """How many clients talk to it through the Jupyter server, as an open notebook does."""
        model = getattr(self._multi, "kernel_model", None)
        return int(model(self.kernel_id).get("connections", 0)) if model and self.is_there else 0

    @property
    def returning(self) -> asyncio.Task[None] | None:
        """What brings it back from its death, None where nothing has to."""
        return None if self._return is None or self._return.done() else self._return

    @property
    def manager(self) -> Any:
        """Jupyter's manager of the kernel. Raises KeyError where the kernel is gone."""
        return self._multi.get_kernel(self.kernel_id)

    @property
    def provisioner(self) -> Any:
        """What has started its process; None while there is no kernel."""
        return getattr(self.manager, "provisioner", None) if self.is_there else None

    # One cell

    async def run(
        self,
        code: str,
        take: Take,
        *,
        timeout_s: float,
        stop: asyncio.Event,
        is_silent: bool = False,
    ) -> Ending:
        """Run a cell. `take` gets what iopub says, and gives False where it has had enough.

        A silent one is not counted, and is not in the kernel's history. It ends within `timeout_s`
        and two seconds, whatever the code does. Setting `stop` ends it before. Raises
        NoKernelError where the kernel does not come back from an earlier death.
        """
        await self.ready()
        turn = self._talk.begin(code, take, silent=is_silent)
        waits: dict[str, asyncio.Task[Any]] = {
            "finished": asyncio.create_task(turn.finished()),
            "full": asyncio.create_task(turn.full.wait()),
            "stop": asyncio.create_task(stop.wait()),
            "dead": asyncio.create_task(self._death()),
        }
        try:
            await asyncio.wait(
                waits.values(), timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED
            )
            ending = await self._ending(waits)
            if getattr(self.provisioner, "is_overrun", bool)():
                # What a fork bomb leaves would keep the next cell from running.
                self._come_back(kill=True)
                ending = replace(ending, state_lost=True)
            return ending
        finally:
            self._talk.end()
            await call_off(*waits.values())

    async def _ending(self, waits: dict[str, asyncio.Task[Any]]) -> Ending:
        if waits["finished"].done():
            return endings.of_reply(waits["finished"].result())
        if waits["dead"].done():
            return self._died()
        status: Status = "timeout"
        if waits["full"].done():
            status = "output_limit"
            self._talk.stop_reading()
        elif waits["stop"].done():
            status = "interrupted"
        survived = await self._interrupt(waits)
        by_us = endings.is_interrupt(self._exit_code())
        if waits["dead"].done() and status == "output_limit" and not by_us:
            return self._died()
        if not survived:
            self._come_back(kill=True)
        elif status == "output_limit":
            # What the kernel has still to say is waited for in the background.
            self._return = asyncio.create_task(self._reconnect())
        return Ending(status, state_lost=not survived)

    async def _interrupt(self, waits: dict[str, asyncio.Task[Any]]) -> bool:
        """Interrupt until the cell has ended or the grace is over; tell whether the kernel lives.

        More than once: a kernel that has not begun with the cell passes over a first interrupt.
        """
        ends = time.monotonic() + GRACE_S
        while (left := ends - time.monotonic()) > 0:
            with suppress(Exception):
                await asyncio.wait_for(self._send_interrupt(), left)
            await asyncio.wait(
                {waits["finished"], waits["dead"]},
                timeout=min(_INTERRUPT_EVERY_S, max(ends - time.monotonic(), 0.0)),
                return_when=asyncio.FIRST_COMPLETED,
            )
            if waits["dead"].done():
                return False
            if waits["finished"].done():
                return True
        return False

    async def _send_interrupt(self) -> None:
        multi: Any = self._multi
        await ensure_async(multi.interrupt_kernel(self.kernel_id))

    async def _death(self) -> None:
        """Wait until its process has ended."""
        broken = self._talk.broken
        while await self.is_alive():
            if broken.is_set() and not self._talk.is_remote:
                broken.clear()
                await asyncio.sleep(_DYING_S)
                if self._talk.turn is not None and await self.is_alive():
                    # It lives and the connection is gone: it has sent more than can be read.
                    self._talk.turn.full.set()
            self._talk.nudge()
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(broken.wait(), _LOOK_S)

    def _died(self) -> Ending:
        exit_code, out_of_memory = self._exit_code(), self._ran_out_of_memory()
        self._come_back(kill=False)
        return endings.of_death(exit_code, out_of_memory=out_of_memory)

    def _exit_code(self) -> int | None:
        process = getattr(self.provisioner, "process", None)
        return None if process is None else process.returncode

    def _ran_out_of_memory(self) -> bool:
        count = getattr(self.provisioner, "out_of_memory_kills", int)()
        grown, self._ooms = count > self._ooms, count
        return grown

    # Its return

    async def ready(self) -> None:
        """Wait until it can run a cell, bringing it back if need be. Raises NoKernelError."""
        if self._return is not None:
            pending = self._return
            await asyncio.wait({pending}, timeout=self._start_s)
            if self._return is pending and pending.done():
                self._return = None
            # Who ends it calls its return off.
            if not pending.done() or pending.cancelled():
                raise NoKernelError("The kernel does not come back.")
            pending.result()
        if self._talk.is_lost and not self._talk.died.is_set():
            # The connection has gone, and perhaps nothing else: the kernel is where it was.
            self._return = asyncio.create_task(self._reconnect())
            await self.ready()
            return
        is_same = self._pid is None or self._current_pid() == self._pid
        if not is_same or not await self.is_alive():
            self._come_back(kill=False)
            await self.ready()

    async def restart(self) -> None:
        """Give it a fresh process. Raises NoKernelError."""
        self._come_back(kill=True)
        await self.ready()

    def _come_back(self, *, kill: bool) -> None:
        self.state_lost = True
        self._return = asyncio.create_task(self._restart(kill=kill, before=self._return))

    async def _restart(self, *, kill: bool, before: asyncio.Task[None] | None = None) -> None:
        if before is not None:
            await asyncio.gather(before, return_exceptions=True)
        if kill and self.provisioner is not None:
            with suppress(Exception):
                await self.provisioner.kill(restart=True)
        await self._talk.close()
        try:
            await to_its_end(self._multi.restart_kernel(self.kernel_id, now=True))
            await self._connect(within_s=self._start_s * _SILENT_SHARE)
        except Exception:
            # Such as one that its gateway has forgotten.
            LOGGER.info("a kernel is not restarted but started again", exc_info=True)
            await self._start_again()

    async def _start_again(self) -> None:
        await self._talk.close()
        with suppress(Exception):
            await to_its_end(self._multi.shutdown_kernel(self.kernel_id, now=True))
        try:
            await self._start()
        except Exception as error:
            raise NoKernelError("The kernel does not come back.") from error

    async def _reconnect(self) -> None:
        await self._talk.close()
        try:
            await self._connect(first=False)
        except KernelsError:
            self.state_lost = True
            await self._restart(kill=True)

    async def _start_patiently(self) -> None:
        try:
            await self._start(within_s=self._start_s * _SILENT_SHARE)
        except NoKernelError:
            LOGGER.info("a kernel that is silent is started again", exc_info=True)
            await self._start_again()

    async def _start(self, within_s: float | None = None) -> None:
        with isolated(self.isolation):
            started = ensure_async(self._multi.start_kernel(kernel_name=self.name))
            starting: asyncio.Future[str] = asyncio.ensure_future(cast("Awaitable[str]", started))
        try:
            self.kernel_id = await asyncio.shield(starting)
        except asyncio.CancelledError:
            # Broken off in the middle, a manager would wait for it for ever when it is to end.
            with suppress(Exception):
                self.kernel_id = await starting
            raise
        await self._connect(within_s=within_s)

    async def _connect(self, *, first: bool = True, within_s: float | None = None) -> None:
        within_s = self._start_s if within_s is None else within_s
        self.manager.stop_restarter()
        await self._talk.open(self.manager)
        info = await self._talk.probe(within_s, self.is_alive)
        language = info.get("language_info", {})
        self.language, self.version = str(language.get("name")), str(language.get("version"))
        self._pid = self._current_pid()
        if first:
            await self._warm_up(within_s)

    async def _warm_up(self, within_s: float) -> None:
        # As an expression beside an empty cell: IPython wraps the streams of a cell while it runs.
        expressions = {}
        if self.language == "python":
            expressions["first"] = bootstrap_text.expression(self._imports)
        turn = self._talk.begin("", lambda _: True, silent=True, expressions=expressions)
        dead = asyncio.create_task(self._death())
        try:
            waited: set[asyncio.Future[Any]] = {turn.reply, dead}
            ends = time.monotonic() + within_s
            while not (turn.reply.done() or dead.done()) and time.monotonic() < ends:
                await asyncio.wait(waited, timeout=1.0, return_when=asyncio.FIRST_COMPLETED)
                self._talk.nudge()
            if not turn.reply.done():
                raise NoKernelError(f"The kernel {self.name} does not answer.")
            outcome = turn.reply.result().get("user_expressions", {}).get("first", {})
            if outcome.get("status") == "error":
                LOGGER.warning("a kernel's first cell failed: %s", outcome.get("evalue"))
        finally:
            self._talk.end()
            await call_off(dead)

    def _current_pid(self) -> int | None:
        return getattr(self.provisioner, "pid", None)
