"""What is asked of one kernel and what it answers, over a wire: each message to whom it belongs."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from neutrino_lab.kernels.errors import NoKernelError
from neutrino_lab.kernels.tasks import call_off
from neutrino_lab.kernels.wire import OnMessage, Wire

LOGGER = logging.getLogger(__name__)

MakeWire = Callable[[Any, OnMessage, Callable[[], None]], Wire]
# What iopub says; False where that is enough.
Take = Callable[[Mapping[str, Any]], bool]

_PROBE_EVERY_S = 0.25
# The output before it may be large, and the machine busy.
_LOST_IDLE_S = 10.0
_NUDGE_S = 1.0
# What a server says of a kernel that has died, and that it starts again.
_ENDS = {"restarting", "autorestarting", "dead"}


@dataclass(slots=True)
class Turn:
    """The cell that is running: `reply` is the kernel's answer to it, `idle` is set once the kernel
    says that it is over, `full` once its outputs are cut."""

    take: Take
    reply: asyncio.Future[Mapping[str, Any]]
    id: str = ""
    has_begun: bool = False
    sent: float = field(default_factory=time.monotonic)
    idle: asyncio.Event = field(default_factory=asyncio.Event)
    full: asyncio.Event = field(default_factory=asyncio.Event)

    async def finished(self) -> Mapping[str, Any]:
        """Wait for the reply, and for the outputs, which it may overtake."""
        reply = await self.reply
        if not self.full.is_set():
            with suppress(asyncio.TimeoutError):  # the message that says idle may be lost
                await asyncio.wait_for(self.idle.wait(), _LOST_IDLE_S)
        return reply


class Conversation:
    """One turn at a time.

    `broken` is set when the wire has lost its connection, `died` when whoever looks after the
    kernel tells that it has ended.
    """

    def __init__(self, make_wire: MakeWire) -> None:
        self.broken = asyncio.Event()
        self.died = asyncio.Event()
        self.turn: Turn | None = None
        self._make_wire = make_wire
        self._wire: Wire | None = None
        self._probes: dict[str, asyncio.Future[Mapping[str, Any]]] = {}
        self._probed_idle = asyncio.Event()

    async def open(self, manager: Any) -> None:
        """Connect to the kernel of a manager, which is taken to be alive."""
        self.broken.clear()
        self.died.clear()
        self._wire = self._make_wire(manager, self._on_message, self.broken.set)
        await self._wire.open()

    async def close(self) -> None:
        """Disconnect; without a connection nothing happens."""
        wire, self._wire = self._wire, None
        if wire is not None:
            await wire.close()

    @property
    def is_lost(self) -> bool:
        """Tell whether a kernel elsewhere has ended, or cannot be reached."""
        return self.is_remote and (self.broken.is_set() or self.died.is_set())

    @property
    def is_remote(self) -> bool:
        """Whether the kernel is one of another server, whose files are not here."""
        return self._wire is not None and self._wire.is_remote

    def begin(
        self,
        code: str,
        take: Take,
        *,
        silent: bool = False,
        expressions: Mapping[str, str] | None = None,
    ) -> Turn:
        """Send a cell; what belongs to it goes to the turn from now on, until `end`."""
        assert self._wire is not None
        turn = self.turn = Turn(take, asyncio.get_running_loop().create_future())
        turn.id = self._wire.send(
            "execute_request",
            {
                "code": code,
                "silent": silent,
                "store_history": not silent,
                "user_expressions": dict(expressions or {}),
                "allow_stdin": False,
                "stop_on_error": False,
            },
        )
        return turn

    def nudge(self) -> None:
        """Ask something where a cell was sent and nothing is heard of it for a while.

        A kernel of ipykernel 7 can sleep over a message until the next one comes.
        """
        turn = self.turn
        if turn is None or turn.has_begun or self._wire is None:
            return
        if time.monotonic() - turn.sent > _NUDGE_S:
            turn.sent = time.monotonic()
            self._wire.send("kernel_info_request", {})

    def end(self) -> None:
        """Leave the turn: messages that still come of it are dropped."""
        self.turn = None

    def stop_reading(self) -> None:
        """Leave what the kernel publishes where it is, until this is opened again."""
        if self._wire is not None:
            self._wire.stop_reading()

    async def probe(
        self, within_s: float, is_alive: Callable[[], Awaitable[bool]]
    ) -> Mapping[str, Any]:
        """Ask who the kernel is until it answers on both channels: its outputs will arrive then.

        Raises NoKernelError.
        """
        ends = time.monotonic() + within_s
        self._probed_idle.clear()
        try:
            while time.monotonic() < ends:
                assert self._wire is not None
                future: asyncio.Future[Mapping[str, Any]]
                future = asyncio.get_running_loop().create_future()
                self._probes[self._wire.send("kernel_info_request", {})] = future
                idle = asyncio.create_task(self._probed_idle.wait())
                waited: set[asyncio.Future[Any]] = {future, idle}
                try:
                    await asyncio.wait(waited, timeout=_PROBE_EVERY_S)
                finally:
                    await call_off(idle)
                answered = next((each for each in self._probes.values() if each.done()), None)
                if answered is not None and self._probed_idle.is_set():
                    return answered.result()
                if not await is_alive():
                    raise NoKernelError("The kernel has ended.")
        finally:
            self._probes.clear()
        raise NoKernelError("The kernel does not answer.")

    def _on_message(self, channel: str, message: Any) -> None:
        try:
            self._take(channel, message)
        except (AttributeError, KeyError, RecursionError, TypeError, ValueError):
            # User code can write to the kernel's sockets: what is no message ends no reading.
            LOGGER.debug("a message on %s is passed over", channel, exc_info=True)

    def _take(self, channel: str, message: Any) -> None:
        parent = message["parent_header"].get("msg_id", "")
        kind, content = message["msg_type"], message["content"]
        is_idle = kind == "status" and content.get("execution_state") == "idle"
        if self.is_remote and kind == "status" and content.get("execution_state") in _ENDS:
            self.died.set()
            self.broken.set()
        if parent in self._probes:
            if channel == "shell" and not self._probes[parent].done():
                self._probes[parent].set_result(content)
            elif is_idle:
                self._probed_idle.set()
            return
        turn = self.turn
        # What another cell's threads print later has another parent, and belongs to no answer.
        if turn is None or parent != turn.id:
            return
        turn.has_begun = True
        if channel == "shell":
            if kind == "execute_reply" and not turn.reply.done():
                turn.reply.set_result(content)
        elif is_idle:
            turn.idle.set()
        elif not turn.full.is_set() and not turn.take(message):
            turn.full.set()
