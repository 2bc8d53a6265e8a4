"""WebSockets through the proxy."""

from __future__ import annotations

import asyncio
import json

import aiohttp
import pytest

from tests.jupyter import Lab
from tests.lab.upstream import ID, Upstream, socket


async def test_a_socket_carries_text_and_bytes_of_any_size(lab: Lab, upstream: Upstream) -> None:
    async with socket(lab, "/echo") as connection:
        await connection.send_str("ä" * 8_000_000)
        assert await connection.receive_str() == "ä" * 8_000_000
        await connection.send_bytes(b"\0\1")
        assert await connection.receive_bytes() == b"\0\1"


async def test_a_message_that_would_fill_the_memory_ends_its_socket(
    lab: Lab, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("neutrino_lab.lab.sockets._MOST_BYTES", 1_000)
    async with socket(lab, "/echo") as connection:
        await connection.send_str("x" * 2_000)
        message = await connection.receive()
    assert (message.type, message.data) == (aiohttp.WSMsgType.CLOSE, 1009)


async def test_the_app_chooses_the_subprotocol(lab: Lab, upstream: Upstream) -> None:
    async with socket(lab, "/echo", protocols=("first", "second")) as connection:
        assert connection.protocol == "second"
    async with socket(lab, "/echo", protocols=("first",)) as connection:
        assert connection.protocol is None


async def test_a_socket_brings_no_credentials(lab: Lab, upstream: Upstream) -> None:
    cookies = {"Cookie": f"_xsrf=1; neutrino-{ID}-a=3"}
    async with socket(lab, f"/echo?token={lab.token}", headers=cookies):
        seen = upstream.seen[-1]
    assert seen["cookie"] == "a=3"
    assert lab.token not in json.dumps(seen)
    assert "authorization" not in seen


async def test_the_close_code_of_the_app_reaches_the_client(lab: Lab, upstream: Upstream) -> None:
    async with socket(lab, "/closes") as connection:
        message = await connection.receive()
    assert (message.type, message.data, message.extra) == (
        aiohttp.WSMsgType.CLOSE,
        4123,
        "that is all",
    )


async def test_the_close_code_of_the_client_reaches_the_app(lab: Lab, upstream: Upstream) -> None:
    async with socket(lab, "/listens") as connection:
        await connection.close(code=4321, message=b"enough")
    await asyncio.wait_for(upstream.received.wait(), 10)
    assert upstream.seen == [(4321, "enough")]


async def test_a_socket_that_the_app_refuses_is_refused(lab: Lab, upstream: Upstream) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await socket(lab, "/closes?refuse=1")
    assert refused.value.status == 403


async def test_a_client_that_drops_its_socket_is_gone_for_the_app(
    lab: Lab, upstream: Upstream
) -> None:
    connection = await socket(lab, "/listens")
    connection._response.connection.transport.abort()
    await asyncio.wait_for(upstream.received.wait(), 10)
    assert upstream.seen[0][0] == 1001
