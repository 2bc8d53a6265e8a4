"""A served notebook's own port, the switches of the environment, and who learns the key."""

from __future__ import annotations

import logging
from typing import Any, cast

import aiohttp
import pytest

from tests.jupyter import Lab, Named
from tests.notebooks import write

HELLO = '"""\n@HTTP\nGET /hello\n"""\ndef hello():\n    return GREETING\n'
SAVE = '"""\n@HTTP\nPOST /save\n"""\ndef save(): ...\n'
SOCKET = '"""\n@WS /ws\n"""\ndef talk(event: str):\n    return event\n'
KEEPER = """\"\"\"
@HTTP
GET /known
\"\"\"
import os, sys
from fastapi import Request

def known(request: Request):
    return [sorted(request.headers), sys.argv, dict(os.environ), request.url.path]
"""


async def own_port(lab: Lab, path: str, *cells: str) -> tuple[str, str, str]:
    """Serve with a port of its own; gives the id, the URL of the port, and its key."""
    id_ = await lab.serve(path, *cells, options={"own_port": True})
    told = (await lab.ask("GET", f"neutrino/api/served/{id_}/port")).json
    assert told["url"] == (await lab.served(id_))["own_url"]
    return id_, told["url"].rstrip("/"), told["key"]


async def call(lab: Lab, url: str, **headers: str) -> tuple[int, Any]:
    async with lab.session.get(url, headers=headers) as answer:
        return answer.status, await answer.json()


async def test_a_port_of_its_own_asks_for_the_key(lab: Lab) -> None:
    id_, url, key = await own_port(lab, "a.ipynb", "GREETING = 'hi'", HELLO, SOCKET)
    assert url.startswith("http://127.0.0.1:")
    refused = {
        (await call(lab, f"{url}{path}", **headers))[0]
        for path in ("/hello", "/docs", "/openapi.json", "/nowhere")
        for headers in ({}, {"X-API-Key": "x"}, {"Authorization": f"token {lab.token}"})
    }
    assert refused == {401}
    assert await call(lab, f"{url}/hello", Authorization=f"Bearer {key}") == (200, "hi")
    assert await call(lab, f"{url}/hello", **{"X-API-Key": key}) == (200, "hi")
    assert await call(lab, f"{url}/healthz") == (200, {"status": "ok"})
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await lab.session.ws_connect(f"{url}/ws")
    async with lab.session.ws_connect(f"{url}/ws", headers={"X-API-Key": key}) as socket:
        await socket.send_str("hello")
        assert await socket.receive_json(timeout=10) == "hello"
    # Behind Jupyter's own login there is no second one.
    assert (await lab.get(id_, "/hello")).json == "hi"
    description = (await lab.get(id_, "/openapi.json")).json
    assert "security" not in description
    assert description["servers"] == [{"url": f"{lab.base}neutrino/live/{id_}"}]


async def test_the_key_of_a_port_is_told_to_nobody_else(
    lab: Lab, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    _, url, key = await own_port(lab, "a.ipynb", KEEPER)
    status, (headers, argv, environment, path) = await call(
        lab, f"{url}/known", Authorization=f"Bearer {key}"
    )
    assert (status, path, "authorization" in headers) == (200, "/known", False)
    assert (await call(lab, f"{url}/known?a", Authorization="Bearer wrong"))[0] == 401
    for told in (argv, environment, lab.events, caplog.text):
        assert key not in str(told)


async def test_a_port_and_its_key_stay_when_it_is_served_again(lab: Lab) -> None:
    id_, url, key = await own_port(lab, "a.ipynb", "GREETING = 'hi'", HELLO)
    await lab.ask("DELETE", f"neutrino/api/served/{id_}")
    assert await own_port(lab, "a.ipynb", "GREETING = 'hi'", HELLO) == (id_, url, key)
    other = await own_port(lab, "b.ipynb", "GREETING = 'b'", HELLO)
    assert other[2] != key
    assert (await call(lab, f"{other[1]}/hello", Authorization=f"Bearer {key}"))[0] == 401


async def test_without_being_asked_nothing_listens_on_a_port(lab: Lab) -> None:
    id_ = await lab.serve("a.ipynb", "GREETING = 'hi'", HELLO)
    assert (await lab.served(id_))["own_url"] == ""
    answer = await lab.ask("GET", f"neutrino/api/served/{id_}/port")
    assert (answer.status, answer.json["code"]) == (404, "unknown")


async def test_a_malformed_switch_is_told_and_nothing_is_served(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEUTRINO_RATE_LIMIT", "fast")
    write(lab.root / "a.ipynb", "GREETING = 'hi'", HELLO)
    asked = {"path": "a.ipynb", "trusted": True}
    id_ = (await lab.ask("POST", "neutrino/api/served", body=asked)).json["id"]
    await lab.until(id_, lambda served: served["state"] == "problem-not-served")
    assert "NEUTRINO_RATE_LIMIT: 'fast' is no rate" in (await lab.served(id_))["reason"]


async def test_limits_hold_behind_the_proxy_too(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEUTRINO_MAX_BODY_MB", "0.001")
    monkeypatch.setenv("NEUTRINO_API_KEYS", "a-key-for-others-than-jupyter")
    id_ = await lab.serve("a.ipynb", SAVE)
    path = f"neutrino/live/{id_}/save"
    assert (await lab.ask("POST", path)).status == 200
    assert (await lab.ask("POST", path, body=b"x" * 2000)).status == 413


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

    async def test_who_serves_next_gets_a_key_of_his_own(self, lab: Lab) -> None:
        write(lab.root / "a.ipynb", "GREETING = 'hi'", HELLO)

        async def key(user: str) -> str:
            headers = {"X-User": user}
            body = {"path": "a.ipynb", "trusted": True, "options": {"own_port": True}}
            served = await lab.ask("POST", "neutrino/api/served", body=body, headers=headers)
            id_ = served.json["id"]
            await lab.until(id_, lambda each: each["state"] == "live")
            path = f"neutrino/api/served/{id_}"
            told = await lab.ask("GET", f"{path}/port", headers=headers)
            await lab.ask("DELETE", path, headers=headers)
            return cast("str", told.json["key"])

        adas, bobs = await key("ada"), await key("bob")
        assert adas != bobs
        assert [await key("ada"), await key("bob")] == [adas, bobs]
