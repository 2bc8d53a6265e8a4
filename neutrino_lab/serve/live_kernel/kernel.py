"""Answers a request in a live kernel, by the functions that are in its namespace now.

Shipped to the kernel's interpreter. The answer is worked out by the same `create_app` as in a
worker; it is built again for each call, as any cell may have changed what a type means.
"""

from __future__ import annotations

import asyncio
import base64
import contextvars
import ctypes
import os
import sys
import threading
import time
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from http import HTTPStatus
from queue import Empty, SimpleQueue
from typing import Any
from urllib.parse import unquote

from starlette.routing import compile_path
from starlette.types import ASGIApp, Message, Scope

from ...runtime import settings
from ...runtime.app import Service, create_app
from ...runtime.bus.memory import MemoryBus
from ...runtime.engine import Engine
from ...runtime.errors import EndpointError, SettingsError
from ...runtime.kinds import from_json
from ...runtime.middleware import stack
from ...runtime.spec import App, Http
from ..call_context import RAW_HEADER, Listening
from ..call_log import CallLog
from .namespace import Namespace, Need, cell_of

# More of a body is counted and not sent: the whole answer travels as one message.
KEPT_BYTES = 16 * 1024 * 1024
_WAKE_S = 0.5
_GRACE_S = 0.5


def answer(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Tell how the endpoints stand and, of one, its description or its answer to a request: a
    `KernelAnswer` of the protocol."""
    shell = sys.modules["IPython"].get_ipython()
    app = from_json(asked["app"])
    names = Namespace(
        shell.user_ns,
        [cell_of(n, id_, source, asked["path"]) for n, id_, source in asked["cells"]],
        {name: [Need(*each) for each in listed] for name, listed in asked["needs"].items()},
        ran=frozenset(shell.history_manager.input_hist_raw),
        transform=shell.transform_cell,
    )
    requested = app.of(Http)
    statuses = [names.cell_status(each) for each in requested]
    reply: dict[str, Any] = {
        "statuses": [asdict(each) for each in statuses],
        "has_run": shell.execution_count > 1,
    }
    call, wanted = asked["call"], asked["key"]
    usable = [each for each, its in zip(requested, statuses, strict=True) if its.is_callable]
    if all(each.key != wanted for each in usable):
        return reply
    target = call["target"] if call else ""
    concerned = [each for each in usable if each.key == wanted or _may_match(each, target)]
    call_log = CallLog()
    engine = Engine(MemoryBus(), journal=call_log)
    try:
        service = _build(replace(app, endpoints=tuple(concerned)), wanted, names, engine)
        switches = settings.read(os.environ)
    except (EndpointError, SettingsError) as error:
        return {**reply, "refused": getattr(error, "reason", "") or str(error)}
    if not call:
        return {**reply, "openapi": service.openapi()}
    call_log.origin = names.origin
    entrance = stack.wrap(
        Listening(service.asgi, engine.output), stack.around(switches, is_gated=True)
    )
    with _undisturbed(engine):
        response = _Exchange(entrance).run(call)
    noted = call_log.journal(wanted)["calls"]
    return {**reply, "response": {**response, "call": noted[-1] if noted else None}}


def _may_match(endpoint: Http, target: str) -> bool:
    """Whether a request could be the endpoint's; building the others would only take time."""
    path = unquote(target.partition("?")[0])
    try:
        pattern = compile_path(endpoint.path)[0]
    except (ValueError, AssertionError):
        return True
    # Starlette sends a request on to where it differs by a slash at the end.
    return any(pattern.match(each) for each in (path, f"{path}/", path.removesuffix("/")))


def _build(app: App, wanted: str, names: Namespace, engine: Engine) -> Service:
    """Build the app, without endpoints that cannot be built and are not wanted."""
    while True:
        try:
            return create_app(app, names, engine=engine)
        except EndpointError as error:
            left = tuple(each for each in app.endpoints if each.cell != error.cell)
            if all(each.key != wanted for each in left):
                raise
            app = replace(app, endpoints=left)


@contextmanager
def _undisturbed(engine: Engine) -> Iterator[None]:
    """Record what is printed, and leave no figure behind that the next cell would show."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    before = set(pyplot.get_fignums()) if pyplot else set()
    engine.output.install()
    try:
        yield
    finally:
        engine.output.remove()
        pyplot = sys.modules.get("matplotlib.pyplot")
        for number in set(pyplot.get_fignums()) - before if pyplot else ():
            pyplot.close(number)  # type: ignore[union-attr]


class _Exchange:
    """One request, driven through an app in a thread with a loop of its own, as in a worker.

    The kernel's own thread waits meanwhile, so that an interrupt reaches it at once.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._start: Message = {}
        self._chunks: list[bytes] = []
        self._size = 0
        self._ended = 0.0
        self._gone = asyncio.Event()

    def run(self, call: Mapping[str, Any]) -> dict[str, Any]:
        """Give the answer as far as it had come; an interrupt ends it early."""
        started = time.perf_counter()
        is_interrupted = _run_apart(self._drive(call))
        took_s = (self._ended or time.perf_counter()) - started
        status = self._start.get("status", 0)
        return {
            "status": status,
            "status_text": _phrase(status),
            "headers": [
                [name.decode("latin-1"), value.decode("latin-1")]
                for name, value in self._start.get("headers", ())
            ],
            "body": base64.b64encode(b"".join(self._chunks)).decode("ascii"),
            "size": self._size,
            "duration_ms": round(took_s * 1000, 2),
            "is_interrupted": is_interrupted,
        }

    async def _drive(self, call: Mapping[str, Any]) -> None:
        body = base64.b64decode(call["body"])
        asked = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive() -> Message:
            if asked:
                return asked.pop()
            await self._gone.wait()
            return {"type": "http.disconnect"}

        await self._app(_scope(call, body), receive, self._take)

    async def _take(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
            return
        if self._gone.is_set():
            raise OSError("nobody takes any more of this answer")
        chunk = message.get("body", b"")
        self._chunks.append(chunk[: max(0, KEPT_BYTES - self._size)])
        self._size += len(chunk)
        if not message.get("more_body"):
            self._ended = time.perf_counter()
        elif self._size > KEPT_BYTES:
            self._gone.set()  # a stream may have no end


def _scope(call: Mapping[str, Any], body: bytes) -> Scope:
    """Describe the request as a server of HTTP would."""
    path, _, query = call["target"].partition("?")
    raw = path.encode("ascii")
    headers = [(n.lower().encode("latin-1"), v.encode("latin-1")) for n, v in call["headers"]]
    headers += [(b"host", b"kernel"), (RAW_HEADER, call["id"].encode("ascii"))]
    if body or call["method"] != "GET":
        headers.append((b"content-length", str(len(body)).encode("ascii")))
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": call["method"],
        "scheme": "http",
        "path": unquote(path),
        "raw_path": raw,
        "query_string": query.encode("ascii"),
        "root_path": "",
        "headers": headers,
        "client": ("127.0.0.1", 0),
        "server": ("kernel", 80),
        "state": {},
        "extensions": {},
    }


def _run_apart(drive: Coroutine[Any, Any, None]) -> bool:
    """Run to the end in a thread of its own; True where an interrupt of the kernel ended it."""
    done: SimpleQueue[BaseException | None] = SimpleQueue()
    before = set(threading.enumerate())

    def run() -> None:
        try:
            asyncio.run(drive)
        except BaseException as error:  # noqa: BLE001 - raised again by who waits
            done.put(error)
        else:
            done.put(None)

    context = contextvars.copy_context()
    thread = threading.Thread(target=context.run, args=(run,), name="call", daemon=True)
    thread.start()
    try:
        error = _wait(done)
    except KeyboardInterrupt:
        _interrupt(before)
        thread.join(_GRACE_S)
        return True
    if error is not None:
        raise error
    return False


def _wait(done: SimpleQueue[BaseException | None]) -> BaseException | None:
    """Wait in steps: where a lock cannot be interrupted, as on Windows, a step can."""
    while True:
        with suppress(Empty):
            return done.get(timeout=_WAKE_S)


def _interrupt(before: set[threading.Thread]) -> None:
    """Raise KeyboardInterrupt in what runs for the call: its loop, and the threads of functions
    that are no coroutines. What waits within a library of C ends when that returns."""
    for thread in set(threading.enumerate()) - before:
        if thread.name in {"call", "AnyIO worker thread"} and thread.ident is not None:
            ctypes.pythonapi.PyThreadState_SetAsyncExc(
                ctypes.c_ulong(thread.ident), ctypes.py_object(KeyboardInterrupt)
            )


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
