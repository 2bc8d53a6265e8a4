"""The tools over MCP, called by the client of the mcp package itself, and in other dialects;
and who may not call them."""

from __future__ import annotations

import asyncio
import base64
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import httpx2
import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError
from mcp.types import ImageContent, TextContent, TextResourceContents

from neutrino_lab.kernels import toolset
from neutrino_lab.kernels.isolation import Isolation
from neutrino_lab.kernels.settings import Settings
from neutrino_lab.runtime.tools.definition import definitions
from tests.execution.server import TOKEN, Server, once_in_five, served, until

NAMES = [
    *("executeNotebook", "openSession", "listSessions", "restartSession"),
    *("uploadFile", "readFile", "getNotebook"),
]
# Sessions of the protocol, and the stateless exchange that has taken their place.
ERAS = ["legacy", "2026-07-28"]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with served("--port", "0", "--token", TOKEN, "--pool", "1") as found:
        yield found


@asynccontextmanager
async def connected(server: Server, era: str = ERAS[1]) -> AsyncIterator[Client]:
    headers = {"Authorization": f"token {TOKEN}"}
    async with httpx2.AsyncClient(headers=headers, timeout=120) as http:
        transport = streamable_http_client(f"{server.url}/mcp", http_client=http)
        async with Client(transport, mode=era) as client:
            yield client


async def called(client: Client, name: str, **arguments: Any) -> str:
    """Call a tool; gives its text."""
    result = await client.call_tool(name, arguments)
    assert isinstance(result.content[0], TextContent)
    return result.content[0].text


@pytest.mark.parametrize("era", ERAS)
def test_both_eras_run_code_and_keep_a_session(server: Server, era: str) -> None:
    async def talk() -> None:
        async with connected(server, era) as client:
            assert [tool.name for tool in (await client.list_tools()).tools] == NAMES
            opened = await client.call_tool("openSession", {})
            session = opened.structured_content["session_id"]
            await called(client, "executeNotebook", code="x = 6", session_id=session)
            assert await called(client, "executeNotebook", code="x * 7", session_id=session) == "42"
            assert session in await called(client, "listSessions")
            await called(client, "uploadFile", session_id=session, path="a.txt", content="hello")
            code = "open('b.txt', 'w').write(open('a.txt').read() * 2)"
            await called(client, "executeNotebook", code=code, session_id=session)
            assert (
                await called(client, "readFile", session_id=session, path="b.txt") == "hellohello"
            )
            assert "x * 7" in await called(client, "getNotebook", session_id=session)
            await called(client, "restartSession", session_id=session)
            told = await called(client, "executeNotebook", code="x", session_id=session)
            assert "NameError" in told

    asyncio.run(talk())


@pytest.mark.parametrize("era", ERAS)
def test_a_host_of_mcp_apps_finds_a_page_for_the_notebook(server: Server, era: str) -> None:
    async def talk() -> None:
        async with connected(server, era) as client:
            tools = {each.name: each for each in (await client.list_tools()).tools}
            uri = "ui://neutrino-lab/notebook.html"
            assert tools["executeNotebook"].meta == {"ui": {"resourceUri": uri}}
            assert tools["openSession"].meta is None
            (listed,) = (await client.list_resources()).resources
            assert (listed.uri, listed.mime_type) == (uri, "text/html;profile=mcp-app")
            assert (await client.list_resource_templates()).resource_templates == []
            (page,) = (await client.read_resource(uri)).contents
            assert page.mime_type == "text/html;profile=mcp-app"
            assert isinstance(page, TextResourceContents)
            # Kernels alone are served here: there is no JupyterLab to lead to.
            assert '{"lab": "", "session": null}' in page.text
            with pytest.raises(MCPError, match="no resource ui://other"):
                await client.read_resource("ui://other")

    asyncio.run(talk())


@pytest.mark.parametrize(
    ("kind", "network", "is_open"),
    [("bubblewrap", False, False), ("bubblewrap", True, True), ("process", False, True)],
)
def test_tools_are_marked_by_what_they_may_do(kind: str, network: bool, is_open: bool) -> None:
    settings = Settings(isolation=Isolation(kind=kind, network=network))
    told = definitions("mcp", toolset.tools(settings))
    marks = {each["name"]: each["annotations"] for each in told}
    assert marks["executeNotebook"]["openWorldHint"] is is_open
    destroying = [name for name, each in marks.items() if each["destructiveHint"]]
    assert destroying == ["executeNotebook", "restartSession", "uploadFile"]


def test_what_a_model_can_mend_is_an_error_that_it_reads(server: Server) -> None:
    async def talk() -> None:
        async with connected(server) as client:
            for name, arguments, word in (
                ("executeNotebook", {}, "needs the argument code"),
                ("executeNotebook", {"code": "1", "x": 1}, "no argument x"),
                ("executeNotebook", {"code": "1", "timeout_s": -1}, "timeout_s"),
                ("executeNotebook", {"code": "1", "session_id": "0a"}, "open a new session"),
                ("executeNotebook", {"code": "1 / 0"}, "ZeroDivisionError"),
                ("readFile", {"session_id": "0a", "path": "a"}, "no such session"),
                ("nothing", {}, "no tool nothing"),
            ):
                result = await client.call_tool(name, arguments)
                assert result.is_error, name
                assert word in str(result.content[0]), name
            null = {"code": "1", "session_id": None, "timeout_s": None}
            assert not (await client.call_tool("executeNotebook", null)).is_error

    asyncio.run(talk())


