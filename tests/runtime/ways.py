"""An app served in the three ways in which a request is answered."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import dataclass
from functools import partial
from typing import Any

import uvicorn
from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from tests.served import cell

SETUP = """
import asyncio, contextvars, datetime, enum, math, uuid, decimal
from typing import Annotated, Any, Literal, Optional
from fastapi import Depends, Header, HTTPException, Query, Request
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel

class Point(BaseModel):
    x: float
    y: float = 0.0
    tags: list[str] = []

class Loose(BaseModel, coerce_numbers_to_str=True):
    text: str

class Colour(enum.Enum):
    red = "red"
    blue = "blue"

class Broken(enum.Enum):
    red = "red"

    @classmethod
    def _missing_(cls, value):
        raise ZeroDivisionError

class Teapot(Exception):
    status_code = 418
    message = "short and stout"

seven = contextvars.ContextVar("seven")
seven.set(7)

async def soon():
    return seven.get()

UNSENDABLE = {"header": (400, "", {"retry-after": 5}), "detail": (400, object()), "status": (100,)}
"""


CELLS = (
    cell("GET /plain", "def plain(): return {'hello': 'world'}"),
    cell("GET /async", "async def on_loop(): return ['é', 1.5, None]"),
    cell("GET /slow", "async def slow():\n    await asyncio.sleep(0)\n    return 'slept'"),
    cell("GET /items/{item}", "def item(item: int, q: str, n: int = 3): return [item, q, n]",
         query="q:str;n:int=3"),
    cell("GET /names/{name}", "def name(name: str): return name"),
    cell("GET /names/ada", "def ada(): return 'the one'"),
    cell("GET /numbers/{n:int}", "def number(n: int): return n"),
    cell("GET /files/{path:path}", "def file(path: str): return path"),
    cell("GET /kinds", "async def kinds(**values): return {k: repr(v) for k, v in values.items()}",
         query="f:float=1.5;b:bool=false;d:datetime.date?;u:uuid.UUID?;c:Colour?;"
         "l:list[int]?;s:set[str]?;e:Literal['a','b']?;p:Point?;o:Optional[int]?"),
    cell("GET /heads", "def heads(x_one: str, x_many: list[int]): return [x_one, x_many]",
         headers="X-One:str;X-Many:list[int]"),
    cell("POST /sum", "def total(x: list[float], y: list[float]): return [sum(x), sum(y)]",
         body="x:list[float];y:list[float]"),
    cell("POST /points", "async def points(a: Point, b: Point, c: int = 1): return [a, b, c]",
         body="a:Point;b:Point;c:int=1", resp="a:int?"),
    cell("POST /any", "def anything(v): return v", body="v"),
    cell("POST /loose", "def loose(v: Loose): return v", body="v"),
    cell("POST /unions", "def unions(**v): return {k: repr(e) for k, e in v.items()}",
         body="u:datetime.date|str;d:decimal.Decimal;o:Optional[str]?;t:tuple[int, str]?;"
         "m:dict[str, int]?"),
    cell("PUT /shaped/{id}", "def shaped(id: str, n: int): return {'n': n, 'extra': id}",
         body="n:int", resp="n:int"),
    cell("GET /misfit", "def misfit(): return {'n': 'no number'}", resp="n:int"),
    cell("GET /html", "def html(): return '<p>é</p>'", media="text/html"),
    cell("GET /bytes", "async def raw(): return b'\\x00\\xff'"),
    cell("GET /lines", "def lines():\n    yield 'a'\n    yield {'b': 1}"),
    cell("GET /context/steps", "def steps(): return (seven.get() for _ in range(2))"),
    cell("GET /context/awaited", "def awaited(): return soon()"),
    cell("GET /own", "async def own(): return PlainTextResponse('mine', 201)"),
    cell("GET /nan", "def nan(): return [math.nan, math.inf, 10 ** 30, 1e16, 1e-7]"),
    cell("GET /half", "def half(): return '\\ud800'"),
    cell("GET /none", "async def none(): return None"),
    cell("GET /refused", "def refused(): raise HTTPException(409, 'no', {'x-why': 'so'})"),
    cell("GET /unsendable/{what}",
         "def unsendable(what: str): raise HTTPException(*UNSENDABLE[what])"),
    cell("GET /teapot", "async def teapot(): raise Teapot"),
    cell("GET /broken", "def broken(): raise KeyError('secret')"),
    cell("GET /cancelled", "async def cancelled(): raise asyncio.CancelledError"),
    cell("GET /validated/{colour}", "def of_path(colour: Broken): return 1"),
    cell("POST /validated", "def of_body(colour: Broken): return 1", body="colour"),
    cell("GET /circle", "def circle():\n    a = []\n    a.append(a)\n    return a"),
    cell("GET /request", "def request(request: Request): return request.url.path"),
    cell("GET /depends", "def depends(n: Annotated[int, Depends(lambda: 7)]): return n"),
    cell("DELETE /gone/{id}", "def gone(id: str): return None"),
)  # fmt: skip


@dataclass
class Way:
    """A server, and how many requests reached the app behind it by a scope."""

    port: int
    asked: list[str]


@contextmanager
def serving(api: FastAPI, protocol: Any) -> Iterator[Way]:
    asked: list[str] = []

    class Counting:
        fast_table = getattr(api, "fast_table", None)

        def admits(self, headers: Any) -> Any:
            return getattr(api, "admits")(headers)  # noqa: B009

        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == "http":
                asked.append(scope["path"])
            await api(scope, receive, send)

    config = uvicorn.Config(
        Counting(),
        http=protocol,
        ws="none",  # older ones load what is deprecated
        interface="asgi3",
        log_level="critical",
        access_log=False,
        timeout_graceful_shutdown=5,
    )
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(config)
    # In the context in which the cells have run, as in a process.
    run = partial(copy_context().run, server.run, sockets=[listener])
    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield Way(listener.getsockname()[1], asked)
    finally:
        server.should_exit = True
        thread.join()


def exchange(port: int, sent: bytes, answers: int = 1) -> list[bytes]:
    """Send bytes, and read so many responses, without their dates."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(sent)
        stream = connection.makefile("rb")
        return [_response(stream, has_body=not sent.startswith(b"HEAD")) for _ in range(answers)]


