"""One request, three ways to answer it, the same bytes: FastAPI's own route, the compiled handler
under any server, and the protocol class that answers before a scope exists."""

from __future__ import annotations

import json
import socket
import threading

import pytest

from neutrino_lab.runtime.app import create_app
from neutrino_lab.runtime.http.uvicorn_protocol import Fast, Protocol, fits
from tests.runtime.ways import Way, _response, agree, agree_in_turn, request, serving
from tests.served import cell, program_of

ORDINARY = {
    "GET /plain": b'{"hello":"world"}',
    "GET /async": '["é",1.5,null]'.encode(),
    "GET /slow": b'"slept"',
    "GET /items/7?q=a": b'[7,"a",3]',
    "GET /items/-7?q=a%20b+c&n=05": b'[-7,"a b c",5]',
    "GET /names/ada": b'"the one"',
    "GET /names/bob": b'"bob"',
    "GET /names/b%C3%B6b": '"böb"'.encode(),
    "GET /html": "<p>é</p>".encode(),
    "GET /none": b"null",
}


@pytest.mark.parametrize("line", ORDINARY)
def test_ordinary_requests_never_reach_fastapi(ways: dict[str, Way], line: str) -> None:
    assert fits()
    assert Protocol is Fast
    before = len(ways["protocol"].asked)
    (answer,) = agree(ways, request(line))
    assert answer.partition(b"\r\n\r\n")[2] == ORDINARY[line]
    assert len(ways["protocol"].asked) == before


def test_a_body_is_read_without_fastapi(ways: dict[str, Way]) -> None:
    before = len(ways["protocol"].asked)
    (answer,) = agree(ways, request("POST /sum", b'{"x": [1, 2.5], "y": ["3"], "z": 1}'))
    assert answer.partition(b"\r\n\r\n")[2] == b"[3.5,3.0]"
    assert len(ways["protocol"].asked) == before


LINES = """
HEAD /plain
OPTIONS /plain
POST /plain
GET /plain/
GET //plain
GET /nowhere
GET /plain?x=1&x=2
GET /plain?
GET /items/x?q=a
GET /items/7
GET /items/7?q=
GET /items/7?q=a&q=b
GET /items/7?q=a&n=1.0
GET /items/7?q=a&n=1e3
GET /items/٧?q=1
GET /items/7?q=a;n=4
GET /items/7?q
GET /items/7?&q=a&
GET /items/7?q=%ff%00
GET /items/99999999999999999999?q=a
GET /items/ 7?q=a
GET /items/%207?q=a
GET /items/7%2F8?q=a
GET /names/
GET /names/a%2Fb
GET /names/a%0A
GET /names/ada%0A
GET /numbers/7
GET /numbers/-7
GET /numbers/x
GET /files/a/b%20c
GET /files/
GET /kinds
GET /kinds?f=nan
GET /kinds?f=1&b=yes&d=2024-02-30
GET /kinds?d=2024-02-29
GET /kinds?u=12345678123456781234567812345678
GET /kinds?c=red&e=a&l=1&l=2&s=x&s=x&o=4
GET /kinds?c=green
GET /kinds?e=z
GET /kinds?l=x
GET /kinds?p={%22x%22:1}
GET /kinds?p=1
GET /heads
GET /misfit
GET /bytes
GET /lines
GET /context/steps
GET /context/awaited
GET /own
GET /nan
GET /half
GET /refused
GET /unsendable/header
GET /unsendable/detail
GET /unsendable/status
GET /teapot
GET /broken
GET /cancelled
GET /validated/red
GET /validated/blue
GET /circle
GET /request
GET /depends
DELETE /gone/1
GET /healthz
GET /openapi.json
GET /docs
GET http://localhost/plain
GET /plain#x
OPTIONS *
PATCH /items/7
GET /%70lain
GET /plain%00
GET /PLAIN
""".strip().splitlines()


@pytest.mark.parametrize("line", LINES)
def test_all_ways_say_the_same(ways: dict[str, Way], line: str) -> None:
    agree(ways, request(line.encode().decode("latin-1")))


def test_what_comes_with_the_headers_of_the_one_before_is_answered_alike(
    ways: dict[str, Way],
) -> None:
    before = len(ways["protocol"].asked)
    plain = request("GET /plain")
    for line in LINES:
        sent = request(line.encode().decode("latin-1"))
        agree_in_turn(ways, [plain], [sent], [sent[:30], sent[30:]], [plain])
    ordinary = [[request(line)] for line in ORDINARY]
    asked = len(ways["protocol"].asked)
    assert asked > before
    agree_in_turn(ways, *ordinary, *ordinary)
    assert len(ways["protocol"].asked) == asked