def test_a_picture_is_a_picture_and_not_in_the_text(server: Server) -> None:
    async def talk() -> None:
        async with connected(server) as client:
            code = "import matplotlib.pyplot as plt\nplt.plot([1])\nplt.show()"
            result = await client.call_tool("executeNotebook", {"code": code, "timeout_s": 60})
            text, picture = result.content
            assert isinstance(text, TextContent)
            assert isinstance(picture, ImageContent)
            assert len(text.text) < 300
            assert base64.b64decode(picture.data).startswith(b"\x89PNG")

    asyncio.run(talk())


@pytest.mark.parametrize("era", ERAS)
def test_a_long_run_tells_that_it_goes_on(server: Server, era: str) -> None:
    async def talk() -> None:
        told: list[tuple[float, float | None, str | None]] = []

        async def heard(progress: float, total: float | None, message: str | None) -> None:
            told.append((progress, total, message))

        async with connected(server, era) as client:
            code = "import time; time.sleep(3); 'done'"
            result = await client.call_tool(
                "executeNotebook", {"code": code}, progress_callback=heard
            )
            assert "done" in str(result.content)
        elapsed_s, total_s, message = told[-1]
        assert total_s is not None
        # The limit of the code, from when it began to run.
        assert 30 <= total_s <= elapsed_s + 30
        assert message == "running"

    asyncio.run(talk())


@pytest.mark.parametrize("era", ERAS)
def test_a_call_that_is_cancelled_is_interrupted(server: Server, era: str) -> None:
    interrupted = 'neutrino_executions_total{status="interrupted"}'

    async def talk() -> bool:
        before = server.figure(interrupted)
        async with connected(server, era) as client:
            opened = await client.call_tool("openSession", {})
            session = str(opened.structured_content["session_id"])
            await called(client, "executeNotebook", code="x = 'kept'", session_id=session)
            code = "import time\nopen('began', 'w').close()\ntime.sleep(1000)"
            arguments = {"code": code, "session_id": session, "timeout_s": 60}
            call = asyncio.ensure_future(client.call_tool("executeNotebook", arguments))
            path = f"/api/jupyter/kernel/{session}/files/began"
            await asyncio.to_thread(
                until, lambda: server.http.get(path).status_code == 200, "it did not begin"
            )
            call.cancel()
            await asyncio.gather(call, return_exceptions=True)
            # Not by the time limit, which is another word.
            await asyncio.to_thread(
                until, lambda: server.figure(interrupted) > before, "it was not interrupted"
            )
            told = await called(client, "executeNotebook", code="x", session_id=session)
            await asyncio.to_thread(server.http.delete, f"/api/jupyter/kernel/{session}")
        return told == "'kept'"

    once_in_five(lambda: asyncio.run(talk()), "no interrupt leaves the variables")


def test_a_desktop_client_has_the_tools_over_standard_streams() -> None:
    async def talk() -> str:
        command = StdioServerParameters(
            command=sys.executable,
            args=["-m", "neutrino_lab.cli", "mcp", "--isolation", "process"],
        )
        async with Client(command) as client:
            assert [tool.name for tool in (await client.list_tools()).tools] == NAMES
            return await called(client, "executeNotebook", code="print(6 * 7)")

    assert asyncio.run(asyncio.wait_for(talk(), 120)) == "42"


@pytest.mark.parametrize("style", ["openai", "anthropic", "ai-sdk"])
def test_the_tools_are_told_in_every_dialect(server: Server, style: str) -> None:
    told = server.http.get(f"/api/jupyter/tools?format={style}").json()
    if style == "ai-sdk":
        tool = {**told["executeNotebook"], "name": "executeNotebook"}
        schema = tool["inputSchema"]
    else:
        tool = told[0]["function"] if style == "openai" else told[0]
        schema = tool["parameters" if style == "openai" else "input_schema"]
    assert tool["name"] == "executeNotebook"
    assert schema["required"] == ["code"]
    assert sorted(schema["properties"]) == ["code", "session_id", "timeout_s"]
    assert "30 s for a call" in tool["description"]


def test_nobody_comes_in_without_the_token(server: Server) -> None:
    for headers in ({}, {"Authorization": "token wrong"}):
        for path in ("execute", "kernel", "openapi.json", "tools"):
            url = f"{server.url}/api/jupyter/{path}"
            assert httpx.get(url, headers=headers).status_code in {403, 405}
        answer = httpx.post(
            f"{server.url}/api/jupyter/execute", json={"code": "1"}, headers=headers
        )
        assert answer.status_code == 403
        assert httpx.post(f"{server.url}/mcp", json={}, headers=headers).status_code == 403


@pytest.mark.parametrize("stranger", [{"Host": "evil.example"}, {"Origin": "http://evil.example"}])
def test_a_rebinding_page_gets_nothing(server: Server, stranger: dict[str, str]) -> None:
    both = {"Host": "evil.example", "Origin": "http://evil.example"}
    for headers in (stranger, both):
        for path in ("/api/jupyter/kernel", "/mcp"):
            assert server.post(path, {}, headers=headers).status_code == 403
    assert server.post("/api/kernels", {}, headers=both).status_code == 403
