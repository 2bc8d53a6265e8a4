"""What nobody may do: each promise of safety with its test."""

from __future__ import annotations

import logging
from functools import cache
from typing import Any

import aiohttp
import pytest
from hypothesis import find, settings
from hypothesis import strategies as st
from jupyter_server.auth import Authorizer
from jupyter_server.serverapp import ServerApp, _has_tornado_web_authenticated
from tornado.routing import Rule
from tornado.web import RequestHandler

from tests.jupyter import Lab, Named
from tests.notebooks import write

HELLO = '"""\n@HTTP\nGET /hello\n"""\ndef hello():\n    return GREETING\n'
SAVE = '"""\n@HTTP\nPOST /save\n"""\nSAVED = []\ndef save():\n    SAVED.append(1)\n'
SOCKET = '"""\n@WS /ws\n"""\nOPENED = []\ndef talk(event: str):\n    return event\n'
SCHEDULED = '"""\n@SCHEDULE\ninterval: 1d\n"""\ndef job():\n    print("done")\n'
STREAMING = '"""\n@STREAM /ticks\nsource: every:1h\n"""\ndef ticks():\n    return 1\n'
SEEN = '"""\n@HTTP\nGET /seen\n"""\ndef seen():\n    return len(SAVED)\n'
UNKNOWN = "0123456789abcdef"
# What is asked about only once the body has been read.
BODIES = {"neutrino/api/exports": {"path": "a.ipynb"}}


def ours(app: ServerApp) -> list[tuple[str, type[RequestHandler]]]:
    """Every handler of ours with its pattern."""
    found: list[tuple[str, type[RequestHandler]]] = []

    def walk(rules: list[Rule]) -> None:
        for rule in rules:
            if isinstance(rule.target, type):
                if rule.target.__module__.startswith("neutrino_lab"):
                    found.append((rule.matcher.regex.pattern, rule.target))  # type: ignore[attr-defined]
            elif hasattr(rule.target, "rules"):
                walk(rule.target.rules)

    walk(app.web_app.default_router.rules)
    return found


def calls(app: ServerApp) -> list[tuple[str, str, bool]]:
    """Every verb of every handler with a path that it matches, and whether it is a socket."""
    made = []
    for pattern, handler in ours(app):
        path = shortest(pattern.removesuffix("$"))
        for verb in handler.SUPPORTED_METHODS:
            if getattr(handler, verb.lower()) is not RequestHandler._unimplemented_method:
                made.append((verb, path.removeprefix(app.base_url), "Socket" in handler.__name__))
    return made


@cache
def shortest(pattern: str) -> str:
    """The simplest path that a pattern matches, whatever handler it is of."""
    plain = st.characters(codec="ascii", categories=["L", "N"], include_characters="/-._%@")
    matching = st.from_regex(pattern, fullmatch=True, alphabet=plain)
    return find(matching, lambda _: True, settings=settings(database=None))


async def test_every_handler_is_decorated_and_known(lab: Lab) -> None:
    listed = ours(lab.app)
    assert len(listed) >= 33
    # Both extensions are there: what serves notebooks, and what runs code on kernels.
    assert {each.__module__.rpartition(".")[2] for _, each in listed} >= {
        *("handlers", "docs", "proxy", "sockets", "socket", "mcp")
    }
    for pattern, handler in listed:
        for verb in handler.SUPPORTED_METHODS:
            method = getattr(handler, verb.lower())
            if method is RequestHandler._unimplemented_method:
                continue
            is_socket = getattr(method, "__allow_unauthenticated", None) is False
            assert is_socket or _has_tornado_web_authenticated(method), (pattern, verb)


async def test_every_handler_refuses_anonymous_requests(lab: Lab) -> None:
    asked = calls(lab.app)
    assert len(asked) >= 42
    upgrade = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"}
    for verb, path, is_socket in asked:
        headers = {**upgrade, "Sec-WebSocket-Key": "x" * 22 + "=="} if is_socket else {}
        answer = await lab.ask(verb, path, token=False, headers=headers)
        assert answer.status == 403, (verb, path, answer.status)


