"""The proxy's client, against workers that are written byte by byte."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from neutrino_lab.lab.connection import Answer
from neutrino_lab.lab.errors import WorkerFailedError
from neutrino_lab.lab.upstream import Upstream
from neutrino_lab.serve.status import Address

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
TOTAL = 20_000_000

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def worker(folder: Path, talk: Talk) -> AsyncIterator[Upstream]:
    """A server that talks on each connection as it is told."""

    talking = []

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talking.append(asyncio.current_task())
        with suppress(asyncio.IncompleteReadError, ConnectionError):  # the client has left
            await talk(reader, writer)
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    upstream = Upstream(Address(path=str(folder / "w.sock")))
    async with await asyncio.start_unix_server(connected, folder / "w.sock"):
        yield upstream
        await upstream.close()
        await asyncio.gather(*filter(None, talking))
        await turns(5)


def saying(*answers: bytes, step: int = 1 << 20) -> Talk:
    """Answer one request after another on a connection, in steps of so many bytes."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for answer in answers:
            await reader.readuntil(b"\r\n\r\n")
            for at in range(0, len(answer), step):
                writer.write(answer[at : at + step])
                await turns(2)

    return talk


async def turns(count: int) -> None:
    """Let the event loop turn: both ends are on it."""
    for _ in range(count):
        await asyncio.sleep(0)


async def told(answer: Answer) -> tuple[Any, ...]:
    with answer:
        return answer.status, answer.reason, answer.headers, answer.length, await answer.read()


@pytest.mark.parametrize("step", [1, 1 << 20])
@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (OK, (200, "OK", [(b"Content-Length", b"2")], 2, b"ok")),
        (b"HTTP/1.1 204 None\r\nX: 1\r\n\r\n", (204, "None", [(b"X", b"1")], None, b"")),
        (
            b"HTTP/1.1 200 OK\r\nX: \xe9\r\n\r\nto the end",
            (200, "OK", [(b"X", b"\xe9")], None, b"to the end"),
        ),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"2\r\nab\r\n1\r\nc\r\n0\r\nX: 1\r\n\r\n",
            (200, "OK", [(b"Transfer-Encoding", b"chunked")], None, b"abc"),
        ),
        (
            b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + OK,
            (200, "OK", [(b"Content-Length", b"2")], 2, b"ok"),
        ),
    ],
)
async def test_an_answer_is_read_however_it_comes(
    tmp_path: Path, said: bytes, expected: tuple[Any, ...], step: int
) -> None:
    async with worker(tmp_path, saying(said, step=step)) as upstream:
        assert await told(await upstream.ask("GET", "/", [])) == expected


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n",
    ],
)
async def test_what_breaks_off_is_not_taken_for_complete(tmp_path: Path, said: bytes) -> None:
    async with worker(tmp_path, saying(said)) as upstream:
        with pytest.raises(ConnectionError):
            await told(await upstream.ask("GET", "/", []))


@pytest.mark.parametrize(
    "said",
    [
        b"SSH-2.0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 300_000,
    ],
)
async def test_what_is_no_answer_is_refused(tmp_path: Path, said: bytes) -> None:
    async with worker(tmp_path, saying(said)) as upstream:
        with pytest.raises(WorkerFailedError):
            await told(await upstream.ask("GET", "/", []))


async def test_an_answer_without_an_end_is_not_complete_where_we_end_it(tmp_path: Path) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\nbegun")
        await reader.read()

    async with worker(tmp_path, talk) as upstream:
        with await upstream.ask("GET", "/", []) as answer:
            await upstream.close()
            await turns(5)
            with pytest.raises(ConnectionError):
                await answer.read()


