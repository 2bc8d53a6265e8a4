"""What goes on over one open WebSocket: events answered in turn, or a stream for its client."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Coroutine
from typing import Any

from starlette.websockets import WebSocket

from . import events, generators, problems
from .bus import Envelope
from .clients import Client, Frame, Message, Send
from .handlers import Handler, Values
from .hub import GOING_AWAY, RESTARTED
from .inbox import DISCONNECT, Inbox, Receive
from .stepping import Attended

CHANNEL = "neutrino.channel"
"""Where the scope keeps the server's own `receive` and `send`, free of the framework's layers."""

# A round of a stream that yields nothing must not keep a processor busy.
PAUSE_S = 0.01


class Connection:
    """An open connection, which goes on with the newest handler of its path."""

    def __init__(self, websocket: WebSocket, handler: Handler, values: Values) -> None:
        hub = handler.hub
        self._websocket = websocket
        self._handler = handler
        self._values = values
        self._invoke = handler.bind(values)
        self._hub = hub
        self._journal = handler.journal
        self._event: Any = {}
        self._is_answering = False
        self._over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        channel: tuple[Receive, Send] = websocket.scope.get(
            CHANNEL, (websocket.receive, websocket.send)
        )
        self._receive = channel[0]
        ids = {name: str(value) for name, value in websocket.path_params.items()}
        self.client = Client(
            channel[1],
            path=handler.path,
            name=ids.get("client_id") or hub.name(),
            client_id=ids.get("client_id"),
            room_id=ids.get("room_id"),
            limits=hub.limits,
            on_close=self._on_close,
        )
        self._inbox = Inbox(self._receive, self.client.lose)

    async def run(self) -> None:
        """Serve the connection until either side closes it."""
        if self._hub.is_closing:
            await self._websocket.close(GOING_AWAY)
            return
        await self._websocket.accept()
        self._hub.join(self)
        if self._handler.socket.type == "event":
            work = [self._start(self._answer_all())]
        else:
            work = [self._start(self._listen()), self._start(self._stream())]
        try:
            await self._over
        except asyncio.CancelledError:
            self.client.lose()
            self._is_answering = False
            raise
        finally:
            # An answer that has begun is finished: others may be waiting for it.
            if not self._is_answering:
                for task in work:
                    task.cancel()
        await asyncio.wait(work)
        await self.client.finish(self._hub.limits.stall_s)

    def adopt(self, handler: Handler | None) -> None:
        """Go on with this handler from the next message or the next yield on."""
        if handler is self._handler:
            return
        values = handler.inherit(self._handler, self._values) if handler else None
        if handler is None or values is None:
            reason = "the endpoint has changed, connect again" if handler else "no longer served"
            self.client.close(RESTARTED, reason)
            return
        self._handler, self._values = handler, values
        self._invoke = handler.bind(values)

    def _on_close(self) -> None:
        self._hub.leave(self)
        if not self._over.done():
            self._over.set_result(None)

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.ensure_future(self._guarded(work))
        self._hub.watch(task)
        return task

    async def _guarded(self, work: Awaitable[None]) -> None:
        try:
            await work
        except (Exception, SystemExit) as error:  # noqa: BLE001 - the user's code raises anything
            self._fail(error)

    async def _answer_all(self) -> None:
        try:
            while self.client.is_open:
                message = await self._inbox.get()
                if message["type"] == DISCONNECT:
                    self.client.lose()
                    return
                self._is_answering = True
                await self._answer(message)
                self._is_answering = False
        finally:
            self._inbox.stop()

    async def _answer(self, message: Message) -> None:
        is_read, event = self._read(message)
        if not is_read:
            return
        handler, hub = self._handler, self._hub
        if handler.is_async:
            result = await Attended(self._invoke(event), self._inbox.read_ahead)
        elif handler.is_generator:
            result = self._invoke(event)
        else:
            self._inbox.read_ahead()
            result = await hub.event_threads.run(self._invoke, event)
            if asyncio.iscoroutine(result):
                result = await result
        if not generators.is_generator(result):
            self._send(result)
            return
        self._inbox.read_ahead()
        source = await generators.source(result, hub.event_threads)
        try:
            while (value := await source.next()) is not generators.END:
                self._send(value)
                await asyncio.sleep(0)
                if handler.socket.to == "sender" and not self.client.is_open:
                    return
        finally:
            await source.close()

    async def _listen(self) -> None:
        """Keep the newest message of a stream's client, and notice when the client leaves."""
        while (message := await self._receive())["type"] != DISCONNECT:
            is_read, event = self._read(message)
            if is_read:
                self._event = event
        self.client.lose()

    async def _stream(self) -> None:
        while self.client.is_open:
            function = self._handler.function
            is_empty = True
            source = await generators.source(self._invoke(self._event), self._hub.stream_threads)
            try:
                # Asked after each value, so a new version takes over at the next yield.
                while self.client.is_open and self._handler.function is function:
                    value = await source.next()
                    if value is generators.END:
                        break
                    is_empty = False
                    await self._push(value)
                    # A generator that never awaits would else never let go of the loop.
                    await asyncio.sleep(0)
            finally:
                await source.close()
            await asyncio.sleep(PAUSE_S if is_empty else 0)

    def _read(self, message: Message) -> tuple[bool, Any]:
        """Read a frame; false where there is no event in it."""
        client = self.client
        size = len(message.get("text") or message.get("bytes") or "")
        self._journal.message(
            client.path,
            "in",
            client=client.name,
            room=client.room_id or "",
            recipients=0,
            size=size,
        )
        if self._handler.read is None:
            return False, None
        try:
            return True, self._handler.read(message)
        except events.UnreadableError as error:
            self._to_own(events.payload({"error": str(error)}))
            return False, None

    def _send(self, result: Any) -> None:
        """Send what an event function gave to whom it is for."""
        if result is None:
            return
        if isinstance(result, tuple) and len(result) == 2:
            self._send_addressed(result)
            return
        payload = events.payload(result)
        to, client = self._handler.socket.to, self.client
        if to == "sender":
            self._to_own(payload)
            return
        room_id = client.room_id if to == "room" else None
        self._hub.send(Envelope(client.path, payload, room_id))

    async def _push(self, result: Any) -> None:
        """Send what a stream yielded, and wait until its client takes it."""
        if result is None:
            return
        if isinstance(result, tuple) and len(result) == 2:
            self._send_addressed(result)
            return
        frame = Frame(events.payload(result))
        await self.client.put(frame)
        self._note(frame)

    def _send_addressed(self, result: tuple[Any, Any]) -> None:
        data, target = result
        address = events.address(target)
        if data is not None and address is not None:
            room_id, client_id = address
            payload = events.payload(data)
            self._hub.send(Envelope(self.client.path, payload, room_id, client_id))

    def _to_own(self, payload: str | bytes) -> None:
        frame = Frame(payload)
        self.client.offer(frame)
        self._note(frame)

    def _note(self, frame: Frame) -> None:
        self._journal.message(
            self.client.path, "out", client=self.client.name, room="", recipients=1, size=frame.size
        )

    def _fail(self, error: BaseException) -> None:
        """End the connection as the exception says, with its text only if it was meant for it."""
        closing = problems.closing(error)
        if not closing.expected:
            problems.log(f"WS {self.client.path}", error)
        if not self.client.is_open:
            return
        if closing.text is not None:
            self._to_own(events.payload({"error": closing.text}))
        self.client.close(closing.code, closing.reason)
