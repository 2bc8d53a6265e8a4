"""Frames read past uvicorn: the messages that uvicorn itself makes of them, in the same order."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import pytest
import uvicorn
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.exceptions import InvalidState

from neutrino_lab.runtime.sockets import uvicorn_frames

MOST_BYTES = 60_000
HANDSHAKE = (
    b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
OFFER = b"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n"
COMPRESSED = HANDSHAKE.removesuffix(b"\r\n") + OFFER
KEY = b"\x01\x80\xfe\x7f"
REFUSED, ENDING = "no", "bye"
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


@dataclass
class Line(asyncio.Transport):
    """The server's end of a connection, which keeps what is written."""

    written: bytes = b""
    is_ended: bool = False

    def write(self, data: Any) -> None:
        self.written += data

    def close(self) -> None:
        self.is_ended = True

    def is_closing(self) -> bool:
        return self.is_ended

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return default

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        pass


@dataclass
class Heard:
    """What an app has received, how much of it early, and what the client got."""

    messages: list[Any] = field(default_factory=list)
    early: int = 0
    has_raised: bool = False
    line: Line = field(default_factory=Line)


def frame(
    kind: int,
    content: bytes,
    *,
    first: int = 0x80,
    key: bytes | None = KEY,
    wide: int = 0,
) -> bytes:
    """Write a frame as a client does; `first` has the bits beside the kind, and the length may be
    `wide`, in 2 or 8 bytes where fewer would do."""
    length = len(content)
    size = max(wide, 0 if length < 126 else 2 if length < 1 << 16 else 8)
    form = {0: length, 2: 126, 8: 127}[size]
    head = bytes([first | kind, form | (0x80 if key else 0)])
    head += length.to_bytes(size, "big") if size else b""
    if key is None:
        return head + content
    return head + key + bytes(each ^ key[i % 4] for i, each in enumerate(content))


