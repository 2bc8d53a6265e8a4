"""The proxy between browsers and a worker, with a Starlette app in the worker's place."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import (
    HTMLResponse,
    JSONResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from neutrino_lab.lab.forwarding import Place, location
from neutrino_lab.lab.protocol import ServeOptions
from neutrino_lab.lab.registry import Notebook
from neutrino_lab.serve.status import Address, Status
from tests.jupyter import Lab

ID = "00c0ffee"


class Upstream:
    """The app behind the proxy, and what has happened to it."""

    def __init__(self) -> None:
        self.go_on = asyncio.Event()
        self.was_cancelled = asyncio.Event()
        self.received = asyncio.Event()
        self.seen: list[Any] = []
        self.app = Starlette(
            routes=[
                Route("/headers", self.headers, methods=["GET", "POST"]),
                Route("/raw/{rest:path}", self.raw),
                Route("/slow", self.slow),
                Mount("/upload", self.upload),
                Route("/breaks", self.breaks),
                Route("/answer", self.answer),
                Route("/redirect", self.redirect),
                Route("/twins", self.twins),
                Route("/length", self.length, methods=["GET", "HEAD"]),
                WebSocketRoute("/echo", self.echo),
                WebSocketRoute("/closes", self.closes),
                WebSocketRoute("/listens", self.listens),
            ]
        )

    async def headers(self, request: Request) -> Response:
        self.seen.append(request.url.path)
        return JSONResponse([[k, v] for k, v in request.headers.items()])

    async def raw(self, request: Request) -> Response:
        return JSONResponse([request.scope["raw_path"].decode(), request.url.query])

    async def slow(self, _request: Request) -> Response:
        async def lines() -> AsyncIterator[bytes]:
            try:
                yield b"data: one\n\n"
                await self.go_on.wait()
                yield b"data: two\n\n"
            except asyncio.CancelledError:
                self.was_cancelled.set()
                raise

        return StreamingResponse(lines(), media_type="text/event-stream")

    async def upload(self, scope: Scope, receive: Receive, send: Send) -> None:
        # Not a StreamingResponse, which takes the messages of the body for its own.
        await send({"type": "http.response.start", "status": 200, "headers": []})
        is_more = True
        while is_more:
            message = await receive()
            is_more = message.get("more_body", False)
            body = message["body"].upper()
            await send({"type": "http.response.body", "body": body, "more_body": is_more})
            self.received.set()

    async def breaks(self, _request: Request) -> Response:
        async def half() -> AsyncIterator[bytes]:
            yield b"half"
            raise RuntimeError

        return StreamingResponse(half(), headers={"Content-Length": "1000000"})

    async def answer(self, request: Request) -> Response:
        asked = json.loads(request.query_params["headers"])
        response = Response("body", media_type=request.query_params.get("type"))
        for name, text in asked:
            response.headers.append(name, text)
        return response

    async def redirect(self, request: Request) -> Response:
        return RedirectResponse(request.query_params["to"])

    async def twins(self, _request: Request) -> Response:
        response = HTMLResponse("<p>")
        response.set_cookie("a", "1")
        response.set_cookie("_xsrf", "mine", path="/", domain="127.0.0.1")
        return response

    async def length(self, _request: Request) -> Response:
        return PlainTextResponse("four")

    async def echo(self, socket: WebSocket) -> None:
        offered = socket.scope["subprotocols"]
        self.seen.append(dict(socket.headers))
        await socket.accept(subprotocol=offered[1] if len(offered) > 1 else None)
        with contextlib.suppress(WebSocketDisconnect):
            while True:
                message = await socket.receive()
                if message["type"] == "websocket.disconnect":
                    return
                text = message.get("text")
                await (
                    socket.send_bytes(message["bytes"]) if text is None else socket.send_text(text)
                )

    async def closes(self, socket: WebSocket) -> None:
        if socket.query_params.get("refuse"):
            await socket.close()
            return
        await socket.accept()
        await socket.close(4123, "that is all")

    async def listens(self, socket: WebSocket) -> None:
        await socket.accept()
        message = await socket.receive()
        self.seen.append((message["code"], message.get("reason")))
        self.received.set()


class Stub:
    """What the registry asks of a supervisor."""

    def __init__(self, path: Path) -> None:
        self.address = Address(path=str(path))
        self.status = Status(state="live")

    async def stop(self, _reason: str = "") -> None:
        self.address = Address()


class Served(uvicorn.Server):
    async def __aenter__(self) -> None:
        self.ready = asyncio.Event()
        self.running = asyncio.create_task(self._serve())
        await asyncio.wait_for(self.ready.wait(), 10)

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    async def __aexit__(self, *_: object) -> None:
        # Not forced: its connections close in turns of the loop that are still to come.
        self.should_exit = True
        await self.running


@pytest.fixture
def upstream(lab: Lab, tmp_path: Path, jp_asyncio_loop: Any) -> Iterator[Upstream]:
    async def make() -> tuple[Upstream, Served]:
        upstream = Upstream()
        path = tmp_path / "up.sock"
        config = uvicorn.Config(
            upstream.app,
            uds=str(path),
            root_path=f"{lab.base}neutrino/live/{ID}",
            log_config=None,
            forwarded_allow_ips="*",
            ws="websockets-sansio",
            lifespan="off",
            timeout_graceful_shutdown=2,
        )
        server = Served(config)
        await server.__aenter__()
        prefix = f"{lab.base}neutrino/live/{ID}"
        notebook = Notebook(ID, "a.ipynb", owner="", prefix=prefix, options=ServeOptions())
        notebook.supervisor = Stub(path)  # type: ignore[assignment]
        lab.services.registry._notebooks[ID] = notebook
        return upstream, server

    found, server = jp_asyncio_loop.run_until_complete(make())
    yield found
    jp_asyncio_loop.run_until_complete(lab.services.registry.close())
    jp_asyncio_loop.run_until_complete(server.__aexit__())


def answering(*headers: tuple[str, str], type_: str = "") -> str:
    query = {"headers": json.dumps(headers), **({"type": type_} if type_ else {})}
    return f"/answer?{urlencode(query)}"


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


@pytest.mark.parametrize(
    "media",
    [
        *("text/html", "image/svg+xml", "application/xhtml+xml", "text/xml", "text/plain", ""),
        *("application/pdf;,text/html", "application/pdf, text/html", "application/pdfx"),
    ],
)
async def test_what_a_browser_may_show_is_sandboxed(
    lab: Lab, upstream: Upstream, media: str
) -> None:
    answer = await lab.get(ID, answering(type_=media))
    assert answer.headers.getall("Content-Security-Policy") == [  # type: ignore[attr-defined]
        "sandbox allow-scripts allow-forms allow-popups allow-downloads"
    ]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_only_a_pdf_that_is_nothing_else_is_not_sandboxed(
    lab: Lab, upstream: Upstream
) -> None:
    document, page = ("Content-Type", "Application/PDF; a=b"), ("Content-Type", "text/html")
    alone = await lab.get(ID, answering(document))
    both = await lab.get(ID, answering(page, document))
    assert "Content-Security-Policy" not in alone.headers
    assert "Content-Security-Policy" in both.headers


async def test_the_policy_of_the_app_holds_besides(lab: Lab, upstream: Upstream) -> None:
    answer = await lab.get(ID, answering(("Content-Security-Policy", "default-src 'self'")))
    assert answer.headers.getall("Content-Security-Policy") == [  # type: ignore[attr-defined]
        "default-src 'self'",
        "sandbox allow-scripts allow-forms allow-popups allow-downloads",
    ]


async def test_a_trusted_page_has_no_sandbox(lab: Lab, upstream: Upstream) -> None:
    lab.services.sandboxed = False
    answer = await lab.get(ID, answering(type_="text/html"))
    assert "Content-Security-Policy" not in answer.headers


@pytest.mark.parametrize(
    "name",
    [
        *("Clear-Site-Data", "Service-Worker-Allowed", "Strict-Transport-Security"),
        *("WWW-Authenticate", "Accept-CH", "Set-Login"),
    ],
)
async def test_what_holds_for_the_whole_origin_is_dropped(
    lab: Lab, upstream: Upstream, name: str
) -> None:
    answer = await lab.get(ID, answering((name, '"*"')))
    assert name not in answer.headers


async def test_a_cookie_is_not_bound_elsewhere_by_odd_spelling(
    lab: Lab, upstream: Upstream
) -> None:
    spelled = "a=1; DOMAIN =example.com; Path =/x; HttpOnly"
    answer = await lab.get(ID, answering(("Set-Cookie", spelled)))
    prefix = f"{lab.base}neutrino/live/{ID}"
    assert answer.cookies == [f"neutrino-{ID}-a=1; HttpOnly; Path={prefix}/x"]


async def test_a_referrer_that_is_no_address_harms_nothing(lab: Lab, upstream: Upstream) -> None:
    answer = await lab.get(ID, "/headers", headers={"Referer": f"http://[?a=1&token={lab.token}"})
    assert dict(answer.json)["referer"] == "http://[?a=1"


async def test_cookies_are_the_apps_own(lab: Lab, upstream: Upstream) -> None:
    login = await lab.login()
    answer = await lab.get(ID, "/twins", token=False, headers=login)
    prefix = f"{lab.base}neutrino/live/{ID}/"
    assert sorted(answer.cookies) == [
        f"neutrino-{ID}-_xsrf=mine; SameSite=lax; Path={prefix}",
        f"neutrino-{ID}-a=1; SameSite=lax; Path={prefix}",
    ]


@pytest.mark.parametrize(
    ("target", "landing"),
    [
        ("/hello", "{prefix}/hello"),
        ("hello?a=1#b", "{prefix}/hello?a=1#b"),
        ("{prefix}/there/", "{prefix}/there/"),
        ("http://{host}/lab", "{prefix}/lab"),
        ("//{host}/lab", "{prefix}/lab"),
        ("http://somebody:x@{host}/lab", "{prefix}/lab"),
        ("HTTP://{host}/lab", "{prefix}/lab"),
        ("///lab", "{prefix}/lab"),
        ("http:lab", "{prefix}/lab"),
        ("../../../lab", "{prefix}/"),
        ("/%2e%2e/lab", "{prefix}/"),
    ],
)
async def test_redirects_stay_under_the_prefix(
    lab: Lab, upstream: Upstream, target: str, landing: str
) -> None:
    names = {"prefix": f"{lab.base}neutrino/live/{ID}", "host": lab.host}
    answer = await lab.get(ID, answering(("Location", target.format(**names))))
    location = answer.headers["Location"]
    if target == "../../../lab":
        assert location.startswith(names["prefix"])
    else:
        assert location == landing.format(**names)


@pytest.mark.parametrize("target", ["//example.com/x", "https://example.com/x"])
async def test_a_redirect_to_elsewhere_is_for_navigations_alone(
    lab: Lab, upstream: Upstream, target: str
) -> None:
    asked = answering(("Location", target))
    navigation = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    shown = await lab.get(ID, asked, headers=navigation)
    assert shown.headers["Location"] == target
    called = await lab.get(ID, asked, headers={"Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"})
    assert "Location" not in called.headers
    assert called.headers["X-Neutrino-Withheld-Location"] == target


async def test_a_redirect_of_a_call_by_name_is_told_and_not_followed(
    lab: Lab, upstream: Upstream
) -> None:
    path = f"/redirect?{urlencode({'to': 'http://127.1:8888/api/contents'})}"
    followed = await lab.get(ID, path)
    told = await lab.get(ID, path, headers={"X-Neutrino-Call": "c1"})
    assert (followed.status, followed.headers.get("X-Neutrino-Status")) == (307, None)
    assert (told.status, told.headers["X-Neutrino-Status"]) == (200, "307 Temporary Redirect")
    assert told.headers.get("Location") == followed.headers.get("Location")


@pytest.mark.parametrize(
    "target", ["javascript:alert(1)", "data:text/html,x", "/\\evil.com", "http://["]
)
async def test_a_redirect_to_no_web_address_is_dropped(
    lab: Lab, upstream: Upstream, target: str
) -> None:
    assert "Location" not in (await lab.get(ID, answering(("Location", target)))).headers


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("5", "5"),
        ("0;url=/lab", "0;url={prefix}/lab"),
        ("0,URL='/lab'", "0;url={prefix}/lab"),
        ("0 /lab", "0;url={prefix}/lab"),
        ("0;url=javascript:x", None),
        ("soon", None),
    ],
)
async def test_a_refresh_stays_under_the_prefix(
    lab: Lab, upstream: Upstream, given: str, kept: str | None
) -> None:
    prefix = f"{lab.base}neutrino/live/{ID}"
    answer = await lab.get(ID, answering(("Refresh", given)))
    assert answer.headers.get("Refresh") == (kept and kept.format(prefix=prefix))


async def test_a_default_port_and_a_login_name_no_other_server() -> None:
    place = Place("/live/1", "https", "example.com", "neutrino-1-")
    assert location("https://me@EXAMPLE.com:443/lab", place, "/") == "/live/1/lab"
    elsewhere = "https://example.com:8443/lab"
    assert location(elsewhere, place, "/") is None
    assert location(elsewhere, place, "/", may_leave=True) == elsewhere


async def test_the_bare_address_leads_to_the_slash(lab: Lab, upstream: Upstream) -> None:
    answer = await lab.get(ID, f"?a=1&token={lab.token}")
    assert answer.status == 302
    assert answer.headers["Location"] == f"{lab.base}neutrino/live/{ID}/?a=1"


def socket(lab: Lab, path: str, **options: Any) -> Any:
    headers = {"Authorization": f"token {lab.token}", **options.pop("headers", {})}
    return lab.session.ws_connect(
        lab.url(f"neutrino/live/{ID}{path}"), headers=headers, max_msg_size=0, **options
    )


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
