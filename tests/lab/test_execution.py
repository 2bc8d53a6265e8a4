"""Code that programs send, in the Jupyter server that people use."""

from __future__ import annotations

import asyncio
import base64
import re
from hashlib import sha256
from typing import Any

import pytest
from aiohttp import WSMsgType, WSServerHandshakeError

from neutrino_lab.lab.execution.audit import SCHEMA_ID
from neutrino_lab.lab.execution.live import KEY
from tests.jupyter import Lab, Named

EXECUTE = "api/jupyter/execute"
SESSIONS = "api/jupyter/kernel"


async def test_code_runs_on_the_servers_own_kernels_and_is_recorded(lab: Lab) -> None:
    recorded: list[dict[str, Any]] = []

    async def hear(logger: Any, schema_id: str, data: dict[str, Any]) -> None:
        recorded.append(data)

    assert lab.app.event_logger is not None
    lab.app.event_logger.add_listener(schema_id=SCHEMA_ID, listener=hear)
    session = (await lab.ask("POST", SESSIONS)).json["session_id"]
    body = {"code": "import os; os.environ.get('JPY_PARENT_PID')\nx = 1\nx", "session_id": session}
    answer = await lab.ask("POST", EXECUTE, body=body)
    assert (answer.status, answer.json["status"], answer.json["text"]) == (200, "ok", "1")
    told = (await lab.ask("GET", f"{SESSIONS}/{session}")).json
    # The Running panel of JupyterLab lists what this gives, under the kernel's own name.
    listed = {each["id"]: each["name"] for each in (await lab.ask("GET", "api/kernels")).json}
    assert listed[told["kernel_id"]] == "python3"
    await lab.ask("DELETE", f"{SESSIONS}/{session}")
    assert [each["execution_id"] for each in recorded] == [answer.json["execution_id"]]


async def test_a_session_that_is_shut_down_in_jupyterlab_has_expired(lab: Lab) -> None:
    session = (await lab.ask("POST", SESSIONS)).json["session_id"]
    body = {"code": "1", "session_id": session}
    assert (await lab.ask("POST", EXECUTE, body=body)).json["status"] == "ok"
    kernel = (await lab.ask("GET", f"{SESSIONS}/{session}")).json["kernel_id"]
    assert (await lab.ask("DELETE", f"api/kernels/{kernel}")).status == 204
    assert (await lab.ask("POST", EXECUTE, body=body)).json["status"] == "session_expired"


async def test_a_kernel_that_a_person_starts_is_as_it_always_was(lab: Lab) -> None:
    await lab.ask("POST", EXECUTE, body={"code": "1"})
    made = (await lab.ask("POST", "api/kernels", body={"name": "python3"})).json
    manager = lab.app.kernel_manager.get_kernel(made["id"])
    assert type(manager.provisioner).__name__ == "LocalProvisioner"
    assert (await lab.ask("DELETE", f"api/kernels/{made['id']}")).status == 204


async def test_sessions_are_pushed_to_who_listens_and_no_kernel_is_needed_for_that(
    lab: Lab,
) -> None:
    headers = {"Authorization": f"token {lab.token}"}
    async with lab.session.ws_connect(lab.url(f"{SESSIONS}/events"), headers=headers) as socket:
        assert await socket.receive_json() == {"revision": 0, "sessions": []}
        assert lab.app.web_app.settings[KEY].is_made is False
        session = (await lab.ask("POST", SESSIONS, body={"name": "Primes"})).json["session_id"]
        told: dict[str, Any] = {"sessions": []}
        while not told["sessions"] or told["sessions"][0]["state"] != "idle":
            told = await asyncio.wait_for(socket.receive_json(), 60)
        assert [(each["session_id"], each["name"]) for each in told["sessions"]] == [
            (session, "Primes")
        ]
    async with lab.session.ws_connect(
        lab.url(f"{SESSIONS}/{session}/events"), headers=headers
    ) as socket:
        first = await asyncio.wait_for(socket.receive_json(), 60)
        assert (first["type"], first["data"]["cells"]) == ("session", [])
        await lab.ask("DELETE", f"{SESSIONS}/{session}")
        while (await asyncio.wait_for(socket.receive_json(), 60))["type"] != "ended":
            pass
        assert (await socket.receive()).type is WSMsgType.CLOSE
    with pytest.raises(WSServerHandshakeError, match="404"):
        await lab.session.ws_connect(lab.url(f"{SESSIONS}/{session}/events"), headers=headers)