async def hear(pieces: Sequence[bytes], *, is_listening: bool, turns: Sequence[int]) -> Heard:
    """Let a connection get the bytes piece by piece, each with so many turns of the loop after."""
    heard = Heard()

    def take(message: Any) -> bool:
        if message.get("text", "").startswith((REFUSED, ENDING)):
            return False
        heard.messages.append(message)
        heard.early += 1
        return True

    async def app(_scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        if is_listening:
            assert uvicorn_frames.listen(receive, take) is not None
        while not heard.messages or heard.messages[-1]["type"] != "websocket.disconnect":
            heard.messages.append(await receive())
            if heard.messages[-1].get("text") == ENDING:
                await send({"type": "websocket.close"})

    protocol, state = await opened(app, heard.line, HANDSHAKE)
    heard.line.written = b""  # old versions of uvicorn tell the time in it
    for piece, count in zip(pieces, turns, strict=True):
        if not heard.line.is_ended:
            try:
                protocol.data_received(piece)
            except InvalidState:  # uvicorn's own, of two texts in one piece that are no UTF-8
                heard.has_raised = heard.line.is_ended = True
        await settle(count)
    protocol.connection_lost(None)
    await asyncio.gather(*state.tasks)
    return heard


async def opened(
    app: ASGIApp, line: Line, handshake: bytes
) -> tuple[WebSocketsSansIOProtocol, ServerState]:
    """Let a client connect that may have its messages compressed."""
    config = uvicorn.Config(
        app, ws=WebSocketsSansIOProtocol, ws_max_size=MOST_BYTES, ws_ping_interval=None
    )
    config.load()
    state = ServerState()
    protocol = WebSocketsSansIOProtocol(config, state, {}, asyncio.get_running_loop())
    protocol.connection_made(line)
    protocol.data_received(handshake)
    await settle(10)
    return protocol, state


async def settle(turns: int) -> None:
    for _ in range(turns):
        await asyncio.sleep(0)


def both(pieces: Sequence[bytes], turns: Sequence[int]) -> Heard:
    """Compare a connection that is listened to with one that is not."""
    plain, listened = (
        asyncio.run(hear(pieces, is_listening=each, turns=turns)) for each in (False, True)
    )
    assert listened.messages == plain.messages
    assert (listened.line, listened.has_raised) == (plain.line, plain.has_raised)
    return listened


CONTENTS = st.one_of(
    st.text(max_size=20).map(str.encode),
    st.sampled_from([REFUSED, ENDING]).map(str.encode),
    st.binary(max_size=20),
    st.sampled_from([125, 126, MOST_BYTES, MOST_BYTES + 1, 1 << 16]).map(bytes),
)
FRAMES = st.builds(
    frame,
    st.sampled_from([TEXT] * 4 + [BINARY] * 2 + [0, 3, CLOSE, PING, PONG]),
    CONTENTS,
    first=st.sampled_from([0x80] * 6 + [0x00, 0xC0]),
    key=st.sampled_from([KEY] * 12 + [None]),
    wide=st.sampled_from([0] * 6 + [2, 8]),
)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(data=st.data(), frames=st.lists(FRAMES, max_size=6))
def test_all_that_may_come_in_says_the_same(data: st.DataObject, frames: list[bytes]) -> None:
    whole = b"".join(frames)
    ends = [sum(map(len, frames[:n])) for n in range(1, len(frames))]
    inside = st.one_of(st.sampled_from([0, *ends]), st.integers(0, len(whole)))
    cuts = sorted({0, len(whole), *data.draw(st.lists(inside, max_size=6))})
    pieces = [whole[a:b] for a, b in pairwise(cuts)]
    turns = data.draw(st.lists(st.sampled_from([0, 1, 5]), min_size=len(pieces), max_size=9))
    both(pieces, turns[: len(pieces)])


@pytest.mark.parametrize(
    ("pieces", "early"),
    [
        ([frame(TEXT, "é".encode()), frame(BINARY, b"\xff"), frame(TEXT, b"")], 3),
        ([frame(TEXT, bytes(size)) for size in (125, 126, MOST_BYTES)], 3),
        ([frame(TEXT, bytes(MOST_BYTES + 1))], 0),
        ([frame(TEXT, bytes(1 << 16))], 0),
        ([frame(TEXT, b"a") + frame(TEXT, b"b"), frame(TEXT, b"c")], 1),
        # Mid-frame, in the middle of a message, after what is no UTF-8 and after the end.
        ([frame(TEXT, b"ab")[:2], frame(TEXT, b"cd")[2:], frame(TEXT, b"e")], 1),
        ([frame(BINARY, frame(TEXT, b"in"))[:6], frame(TEXT, b"in"), frame(TEXT, b"after")], 1),
        ([frame(TEXT, b"a", first=0), frame(PING, b"p"), frame(0, b"b"), frame(TEXT, b"c")], 1),
        ([frame(TEXT, b"a", first=0), frame(TEXT, b"b")], 0),
        ([frame(TEXT, b"\xff"), frame(TEXT, b"a")], 0),
        ([frame(TEXT, ENDING.encode()), frame(TEXT, b"a")], 0),
        ([frame(CLOSE, b"\x03\xe8"), frame(TEXT, b"a")], 0),
        ([frame(TEXT, b"a", wide=2), frame(TEXT, b"a", wide=8)], 1),
        ([frame(TEXT, b"a", key=None)], 0),
        ([frame(TEXT, b"a", first=0xC0)], 0),
    ],
)
def test_only_whole_frames_are_taken_early(pieces: list[bytes], early: int) -> None:
    assert both(pieces, [5] * len(pieces)).early == early


def test_where_frames_are_cut_makes_no_difference() -> None:
    talk = [
        *(frame(TEXT, "é".encode()), frame(TEXT, b"a", first=0), frame(PING, b"p")),
        *(frame(0, b"b"), frame(BINARY, bytes(126)), frame(CLOSE, b"\x03\xe8bye")),
    ]
    whole = b"".join(talk)
    for cut in range(1, len(whole)):
        both([whole[:cut], whole[cut:]], [5, 5])
    both([bytes([each]) for each in whole], [1] * len(whole))


CODES = (999, 1000, 1001, 1004, 1005, 1006, 1007, 1011, 1012, 1015, 1016, 2999, 3000, 4999, 5000)


@pytest.mark.parametrize(
    "content",
    [b"", b"\x03", b"\x03\xe8\xff", *(code.to_bytes(2, "big") + b"why" for code in CODES)],
)
def test_a_client_closes_as_it_does_without(content: bytes) -> None:
    both([frame(TEXT, b"a"), frame(CLOSE, content), frame(TEXT, b"b")], [5, 5, 5])
    both([frame(TEXT, b"a"), frame(CLOSE, content) + frame(TEXT, b"b")], [0, 5])


def test_what_is_refused_is_received_before_what_follows() -> None:
    texts = [b"a", REFUSED.encode(), b"b", b"c"]
    assert both([frame(TEXT, text) for text in texts], [0, 0, 5, 0]).early == 2


@pytest.mark.skipif(
    "disconnected" not in WebSocketsSansIOProtocol.__init__.__code__.co_names,
    reason="this uvicorn does not tell that a client has gone: all goes by ASGI",
)
@pytest.mark.parametrize(
    ("handshake", "sizes"), [(HANDSHAKE, [1, 1_020, 1_021, 70_000]), (COMPRESSED, [1, 1_020])]
)
def test_only_small_frames_are_written_where_messages_may_be_compressed(
    handshake: bytes, sizes: list[int]
) -> None:
    async def test() -> None:
        written = [uvicorn_frames.frame(bytes(n)) for n in (1, 1_020, 1_021, 70_000)]
        taken: list[bytes] = []

        async def app(_scope: Scope, receive: Receive, send: Send) -> None:
            await receive()
            await send({"type": "websocket.accept"})
            write = uvicorn_frames.find(send)
            assert write is not None
            line.written = b""
            taken.extend([each for each in written if write(each)])

        line = Line()
        _, state = await opened(app, line, handshake)
        await asyncio.gather(*state.tasks)
        expected = [uvicorn_frames.frame(bytes(size)) for size in sizes]
        assert (taken, line.written) == (expected, b"".join(expected))

    asyncio.run(test())


@pytest.mark.parametrize("receive", [None, print, [].append])
def test_an_unknown_server_is_not_listened_to(receive: Any) -> None:
    assert uvicorn_frames.listen(receive, bool) is None
