"""The proxy between browsers and a worker, with a Starlette app in the worker's place."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from neutrino_lab.serve.status import Address
from tests.jupyter import Lab
from tests.lab.upstream import ID, Upstream


async def test_the_app_sees_what_it_should_and_no_more(lab: Lab, upstream: Upstream) -> None:
    answer = await lab.ask(
        "POST",
        f"neutrino/live/{ID}/headers",
        body=b"x",
        headers={
            "Authorization": f"token {lab.token}",
            "Cookie": f"_xsrf=1; username=2; neutrino-{ID}-a=3; neutrino-ffff-b=4",
            "X-XSRFToken": "1",
            "X-CSRFToken": "1",
            "X-Forwarded-For": "6.6.6.6",
            "X-Forwarded-User": "root",
            "Forwarded": "for=6.6.6.6",
            "Connection": "keep-alive, X-Private",
            "X-Private": "1",
            "X-Own": "kept\u00e9",
            "Referer": f"http://{lab.host}/x?token={lab.token}&a=1",
        },
    )
    got = dict(answer.json)
    assert lab.token not in answer.text
    assert {k: got[k] for k in got.keys() - {"accept", "accept-encoding", "user-agent"}} == {
        "host": lab.host,
        "content-length": "1",
        "content-type": "application/octet-stream",
        "cookie": "a=3",
        "x-own": "kept\u00c3\u00a9",
        "referer": f"http://{lab.host}/x?a=1",
        "x-forwarded-for": "127.0.0.1",
        "x-forwarded-host": lab.host,
        "x-forwarded-proto": "http",
        "x-forwarded-prefix": f"{lab.base}neutrino/live/{ID}",
    }


async def test_a_path_and_its_query_arrive_as_they_were_spelled(
    lab: Lab, upstream: Upstream
) -> None:
    spelled = "/raw/a%2Fb/%C3%A4%20+;x=1/"
    answer = await lab.get(ID, f"{spelled}?a=%20&%74oken=x&token={lab.token}&b&_xsrf=1&c=+")
    assert answer.status == 200, answer.text
    path, query = answer.json
    assert path.endswith(spelled)
    assert query == "a=%20&b&c=+"


@pytest.mark.parametrize(
    "path",
    [
        "/../api",
        "/a/../../x",
        "/%2e%2e/x",
        "/.%2E/x",
        "/a/%2e/b",
        "/a%00b",
        "/a%5c..%5cb",
        "/..%2fx",
    ],
)
async def test_a_path_that_could_lead_elsewhere_is_refused(
    lab: Lab, upstream: Upstream, path: str
) -> None:
    answer = await lab.get(ID, path)
    assert (answer.status, answer.json["code"]) == (403, "path-refused")


async def test_events_arrive_one_by_one(lab: Lab, upstream: Upstream) -> None:
    headers = {"Authorization": f"token {lab.token}", "Accept-Encoding": "gzip"}
    url = lab.url(f"neutrino/live/{ID}/slow")
    async with lab.session.get(url, headers=headers) as answer:
        assert await answer.content.readuntil(b"\n\n") == b"data: one\n\n"
        upstream.go_on.set()
        assert await answer.content.read() == b"data: two\n\n"
        assert "Content-Encoding" not in answer.headers


async def test_a_client_that_leaves_cancels_what_runs(lab: Lab, upstream: Upstream) -> None:
    url = lab.url(f"neutrino/live/{ID}/slow")
    answer = await lab.session.get(url, headers={"Authorization": f"token {lab.token}"})
    await answer.content.readuntil(b"\n\n")
    answer.close()
    await asyncio.wait_for(upstream.was_cancelled.wait(), 10)


async def test_a_body_streams_both_ways_at_once(lab: Lab, upstream: Upstream) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield b"one"
        await asyncio.wait_for(upstream.received.wait(), 10)
        yield b"two"

    answer = await lab.ask("POST", f"neutrino/live/{ID}/upload/", body=chunks())
    assert answer.body == b"ONETWO"


async def test_a_large_body_goes_through_whole(lab: Lab, upstream: Upstream) -> None:
    body = bytes(range(97, 105)) * 500_000
    answer = await lab.ask("POST", f"neutrino/live/{ID}/upload/", body=io.BytesIO(body))
    assert answer.body == body.upper()


async def test_an_answer_that_breaks_off_is_not_taken_for_complete(
    lab: Lab, upstream: Upstream
) -> None:
    with pytest.raises(aiohttp.ClientPayloadError):
        await lab.get(ID, "/breaks")


async def test_a_worker_that_is_gone_is_a_bad_gateway(lab: Lab, upstream: Upstream) -> None:
    stub: Any = lab.services.registry.get(ID).supervisor
    stub.address = Address(path="/nowhere.sock")
    answer = await lab.get(ID, "/headers")
    assert (answer.status, answer.json["code"]) == (502, "worker-failed")


async def test_a_request_may_have_a_time_limit(
    lab: Lab, upstream: Upstream, tmp_path: Path
) -> None:
    async def never(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()
        await writer.wait_closed()
        was_left.set()

    was_left = asyncio.Event()
    silent = await asyncio.start_unix_server(never, tmp_path / "silent.sock")
    stub: Any = lab.services.registry.get(ID).supervisor
    stub.address = Address(path=str(tmp_path / "silent.sock"))
    lab.services.request_timeout_s = 0.1
    answer = await lab.get(ID, "/headers")
    assert (answer.status, answer.json["code"]) == (504, "too-slow")
    await asyncio.wait_for(was_left.wait(), 10)
    silent.close()


async def test_head_keeps_the_length(lab: Lab, upstream: Upstream) -> None:
    answer = await lab.ask("HEAD", f"neutrino/live/{ID}/length")
    assert (answer.status, answer.headers["Content-Length"], answer.body) == (200, "4", b"")
