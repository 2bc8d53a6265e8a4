"""Behind keys, CORS and limits, too, the protocol class answers as uvicorn's own does."""

from __future__ import annotations

from collections.abc import Awaitable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from neutrino_lab.runtime.app import create_app
from neutrino_lab.runtime.http.uvicorn_protocol import Protocol
from neutrino_lab.runtime.middleware import stack
from neutrino_lab.runtime.settings import Settings, digest, read
from tests.runtime.ways import Way, exchange_in_turn, request, serving
from tests.served import cell, program_of

KEY = "a key that is long enough"
BEARER, NAMED = f"authorization: Bearer {KEY}", f"x-api-key: {KEY}"
CELLS = (
    cell("GET /plain", "def plain(): return 'plain'"),
    cell("GET /mcp", "def own(): return 'not of the protocol'"),
    cell("GET /seen", "def seen(x_api_key: str, x_own: str): return [x_api_key, x_own]",
         headers='X-Api-Key:str="none";X-Own:str="none"'),
    cell("POST /sum", "def total(x: list[float]): return sum(x)", body="x:list[float]"),
)  # fmt: skip


class Layered:
    """An app behind the layers of settings, as it is served."""

    def __init__(self, settings: Settings) -> None:
        api = create_app(*program_of(*CELLS)).asgi
        self.fast_table = api.fast_table
        self.admits = stack.admits(settings)
        self._app = stack.wrap(api, stack.around(settings))

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        return self._app(scope, receive, send)


Ways = tuple[Way, Way]


@pytest.fixture(scope="module", params=["keys", "cors", "mcp"])
def ways(request: pytest.FixtureRequest) -> Iterator[Ways]:
    settings = read({})
    if "keys" in request.param:
        settings = replace(
            settings, api_keys=(digest(b"another one of them"), digest(KEY.encode()))
        )
    if "mcp" in request.param:
        settings = replace(settings, mcp=True)
    if "cors" in request.param:
        settings = replace(settings, cors_origins=("https://page.example",))
    app: Any = Layered(settings)
    with serving(app, HttpToolsProtocol) as reference, serving(app, Protocol) as fast:
        yield reference, fast


HEADERS = (
    *((), (BEARER,), (NAMED,), (BEARER, NAMED), (BEARER, "x-own: 7"), (NAMED, "x-own: 7")),
    *(("authorization: Bearer wrong but long enough",), ("authorization: Basic YTpi",)),
    *((BEARER, "origin: https://page.example"), (BEARER, "origin: https://other.example")),
    *((BEARER, f"sec-websocket-protocol: neutrino.key.{KEY}"), (f"x-api-key:  {KEY} ",)),
)


@pytest.mark.parametrize("headers", HEADERS, ids=" ".join)
def test_the_same_headers_are_judged_and_seen_alike(ways: Ways, headers: tuple[str, ...]) -> None:
    sent = [
        [request("GET /plain", None, *headers)],
        [request("GET /seen", None, *headers)],
        [request("GET /mcp", None, *headers)],
        [request("POST /sum", b'{"x":[1]}', *headers)],
        [request("GET /plain")],
        [request("GET /seen", None, *headers)],
    ]
    reference, fast = (exchange_in_turn(way.port, sent + sent) for way in ways)
    assert fast == reference


def test_a_request_with_a_key_never_reaches_the_app(ways: Ways) -> None:
    fast = ways[1]
    has_cors = b"vary" in exchange_in_turn(fast.port, [[request("GET /plain")]])[0]
    before = len(fast.asked)
    seen = exchange_in_turn(fast.port, [[request("GET /seen", None, BEARER, "x-own: 7")]] * 2)
    assert [each.partition(b"\r\n\r\n")[2] for each in seen] == [b'["none","7"]'] * 2
    # CORS says in each answer that it depends on the origin.
    assert len(fast.asked) - before == (2 if has_cors else 0)
