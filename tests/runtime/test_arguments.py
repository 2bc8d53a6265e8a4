"""Every value that an endpoint takes, described once for all who read it."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request

from neutrino_lab.runtime.arguments import Argument
from neutrino_lab.runtime.calls import LEFT_OUT, Value, plan
from neutrino_lab.runtime.fields import optional
from neutrino_lab.runtime.spec import Field, Http, WebSocket

OWN = object()
"""A default that no caller could send."""


def test_an_http_endpoint_takes_values_from_four_places() -> None:
    endpoint = Http(
        "POST",
        "/rooms/{room}/{n:int}/{id:uuid}/{rest:path}",
        "nb:f",
        1,
        query=(Field("q", "float", default=0.5),),
        headers=(Field("X-Api-Key", optional=True),),
        body=(Field("rows", "list[int]"),),
        resp=(Field("sum"),),
    )
    assert endpoint.arguments == (
        Argument("path", "room", "room", fallback="str"),
        Argument("path", "n", "n", fallback="int"),
        Argument("path", "id", "id", fallback="UUID"),
        Argument("path", "rest", "rest", fallback="str"),
        Argument("query", "q", "q", "float", "str", default=0.5),
        Argument("header", "X-Api-Key", "x_api_key", fallback="str", optional=True),
        Argument("body", "rows", "rows", "list[int]"),
    )
    assert [each.alias for each in endpoint.arguments if not each.required] == ["q", "X-Api-Key"]
    assert {each.place for each in endpoint.arguments if each.needs_parameter} == {"query", "body"}


def test_a_socket_takes_a_handshake_and_messages() -> None:
    socket = WebSocket(
        "/ws/{room_id}", "nb:f", 1, message=(Field("text", "str"),), query=(Field("token"),)
    )
    assert socket.arguments == (
        Argument("path", "room_id", "room_id", fallback="str"),
        Argument("query", "token", "token", fallback="str"),
        Argument("message", "text", "text", "str"),
    )
    assert socket.supplies == {"event"}


def test_the_values_of_a_call_are_told_apart_from_what_fastapi_supplies() -> None:
    def f(request: Request, /, schema: Any, own: Any = OWN, page: int = 3) -> None: ...

    query = (Field("schema", "int"), Field("own", optional=True), Field("page", optional=True))
    endpoint = Http("GET", "/a", "nb:f", 1, query=query, headers=(Field("X-Key"),))
    taken, own, page, key = endpoint.arguments
    call = plan(endpoint, f, {})
    assert call.values == (
        Value(taken, "schema_2", int, int, ..., is_passed=True),
        Value(own, "own", Any, optional(Any), LEFT_OUT, is_passed=True),
        Value(page, "page", int, optional(int), 3, is_passed=True),
        Value(key, "x_key", str, str, ..., is_passed=False),
    )
    assert (call.rename, call.positional) == ({"schema_2": "schema"}, ("request",))
    assert (next(iter(call.signature.parameters)), *call.unused) == ("request", "x_key")
