"""The one table from an exception to what the client gets: an HTTP answer or a WebSocket close.

Whatever is not expected goes to the log in full, and never to the client.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import sysconfig
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
import fastapi
import starlette
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException, WebSocketException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from . import cell_code, validation
from .encoding import encode
from .observe import output

LOGGER = logging.getLogger("neutrino")

# What user code raises is its own affair, also where it would end the process.
RAISED = (Exception, SystemExit, KeyboardInterrupt)
# What FastAPI answers itself, by `handle`.
HANDLED = (HTTPException, RequestValidationError)
INTERNAL = "Internal Server Error"
FAILED = 1011

# RFC 6455, 7.4: 1004 to 1006 and 1015 are never sent; 3000 and up belong to applications.
_CLOSE_CODES = ((1000, 1003), (1007, 1014), (3000, 4999))
_FRAMEWORK = tuple(
    str(Path(str(place)).parent)
    for place in (__file__, fastapi.__file__, starlette.__file__, anyio.__file__)
)
# Where packages are installed, and Python itself.
_INSTALLED = tuple(
    {sysconfig.get_path(name) for name in ("purelib", "platlib", "stdlib", "platstdlib")}
)


@dataclass(frozen=True, slots=True)
class ErrorResponse:
    """An HTTP answer `{"detail": detail}`. What is not expected belongs in the log.

    `total` is how many errors there are where the detail does not list all of them, else 0.
    """

    status: int
    detail: Any
    headers: Mapping[str, str] | None = None
    expected: bool = True
    total: int = 0


@dataclass(frozen=True, slots=True)
class Closing:
    """A socket's end: `{"error": text}` where there is a text, then close with code and reason."""

    code: int
    text: str | None = None
    expected: bool = True
    reason: str = ""


CUT_SHORT = ErrorResponse(
    503, "The service is ending.", {"Retry-After": "1", "Connection": "close"}
)


def is_users(error: BaseException) -> bool:
    """Whether user code has raised it. If not, this task has been called off, or is closed.

    A function may raise CancelledError itself, as where it awaits a task that has been cancelled.
    Python 3.10 cannot tell: there it always counts as called off.
    """
    if isinstance(error, asyncio.CancelledError):
        task = asyncio.current_task()
        return sys.version_info >= (3, 11) and task is not None and not task.cancelling()
    return not isinstance(error, GeneratorExit)


def answer(error: BaseException) -> ErrorResponse:
    """Look up the HTTP answer to an exception: 422 with the errors for values that do not fit, the
    status of an HTTPException, what the exception declares itself, else 500."""
    if isinstance(error, RequestValidationError):
        errors, total = validation.listed(list(error.errors()))
        return ErrorResponse(422, errors, total=total if total > len(errors) else 0)
    if isinstance(error, HTTPException):
        return ErrorResponse(error.status_code, error.detail, error.headers)
    status, message = _declared(error)
    if message is not None and 200 <= status <= 599:
        return ErrorResponse(status, message)
    return ErrorResponse(500, INTERNAL, expected=False)


def closing(error: BaseException) -> Closing:
    """Look up how a socket ends after an exception."""
    if isinstance(error, WebSocketException):
        code = _close_code(error.code)
        return Closing(code, reason=error.reason) if code else Closing(FAILED, expected=False)
    status, message = _declared(error)
    code = _close_code(status)
    if message is None or code is None:
        return Closing(FAILED, expected=False)
    return Closing(code, message)


def response(answered: ErrorResponse) -> Response:
    """Write an answer as FastAPI does, `{"detail": …}`; without a body where the status has
    none."""
    if answered.status in (204, 205, 304) or answered.status < 200:
        return Response(status_code=answered.status, headers=answered.headers)
    try:
        detail = jsonable_encoder(answered.detail)
    except Exception:  # noqa: BLE001 - bytes that are no text, an object of the user's
        detail = encode.tree(answered.detail)
    return Response(
        encode.dumps({"detail": detail, **({"total": answered.total} if answered.total else {})}),
        status_code=answered.status,
        headers=answered.headers,
        media_type="application/json",
    )


async def handle(_request: Request, error: Exception) -> Response:
    """Answer what FastAPI catches itself, a refused request above all."""
    return response(answer(error))


def raising(error: BaseException) -> ASGIApp:
    """Make an app that fails like FastAPI's route whose function has raised this."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if not isinstance(error, HANDLED):
            raise error
        # Its headers or its detail may not be what can be sent: then this raises.
        await response(answer(error))(scope, receive, send)

    return app


def log(where: str, error: BaseException) -> None:
    """Write an exception to the log, its traceback from the user's first frame on."""
    # `logging.config` turns off all loggers that it is not told of.
    LOGGER.disabled = False
    with output.unrecorded():
        LOGGER.error("%s failed\n%s", where, trace(error))


def warn(where: str, message: str) -> None:
    """Write to the log what an author would want to know, though nothing has failed."""
    LOGGER.disabled = False
    with output.unrecorded():
        LOGGER.warning("%s: %s", where, message)


def trace(error: BaseException) -> str:
    """Format an exception without the frames of the frameworks above the user's code."""
    traced = traceback.TracebackException(type(error), error, error.__traceback__)
    _show_what_ran(traced, error)
    first = next((n for n, frame in enumerate(traced.stack) if not is_framework(frame.filename)), 0)
    del traced.stack[:first]
    return "".join(traced.format()).rstrip()


def _show_what_ran(traced: traceback.TracebackException, error: BaseException) -> None:
    """Put the lines of cells that have been edited or have moved since in the place of those that
    stand there now."""
    pending: list[tuple[traceback.TracebackException | None, BaseException | None]]
    pending = [(traced, error)]
    while pending:
        shown, raised = pending.pop()
        if shown is None or raised is None:
            continue
        walked = traceback.walk_tb(raised.__traceback__)
        for index, (frame, line) in enumerate(walked):
            text = cell_code.line_of(frame.f_code, line)
            summary = shown.stack[index] if index < len(shown.stack) else None
            if summary is not None and text and (summary.line or "").strip() != text.strip():
                shown.stack[index] = traceback.FrameSummary(
                    summary.filename, line, summary.name, line=text
                )
        pending += [(shown.__cause__, raised.__cause__), (shown.__context__, raised.__context__)]


def _declared(error: BaseException) -> tuple[int, str | None]:
    """The `status_code` and `message` that an exception carries; no message if either is not.

    Only classes of the notebook and of modules beside it speak to callers: what a library says in a
    message is for the operator, and may hold a key.
    """
    if not (isinstance(error, HTTPException) or _is_own(type(error))):
        return 0, None
    try:
        status = getattr(error, "status_code", None)
        name = "detail" if isinstance(error, HTTPException) else "message"
        message = getattr(error, name, None)
    except Exception:  # noqa: BLE001 - a property of the user's exception may raise anything
        return 0, None
    if not isinstance(status, int) or isinstance(status, bool) or not isinstance(message, str):
        return 0, None
    return int(status), str(message)


def _is_own(kind: type) -> bool:
    """Whether the user wrote a class: in a notebook, or in a file that was not installed."""
    if kind.__module__ == "__main__":
        return True
    file = getattr(sys.modules.get(kind.__module__), "__file__", None)
    return file is not None and not file.startswith(_INSTALLED)


def _close_code(status: int) -> int | None:
    if any(low <= status <= high for low, high in _CLOSE_CODES):
        return status
    return 4000 + status if 100 <= status <= 599 else None


def is_framework(filename: str) -> bool:
    """Tell whether a file is of what stands between the server and the user's code."""
    return filename.startswith(_FRAMEWORK)
