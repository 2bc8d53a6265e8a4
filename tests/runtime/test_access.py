"""Who may call, by which names and from which pages: the layers one by one, without a server."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from neutrino_lab.runtime import uvicorn_server
from neutrino_lab.runtime.middleware.access import CALLER, Keys, Origins, is_health, secured
from neutrino_lab.runtime.middleware.hosts import Hosts
from neutrino_lab.runtime.settings import digest

FIRST, SECOND = "a-key-of-many-letters", "another-key-of-letters"
DIGESTS = (digest(FIRST.encode()), digest(SECOND.encode()))
REFUSED = 1008
WITHOUT, WRONG = "Bearer", 'Bearer error="invalid_token"'
Outcome = tuple[Any, ...]


def basic(text: str) -> str:
    return f"Basic {b64encode(text.encode()).decode()}"


def http(path: str = "/a", method: str = "GET", **headers: str) -> Scope:
    return {"type": "http", "method": method, "path": path, "root_path": "",
            "server": ("127.0.0.1", 8000), "headers": raw(headers)}  # fmt: skip


def websocket(*subprotocols: str, **headers: str) -> Scope:
    offered = {"sec-websocket-protocol": ", ".join(subprotocols)} if subprotocols else {}
    return {"type": "websocket", "path": "/talk", "root_path": "", "server": ("127.0.0.1", 8000),
            "headers": raw({**headers, **offered}),
            "subprotocols": [*subprotocols]}  # fmt: skip


def raw(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(k.replace("_", "-").encode(), v.encode("latin-1")) for k, v in headers.items()]


def outcome(made: Callable[[ASGIApp], ASGIApp], scope: Scope) -> Outcome:
    """What the app behind a layer sees, or how the layer refuses."""
    seen: list[Scope] = []
    sent: list[Message] = []

    async def app(scope: Scope, _receive: Receive, _send: Send) -> None:
        seen.append(scope)

    async def receive() -> Message:
        raise AssertionError("nothing is read to know who calls")

    async def send(message: Message) -> None:
        sent.append(message)

    async def run() -> None:
        await made(app)(scope, receive, send)

    asyncio.run(run())
    if seen:
        [passed] = seen
        return ("passed", passed.get(CALLER, ""), dict(passed["headers"]))
    if scope["type"] == "websocket":
        return (sent[0]["code"],)
    return sent[0]["status"], dict(sent[0]["headers"]).get(b"www-authenticate", b"").decode()


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        (http(), (401, WITHOUT)),
        (http(authorization=f"Bearer {FIRST}"), ("passed", "key 1", {})),
        (http(authorization=f"bearer  {SECOND} ", x="1"), ("passed", "key 2", {b"x": b"1"})),
        (http(x_api_key=SECOND), ("passed", "key 2", {})),
        (http(x_api_key=FIRST[:-1]), (401, WRONG)),
        (http(authorization="Bearer "), (401, WRONG)),
        (http(authorization="Digest abc"), (401, WITHOUT)),
        (http(authorization=f"Bearer {FIRST}", x_api_key="wrong-but-long-enough"),
         ("passed", "key 1", {b"x-api-key": b"wrong-but-long-enough"})),
        # Basic opens the pages alone.
        (http("/docs", authorization=basic(f"any:{FIRST}")), ("passed", "key 1", {})),
        (http("/docs/assets/x.js", authorization=basic(f"any:{FIRST}")), ("passed", "key 1", {})),
        (http("/a", authorization=basic(f"any:{FIRST}")), (401, WITHOUT)),
        (http("/docs", "POST", authorization=basic(f"any:{FIRST}")), (401, WITHOUT)),
        (http("/docs", authorization="Basic ?"),
         (401, f'Basic realm="An API key as the password", charset="UTF-8", {WRONG}')),
        # Health is open, and only to be read.
        (http("/healthz"), ("passed", "", {})),
        (http("/healthz", "POST"), (401, WITHOUT)),
        # A browser offers a key as a sub-protocol, which the app does not see.
        (websocket(), (REFUSED,)),
        (websocket("neutrino", f"neutrino.key.{SECOND}"),
         ("passed", "key 2", {b"sec-websocket-protocol": b"neutrino"})),
        (websocket(f"neutrino.key.{FIRST}"), ("passed", "key 1", {})),
        (websocket("chat", "neutrino.key.wrong-but-long-enough"), (REFUSED,)),
        (websocket(authorization=f"Bearer {FIRST}"), ("passed", "key 1", {})),
    ],
)  # fmt: skip
def test_a_key_lets_in_and_is_taken_out(scope: Scope, expected: Outcome) -> None:
    assert outcome(lambda app: Keys(app, DIGESTS), scope) == expected


def test_by_its_headers_a_request_is_admitted_without_its_key() -> None:
    keys = Keys(SimpleNamespace(), DIGESTS)  # type: ignore[arg-type]
    given = raw({"authorization": f"Bearer {FIRST}", "x": "1"})
    assert keys.admits(given) == [(b"x", b"1")]
    assert keys.admits(raw({"x": "1"})) is None


ALLOWED = ("api.example.com", "*.example.org", "[::1]")


@pytest.mark.parametrize(
    ("allowed", "bound", "host", "passes"),
    [
        ((), ["127.0.0.1"], "localhost:8000", True),
        ((), ["127.0.0.1"], "app.localhost", True),
        ((), ["127.0.0.1"], "127.0.0.2:1", True),
        ((), ["127.0.0.1"], "[::1]:8000", True),
        ((), ["127.0.0.1"], "[::ffff:127.0.0.1]", True),
        ((), ["127.0.0.1"], "evil.example", False),
        ((), ["127.0.0.1", "0.0.0.0"], "any.example", True),
        ((), [], "evil.example", False),  # then the address that was called tells
        (ALLOWED, ["0.0.0.0"], "API.example.com.:443", True),
        (ALLOWED, ["0.0.0.0"], "a.b.example.org", True),
        (ALLOWED, ["0.0.0.0"], "example.org", False),
        (ALLOWED, ["0.0.0.0"], "evil.example", False),
        (ALLOWED, ["0.0.0.0"], "api.example.com@evil.example", False),
        (ALLOWED, ["0.0.0.0"], "localhost", True),
    ],
)
def test_a_server_answers_to_its_own_names(
    allowed: tuple[str, ...],
    bound: list[str],
    host: str,
    passes: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(uvicorn_server, "bound", lambda _server, _port: bound)
    for scope in (http(host=host), websocket(host=host)):
        found = outcome(lambda app: Hosts(app, allowed), scope)
        assert (found[0] == "passed") == passes
        if not passes:
            assert found[0] == (403 if scope["type"] == "http" else REFUSED)
    hosts = Hosts(SimpleNamespace(), allowed)  # type: ignore[arg-type]
    # Of two sockets the headers do not tell which one was called: the layer itself looks.
    assert hosts.admits(raw({"host": host})) == (passes and len(bound) == 1)


def test_health_is_told_under_any_name() -> None:
    scope = http("/healthz", host="10.0.0.7")
    assert outcome(lambda app: Hosts(app, ("api.example.com",)), scope)[0] == "passed"


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        (websocket(host="a.example"), "passed"),
        (websocket(host="a.example", origin="https://a.example"), "passed"),
        (websocket(host="b", x_forwarded_host="a.example", origin="https://a.example"), "passed"),
        (websocket(host="a.example", origin="HTTPS://FRIEND.example"), "passed"),
        (websocket(host="a.example", origin="https://evil.example"), REFUSED),
        (websocket(host="a.example", origin="null"), REFUSED),
        (http("/mcp", "POST", host="a.example", origin="https://evil.example"), 403),
        (http("/mcp", "POST", host="a.example", origin="https://a.example"), "passed"),
        # What CORS is for is left to it.
        (http("/a", "POST", host="a.example", origin="https://evil.example"), "passed"),
    ],
)
def test_pages_of_other_origins_open_no_websocket(scope: Scope, expected: Any) -> None:
    found = outcome(lambda app: Origins(app, ("https://friend.example",), has_mcp=True), scope)
    assert found[0] == expected


def test_a_description_says_how_a_key_is_given() -> None:
    kept = {"components": {"schemas": {"A": {}}, "securitySchemes": {"own": {"type": "http"}}}}
    made = secured(kept)
    assert made["components"]["schemas"] == {"A": {}}
    assert [*made["components"]["securitySchemes"]] == ["bearer", "apiKey", "own"]
    assert made["security"] == [{"bearer": []}, {"apiKey": []}]


def test_only_reading_is_about_health() -> None:
    below = {**http("/app/healthz"), "root_path": "/app"}
    assert [is_health(each) for each in (http("/readyz", "HEAD"), below, http("/x"))] == [
        True,
        True,
        False,
    ]
