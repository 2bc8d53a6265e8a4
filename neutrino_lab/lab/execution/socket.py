"""A WebSocket for one session: code goes in, events come out, each with its execution's id."""

from __future__ import annotations

import asyncio
import json
from typing import Any, Literal

from jupyter_server.auth.decorator import ws_authenticated
from pydantic import ValidationError
from tornado.websocket import WebSocketClosedError, WebSocketHandler

from neutrino_lab.kernels.executions import Execution
from neutrino_lab.kernels.service import Request, Service
from neutrino_lab.lab.execution.bodies import Base64, Seconds
from neutrino_lab.lab.execution.handler import ExecutionHandler
from neutrino_lab.lab.handler import executes
from neutrino_lab.lab.problem import failure, problem
from neutrino_lab.lab.protocol.base import Message
from neutrino_lab.runtime.settings import MB

_PING_S = 30.0


class SocketBody(Message):
    """What a client may send: `execute` with code, or `interrupt`.

    `id` is the client's own and comes back with each event.
    """

    type: Literal["execute", "interrupt"]
    id: str | None = None
    code: str = ""
    timeout_s: Seconds | None = None
    files: dict[str, str | Base64] = {}


class SessionSocketHandler(ExecutionHandler, WebSocketHandler):
    """Closing it ends what was asked for through it."""

    ping_interval = ping_timeout = _PING_S
    max_message_size = 10 * MB

    _id: str = ""

    @ws_authenticated
    async def get(self, id_: str) -> None:
        await self._check(id_)
        await super().get()

    @executes
    async def _check(self, id_: str) -> None:
        self._service = await self.service()
        self._service.sessions.get(id_, self.user)
        self._id = id_

    def get_compression_options(self) -> None:
        """Leave compression off."""
        return None

    def open(self, *_: str) -> None:
        self.set_nodelay(True)
        self._running: dict[asyncio.Task[None], Execution | None] = {}

    async def on_message(self, message: str | bytes) -> None:
        try:
            body = SocketBody.model_validate_json(message)
            if body.type == "interrupt":
                self._service.interrupt_session(self._id, self.user)
                return
            execution = await self._service.execute(
                self.user,
                Request(
                    code=body.code,
                    session_id=self._id,
                    timeout_s=body.timeout_s or 0.0,
                    files=body.model_dump()["files"],
                ),
            )
        except Exception as error:
            if not isinstance(error, ValidationError) and problem(error)[0] == 500:
                self.log.exception("a message could not be handled")
            await self._fail(error, _id_of(message), None)
            return
        relay = asyncio.create_task(self._relay(self._service, execution, body.id))
        self._running[relay] = execution
        relay.add_done_callback(self._running.pop)

    def on_close(self) -> None:
        for relay, execution in [*getattr(self, "_running", {}).items()]:
            relay.cancel()
            if execution is not None:
                execution.stop.set()

    async def _relay(self, service: Service, execution: Execution, id_: str | None) -> None:  # noqa: ARG002
        try:
            async for event in execution.read():
                await self._send(event.kind, event.data, id_, execution.id, event.number)
        except WebSocketClosedError:
            execution.stop.set()
        except Exception as error:  # noqa: BLE001 - told to the client
            await self._fail(error, id_, execution.id)

    async def _fail(self, error: Exception, id_: str | None, execution_id: str | None) -> None:
        await self._send("failed", failure(error), id_, execution_id)

    async def _send(
        self,
        kind: str,
        data: Any,
        id_: str | None,
        execution_id: str | None,
        number: int | None = None,
    ) -> None:
        event = {"type": kind, "id": id_, "execution_id": execution_id, "number": number}
        await self.write_message(json.dumps({**event, "data": data}, default=str))


def _id_of(message: str | bytes) -> str | None:
    """Find the client's id in a message that is wrong otherwise."""
    try:
        found = json.loads(message)["id"]
    except (ValueError, TypeError, KeyError):
        return None
    return found if isinstance(found, str) else None
