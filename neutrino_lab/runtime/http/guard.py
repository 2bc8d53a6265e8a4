"""Around the answer to one request: it is noted, and what is raised becomes an answer."""

from __future__ import annotations

import asyncio
import time
from typing import TypeAlias

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .. import problems, validation
from ..middleware.limits import LATE
from ..observe.journal import Call, Journal

CLIENT_GONE = 499
TOO_LATE = 504

Started: TypeAlias = tuple[float, float]
"""When a request began: seconds since the epoch, and by the clock that measures durations."""


def now() -> Started:
    """Give the time at which a request begins."""
    return time.time(), time.perf_counter()


def is_gone(error: Exception) -> bool:
    """Whether nothing could be sent as the client is gone, which uvloop says in its own words."""
    return isinstance(error, OSError) or "the handler is closed" in str(error)


class Guard:
    """Notes every request of an endpoint, and answers the exceptions that FastAPI lets through.

    It stands outside of FastAPI's own handling, so that dependencies with `yield` see the
    exception before it becomes an answer.
    """

    __slots__ = ("_journal", "label")

    def __init__(self, label: str, journal: Journal) -> None:
        self.label = label
        self._journal = journal

    def note(self, status: int, started: Started) -> None:
        """Note an answer that has just been given."""
        took_s = time.perf_counter() - started[1]
        self._journal.call(Call(self.label, status, started[0], took_s))

    def around(self, app: ASGIApp) -> ASGIApp:
        """Wrap an app in `run`: for a request of this endpoint that begins as the app is called."""

        async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
            await self.run(app, now(), scope, receive, send)

        return guarded

    async def run(
        self, app: ASGIApp, started: Started, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Let an app answer a request that began at `started`, and note the call. What it raises is
        answered, or ends the connection if the answer has begun. Raises CancelledError where the
        task is called off."""
        status, ended = 0, 0.0
        unexpected: BaseException | None = None
        validation.IS_LARGE.set(validation.is_large(scope))

        async def sender(message: Message) -> None:
            nonlocal status, ended
            if message["type"] == "http.response.start":
                if message["status"] < 200:
                    raise ValueError(f"an answer cannot have the status {message['status']}")
                status = message["status"]
            elif not message.get("more_body"):
                ended = time.perf_counter()
            try:
                await send(message)
            except (OSError, RuntimeError) as error:
                if is_gone(error):
                    raise ClientDisconnect from error
                raise

        try:
            await app(scope, receive, sender)
        except ClientDisconnect:
            pass
        except (asyncio.CancelledError, *problems.RAISED) as error:
            if not problems.is_users(error):
                # The server's end has come first, or a limit of time, which has answered by itself.
                if not status and not scope.get(LATE):
                    await problems.response(problems.CUT_SHORT)(scope, receive, sender)
                raise
            if status:
                # Too late to say so: the unfinished answer ends the connection.
                unexpected = error
                problems.log(self.label, error)
                return
            answer = problems.answer(error)
            if not answer.expected:
                unexpected = error
                problems.log(self.label, error)
            await problems.response(answer)(scope, receive, sender)
        finally:
            unanswered = TOO_LATE if scope.get(LATE) else CLIENT_GONE
            took_s = (ended or time.perf_counter()) - started[1]
            call = Call(self.label, status or unanswered, started[0], took_s)
            self._journal.call(call, unexpected)
            unexpected = None  # or the exception would hold this frame, and the frame it
