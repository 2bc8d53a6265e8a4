"""What goes on over one open WebSocket: events answered in turn, or a stream for its client."""

from __future__ import annotations

import asyncio
import inspect
import sys
from collections.abc import Awaitable, Coroutine
from contextvars import Context, copy_context
from types import AsyncGeneratorType, GeneratorType
from typing import Any

from starlette.websockets import WebSocket

from .. import generators, problems
from ..bus.contract import Envelope
from ..cell_context import LeftValues
from ..eager import Rest, first
from ..encoding import pyplot
from ..middleware.access import SUBPROTOCOL
from ..observe.journal import SocketMessage
from . import events, uvicorn_frames
from .clients import Client, Frame, Message, Send, size
from .handlers import Handler, Values
from .hub import GOING_AWAY, NORMAL, RESTARTED
from .inbox import DISCONNECT, Inbox, Receive

CHANNEL = "neutrino.channel"
"""Where the scope keeps the server's own `receive` and `send`, free of the framework's layers."""

# A round of a stream that yields nothing must not keep a processor busy.
PAUSE_S = 0.01

# A client may send thousands of messages in one piece; others get their turn after so many.
TURN = 50

# A frame that has not come back from the bus by then is lost.
LOST_S = 5.0

# A message to oneself: the answer to a frame has begun, and has to wait.
BEGUN = "neutrino.begun"

GENERATORS = (GeneratorType, AsyncGeneratorType)


