"""The program in the sandbox of an endpoint's trial: one cell as the app that it would be.

It is sent as text to the worker of `runtime.sandbox`, which gives the runtime another name, with a
call of `begin` below it. Each call of `answer` is one request, message or run.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import logging
from collections.abc import Mapping
from datetime import datetime, timezone
from importlib import import_module
from itertools import islice
from typing import Any
from urllib.parse import quote, urlencode

RUNTIME = "neutrino_runtime"
MODULE = "draft"
MOST_BYTES = 2_000_000
MOST_PIECES = 3
"""So many pieces of an answer that comes bit by bit are waited for; it may have no end."""


class Subject:
    """The app of one endpoint, made from its description as JSON and the code of its cell; `raised`
    is what its requests have raised."""

    def __init__(self, described: str, code: str) -> None:
        app, number = _runtime("kinds").from_json(json.loads(described)), 1
        [self.endpoint] = app.endpoints
        cell = _runtime("cell_file").CodeCell(number, code, "draft", "the draft")
        program = _runtime("program").Program()
        try:
            program.update(app, {MODULE: [cell]})
        except _runtime("errors").CellError as error:
            raise (error.__cause__ or error) from None
        self.raised: list[BaseException] = []
        engine = _runtime("engine").Engine(_runtime("bus.memory").MemoryBus(), journal=self)
        service = _runtime("app").create_app(app, program, engine=engine)
        service.adopt()
        self.asgi = service.asgi
        [self.built] = service.built[self.endpoint.kind]

    def call(self, _call: Any, error: BaseException | None = None) -> None:
        """Note what a request raised, as the journal of the app."""
        if error is not None:
            self.raised.append(error)

    async def answer(self, values: Mapping[str, Any]) -> Any:
        """Give what comes of a request, of a message or of a run. Raises what nobody expected."""
        if self.endpoint.kind == "http":
            return await self._request(values)
        if self.endpoint.kind == "websocket":
            return await self._message(values)
        tick = {"tick": datetime.now(timezone.utc)} if self.built.takes_tick else {}
        return await _collected(self.built.function(**tick))

    async def _request(self, values: Mapping[str, Any]) -> Any:
        self.raised.clear()
        status, pieces, is_given, gone = 0, list[bytes](), False, asyncio.Event()
        media = ""

        async def receive() -> dict[str, Any]:
            nonlocal is_given
            if is_given:
                await gone.wait()
                return {"type": "http.disconnect"}
            is_given = True
            content = json.dumps(values["body"]).encode() if "body" in values else b""
            return {"type": "http.request", "body": content, "more_body": False}

        async def send(message: dict[str, Any]) -> None:
            nonlocal status, media
            if message["type"] == "http.response.start":
                status = message["status"]
                media = {k.lower(): v for k, v in message["headers"]}.get(b"content-type", b"")
                media = media.decode("latin-1")
                return
            pieces.append(message.get("body", b""))
            is_long = len(pieces) >= MOST_PIECES or sum(map(len, pieces)) > MOST_BYTES
            if is_long and message.get("more_body"):
                gone.set()
                raise OSError("enough is known")

        await self.asgi(self._scope(values), receive, send)
        if self.raised:
            raise self.raised[0]
        body = _read(b"".join(pieces), media)
        if status >= 500:
            raise RuntimeError(f"it answers {status}: {body}")
        return body if status == 200 else {"status": status, "body": body}

    def _scope(self, values: Mapping[str, Any]) -> dict[str, Any]:
        path = self.endpoint.path
        for name, value in values.get("path", {}).items():
            for form in (f"{{{name}}}", f"{{{name}:path}}"):
                path = path.replace(form, quote(_text(value), safe="/" if ":" in form else ""))
        query = [(name, value) for name, value in values.get("query", {}).items()]
        pairs = [(n, _texts(v)) for n, v in query if v is not None]
        headers = {"content-type": "application/json"} if "body" in values else {}
        headers |= {name.lower(): _text(v) for name, v in values.get("headers", {}).items()}
        return {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": self.endpoint.verb,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": urlencode(pairs, doseq=True).encode(),
            "root_path": "",
            "headers": [
                (name.encode("latin-1", "replace"), text.encode("latin-1", "replace"))
                for name, text in headers.items()
            ],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
        }

    async def _message(self, values: Mapping[str, Any]) -> Any:
        """Call the function as a connection does, with one message if it takes any."""
        events, handler = _runtime("sockets.events"), self.built
        given = {**values.get("path", {}), **values.get("query", {}), **values.get("headers", {})}
        try:
            connected = {each.key: _validated(each, given) for each in handler.call.values}
        except ValueError as error:
            return {"refused": str(error)}
        event = None
        if handler.read is not None:
            message = values.get("message", values.get("body"))
            text = message if isinstance(message, str) else json.dumps(message)
            try:
                event = handler.read({"type": "websocket.receive", "text": text})
            except events.UnreadableError as error:
                return {"error": str(error)}
        result = await _collected(handler.bind(connected)(event))
        if events.is_addressed(result):
            result = result[0]
        if result is None:
            return None
        frames = result if isinstance(result, _Pieces) else [result]
        written = [events.payload(each) for each in frames]
        read = [_read(w, "") if isinstance(w, bytes) else json.loads(w) for w in written]
        return read if isinstance(result, _Pieces) else read[0]


class _Pieces(list[Any]):
    """What a generator gave at first."""


async def _collected(result: Any) -> Any:
    """Give what a function returned, and of a generator the first values."""
    if inspect.isawaitable(result):
        return await result
    if inspect.isgenerator(result):
        return _Pieces(islice(result, MOST_PIECES))
    if inspect.isasyncgen(result):
        pieces = _Pieces()
        async for each in result:
            pieces.append(each)
            if len(pieces) == MOST_PIECES:
                break
        await result.aclose()
        return pieces
    return result


def _validated(value: Any, given: Mapping[str, Any]) -> Any:
    """Make one value of a connection what FastAPI makes of it. Raises ValueError."""
    argument = value.argument
    for name in (argument.alias, argument.name, value.key):
        if name in given:
            adapter = import_module("pydantic").TypeAdapter(value.hint or value.declared or Any)
            return adapter.validate_python(given[name])
    if value.default is ...:
        raise ValueError(f"`{argument.alias}` is missing")
    return value.default


def _read(content: bytes, media: str) -> Any:
    """Read an answer: JSON as what it says, text as it is, anything else by its size."""
    if "json" in media:
        try:
            return json.loads(content)
        except ValueError:
            pass
    try:
        return content.decode()
    except UnicodeDecodeError:
        return f"{len(content):,} bytes of {media or 'data'}"


def _texts(value: Any) -> Any:
    return [_text(each) for each in value] if isinstance(value, list) else _text(value)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _runtime(name: str) -> Any:
    return import_module(f"{RUNTIME}.{name}")


_subjects: list[Subject] = []


def begin(described: str, code: str) -> None:
    """Run the cell and make its app, once. Raises what the cell raises."""
    # What it logs has values in it, and would reach the log of who tries it.
    logging.disable(logging.CRITICAL)
    _subjects.append(Subject(described, code))


async def answer(values: Mapping[str, Any]) -> Any:
    """Make one request, message or run of these values, and give what came of it."""
    return await _subjects[0].answer(values)