@pytest.mark.parametrize(
    ("method", "first", "is_reused"),
    [
        ("GET", OK, True),
        ("GET", b"HTTP/1.1 304 Same\r\n\r\n", True),
        ("GET", b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok", False),
        ("GET", OK + OK, False),
        ("GET", OK + b"more", False),
        ("HEAD", OK[:-2], False),
    ],
)
async def test_only_a_connection_from_which_nothing_comes_is_used_again(
    tmp_path: Path, method: str, first: bytes, is_reused: bool
) -> None:
    known = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        known.append(writer)
        await saying(first if len(known) == 1 else OK, OK)(reader, writer)

    async with worker(tmp_path, talk) as upstream:
        await told(await upstream.ask(method, "/", []))
        await turns(5)
        again = await told(await upstream.ask("GET", "/", []))
        assert (again[-1], len(known) == 1) == (b"ok", is_reused)


async def test_what_comes_unasked_is_no_answer_to_the_next_request(tmp_path: Path) -> None:
    is_free = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await saying(OK)(reader, writer)
        await is_free.wait()
        await saying(b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n")(reader, writer)

    async with worker(tmp_path, talk) as upstream:
        await told(await upstream.ask("GET", "/", []))
        is_free.set()
        assert (await told(await upstream.ask("GET", "/", [])))[0] == 404


@pytest.mark.parametrize(
    ("method", "sends", "is_repeated"),
    [("GET", False, True), ("PUT", False, True), ("POST", False, False), ("PUT", True, False)],
)
async def test_only_what_may_be_repeated_is_asked_again(
    tmp_path: Path, method: str, sends: bool, is_repeated: bool
) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await saying(OK)(reader, writer)
        await reader.readuntil(b" ")  # and leaves without an answer

    async def body() -> AsyncIterator[bytes]:
        yield b"x"

    async with worker(tmp_path, talk) as upstream:
        await told(await upstream.ask("GET", "/", []))
        asking = upstream.ask(method, "/", [], body() if sends else None)
        if is_repeated:
            assert (await told(await asking))[-1] == b"ok"
        else:
            with pytest.raises(ConnectionError):
                await asking


async def test_nothing_is_asked_again_of_a_worker_that_was_given_up(tmp_path: Path) -> None:
    asked: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await saying(OK)(reader, writer)
        asked.append(await reader.readuntil(b" "))
        await reader.read()

    async with worker(tmp_path, talk) as upstream:
        await told(await upstream.ask("GET", "/", []))
        asking = asyncio.create_task(upstream.ask("GET", "/", []))
        await turns(10)
        await upstream.close()
        with pytest.raises(ConnectionError):
            await asking
    assert asked == [b"GET "]


async def test_a_request_is_sent_as_it_is(tmp_path: Path) -> None:
    seen = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.readuntil(b"end"))
        writer.write(OK)
        await reader.read()

    async def body() -> AsyncIterator[bytes]:
        for piece in (b"one", b"", b"and the end"):
            yield piece

    async with worker(tmp_path, talk) as upstream:
        for headers in ([("X-Own", "ké")], [("content-length", "14")]):
            await told(await upstream.ask("POST", "/a%2Fb?c=+", headers, body()))
            await upstream.close()
    head = b"POST /a%2Fb?c=+ HTTP/1.1\r\n"
    assert seen == [
        head
        + "X-Own: ké\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\nb\r\nand the end".encode(),
        head + b"content-length: 14\r\n\r\noneand the end",
    ]


async def test_a_line_break_makes_no_second_request(tmp_path: Path) -> None:
    async with worker(tmp_path, saying(OK)) as upstream:
        for header in (("X", "1\r\nY: 2"), ("X\n", "1"), ("X", "\r")):
            with pytest.raises(ValueError, match="line break"):
                await upstream.ask("GET", "/", [header])
        assert (await told(await upstream.ask("GET", "/", [])))[-1] == b"ok"


async def test_a_worker_waits_until_its_answer_is_taken(tmp_path: Path) -> None:
    sent = 0

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % TOTAL)
        while sent < TOTAL:
            writer.write(bytes(10_000))
            sent += 10_000
            await writer.drain()
        await reader.read()

    async with worker(tmp_path, talk) as upstream:
        with await upstream.ask("GET", "/", []) as answer:
            await turns(5_000)
            assert sent < TOTAL / 10
            assert len(await answer.read()) == TOTAL


async def test_a_body_waits_until_the_worker_takes_it(tmp_path: Path) -> None:
    given = 0
    may_read = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await may_read.wait()
        await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(TOTAL)
        writer.write(OK)
        await reader.read()

    async def body() -> AsyncIterator[bytes]:
        nonlocal given
        while given < TOTAL:
            given += 10_000
            yield bytes(10_000)

    async with worker(tmp_path, talk) as upstream:
        asking = asyncio.create_task(
            upstream.ask("POST", "/", [("Content-Length", str(TOTAL))], body())
        )
        await turns(5_000)
        assert given < TOTAL / 10
        may_read.set()
        assert (await told(await asking))[-1] == b"ok"


async def test_who_leaves_ends_the_connection(tmp_path: Path) -> None:
    has_left = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read()
        has_left.set()

    async with worker(tmp_path, talk) as upstream:
        asking = asyncio.create_task(upstream.ask("GET", "/", []))
        await turns(10)
        asking.cancel()
        await asyncio.wait_for(has_left.wait(), 30)