async def test_a_session_has_a_page_that_runs_its_own_script_alone(lab: Lab) -> None:
    session = (await lab.ask("POST", SESSIONS, body={"name": "a"})).json["session_id"]
    # A browser comes with the token in the address, and has a cookie from then on.
    page = await lab.ask("GET", f"{SESSIONS}/{session}/artifact?token={lab.token}", token=False)
    assert (page.status, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert lab.token not in page.text
    scripts = re.findall(r"<script>(.*?)</script>", page.text, re.DOTALL)
    digests = [base64.b64encode(sha256(each.encode()).digest()).decode() for each in scripts]
    policy = page.headers["Content-Security-Policy"].split("; ")
    assert policy == [
        "default-src 'none'",
        f"script-src 'sha256-{digests[0]}'",
        "style-src 'unsafe-inline'",
        "img-src data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'self'",
    ]
    assert len(digests) == 1
    cookies = {"Cookie": "; ".join(each.partition(";")[0] for each in page.cookies)}
    async with lab.session.ws_connect(
        lab.url(f"{SESSIONS}/{session}/events"), headers=cookies
    ) as socket:
        assert (await asyncio.wait_for(socket.receive_json(), 60))["type"] == "session"
    xsrf = next(each for each in page.cookies if each.startswith("_xsrf="))
    headers = {**cookies, "X-XSRFToken": xsrf.partition("=")[2].partition(";")[0]}
    interrupted = await lab.ask(
        "POST", f"{SESSIONS}/{session}/interrupt", token=False, headers=headers
    )
    assert interrupted.status == 200
    await lab.ask("DELETE", f"{SESSIONS}/{session}")


class TestSeveralUsers:
    @pytest.fixture
    def jp_server_config(self) -> dict[str, Any]:
        return {
            "ServerApp": {
                "jpserver_extensions": {"neutrino_lab": True},
                "identity_provider_class": Named,
                "disable_check_xsrf": True,
            },
            "Execution": {"most_sessions": 1, "executions_per_minute": 5, "pool": 0},
        }

    async def test_one_sees_and_ends_nothing_of_another(self, lab: Lab) -> None:
        ada, bob = {"X-User": "ada"}, {"X-User": "bob"}
        session = (await lab.ask("POST", SESSIONS, headers=ada)).json["session_id"]
        body = {"code": "1", "session_id": session}
        run = (await lab.ask("POST", EXECUTE, body=body, headers=ada)).json
        assert run["status"] == "ok"
        assert (await lab.ask("GET", SESSIONS, headers=bob)).json == []
        for user, listed in ((ada, [session]), (bob, [])):
            async with lab.session.ws_connect(
                lab.url(f"{SESSIONS}/events"), headers=user
            ) as socket:
                pushed = await asyncio.wait_for(socket.receive_json(), 60)
                assert [each["session_id"] for each in pushed["sessions"]] == listed
        with pytest.raises(WSServerHandshakeError, match="404"):
            await lab.session.ws_connect(lab.url(f"{SESSIONS}/{session}/events"), headers=bob)
        for verb, path in (
            ("GET", f"{SESSIONS}/{session}"),
            ("DELETE", f"{SESSIONS}/{session}"),
            ("POST", f"{SESSIONS}/{session}/interrupt"),
            ("POST", f"{SESSIONS}/{session}/restart"),
            ("GET", f"{SESSIONS}/{session}/notebook"),
            ("GET", f"{SESSIONS}/{session}/artifact"),
            ("GET", f"{SESSIONS}/{session}/files/"),
            ("PUT", f"{SESSIONS}/{session}/files/a"),
            ("GET", f"api/jupyter/executions/{run['execution_id']}"),
            ("DELETE", f"api/jupyter/executions/{run['execution_id']}"),
        ):
            answer = await lab.ask(verb, path, headers=bob, body=b"")
            assert answer.status == 404, (verb, path)
        told = (await lab.ask("POST", EXECUTE, body=body, headers=bob)).json
        assert told["status"] == "session_expired"
        assert (await lab.ask("GET", f"{SESSIONS}/{session}", headers=ada)).status == 200

    async def test_too_many_is_told_with_when_to_come_back(self, lab: Lab) -> None:
        ada, bob = {"X-User": "ada"}, {"X-User": "bob"}
        assert (await lab.ask("POST", SESSIONS, headers=ada)).status == 201
        second = await lab.ask("POST", SESSIONS, headers=ada)
        assert (second.status, second.json["code"]) == (429, "too-many")
        assert int(second.headers["Retry-After"]) >= 1
        wrong = {"code": "def"}  # answered without a kernel
        for _ in range(5):
            assert (await lab.ask("POST", EXECUTE, body=wrong, headers=ada)).status == 200
        sixth = await lab.ask("POST", EXECUTE, body=wrong, headers=ada)
        assert sixth.status == 429
        assert 1 <= int(sixth.headers["Retry-After"]) <= 60
        assert (await lab.ask("POST", EXECUTE, body=wrong, headers=bob)).status == 200