def exchange_in_turn(port: int, sent: Sequence[Sequence[bytes]]) -> list[bytes]:
    """Send requests on one connection, each after the answer to the one before, in pieces."""
    answers = []
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        stream = connection.makefile("rb")
        for pieces in sent:
            for piece in pieces:
                connection.sendall(piece)
            answers.append(_response(stream, has_body=not pieces[0].startswith(b"HEAD")))
            while answers[-1].startswith(b"HTTP/1.1 100"):  # the answer is still to come
                answers.append(_response(stream))
            if b"connection: close" in answers[-1].partition(b"\r\n\r\n")[0]:
                break
    return answers


def _response(stream: Any, *, has_body: bool = True) -> bytes:
    head, length, is_chunked = b"", None, False
    while (line := stream.readline()) not in (b"\r\n", b""):
        name, _, value = line.lower().partition(b":")
        if name == b"content-length":
            length = int(value)
        is_chunked = is_chunked or (name == b"transfer-encoding" and b"chunked" in value)
        if name != b"date":
            head += line
    if not has_body:
        return head
    if length is not None:
        return bytes(head + b"\r\n" + stream.read(length))
    body = b""
    while is_chunked and (size := int(stream.readline() or b"0", 16)):
        body += stream.read(size)
        stream.readline()
    if is_chunked:
        stream.readline()
    return bytes(head + b"\r\n" + body)


def request(
    line: str, body: bytes | None = None, *headers: str, media: str = "application/json"
) -> bytes:
    verb, _, target = line.partition(" ")
    lines = [f"{verb} {target} HTTP/1.1", "host: localhost", *headers]
    if body is not None:
        lines += [f"content-length: {len(body)}"]
        lines += [f"content-type: {media}"] if media else []
    return "\r\n".join([*lines, "\r\n"]).encode("latin-1") + (body or b"")


def agree(ways: dict[str, Way], sent: bytes, answers: int = 1) -> list[bytes]:
    """What all of them answer."""
    given = {name: exchange(way.port, sent, answers) for name, way in ways.items()}
    assert given["compiled"] == given["FastAPI"]
    assert given["protocol"] == given["FastAPI"]
    return given["FastAPI"]


def agree_in_turn(ways: dict[str, Way], *sent: Sequence[bytes]) -> list[bytes]:
    """What all of them answer to requests on one connection, one after the other."""
    given = {name: exchange_in_turn(way.port, sent) for name, way in ways.items()}
    assert given["compiled"] == given["FastAPI"]
    assert given["protocol"] == given["FastAPI"]
    return given["FastAPI"]
