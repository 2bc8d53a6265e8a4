"""A client of SwimOS: one socket to each host, however many lanes are followed over it."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from functools import partial

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidURI, WebSocketException
from websockets.typing import Subprotocol

from ..contract import MAX_FRAME_BYTES
from ..recon.values import ReconError
from ..reconnect import Backoff
from ..timers import Timers
from . import envelopes
from .envelopes import SUBPROTOCOL, Envelope
from .links import LANE_NOT_FOUND, NODE_NOT_FOUND, Address, Link

ANSWER_S = 2.0
"""A host that can be reached answers a link within this time, or the link fails."""


class Client:
    """Opens links. To be used, and closed, on one event loop."""

    def __init__(self, *, answer_s: float = ANSWER_S) -> None:
        self._answer_s = answer_s
        self._hosts: dict[str, list[_Host]] = {}

    def open(self, address: Address) -> Link:
        """Follow a lane from now on, through reconnects, until the link is closed."""
        hosts = self._hosts.setdefault(address.host, [])
        # A lane that is asked for twice over one socket is answered to both: their order is lost.
        host = next((each for each in hosts if not each.follows(address)), None)
        if host is None:
            host = _Host(address.host, self._answer_s, hosts.remove)
            hosts.append(host)
        link = Link(address, time.time, host.remove)
        host.add(link)
        return link

    async def close(self) -> None:
        """Unlink every lane and close every socket."""
        for hosts in tuple(self._hosts.values()):
            for host in tuple(hosts):
                await host.close()


class _Host:
    """One socket, opened again whenever it is lost for as long as there are links."""

    def __init__(self, uri: str, answer_s: float, on_end: Callable[[_Host], None]) -> None:
        self._uri = uri
        self._answer_s = answer_s
        self._on_end = on_end
        self._links: dict[tuple[str, str], Link] = {}
        self._socket: ClientConnection | None = None
        self._backoff = Backoff()
        self._timers = Timers[Link]()
        self._sends: set[asyncio.Task[None]] = set()
        self._task: asyncio.Task[None] | None = None

    def follows(self, address: Address) -> bool:
        return (address.node, address.lane) in self._links

    def add(self, link: Link) -> None:
        self._links[link.address.node, link.address.lane] = link
        if self._task is None:
            self._task = asyncio.ensure_future(self._run())
        elif self._socket is not None:
            self._ask(link)

    def remove(self, link: Link) -> None:
        address = link.address
        self._timers.cancel(link)
        self._links.pop((address.node, address.lane), None)
        if not self._links:
            self._end()
        elif self._socket is not None:
            self._send(str(Envelope("unlink", address.node, address.lane)))

    async def close(self) -> None:
        for link in tuple(self._links.values()):
            link.close()
        if self._task is not None:
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def _end(self) -> None:
        if self._task is not None and not self._task.done():
            self._task.cancel()
        self._on_end(self)

    async def _run(self) -> None:
        while True:
            started = time.monotonic()
            reason = await self._connect()
            self._socket = None
            for link in tuple(self._links.values()):
                self._timers.cancel(link)
                link.lose(reason)
            await asyncio.sleep(self._backoff.next_s(time.monotonic() - started))

    async def _connect(self) -> str:
        """Serve the links over one connection; say why it ended."""
        try:
            async with connect(
                self._uri,
                subprotocols=[Subprotocol(SUBPROTOCOL)],
                max_size=MAX_FRAME_BYTES,
                open_timeout=self._answer_s,
                close_timeout=1,
            ) as socket:
                self._socket = socket
                for link in tuple(self._links.values()):
                    self._ask(link)
                while True:
                    self._receive(await socket.recv())
        except InvalidURI as error:
            for link in tuple(self._links.values()):
                link.fail(f"{self._uri} is no address of a host: {error}")
            return str(error)
        except ConnectionClosed as error:
            if error.sent is not None and error.sent.code == 1009:
                return f"{self._uri} sent a frame of more than {MAX_FRAME_BYTES >> 20} MB"
            return f"the connection to {self._uri} was lost"
        except TimeoutError:
            return f"{self._uri} does not answer"
        except (OSError, WebSocketException) as error:
            return f"{self._uri} cannot be reached: {error}"

    def _ask(self, link: Link) -> None:
        self._send(link.request)
        self._timers.arm(link, self._answer_s, partial(self._expire, link))

    def _expire(self, link: Link) -> None:
        if not link.is_linked:
            link.fail(f"{link.address} does not answer")

    def _send(self, frame: str) -> None:
        """Send without waiting; on a socket that is lost the link is asked for again anyway."""
        socket = self._socket
        if socket is None:
            return

        async def send() -> None:
            with contextlib.suppress(ConnectionClosed):
                await socket.send(frame)

        task = asyncio.ensure_future(send())
        self._sends.add(task)
        task.add_done_callback(self._sends.discard)

    def _receive(self, frame: str | bytes) -> None:
        text = frame if isinstance(frame, str) else frame.decode(errors="replace")
        try:
            envelope = envelopes.parse(text)
        except ReconError as error:
            for link in tuple(self._links.values()):
                link.fault(str(error), text)
            return
        link_of = self._links.get((envelope.node, envelope.lane))
        if link_of is not None:
            self._dispatch(link_of, envelope)

    def _dispatch(self, link: Link, envelope: Envelope) -> None:
        match envelope.tag:
            case "event":
                link.receive(envelope.body)
            case "linked":
                link.linked()
            case "synced":
                link.is_linked = True
            case "unlinked":
                self._unlinked(link, envelope.body)

    def _unlinked(self, link: Link, body: str) -> None:
        address = link.address
        self._timers.cancel(link)
        if body.startswith(LANE_NOT_FOUND):
            link.fail(f"{address.host} has no lane `{address.lane}` at {address.node}")
        elif body.startswith(NODE_NOT_FOUND):
            link.fail(f"{address.host} has no node {address.node}")
        elif not link.is_linked:
            link.fail(f"{address} cannot be linked{': ' if body else ''}{body}")
        else:
            # The agent has ended; asking starts it again.
            link.lose(f"{address} was unlinked by its host")
            self._timers.arm(link, self._backoff.next_s(), partial(self._ask_again, link))

    def _ask_again(self, link: Link) -> None:
        if self._socket is not None:
            self._ask(link)
