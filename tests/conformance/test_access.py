"""Keys, origins and limits, on what is served from source and on what is exported alike."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest
from websockets.exceptions import ConnectionClosedError, InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

from tests.conformance.servers import STANDALONE, Served, Target, neutrino, serve
from tests.notebooks import write

PLAIN, HASHED = "a-key-in-plain-text", "a-key-of-which-only-the-hash-is-known"
KEYS = f"{PLAIN}, sha256:{hashlib.sha256(HASHED.encode()).hexdigest()}"
FRIEND = "https://friend.example"

VERBS = ("GET", "POST", "PUT", "PATCH", "DELETE")
CELLS = (
    *(f'"""\n@HTTP\n{verb} /verb\n"""\ndef {verb.lower()}(): return "{verb}"' for verb in VERBS),
    '"""\n@HTTP\nGET /stream\n"""\nasync def stream():\n    yield "a"\n    yield "b"',
    '"""\n@HTTP\nGET /events\nmedia: sse\n"""\nasync def events():\n    yield {"a": 1}',
    '"""\n@HTTP\nGET /seen\n"""\nfrom fastapi import Request\n\ndef seen(request: Request):\n'
    '    return sorted(k for k in request.headers if k in ("authorization", "x-api-key"))',
    '"""\n@HTTP\nPOST /size\nbody: data:str\n"""\ndef size(data): return len(data)',
    '"""\n@HTTP\nGET /slow\n"""\nimport threading\n\ndef slow():\n'
    "    threading.Event().wait(1)\n    return 1",
    '"""\n@WS /event\n"""\nasync def event(event: str): return event',
    '"""\n@WS /ticks\ntype: stream\n"""\nasync def ticks():\n    yield 1',
    '"""\n@STREAM /numbers\nsource: every:1d\n"""\ndef numbers(value):\n    return 1',
)
ROUTES = (
    *(f"{verb} /verb" for verb in VERBS),
    *("GET /stream", "GET /events", "GET /docs", "GET /openapi.json", "HEAD /docs"),
    *("GET /docs/assets/swagger-ui.css", "GET /nowhere", "OPTIONS /verb", "POST /healthz"),
)


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def basic(key: str) -> dict[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(f'any:{key}'.encode()).decode()}"}


@pytest.fixture(scope="module")
def notebook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("access") / "guarded.ipynb", *CELLS)


@pytest.fixture(scope="module", params=STANDALONE)
def keyed(
    request: pytest.FixtureRequest, notebook: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("keyed")
    switches = {"NEUTRINO_API_KEYS": KEYS, "NEUTRINO_CORS_ORIGINS": FRIEND}
    with serve(request.param, notebook, folder, **switches) as served:
        yield served


@pytest.fixture(scope="module")
def http(keyed: Served) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"http://{keyed.address}") as client:
        yield client


@contextmanager
def limited(target: Target, notebook: Path, folder: Path, **switches: str) -> Iterator[Served]:
    environment = {f"NEUTRINO_{name}": text for name, text in switches.items()}
    with serve(target, notebook, folder, **environment) as served:
        yield served


@pytest.mark.parametrize("route", ROUTES)
def test_every_route_asks_for_a_key(http: httpx.Client, route: str) -> None:
    verb, path = route.split()
    is_page = path.startswith(("/docs", "/openapi")) and verb in {"GET", "HEAD"}
    page = 'Basic realm="An API key as the password", charset="UTF-8", ' if is_page else ""
    refusals = {
        "An API key is needed.": ({}, "Bearer"),
        "The API key is not known.": (bearer("wrong"), 'Bearer error="invalid_token"'),
    }
    for detail, (headers, challenge) in refusals.items():
        answer = http.request(verb, path, headers=headers)
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, page + challenge)
        assert verb == "HEAD" or answer.json() == {"detail": detail}
    statuses = {
        http.request(verb, path, headers=headers).status_code
        for key in (PLAIN, HASHED)
        for headers in (bearer(key), {"X-API-Key": key}, {"Authorization": f"bearer  {key}"})
    }
    known = {"/nowhere": 404, "OPTIONS /verb": 405, "POST /healthz": 405}
    assert statuses == {known.get(path) or known.get(route, 200)}
    assert http.request(verb, path, headers=basic(PLAIN)).status_code == (200 if is_page else 401)


@pytest.mark.parametrize("path", ["/numbers", "/numbers/latest", "/numbers/state"])
def test_every_route_of_a_stream_asks_for_a_key(http: httpx.Client, path: str) -> None:
    for headers in ({}, bearer("wrong"), basic(PLAIN)):
        assert http.get(path, headers=headers).status_code == 401
    with http.stream("GET", path, headers=bearer(PLAIN)) as answer:
        assert answer.status_code == (404 if path.endswith("latest") else 200)


def test_health_is_open_to_all(http: httpx.Client) -> None:
    assert http.get("/healthz").json() == {"status": "ok"}


@pytest.mark.parametrize("header", ["", "Bearer", "Basic", "Basic !", "Digest a"])
def test_what_is_no_key_is_none(http: httpx.Client, header: str) -> None:
    for path in ("/verb", "/docs"):
        answer = http.get(path, headers={"Authorization": header})
        assert answer.status_code == 401
    assert http.get("/verb", params={"key": PLAIN, "token": PLAIN}).status_code == 401


def test_the_app_does_not_see_the_key_and_sees_all_else(http: httpx.Client) -> None:
    sent = [
        bearer(PLAIN),
        {"X-API-Key": PLAIN},
        {**bearer(PLAIN), "X-API-Key": HASHED},
        {**bearer("of its own"), "X-API-Key": PLAIN},
    ]
    seen = [http.get("/seen", headers=headers).json() for headers in sent]
    assert seen == [[], [], [], ["authorization"]]


def test_the_description_tells_how_a_key_is_given(http: httpx.Client) -> None:
    described = http.get("/openapi.json", headers=basic(HASHED)).json()
    assert described["components"]["securitySchemes"] == {
        "bearer": {"type": "http", "scheme": "bearer"},
        "apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    }
    assert described["security"] == [{"bearer": []}, {"apiKey": []}]


def test_other_origins_call_only_when_they_are_named(http: httpx.Client) -> None:
    asked = {"Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "x-api-key"}
    allowed = http.options("/verb", headers={"Origin": FRIEND, **asked})
    assert (allowed.status_code, allowed.headers["access-control-allow-origin"]) == (200, FRIEND)
    assert "PUT" in allowed.headers["access-control-allow-methods"]
    assert allowed.headers["access-control-allow-headers"] == "x-api-key"
    refused = http.options("/verb", headers={"Origin": "https://foe.example", **asked})
    assert refused.status_code == 400
    assert "access-control-allow-origin" not in refused.headers
    # A page may read why it was refused.
    unknown = http.get("/verb", headers={"Origin": FRIEND})
    assert (unknown.status_code, unknown.headers["access-control-allow-origin"]) == (401, FRIEND)


@pytest.mark.parametrize("path", ["/event", "/ticks", "/numbers", "/nowhere", "/healthz"])
@pytest.mark.parametrize("headers", [{}, bearer("wrong"), basic(PLAIN), {"X-API-Key": ""}], ids=str)
def test_a_websocket_without_a_key_is_refused(
    keyed: Served, path: str, headers: dict[str, str]
) -> None:
    with (
        pytest.raises(InvalidStatus) as refused,
        connect(f"ws://{keyed.address}{path}", additional_headers=headers),
    ):
        pass
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize(
    ("headers", "offered", "chosen"),
    [
        (bearer(PLAIN), [], None),
        ({"X-API-Key": HASHED}, [], None),
        ({}, ["neutrino", f"neutrino.key.{PLAIN}"], "neutrino"),
        ({}, [f"neutrino.key.{PLAIN}"], None),
        ({"Origin": FRIEND}, [f"neutrino.key.{PLAIN}", "neutrino"], "neutrino"),
    ],
)
def test_a_websocket_with_a_key_is_open(
    keyed: Served, headers: dict[str, str], offered: list[str], chosen: str | None
) -> None:
    origin = headers.pop("Origin", None)
    options = {"additional_headers": headers, "origin": origin, "subprotocols": offered or None}
    with connect(f"ws://{keyed.address}/event", **options) as socket:  # type: ignore[arg-type]
        socket.send("hello")
        assert (socket.recv(5), socket.subprotocol) == ('"hello"', chosen)
    # What the stream goes on sending is read no more, and with it the end of the connection.
    ticks = connect(f"ws://{keyed.address}/ticks", close_timeout=0.1, **options)  # type: ignore[arg-type]
    with ticks as socket:
        assert socket.recv(5) == "1"


def test_no_key_reaches_the_log(keyed: Served, http: httpx.Client) -> None:
    for key in (PLAIN, "a-wrong-one"):
        http.get("/verb", headers=bearer(key))
        with (
            suppress(InvalidStatus),
            connect(
                f"ws://{keyed.address}/event",
                subprotocols=[Subprotocol(f"neutrino.key.{key}")],
            ),
        ):
            pass
    # A query does: that is why no key is taken from one.
    log = "".join(line for line in keyed.log if "?key=" not in line)
    assert not [key for key in (PLAIN, HASHED, "a-wrong-one") if key in log]


@pytest.mark.parametrize("target", STANDALONE)
def test_limits(target: Target, notebook: Path, tmp_path: Path) -> None:
    switches = {"MAX_BODY_MB": "0.001", "MAX_MESSAGE_MB": "0.001", "REQUEST_TIMEOUT_S": "0.2"}
    with (
        limited(target, notebook, tmp_path, **switches) as served,
        httpx.Client(base_url=f"http://{served.address}") as http,
    ):
        large, small = {"data": "x" * 2000}, {"data": "x" * 1000}
        too_large = {"detail": "The body is larger than 0.001 MB."}
        assert http.post("/size", json=small).json() == 1000
        answers = [http.post("/size", json=large)]

        def pieces() -> Iterator[bytes]:
            yield b'{"data": "'
            yield from [b"x" * 100] * 20
            yield b'"}'

        answers.append(http.post("/size", content=pieces()))
        assert [(a.status_code, a.json()) for a in answers] == [(413, too_large)] * 2
        slow = http.get("/slow")
        assert (slow.status_code, slow.json()) == (
            504,
            {"detail": "There was no answer within 0.2 s."},
        )
        assert http.get("/stream").text == "ab"
        with connect(f"ws://{served.address}/event") as socket:
            socket.send("é" * 500)
            assert len(socket.recv(5)) == 502
            socket.send("é" * 1000)
            with pytest.raises(ConnectionClosedError) as closed:
                socket.recv(5)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1009


@pytest.mark.parametrize("target", STANDALONE)
def test_a_rate(target: Target, notebook: Path, tmp_path: Path) -> None:
    with (
        limited(target, notebook, tmp_path, RATE_LIMIT="3/day") as served,
        httpx.Client(base_url=f"http://{served.address}") as http,
    ):
        assert http.get("/verb").status_code == 200
        with connect(f"ws://{served.address}/event") as socket:
            for text in ("one", "two"):
                socket.send(text)
            heard = [socket.recv(5), socket.recv(5)]
        assert heard[0] == '"one"'
        assert str(heard[1]).startswith('{"error": "Too many requests; try again in 86')
        refused = http.get("/verb")
        assert (refused.status_code, refused.headers["retry-after"][:2]) == (429, "86")
        assert http.get("/healthz").status_code == 200
        with pytest.raises(InvalidStatus), connect(f"ws://{served.address}/event"):
            pass


def test_pages_of_other_origins_open_no_websocket(notebook: Path, tmp_path: Path) -> None:
    with limited("run", notebook, tmp_path, CORS_ORIGINS=FRIEND) as served:
        for origin, is_open in (
            (f"http://{served.address}", True),
            (FRIEND, True),
            ("https://foe.example", False),
            ("null", False),
        ):
            try:
                with connect(f"ws://{served.address}/event", origin=Origin(origin)):
                    opened = True
            except InvalidStatus:
                opened = False
            assert (origin, opened) == (origin, is_open)
    assert "a WebSocket from 'https://foe.example' was refused" in "".join(served.log)


@pytest.mark.parametrize("target", STANDALONE)
def test_a_malformed_switch_is_one_line(target: Target, notebook: Path, tmp_path: Path) -> None:
    with (
        pytest.raises(AssertionError) as failed,
        limited(target, notebook, tmp_path, MAX_BODY_MB="big", RATE_LIMIT="fast"),
    ):
        pass
    said = [line for line in str(failed.value).splitlines() if "NEUTRINO_" in line]
    assert said == [
        f"{'neutrino: ' if target == 'run' else ''}NEUTRINO_MAX_BODY_MB: 'big' is not a number of "
        "0 or more",
        "NEUTRINO_RATE_LIMIT: 'fast' is no rate; write such as 100/minute or 5/second; 1000/hour",
    ]
    assert "Traceback" not in str(failed.value)


def test_a_new_key_comes_with_its_hash() -> None:
    lines = neutrino("key").stdout.splitlines()
    key, stated = lines[0].split()[1], lines[2].split()[1]
    assert stated == f"sha256:{hashlib.sha256(key.encode()).hexdigest()}"
    assert len(key) == 43
