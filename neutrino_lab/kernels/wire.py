"""The messages of one kernel, over ZeroMQ. `gateway` has those of a kernel elsewhere."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol

import zmq
import zmq.asyncio
from jupyter_client.asynchronous.client import AsyncKernelClient

from neutrino_lab.kernels.tasks import call_off

LOGGER = logging.getLogger(__name__)

# A flood waits in the kernel, and not in the server's memory.
_QUEUED_MESSAGES = 100
_QUEUED_MESSAGES_MOST_BYTES = 2**20
_DIGESTS = 1024

OnMessage = Callable[[str, Any], None]


class Wire(Protocol):
    """How messages reach a kernel and come back.

    `on_message` is called with the channel and each message; `broken` when the connection has
    ended, because the kernel has, or because it sent a message that is too large to be read. Where
    it `is_remote`, nothing but the connection says whether the kernel lives.
    """

    is_remote: bool

    async def open(self) -> None:
        """Connect, and hand on what comes until `close`."""

    async def close(self) -> None:
        """Disconnect; nothing is handed on after it. May be called twice."""

    def send(self, kind: str, content: dict[str, Any]) -> str:
        """Send a request on the shell channel; gives its id."""
        ...

    def stop_reading(self) -> None:
        """Read no more of what the kernel publishes, until it is opened again."""
        ...


def context(most_bytes: int) -> zmq.asyncio.Context:
    """Make what local wires share: sockets that refuse messages far above the output limit."""
    made = zmq.asyncio.Context()
    made.setsockopt(zmq.MAXMSGSIZE, 8 * most_bytes + _QUEUED_MESSAGES_MOST_BYTES)
    made.setsockopt(zmq.RCVHWM, _QUEUED_MESSAGES)
    made.setsockopt(zmq.LINGER, 0)
    return made


class LocalWire:
    """The messages of a kernel on this machine, by a client of jupyter_client."""

    is_remote = False

    def __init__(
        self,
        client: Callable[[], AsyncKernelClient],
        on_message: OnMessage,
        broken: Callable[[], None],
    ) -> None:
        self._make_client = client
        self._on_message = on_message
        self._broken = broken
        self._client: AsyncKernelClient | None = None
        self._tasks: list[asyncio.Task[None]] = []

    async def open(self) -> None:
        client = self._client = self._make_client()
        client.session.digest_history_size = _DIGESTS
        channels = {"stdin": False, "hb": False, "control": False}
        client.start_channels(**channels)
        self._tasks = [
            asyncio.create_task(self._read("iopub", client.iopub_channel)),
            asyncio.create_task(self._read("shell", client.shell_channel)),
            *(
                asyncio.create_task(self._watch(channel.socket))
                for channel in (client.iopub_channel, client.shell_channel)
            ),
        ]

    async def close(self) -> None:
        tasks, self._tasks = self._tasks, []
        await call_off(*tasks)
        client, self._client = self._client, None
        if client is not None:
            client.stop_channels()

    def send(self, kind: str, content: dict[str, Any]) -> str:
        assert self._client is not None
        message = self._client.session.msg(kind, content)
        self._client.shell_channel.send(message)
        return str(message["header"]["msg_id"])

    def stop_reading(self) -> None:
        self._tasks[0].cancel()
        assert self._client is not None
        self._client.iopub_channel.stop()

    async def _read(self, name: str, channel: Any) -> None:
        while True:
            try:
                message = await channel.get_msg(timeout=None)
            except (ValueError, KeyError, TypeError, RecursionError):
                # Not signed, or no message at all: user code can write to these sockets too.
                LOGGER.debug("a message on %s cannot be read", name, exc_info=True)
                continue
            self._on_message(name, message)

    async def _watch(self, socket: zmq.asyncio.Socket) -> None:
        monitor = socket.get_monitor_socket(zmq.EVENT_DISCONNECTED)
        try:
            while True:
                await monitor.recv_multipart()
                self._broken()
        finally:
            with suppress(zmq.ZMQError):
                socket.disable_monitor()
            monitor.close(linger=0)
