"""The API over HTTP and WebSockets, served alone."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import httpx
import nbformat
import pytest
from websockets.sync.client import connect

from tests.execution.server import TOKEN, Server, once_in_five, parsed, served, until

COUNTING = "import time\nfor i in range(40):\n    print(i)\n    time.sleep(0.05)"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with served("--port", "0", "--token", TOKEN, "--pool", "2") as found:
        yield found


@pytest.fixture(scope="module")
def session(server: Server) -> str:
    return server.session()


def test_it_says_where_it_is_and_how_to_call_it(server: Server) -> None:
    told = "".join(server.printed)
    assert f"curl {server.url}/api/jupyter/execute" in told
    assert f"{server.url}/mcp" in told
    assert TOKEN in told.split("OpenAPI", maxsplit=1)[0]


def test_code_runs_without_a_session(server: Server) -> None:
    told = server.run("print(6 * 7)")
    assert (told["status"], told["text"], told["session_id"]) == ("ok", "42", None)


def test_contents_files_terminals_and_pages_are_not_there(server: Server) -> None:
    for path in (
        *("/api/contents", "/files/x", "/terminals/1", "/api/terminals", "/api/sessions"),
        *("/lab", "/tree", "/view/x", "/nbconvert/html/x.ipynb", "/neutrino/api/served"),
    ):
        assert server.http.get(path).status_code == 404, path


def test_a_stream_has_all_that_happened_in_its_order(server: Server, session: str) -> None:
    body = {"code": "print('a')\n'b'", "session_id": session}
    events = list(server.events(body))
    id_ = events[0][2]["execution_id"]
    assert [id_ for id_, _, _ in events] == [f"{id_}:{n}" for n in range(1, len(events) + 1)]
    assert [kind for _, kind, _ in events] == ["started", "output", "output", "finished"]
    assert events[-1][2]["text"] == "a\n'b'"
    # What the events tell is what the answer holds.
    assert [data["output"] for _, kind, data in events if kind == "output"] == events[-1][2][
        "outputs"
    ]


@pytest.mark.parametrize("again", ["GET", "POST"])
def test_a_client_that_comes_back_misses_nothing(server: Server, session: str, again: str) -> None:
    # On a loaded machine it may take longer to come back than an unread stream goes on.
    body = {"code": COUNTING, "session_id": session, "stay": True}
    seen: list[tuple[str, str, Any]] = []
    for event in server.events(body):
        seen.append(event)
        if len(seen) == 4:
            break
    last = seen[-1][0]
    headers = {"Accept": "text/event-stream", "Last-Event-ID": last}
    if again == "GET":
        path = f"/api/jupyter/executions/{last.partition(':')[0]}"
        with server.http.stream("GET", path, headers=headers) as answer:
            seen += parsed(answer)
    else:
        seen += server.events(body, headers)
    numbers = [int(id_.rpartition(":")[2]) for id_, _, _ in seen]
    assert numbers == list(range(1, len(seen) + 1))
    printed = "".join(data["output"]["text"] for _, kind, data in seen if kind == "output")
    assert printed == "".join(f"{i}\n" for i in range(40))
    assert seen[-1][2]["status"] == "ok"


def test_a_client_that_goes_away_ends_its_execution(server: Server, session: str) -> None:
    stays = "import time\nfor _ in range(1000):\n    print('x')\n    time.sleep(0.1)"
    body = {"code": stays, "session_id": session}
    with suppress(httpx.ReadTimeout):
        answer = server.http.post("/api/jupyter/execute", json=body, timeout=1.0)
        raise AssertionError(answer.text)
    until(lambda: state(server, session) == "idle", "it went on")
    for id_, _, _ in server.events(body):
        first = id_.partition(":")[0]
        break
    until(lambda: execution(server, first).get("status") == "interrupted", "it went on")


def state(server: Server, session: str) -> str:
    return str(server.http.get(f"/api/jupyter/kernel/{session}").json()["state"])


def execution(server: Server, id_: str) -> dict[str, Any]:
    told: dict[str, Any] = server.http.get(f"/api/jupyter/executions/{id_}").json()
    return told


def test_a_call_that_does_not_wait_is_asked_for_and_interrupted(
    server: Server, session: str
) -> None:
    code = "print(1)\nwhile True: pass"
    body = {"code": code, "session_id": session, "wait": False, "timeout_s": 60}

    def attempt() -> bool:
        begun = server.post("/api/jupyter/execute", body)
        assert begun.status_code == 202
        id_ = begun.json()["execution_id"]
        assert begun.headers["Location"] == f"/api/jupyter/executions/{id_}"
        until(lambda: execution(server, id_)["outputs"], "it printed nothing")
        assert execution(server, id_)["state"] == "running"
        assert state(server, session) == "busy"
        ended = server.http.delete(f"/api/jupyter/executions/{id_}").json()
        assert ended["status"] == "interrupted"
        assert server.http.delete(f"/api/jupyter/executions/{id_}").json() == ended
        return not ended["state_lost"]

    once_in_five(attempt, "no interrupt leaves the variables")


def test_a_session_from_its_opening_to_its_end(server: Server) -> None:
    opened = server.post(
        "/api/jupyter/kernel", {"name": "mine", "limits": {"memory_mb": 700}, "ttl_s": 60}
    )
    told = opened.json()
    assert (opened.status_code, told["name"], told["limits"]["memory_mb"], told["ttl_s"]) == (
        201,
        "mine",
        700,
        60.0,
    )
    path = opened.headers["Location"]
    assert path == f"/api/jupyter/kernel/{told['session_id']}"
    server.run("x = 1", told["session_id"])
    listed = server.http.get("/api/jupyter/kernel").json()
    assert told["session_id"] in [each["session_id"] for each in listed]
    assert server.post(f"{path}/interrupt").status_code == 200
    assert server.post(f"{path}/restart").json()["state"] == "idle"
    assert server.run("'x' in globals()", told["session_id"])["state_lost"] is True
    assert server.http.delete(path).status_code == 204
    gone = server.http.get(path)
    assert (gone.status_code, gone.json()["code"]) == (404, "session_expired")
    assert server.run("1", told["session_id"])["status"] == "session_expired"


def test_files_go_in_and_come_out(server: Server, session: str) -> None:
    path = f"/api/jupyter/kernel/{session}/files"
    put = server.http.put(f"{path}/data/a%20b.csv", content=b"x\n1\n\xff")
    assert (put.status_code, put.json()) == (201, {"path": "data/a b.csv", "size": 5})
    code = "open('data/copy', 'wb').write(open('data/a b.csv', 'rb').read())"
    told = server.run(code, session)
    assert told["files"] == [
        {"path": "data/copy", "size": 5, "url": f"{path}/data/copy"},
    ]
    assert server.http.get(told["files"][0]["url"]).content == b"x\n1\n\xff"
    assert server.http.delete(f"{path}/data/copy").status_code == 204
    assert server.http.get(f"{path}/data/copy").status_code == 404


@pytest.mark.parametrize(
    "path", ["../x", "%2e%2e/x", "a/%2e%2e/%2e%2e/x", "%2fetc%2fpasswd", "a%00b", "%ff"]
)
def test_a_path_that_leaves_the_folder_is_refused(server: Server, session: str, path: str) -> None:
    url = httpx.URL(f"{server.url}/api/jupyter/kernel/{session}/files/").copy_with(
        raw_path=f"/api/jupyter/kernel/{session}/files/{path}".encode()
    )
    for method in ("GET", "PUT", "DELETE"):
        assert server.http.request(method, url, content=b"").status_code in {400, 403, 404}


def test_a_link_in_the_folder_is_not_followed(server: Server, session: str) -> None:
    server.run("import os\nos.symlink('/etc/hostname', 'link')", session)
    answer = server.http.get(f"/api/jupyter/kernel/{session}/files/link")
    assert (answer.status_code, answer.json()["code"]) == (403, "path-refused")


def test_a_session_is_had_as_a_notebook(server: Server) -> None:
    session = server.session()
    server.run("1 + 1", session)
    answer = server.http.get(f"/api/jupyter/kernel/{session}/notebook")
    notebook = nbformat.reads(answer.text, as_version=4)  # type: ignore[no-untyped-call]
    assert [cell.source for cell in notebook.cells] == ["1", "1 + 1"]
    assert notebook.cells[1].outputs[0].data["text/plain"] == "2"


def test_a_picture_is_linked_in_the_text_and_served(server: Server, session: str) -> None:
    code = "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()"
    told = server.run(code, session, timeout_s=60)
    link = told["text"].partition("(image/png): ")[2].rstrip("]")
    answer = server.http.get(link)
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.content == base64.b64decode(told["outputs"][0]["data"]["image/png"])
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    code = "import pandas as pd\npd.DataFrame({'a': range(50)})"
    table = server.run(code, session, timeout_s=60)
    link = table["text"].partition("as CSV: ")[2].rstrip("]")
    assert server.http.get(link).text.splitlines()[:3] == ["a", "0", "1"]


def test_a_socket_runs_code_and_interrupts_it(server: Server, session: str) -> None:
    url = server.url.replace("http", "ws") + f"/api/jupyter/kernel/{session}/socket"
    with connect(url, additional_headers={"Authorization": f"token {TOKEN}"}) as socket:

        def send(**message: Any) -> None:
            socket.send(json.dumps(message))

        def receive() -> dict[str, Any]:
            told: dict[str, Any] = json.loads(socket.recv(60))
            return told

        send(type="execute", id="a", code="print('hello')")
        told = [receive() for _ in range(3)]
        assert [(each["type"], each["id"], each["number"]) for each in told] == [
            ("started", "a", 1),
            ("output", "a", 2),
            ("finished", "a", 3),
        ]
        assert told[2]["data"]["text"] == "hello"
        send(type="execute", id="b", code="print(1)\nwhile True: pass")
        assert [receive()["type"] for _ in range(2)] == ["started", "output"]
        send(type="interrupt")
        while (last := receive())["type"] != "finished":
            pass
        assert (last["id"], last["data"]["status"]) == ("b", "interrupted")
        send(type="execute", id="c", code="1", timeout_s=-1)
        refused = receive()
        assert (refused["type"], refused["id"], refused["data"]["status"]) == ("failed", "c", 400)
        socket.send("no JSON")
        assert receive()["data"]["status"] == 400
        send(type="execute", id="d", code="while True: pass")
        assert receive()["type"] in {"started", "output"}
    until(lambda: state(server, session) == "idle", "it went on after the socket had closed")


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (b"{", "JSON"),
        (b"[]", "object"),
        (b'{"code": 1}', "code"),
        (b"{}", "code"),
        (b'{"code": "1", "timeout_s": -1}', "timeout_s"),
        (b'{"code": "1", "timeout_s": 0}', "timeout_s"),
        (b'{"code": "1", "timeout_s": 1e9}', "timeout_s"),
        (b'{"code": "1", "timeout_s": "x"}', "timeout_s"),
        (b'{"code": "1", "timeout": 1}', "timeout"),
        (b'{"code": "1", "kernel_name": "no kernel"}', "no kernel"),
        (b'{"code": "1", "kernel_name": "../python3"}', "../python3"),
        (b'{"code": "1", "files": {"../a": "x"}}', "../a"),
        (b'{"code": "1", "files": {"a": {"base64": "!"}}}', "base64"),
        (b'{"code": "1", "cache_s": -1}', "cache_s"),
        (b"\xff", "JSON"),
    ],
)
def test_a_request_that_is_wrong_is_told_what_is_wrong(
    server: Server, body: bytes, word: str
) -> None:
    answer = server.http.post("/api/jupyter/execute", content=body)
    assert answer.status_code in {400, 403}, answer.text
    assert word in answer.json()["message"]


def test_a_session_that_is_wrong_is_told_what_is_wrong(server: Server) -> None:
    for body, word in (
        ({"limits": {"memory_mb": 10**9}}, "memory_mb"),
        ({"limits": {"nothing": 1}}, "nothing"),
        ({"kernel_name": "none"}, "none"),
        ({"imports": ["os; import sys"]}, "os; import sys"),
        ({"ttl_s": -5}, "ttl_s"),
    ):
        answer = server.post("/api/jupyter/kernel", body)
        assert (answer.status_code, word in answer.json()["message"]) == (400, True), body
    for content, word in ((b"{", "JSON"), (b"[]", "object"), (b"\xff", "JSON")):
        answer = server.http.post("/api/jupyter/kernel", content=content)
        assert (answer.status_code, word in answer.json()["message"]) == (400, True), content


def test_an_unknown_path_or_method_is_told_as_such(server: Server) -> None:
    assert server.http.get("/api/jupyter/execute").status_code == 405
    assert server.http.get("/api/jupyter/executions/0123abcd").json()["code"] == "no-execution"
    assert server.http.get("/api/jupyter/tools?format=x").status_code == 400


def test_the_document_describes_every_path(server: Server) -> None:
    document = server.http.get("/api/jupyter/openapi.json").json()
    assert document["openapi"] == "3.1.0"
    assert sorted(document["paths"]) == [
        "/api/jupyter/chat",
        "/api/jupyter/chat/{id}",
        "/api/jupyter/chat/{id}/calls/{call_id}",
        "/api/jupyter/execute",
        "/api/jupyter/executions/{id}",
        "/api/jupyter/executions/{id}/outputs/{index}",
        "/api/jupyter/kernel",
        "/api/jupyter/kernel/{id}",
        "/api/jupyter/kernel/{id}/artifact",
        "/api/jupyter/kernel/{id}/files/{path}",
        "/api/jupyter/kernel/{id}/interrupt",
        "/api/jupyter/kernel/{id}/notebook",
        "/api/jupyter/kernel/{id}/restart",
        "/api/jupyter/tools",
    ]
    names = set(document["components"]["schemas"])
    used = {
        part.partition('"')[0] for part in json.dumps(document).split("#/components/schemas/")[1:]
    }
    assert used <= names


def test_clients_of_kernel_gateway_find_what_they_know(server: Server) -> None:
    assert "python3" in server.http.get("/api/kernelspecs").json()["kernelspecs"]
    query = httpx.get(f"{server.url}/api/kernels?token={TOKEN}")
    assert query.status_code == 200
    made = server.post("/api/kernels", {"name": "python3", "env": {"KERNEL_USERNAME": "ada"}})
    assert made.status_code == 201
    id_ = made.json()["id"]
    url = server.url.replace("http", "ws") + f"/api/kernels/{id_}/channels?token={TOKEN}"
    with connect(url) as socket:
        message = {
            "channel": "shell",
            "header": {"msg_id": "m", "msg_type": "execute_request", "session": "s",
                       "username": "", "version": "5.3", "date": ""},
            "parent_header": {},
            "metadata": {},
            "content": {"code": "print(6 * 7)", "silent": False},
        }  # fmt: skip
        socket.send(json.dumps(message))
        while (told := json.loads(socket.recv(60)))["msg_type"] != "stream":
            pass
        assert told["content"]["text"] == "42\n"
    assert server.http.delete(f"/api/kernels/{id_}").status_code == 204
    assert server.post("/api/kernels", {"name": "none"}).status_code == 400


def test_a_session_whose_kernel_a_notebook_is_open_on_does_not_end(server: Server) -> None:
    held = server.session(ttl_s=5)  # long enough for the two steps until it is connected
    kernel_id = server.http.get(f"/api/jupyter/kernel/{held}").json()["kernel_id"]
    url = server.url.replace("http", "ws") + f"/api/kernels/{kernel_id}/channels?token={TOKEN}"

    def has(id_: str) -> bool:
        return server.http.get(f"/api/jupyter/kernel/{id_}").status_code == 200

    with connect(url) as socket:
        unused = server.session(ttl_s=5)
        until(lambda: not has(unused), "what nobody uses does not end")
        assert has(held)
        socket.close()
    until(lambda: not has(held), "what nobody uses any more does not end")


def test_a_kernel_of_the_api_is_taken_from_the_pool_and_isolated(server: Server) -> None:
    until(lambda: idle(server) == 2, "the pool is not full")
    before = {each["id"] for each in server.http.get("/api/kernels").json()}
    made = server.post("/api/kernels", {"name": "python3"}).json()["id"]
    assert made in before
    assert server.http.delete(f"/api/kernels/{made}").status_code == 204


def idle(server: Server) -> float:
    return server.figure("neutrino_execution_kernels_idle")


def test_figures_count_executions_by_their_status(server: Server, session: str) -> None:
    server.run("1 / 0", session)
    metrics = server.http.get("/metrics").text
    assert 'neutrino_executions_total{status="error"}' in metrics
    assert 'neutrino_execution_seconds_count{status="ok"}' in metrics


def test_no_token_and_no_code_reaches_the_log(server: Server) -> None:
    query = f"?token={TOKEN}&password=sesame"
    server.http.get(f"/api/jupyter/executions/0123abcd{query}")
    server.post(f"/api/jupyter/execute{query}", {"code": "'sesame'", "timeout_s": -1})
    server.post("/api/jupyter/execute", {"code": "'sesame'"})
    logged = "".join(server.printed).partition("openapi.json")[2]
    assert TOKEN not in logged
    assert "sesame" not in logged