def test_bodies_after_the_same_headers_are_read_alike(ways: dict[str, Way]) -> None:
    def sent(path: str, body: bytes) -> list[bytes]:
        return [request(f"POST {path}", body)]

    a, b, broken = b'{"x":[1],"y":[2]}', b'{"x":[3],"y":[4]}', b'{"x":[1],"y":"a"}'
    assert len({*map(len, (a, b, broken))}) == 1
    answers = agree_in_turn(
        ways,
        *(sent("/sum", each) for each in (a, b, broken, b)),
        *(sent(path, a) for path in ("/any", "/plain", "/nowhere", "/sum")),
        [request("GET /plain")],
        [request("GET /plain"), b"\r\n"],
        sent("/sum", b),
    )
    answered = [answer.partition(b"\r\n\r\n")[2] for answer in answers]
    assert [answered[at] for at in (0, 1, 3, 7, -1)] == [
        *(b"[1.0,2.0]", b"[3.0,4.0]", b"[3.0,4.0]", b"[1.0,2.0]", b"[3.0,4.0]"),
    ]


def test_requests_at_once_after_the_same_headers(ways: dict[str, Way]) -> None:
    one, slow = request("GET /plain"), request("GET /slow")
    for each in (one + one, slow + one, slow + one + request("GET /nowhere")):
        agree(ways, one, 1)
        agree(ways, one + each, 1 + each.count(b"GET"))
    smuggled = b"GET /plain HTTP/1.1\r\nhost: localhost\r\n\r\n"
    hidden = f"POST /sum HTTP/1.1\r\nhost: localhost\r\ncontent-length: {len(smuggled)}\r\n\r\n"
    agree_in_turn(ways, [one], [hidden.encode() + smuggled], [one])


BODIES = (
    *(b"", b"{}", b"[]", b"null", b"1", b'"x"', b"{", b'{"x":1}', b'{"x":[1],"y":null}'),
    *(b'{"x":[NaN,Infinity],"y":[1e400]}', b'{"x":[1],"x":[2],"y":[3]}', b'{"y":[2],"x":[1]}'),
    *(b'\xef\xbb\xbf{"x":[1],"y":[2]}', '{"x":[1],"y":[2]}'.encode("utf-16")),
    *(b'{"x":["a"],"y":[2]}', b'{"x":[true],"y":[null]}', b'{"x":{"0":1},"y":[2]}', b"\xff\xfe"),
    *(b'{"x":["\\ud800"],"y":[]}', b"[" * 5000, b'{"x":' + b"[" * 5000, b'{"x":[1],"y":[2]} x'),
    *(b'{"x":[' + b"1," * 200_000 + b'1],"y":[]}', b'{"x":[1],"y":[2]', b'{"\\u0078":[1],"y":[2]}'),
    *(b'{"x":[1%b],"y":[]}' % (b"0" * zeros) for zeros in (308, 309, 5000)),
    b' {"x" : [ 1 ] ,\n"y":[2]}\t',
)


@pytest.mark.parametrize("body", BODIES, ids=lambda body: repr(body[:24]))
@pytest.mark.parametrize("path", ["/sum", "/any", "/points"])
def test_all_ways_read_bodies_alike(ways: dict[str, Way], path: str, body: bytes) -> None:
    agree(ways, request(f"POST {path}", body))


@pytest.mark.parametrize(
    "media",
    [
        *("", "text/plain", "application/JSON", "application/json; charset=latin-1"),
        *("application/", "application/json, text/plain", "application/json;x=y"),
        *("application/vnd.api+json", "application/x-www-form-urlencoded", "multipart/form-data"),
    ],
)
def test_all_ways_heed_the_content_type(ways: dict[str, Way], media: str) -> None:
    agree(ways, request("POST /sum", b'{"x":[1],"y":[2]}', media=media))


@pytest.mark.parametrize(
    "media", ["application/json; charset=utf-8", "application/json;charset=UTF-8"]
)
def test_json_whose_charset_is_told_is_read_without_fastapi(
    ways: dict[str, Way], media: str
) -> None:
    before, body = len(ways["protocol"].asked), '{"v":"é"}'
    sent = request("POST /any", body.encode(), media=media)
    agree_in_turn(ways, [sent], [sent])
    assert len(ways["protocol"].asked) == before
    for other in ("latin-1", "utf-16"):
        agree(ways, request("POST /any", body.encode(other), media=media))


@pytest.mark.parametrize("header", ["connection: keep-alive", "Connection: Keep-Alive"])
def test_a_connection_that_is_to_stay_is_as_one_of_which_nothing_is_said(
    ways: dict[str, Way], header: str
) -> None:
    before = len(ways["protocol"].asked)
    plain = request("GET /plain", None, header)
    body = request("POST /sum", b'{"x":[1],"y":[2]}', header)
    agree_in_turn(ways, [plain], [body], [body], [body[:30], body[30:]], [plain])
    assert len(ways["protocol"].asked) == before
    agree(ways, plain + body, 2)