class Connection:
    """An open connection, which goes on with the newest handler of its path."""

    def __init__(self, websocket: WebSocket, handler: Handler, values: Values) -> None:
        hub = handler.hub
        self._websocket = websocket
        self._handler = handler
        self._values = values
        self._invoke = handler.bind(values)
        # The connection may be older than what cells have set since.
        self._left_values = LeftValues()
        self._hub = hub
        self._journal = hub.journal
        self._event: Any = {}
        self._is_answering = False
        self._is_told = False
        self._is_idle = False
        self._begun: Rest | BaseException | None = None
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
        is_offered = SUBPROTOCOL in self._websocket.scope.get("subprotocols", ())
        await self._websocket.accept(SUBPROTOCOL if is_offered else None)
        self.client.use_uvicorn_frames()
        self._hub.join(self.client, self.adopt)
        if self._handler.socket.type == "event":
            work = [self._start_answering()]
        else:
            work = [self._start(self._listen()), self._start(self._stream())]
        try:
            await self._over
        except asyncio.CancelledError:
            self.client.lose()
            self._is_answering = False
            for task in work:
                task.cancel()
            raise
        finally:
            # An answer that has begun is finished: others may be waiting for it. So is what a
            # client that has left had sent.
            is_event = self._handler.socket.type == "event"
            if not (self._is_answering or (is_event and self.client.has_left)):
                for task in work:
                    task.cancel()
        await asyncio.wait(work)
        if (writer := self.client.writer) is not None:
            await asyncio.wait({writer}, timeout=self._hub.limits.stall_s)
            writer.cancel()

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
        self._hub.leave(self.client)
        if (writer := self.client.writer) is not None:
            self._hub.watch(writer)
        if not self._over.done():
            self._over.set_result(None)

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.ensure_future(self._guarded(work))
        self._hub.watch(task)
        return task

    def _start_answering(self) -> asyncio.Task[None]:
        """Start the task that answers, and let frames that come in while it is idle be answered
        there and then, where uvicorn and Python are such that this is known to be the same."""
        loop = asyncio.get_running_loop()
        if sys.version_info < (3, 11) or loop.get_task_factory() is not None:
            return self._start(self._answer_all())
        context = copy_context()
        task = loop.create_task(self._guarded(self._answer_all()), context=context)
        self._hub.watch(task)

        def take(message: Message) -> bool:
            # Another task runs where a function runs a loop within the loop.
            is_free = self._is_idle and self.client.is_open and asyncio.current_task(loop) is None
            if is_free:
                self._begin(message, task, context)
                if self._begun is not None and put is not None:
                    put({"type": BEGUN})
            return is_free

        put = uvicorn_frames.listen(self._receive, take)
        return task

    def _begin(self, message: Message, task: asyncio.Task[None], context: Context) -> None:
        """Answer a frame as the task would, which waits for one, and in its context. What has to
        wait is kept for the task to go on with."""
        self._is_idle, self._inbox.is_held = False, True
        loop, steps = task.get_loop(), self._answer_frame(message)
        asyncio._enter_task(loop, task)
        try:
            waits_for = context.run(steps.send, None)
        except StopIteration:
            self._is_idle = True
        except BaseException as error:  # noqa: BLE001 - raised again by the task
            self._begun = error
        else:
            self._begun = Rest(steps, waits_for)
        finally:
            asyncio._leave_task(loop, task)
            self._inbox.is_held = False

    async def _guarded(self, work: Awaitable[None]) -> None:
        try:
            await work
        except BaseException as error:
            # Its client would wait for ever for what nobody answers any more.
            if problems.is_users(error):
                self._fail(error)
                return
            if isinstance(error, asyncio.CancelledError):
                self.client.close(problems.FAILED)  # a function may have cancelled its own task
            raise

    async def _answer_all(self) -> None:
        client, inbox = self.client, self._inbox
        left = TURN
        try:
            # A client that leaves has sent what was read ahead, and is answered for the others.
            while client.is_open or client.has_left:
                message = await (inbox.get() if inbox.is_ahead else self._next())
                if message["type"] == DISCONNECT:
                    client.lose()
                    return
                if message["type"] == BEGUN:
                    await self._go_on()
                else:
                    await self._answer_frame(message)
                left -= 1
                if not left:
                    left = TURN
                    await asyncio.sleep(0)
        finally:
            inbox.stop()

    async def _next(self) -> Message:
        """Wait for a message, and let frames be answered meanwhile that come in."""
        self._is_idle = True
        try:
            return await self._receive()
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if self._begun is None or task is None or sys.version_info < (3, 11):
                raise
            # It came after the function had begun, and is for it to see, as the task's only one.
            task.uncancel()
            task.cancel(*error.args)
            return {"type": BEGUN}
        finally:
            self._is_idle = False

    async def _go_on(self) -> None:
        """Finish the answer that has begun where its frame came in."""
        begun, self._begun = self._begun, None
        if isinstance(begun, BaseException):
            raise begun
        if begun is not None:
            self._inbox.read_ahead()
            await begun

    async def _answer_frame(self, message: Message) -> None:
        self._is_answering = True
        try:
            event = self._read(message)
        except events.UnreadableError as error:
            self._to_own(events.payload({"error": str(error)}))
        else:
            await self._answer(event)
        self._is_answering = False

    async def _answer(self, event: Any) -> None:
        handler = self._handler
        pyplot.begin_call()
        self._left_values.set(handler.variables)
        if handler.is_async:
            try:
                rest = first(self._invoke(event))
            except StopIteration as done:
                result = done.value
            else:
                # Only what has to wait gives its client the time to leave meanwhile.
                self._inbox.read_ahead()
                result = await Rest(*rest)
        elif handler.is_generator:
            result = self._invoke(event)
        else:
            self._inbox.read_ahead()
            result = await self._hub.event_threads.run(self._invoke, event)
            if inspect.isawaitable(result):
                result = await result
        if isinstance(result, GENERATORS):
            self._inbox.read_ahead()
            await self._send_each(result)
        elif result is not None:
            self._send(result)

    async def _send_each(self, generator: Any) -> None:
        is_own = self._handler.socket.to == "sender"
        source = await generators.stepped(generator, self._hub.event_threads.run)
        try:
            while (value := await source.next()) is not generators.END:
                if value is not None:
                    self._send(value)
                await asyncio.sleep(0)
                # Others may still be listening, or else nobody is. Those of other replicas are not
                # known here; an answer without end would outlive everybody.
                is_alone = is_own or not self._hub.clients(self.client.path)
                if is_alone and not self.client.is_open:
                    return
        finally:
            await source.close()

    async def _listen(self) -> None:
        """Keep the newest message of a stream's client, and notice when the client leaves."""
        while (message := await self._receive())["type"] != DISCONNECT:
            try:
                self._event = self._read(message)
            except events.UnreadableError as error:
                self._to_own(events.payload({"error": str(error)}))
        self.client.lose()

    async def _stream(self) -> None:
        while self.client.is_open:
            function = self._handler.function
            is_empty, is_over = True, False
            self._left_values.set(self._handler.variables)
            source = await generators.stepped(
                self._invoke(self._event), self._hub.stream_threads.run
            )
            try:
                # Asked after each value, so a new version takes over at the next yield.
                while self.client.is_open and self._handler.function is function:
                    value = await source.next()
                    if value is generators.END:
                        is_over = not self._handler.socket.repeat
                        break
                    is_empty = False
                    if value is not None:
                        await self._push(value)
                    # A generator that never awaits would else never let go of the loop.
                    await asyncio.sleep(0)
            finally:
                await source.close()
            if is_over:
                self.client.close(NORMAL)
                return
            await asyncio.sleep(PAUSE_S if is_empty else 0)

    def _read(self, message: Message) -> Any:
        """Read a frame. Raises UnreadableError."""
        client, read = self.client, self._handler.read
        room = client.room_id or ""
        self._journal.message(SocketMessage(client.key, "in", client.name, room, (), size(message)))
        return read(message) if read is not None else self._event

    def _send(self, result: Any) -> None:
        """Send what an event function gave to whom it is for."""
        if events.is_addressed(result):
            self._send_addressed(result)
            return
        to = self._handler.socket.to
        if to == "sender":
            self._to_own(events.payload(result))
            return
        client = self.client
        room_id = client.room_id if to == "room" else None
        self._hub.send(Envelope(client.path, events.payload(result), room_id))

    async def _push(self, result: Any) -> None:
        """Send what a stream yielded, and wait until its client takes it."""
        if events.is_addressed(result):
            self._send_addressed(result)
            return
        client, payload = self.client, events.payload(result)
        await client.put(Frame(payload))
        told = SocketMessage(client.key, "out", client.name, "", (client,), len(payload))
        self._journal.message(told)

    def _send_addressed(self, result: tuple[Any, Any]) -> None:
        data, target = result
        address = events.address(target)
        if data is not None and address is not None:
            room_id, client_id = address
            payload = events.payload(data)
            self._hub.send(Envelope(self.client.path, payload, room_id, client_id))
        elif data is not None and not self._is_told and not events.is_nobody(target):
            self._is_told = True
            problems.warn(self.client.key, events.no_address(target))

    def _to_own(self, payload: str | bytes) -> None:
        """Answer this client, by the bus as to all others: what was sent first arrives first."""
        client = self.client
        envelope = Envelope(client.path, payload, client_id=client.name, connection=client.id)
        self._hub.send(envelope)

    def _fail(self, error: BaseException) -> None:
        """End the connection as the exception says, with its text only if it was meant for it."""
        closing = problems.closing(error)
        if not closing.expected:
            problems.log(self.client.key, error)
            self._journal.crashed(self.client, error)
        if not self.client.is_open:
            return
        if closing.text is not None:
            self._to_own(events.payload({"error": closing.text}))
        last = (closing.code, closing.reason)
        self._hub.send(Envelope(self.client.path, b"", connection=self.client.id, closing=last))
        if self.client.is_open:
            # A bus may lose it; the connection ends all the same.
            loop = asyncio.get_running_loop()
            loop.call_later(LOST_S, self.client.close, *last)