class Closed(Authorizer):
    """Lets nobody do anything."""

    def is_authorized(self, handler: Any, user: Any, action: str, resource: str) -> bool:
        return False


class TestAuthorizer:
    @pytest.fixture
    def jp_server_config(self) -> dict[str, Any]:
        return {
            "ServerApp": {
                "jpserver_extensions": {"neutrino_lab": True},
                "authorizer_class": Closed,
            }
        }

    async def test_every_handler_asks_it(self, lab: Lab) -> None:
        upgrade = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"}
        for verb, path, is_socket in calls(lab.app):
            headers = {**upgrade, "Sec-WebSocket-Key": "x" * 22 + "=="} if is_socket else {}
            answer = await lab.ask(verb, path, headers=headers, body=BODIES.get(path))
            assert answer.status == 403, (verb, path, answer.status)


async def test_every_handler_refuses_bad_xsrf_tokens(lab: Lab) -> None:
    login = await lab.login()
    writing = [each for each in calls(lab.app) if each[0] not in {"GET", "HEAD", "OPTIONS"}]
    assert len(writing) >= 21
    for bad in ({}, {"X-XSRFToken": "2|wrong|wrong|1"}, {"Sec-Fetch-Site": "same-origin"}):
        for verb, path, _ in writing:
            answer = await lab.ask(verb, path, token=False, headers={**login, **bad}, body=b"{}")
            assert answer.status == 403, (verb, path, answer.status)


async def test_a_browser_with_a_good_xsrf_token_may_call(lab: Lab) -> None:
    id_ = await lab.serve("a.ipynb", SAVE, SEEN)
    login = await lab.login()
    page = await lab.ask("GET", f"neutrino/docs/{id_}", token=False, headers=login)
    xsrf = next(each for each in page.cookies if each.startswith("_xsrf=")).partition(";")[0]
    both = {"Cookie": f"{login['Cookie']}; {xsrf}", "X-XSRFToken": xsrf.removeprefix("_xsrf=")}
    path = f"neutrino/live/{id_}/save"
    assert (await lab.ask("POST", path, token=False, headers=both)).status == 200
    assert (await lab.get(id_, "/seen")).json == 1


async def test_a_forged_call_never_reaches_the_app(lab: Lab) -> None:
    id_ = await lab.serve("a.ipynb", SAVE, SEEN)
    login = await lab.login()
    path = f"neutrino/live/{id_}/save"
    for headers in (login, {}, {**login, "Origin": "http://evil.example"}):
        assert (await lab.ask("POST", path, token=False, headers=headers)).status == 403
    assert (await lab.get(id_, "/seen")).json == 0


async def test_only_a_trusted_page_may_call_without_a_token(lab: Lab) -> None:
    id_ = await lab.serve("a.ipynb", SAVE)
    page = {
        **await lab.login(),
        "Sec-Fetch-Site": "same-origin",
        "Origin": f"http://{lab.host}",
    }
    path = f"neutrino/live/{id_}/save"
    assert (await lab.ask("POST", path, token=False, headers=page)).status == 403
    lab.services.sandboxed = False
    assert (await lab.ask("POST", path, token=False, headers=page)).status == 200
    foreign = {**page, "Sec-Fetch-Site": "cross-site"}
    assert (await lab.ask("POST", path, token=False, headers=foreign)).status == 403


async def test_a_socket_is_authenticated_before_the_worker_sees_it(lab: Lab) -> None:
    id_ = await lab.serve("a.ipynb", SOCKET)
    url = lab.url(f"neutrino/live/{id_}/ws")
    for headers in ({}, {"Authorization": "token wrong"}):
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await lab.session.ws_connect(url, headers=headers)
        assert refused.value.status == 403
    assert lab.services.registry.get(id_).upstream is None
    good = {"Authorization": f"token {lab.token}"}
    async with lab.session.ws_connect(url, headers=good) as socket:
        await socket.send_str("hi")
        assert await socket.receive_json() == "hi"