def test_values_of_all_kinds_in_a_body(ways: dict[str, Way]) -> None:
    texts = ('"2020-01-01"', '"x"', "5", "1.10", "true", "null", "[1,2]", '{"a":1}', "1e2", "NaN")
    for value in (*texts, "-Infinity", "1e400", "9" * 309, "9" * 4301):
        body = {"u": "U", "d": "1.50", "o": "O", "t": [1, "a"], "m": {"a": 1}}
        for name in body:
            text = json.dumps({**body, name: "@"}).replace('"@"', value)
            agree(ways, request("POST /unions", text.encode()))
        agree(ways, request("POST /any", b'{"v":' + value.encode() + b"}"))
        agree(ways, request("POST /loose", b'{"v":{"text":' + value.encode() + b"}}"))
        agree(ways, request("POST /validated", b'{"colour":' + value.encode() + b"}"))
        agree(ways, request("PUT /shaped/a", b'{"n":' + value.encode() + b"}"))
        agree(ways, request("POST /points", b'{"a":{"x":' + value.encode() + b'},"b":{"x":1}}'))


def test_headers_are_read_alike(ways: dict[str, Way]) -> None:
    for headers in (
        ("X-One: a", "X-Many: 1"),
        ("x-one: é", "x-many: 1", "X-MANY: 2"),
        ("x-one: a", "x-one: b", "x-many: x"),
        ("x-one:", "x-many: 1"),
        ("x_one: a", "x-many: 1"),
        ("connection: close", "x-one: a", "x-many: 1"),
        ("connection: keep-alive", "x-one: a", "x-many: 1"),
        ("connection: keep-alive, close", "x-one: a", "x-many: 1"),
        ("connection: keep-alive", "connection: close", "x-one: a", "x-many: 1"),
        ("connection: upgrade", "x-one: a", "x-many: 1"),
        ("proxy-connection: close", "x-one: a", "x-many: 1"),
        ("expect: 100-continue", "x-one: a", "x-many: 1"),
    ):
        agree(ways, request("GET /heads", None, *headers))


def test_other_versions_of_http(ways: dict[str, Way]) -> None:
    agree(ways, b"GET /plain HTTP/1.0\r\n\r\n")
    agree(ways, b"GET /plain HTTP/1.0\r\nconnection: keep-alive\r\n\r\n")
    agree(ways, b"POST /sum HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
                b"transfer-encoding: chunked\r\n\r\n"
                b'8\r\n{"x":[1]\r\n9\r\n,"y":[2]}\r\n0\r\n\r\n')  # fmt: skip
    told = b"GET /plain HTTP/1.1\r\nhost: localhost\r\ncontent-length: 3\r\n\r\n"
    agree(ways, told + b"abc")
    agree(ways, told)  # nobody waits for a body that nobody reads


def test_answers_stand_in_the_order_of_their_requests(ways: dict[str, Way]) -> None:
    lines = ["GET /slow", "GET /plain", "GET /lines", "GET /broken", "GET /async", "GET /items/1",
             "GET /items/1?q=z", "GET /nowhere", "GET /teapot", "GET /own"]  # fmt: skip
    sent = b"".join(map(request, lines)) + request("POST /sum", b'{"x":[1],"y":[2]}')
    answers = agree(ways, sent, len(lines) + 1)
    assert answers[-1].endswith(b"[1.0,2.0]")


def test_a_request_under_way_is_answered_before_the_server_ends() -> None:
    setup = "import threading\nbegun, gate = threading.Event(), threading.Event()"
    app, program = program_of(
        cell("GET /", "def wait():\n    begun.set()\n    gate.wait(30)\n    return 'done'"),
        setup=setup,
    )
    with serving(create_app(app, program).asgi, Protocol) as way:
        names = program.names("nb")
        connection = socket.create_connection(("127.0.0.1", way.port), timeout=30)
        connection.sendall(request("GET /") + request("GET /"))
        assert names["begun"].wait(30)
        threading.Timer(0.2, names["gate"].set).start()
    assert _response(connection.makefile("rb")).endswith(b'"done"')
    connection.close()


def test_a_client_that_leaves_leaves_the_others_alone() -> None:
    setup = "import threading\nbegun, gate = threading.Semaphore(0), threading.Event()"
    code = "def wait(n: int):\n    begun.release()\n    gate.wait(30)\n    return n"
    app, program = program_of(cell("GET /{n}", code), setup=setup)
    with serving(create_app(app, program).asgi, Protocol) as way:
        names = program.names("nb")
        connections = [socket.create_connection(("127.0.0.1", way.port)) for _ in range(6)]
        for n, connection in enumerate(connections):
            connection.sendall(request(f"GET /{n}"))
        for _ in connections:
            assert names["begun"].acquire(timeout=30)
        for connection in connections[::2]:
            connection.close()
        names["gate"].set()
        for n, connection in enumerate(connections):
            if n % 2:
                assert _response(connection.makefile("rb")).endswith(str(n).encode())
                connection.close()