@pytest.mark.parametrize(
    "stranger",
    [{"Origin": "http://evil.example"}, {"Origin": "null"}, {"Host": "evil.example"}],
)
async def test_a_foreign_origin_or_host_is_refused(lab: Lab, stranger: dict[str, str]) -> None:
    id_ = await lab.serve("a.ipynb", "GREETING = 'hi'", HELLO, SOCKET)
    for path in (f"neutrino/live/{id_}/hello", "neutrino/api/served", f"neutrino/docs/{id_}"):
        assert (await lab.ask("GET", path, headers=stranger)).status == 403
    headers = {"Authorization": f"token {lab.token}", **stranger}
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await lab.session.ws_connect(lab.url(f"neutrino/live/{id_}/ws"), headers=headers)
    assert refused.value.status == 403
    assert lab.services.registry.get(id_).upstream is None


@pytest.mark.parametrize("path", [UNKNOWN, "nothing", "..", "%2e%2e", "a%00b", f"{UNKNOWN}/../x"])
async def test_an_id_that_is_not_served_is_not_found_and_opens_nothing(
    lab: Lab, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("neutrino_lab.lab.upstream.Upstream.__init__", _never)
    assert (await lab.ask("GET", f"neutrino/live/{path}/hello")).status in {403, 404}
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await lab.session.ws_connect(
            lab.url(f"neutrino/live/{path}/ws"), headers={"Authorization": f"token {lab.token}"}
        )
    assert refused.value.status in {403, 404}


@pytest.mark.parametrize(
    "path",
    ["../a.ipynb", "sub/../../a.ipynb", "%2e%2e/a.ipynb", "a\0.ipynb", "a%00.ipynb", "out/a.ipynb"],
)
async def test_a_path_out_of_the_root_is_refused(lab: Lab, path: str) -> None:
    write(lab.root.parent / "a.ipynb", "GREETING = 'hi'", HELLO)
    (lab.root / "out").symlink_to(lab.root.parent)
    for call in ("served", "plans", "exports"):
        answer = await lab.ask("POST", f"neutrino/api/{call}", body={"path": path})
        assert (answer.status, answer.json["code"]) == (403, "path-refused")
    assert not (lab.root.parent / "a-build").exists()


async def test_an_export_does_not_follow_a_link_out_of_the_root(lab: Lab) -> None:
    write(lab.root / "a.ipynb", "GREETING = 'hi'", HELLO)
    outside = lab.root.parent / "outside"
    outside.mkdir()
    (lab.root / "a-build").symlink_to(outside)
    answer = await lab.ask("POST", "neutrino/api/exports", body={"path": "a.ipynb"})
    assert (answer.status, answer.json["code"]) == (403, "path-refused")
    assert list(outside.iterdir()) == []


async def test_a_hidden_notebook_is_not_there(lab: Lab) -> None:
    write(lab.root / ".hidden" / "a.ipynb", "GREETING = 'hi'", HELLO)
    body = {"path": ".hidden/a.ipynb", "trusted": True}
    answer = await lab.ask("POST", "neutrino/api/served", body=body)
    assert (answer.status, answer.json["code"]) == (404, "no-notebook")


async def test_an_untrusted_notebook_runs_only_when_the_user_says_so(lab: Lab) -> None:
    mark = lab.root / "ran"
    write(lab.root / "a.ipynb", f"open({str(mark)!r}, 'w').close()\nGREETING = 1", HELLO)
    refused = await lab.ask("POST", "neutrino/api/served", body={"path": "a.ipynb"})
    assert (refused.status, refused.json["code"]) == (403, "untrusted")
    body = {"path": "a.ipynb", "trusted": True}
    id_ = (await lab.ask("POST", "neutrino/api/served", body=body)).json["id"]
    assert not mark.exists()
    await lab.until(id_, lambda served: served["state"] == "live")
    assert mark.exists()


async def test_trust_is_remembered_for_what_was_trusted(lab: Lab) -> None:
    id_ = await lab.serve("a.ipynb", "GREETING = 1", HELLO)
    await lab.ask("DELETE", f"neutrino/api/served/{id_}")
    before = (lab.root / "a.ipynb").read_bytes()
    again = await lab.ask("POST", "neutrino/api/served", body={"path": "a.ipynb"})
    assert again.status == 201
    await lab.ask("DELETE", f"neutrino/api/served/{id_}")
    assert (lab.root / "a.ipynb").read_bytes() == before
    write(lab.root / "a.ipynb", "GREETING = 2", HELLO)
    other = await lab.ask("POST", "neutrino/api/served", body={"path": "a.ipynb"})
    assert (other.status, other.json["code"]) == (403, "untrusted")


async def test_no_token_and_no_query_reaches_a_log(
    lab: Lab, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    id_ = await lab.serve("a.ipynb", "GREETING = 'hi'", HELLO, SOCKET)
    query = f"?password=sesame&token={lab.token}"
    referer = {"Referer": f"http://{lab.host}/x?password=sesame"}
    for path in ("/hello", "/missing", "/%2e%2e/x", ""):
        await lab.get(id_, path + query, headers=referer)
    await lab.ask("GET", f"neutrino/api/served/{UNKNOWN}{query}", headers=referer)
    await lab.ask("POST", f"neutrino/api/served{query}", body={"password": "sesame"})
    async with lab.session.ws_connect(lab.url(f"neutrino/live/{id_}/ws{query}")):
        pass
    assert f"/neutrino/live/{id_}/missing" in caplog.text
    assert "sesame" not in caplog.text
    assert lab.token not in caplog.text


async def test_the_worker_has_no_secret_of_jupyter(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("JUPYTER_TOKEN", "JPY_API_TOKEN", "JUPYTERHUB_API_TOKEN"):
        monkeypatch.setenv(name, "sesame-open-up")
    monkeypatch.setenv("BORROWED", f"Bearer {lab.token}")
    monkeypatch.setenv("ORDINARY", "kept")
    tells = "import os\nGREETING = {**os.environ, '': open('/proc/self/cmdline').read()}"
    id_ = await lab.serve("a.ipynb", tells, HELLO)
    answer = await lab.get(id_, "/hello")
    assert answer.json["ORDINARY"] == "kept"
    assert "sesame" not in answer.text
    assert lab.token not in answer.text


async def test_the_server_survives_what_a_notebook_does(lab: Lab) -> None:
    deeds = {
        "loops": "while True: pass",
        "floods": "while True: print('x' * 10_000)",
        "forks": "import os, time\nfor _ in range(20):\n    if os.fork() == 0: time.sleep(1000)",
        "dies": "import os; os._exit(1)",
        "crashes": "import ctypes; ctypes.string_at(0)",
    }
    ids = []
    for name, deed in deeds.items():
        write(lab.root / f"{name}.ipynb", deed, HELLO)
        body = {"path": f"{name}.ipynb", "trusted": True}
        ids.append((await lab.ask("POST", "neutrino/api/served", body=body)).json["id"])
    await lab.until(ids[0], lambda served: served["running"])
    await lab.until(ids[1], lambda served: served["running"])
    for id_ in ids[3:]:
        await lab.until(id_, lambda served: served["state"] == "problem-not-served")
    good = await lab.serve("good.ipynb", "GREETING = 'hi'", HELLO)
    assert (await lab.get(good, "/hello")).json == "hi"
    for id_ in [*ids, good]:
        assert (await lab.ask("DELETE", f"neutrino/api/served/{id_}")).status == 204


class TestSeveralUsers:
    @pytest.fixture
    def jp_server_config(self) -> dict[str, Any]:
        return {
            "ServerApp": {
                "jpserver_extensions": {"neutrino_lab": True},
                "identity_provider_class": Named,
                "disable_check_xsrf": True,
            }
        }

    async def test_one_cannot_stop_what_another_serves_nor_learn_its_key(self, lab: Lab) -> None:
        write(lab.root / "a.ipynb", "GREETING = 'hi'", HELLO)
        ada, bob = {"X-User": "ada"}, {"X-User": "bob"}
        body = {"path": "a.ipynb", "trusted": True}
        served = await lab.ask("POST", "neutrino/api/served", body=body, headers=ada)
        path = f"neutrino/api/served/{served.json['id']}"
        refused = await lab.ask("DELETE", path, headers=bob)
        assert (refused.status, refused.json["code"]) == (403, "not-owner")
        told = await lab.ask("GET", f"{path}/port", headers=bob)
        assert (told.status, told.json["code"]) == (403, "not-owner")
        assert (await lab.ask("DELETE", path, headers=ada)).status == 204

    async def test_one_cannot_command_what_another_serves(self, lab: Lab) -> None:
        write(lab.root / "a.ipynb", SCHEDULED)
        ada, bob = {"X-User": "ada"}, {"X-User": "bob"}
        body = {"path": "a.ipynb", "trusted": True}
        served = await lab.ask("POST", "neutrino/api/served", body=body, headers=ada)
        await lab.until(served.json["id"], lambda each: each["state"] == "live")
        path = f"neutrino/api/served/{served.json['id']}/schedules"
        asked = {"key": "SCHEDULE a:job", "action": "run"}
        refused = await lab.ask("POST", path, body=asked, headers=bob)
        assert (refused.status, refused.json["code"]) == (403, "not-owner")
        assert (await lab.ask("POST", path, body=asked, headers=ada)).status == 204

    async def test_one_cannot_start_over_what_another_serves(self, lab: Lab) -> None:
        write(lab.root / "a.ipynb", "GREETING = 'hi'", HELLO)
        ada, bob = {"X-User": "ada"}, {"X-User": "bob"}
        body = {"path": "a.ipynb", "trusted": True}
        served = await lab.ask("POST", "neutrino/api/served", body=body, headers=ada)
        path = f"neutrino/api/served/{served.json['id']}/restart"
        refused = await lab.ask("POST", path, headers=bob)
        assert (refused.status, refused.json["code"]) == (403, "not-owner")
        assert (await lab.ask("POST", path, headers=ada)).status == 204

    async def test_one_cannot_command_streams_that_another_serves(self, lab: Lab) -> None:
        write(lab.root / "a.ipynb", STREAMING)
        ada, bob = {"X-User": "ada"}, {"X-User": "bob"}
        body = {"path": "a.ipynb", "trusted": True}
        served = await lab.ask("POST", "neutrino/api/served", body=body, headers=ada)
        await lab.until(served.json["id"], lambda each: each["state"] == "live")
        path = f"neutrino/api/served/{served.json['id']}/streams"
        asked = {"key": "STREAM ticks", "action": "pause"}
        refused = await lab.ask("POST", path, body=asked, headers=bob)
        assert (refused.status, refused.json["code"]) == (403, "not-owner")
        assert (await lab.ask("POST", path, body=asked, headers=ada)).status == 200

    async def test_unless_that_is_allowed(self, lab: Lab) -> None:
        lab.services.registry._options = type(lab.services.registry._options)(
            limits=lab.services.registry._options.limits, may_stop_others=True
        )
        write(lab.root / "a.ipynb", "GREETING = 'hi'", HELLO)
        body = {"path": "a.ipynb", "trusted": True}
        served = await lab.ask("POST", "neutrino/api/served", body=body, headers={"X-User": "ada"})
        path = f"neutrino/api/served/{served.json['id']}"
        assert (await lab.ask("DELETE", path, headers={"X-User": "bob"})).status == 204


def _never(*_: object) -> None:
    raise AssertionError("a connection was opened")
