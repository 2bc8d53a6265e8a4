"""A question, a model's code, a real kernel: what each of them gets of the others."""

from __future__ import annotations

import json
import threading
from collections.abc import Generator, Iterator
from typing import Any

import httpx
import pytest
from websockets.sync.client import connect

from tests.execution.server import TOKEN, Server, parsed, served, until
from tests.llm import KEY, MODEL, Endpoint, Reply, answering, call


@pytest.fixture(scope="module")
def endpoint() -> Iterator[Endpoint]:
    with answering() as found:
        yield found


@pytest.fixture(scope="module")
def server(endpoint: Endpoint) -> Iterator[Server]:
    environment = endpoint.environment
    with served("--port", "0", "--token", TOKEN, "--pool", "1", environment=environment) as found:
        yield found
        assert KEY not in "".join(found.printed)


@pytest.fixture
def replies(endpoint: Endpoint) -> Iterator[list[Reply]]:
    """What the model answers, one after the other; all of it has to be asked for."""
    endpoint.replies.clear()
    endpoint.asked.clear()
    yield endpoint.replies
    assert not endpoint.replies


def ask(server: Server, text: str, **options: Any) -> list[tuple[str, Any]]:
    """Ask, and give the events as (kind, data)."""
    return [(kind, data) for _, kind, data in events(server, text, **options)]


def events(
    server: Server, text: str, **options: Any
) -> Generator[tuple[str, str, Any], None, None]:
    body = {"messages": [{"role": "user", "content": text}], **options}
    headers = {"Accept": "text/event-stream"}
    with server.http.stream("POST", "/api/jupyter/chat", json=body, headers=headers) as answer:
        assert answer.status_code == 200, answer.read()
        yield from parsed(answer)


def only(told: list[tuple[str, Any]], kind: str) -> list[Any]:
    return [data for each, data in told if each == kind]


def test_code_of_a_model_runs_and_its_answer_follows(
    server: Server, endpoint: Endpoint, replies: list[Reply]
) -> None:
    replies += [
        Reply(["I look ", "first."], [call("total = sum(range(5))\nprint(total)")]),
        Reply([], [call("total * 2")]),
        Reply(["It is ", "20."]),
    ]
    files = {"numbers.csv": "a,b\n1,2\n"}
    told = ask(server, "what is twice the sum?", files=files)
    session_id = told[0][1]["session_id"]
    assert told[0] == (
        "started",
        {
            "chat_id": told[0][1]["chat_id"],
            "session_id": session_id,
            "question": "what is twice the sum?",
            "model": MODEL,
            "host": "127.0.0.1",
        },
    )
    assert [each["text"] for each in only(told, "text")] == ["I look ", "first.", "It is ", "20."]
    assert [each["arguments"]["code"] for each in only(told, "tool_call")] == [
        "total = sum(range(5))\nprint(total)",
        "total * 2",
    ]
    results = only(told, "tool_result")
    assert [(each["call_id"], each["text"], each["status"]) for each in results] == [
        ("c0", "10", "ok"),
        ("c0", "20", "ok"),
    ]
    *printed, shown = [each["output"] for each in only(told, "output")]
    assert "".join(each["text"] for each in printed) == "10\n"
    assert (shown["output_type"], shown["data"]) == ("execute_result", {"text/plain": "20"})
    done = told[-1][1]
    assert told[-1][0] == "done"
    assert {name: done[name] for name in ("status", "rounds", "prompt_tokens")} == {
        "status": "ok",
        "rounds": 3,
        "prompt_tokens": 30,
    }
    assert endpoint.asked[2]["messages"][2:] == done["messages"][:-1]
    assert set(endpoint.keys) == {f"Bearer {KEY}"}
    first = endpoint.asked[0]
    assert "numbers.csv" in first["messages"][0]["content"]
    assert [each["function"]["name"] for each in first["tools"]] == [
        "executeNotebook",
        "uploadFile",
        "readFile",
    ]
    # The conversation goes on where it was, and the model is told what there is, by shape alone.
    replies += [Reply(["Done."])]
    messages = [
        {"role": "user", "content": "what is twice the sum?"},
        *done["messages"],
        {"role": "user", "content": "thanks"},
    ]
    body = {"messages": messages, "session_id": session_id}
    answer = server.post("/api/jupyter/chat", body).json()
    assert (answer["text"], answer["status"]) == ("Done.", "ok")
    assert '"total": {\n   "type": "int"\n  }' in endpoint.asked[-1]["messages"][0]["content"]
    assert endpoint.asked[-1]["messages"][1:] == messages
    notebook = server.http.get(f"/api/jupyter/kernel/{session_id}/notebook").json()
    assert [each["source"] for each in notebook["cells"]] == [
        "total = sum(range(5))\nprint(total)",
        "total * 2",
    ]


def test_what_a_model_does_wrong_goes_back_to_it(
    server: Server, endpoint: Endpoint, replies: list[Reply]
) -> None:
    replies += [
        Reply([], [("executeNotebook", '{"code": '), ("runShell", "{}")]),
        Reply([], [("executeNotebook", "[]"), ("executeNotebook", '{"cod": "1"}')]),
        Reply([], [call("1 / 0")]),
        Reply(["I give up."]),
    ]
    told = ask(server, "go")
    texts = [each["text"] for each in only(told, "tool_result")]
    assert "no JSON" in texts[0]
    assert "There is no tool runShell; there are executeNotebook" in texts[1]
    assert "have to be an object" in texts[2]
    assert "has no argument cod" in texts[3]
    assert "ZeroDivisionError" in texts[4]
    assert all(each["is_error"] for each in only(told, "tool_result"))
    sent = [each["content"] for each in endpoint.asked[-1]["messages"] if each["role"] == "tool"]
    assert sent == texts
    assert told[-1][1]["status"] == "ok"


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        (Reply(status=401), "127.0.0.1 refuses the key: see NEUTRINO_LLM_API_KEY."),
        (Reply(status=404), f"127.0.0.1 has no model {MODEL}, or no such address."),
        (Reply(status=400), "127.0.0.1 does not accept the request: no: …"),
        (Reply(["I wri"], reason="length"), "The answer was cut"),
        (Reply(["I wri"], is_cut=True), "The answer ended in the middle"),
        (Reply([], reason="content_filter"), "held the answer back"),
    ],
    ids=["key", "model", "request", "length", "cut", "filter"],
)
def test_a_model_that_fails_is_an_error_with_a_reason(
    server: Server, replies: list[Reply], reply: Reply, message: str
) -> None:
    replies.append(reply)
    kind, data = ask(server, "go")[-1]
    assert (kind, data["status"], data["code"]) == ("failed", 502, "model-failed")
    assert message in data["message"]
    assert KEY not in json.dumps(data)


def test_a_busy_model_is_asked_again(server: Server, replies: list[Reply]) -> None:
    soon = {"retry-after-ms": "1"}
    replies += [Reply(status=429, headers=soon), Reply(status=500, headers=soon), Reply(["Here."])]
    assert ask(server, "go")[-1][1]["status"] == "ok"
    replies += [Reply(status=429, headers={"Retry-After": "0"}) for _ in range(3)]
    kind, data = ask(server, "go")[-1]
    assert (kind, data["context"]) == ("failed", {"retry_after_s": 0.0})


def test_a_model_that_goes_on_for_ever_is_ended(server: Server, replies: list[Reply]) -> None:
    replies += [Reply([], [call("1")]) for _ in range(3)]
    assert ask(server, "go", rounds=3)[-1][1]["status"] == "rounds"


def test_a_chat_ends_in_its_time(server: Server, replies: list[Reply]) -> None:
    held = threading.Event()
    replies.append(Reply(["late"], waits=held))
    told = ask(server, "go", session_id=server.session(), within_s=3)
    held.set()
    assert (told[-1][0], told[-1][1]["status"]) == ("done", "time")
    replies.clear()  # on a slow machine it was not asked in three seconds


def test_stop_ends_the_model(server: Server, replies: list[Reply]) -> None:
    held = threading.Event()
    reply = Reply(["late"], waits=held)
    replies.append(reply)
    stream = events(server, "go")
    _, kind, data = next(stream)
    assert kind == "started"
    assert reply.begun.wait(120)
    stopped = server.http.delete(f"/api/jupyter/chat/{data['chat_id']}").json()
    held.set()
    assert (stopped["status"], stopped["text"]) == ("stopped", "")
    assert [kind for _, kind, _ in stream][-1] == "done"


def test_stop_ends_the_code(server: Server, replies: list[Reply]) -> None:
    replies.append(Reply([], [call("print('begun', flush=True)\nwhile True: pass")]))
    stream = events(server, "go")
    chat_id = session_id = ""
    for _, kind, data in stream:
        if kind == "started":
            chat_id, session_id = data["chat_id"], data["session_id"]
        elif kind == "output":
            break
    server.http.delete(f"/api/jupyter/chat/{chat_id}")
    assert [kind for _, kind, _ in stream][-1] == "done"
    assert server.run("6 * 7", session_id)["text"] == "42"


def test_a_stream_that_was_lost_is_picked_up(server: Server, replies: list[Reply]) -> None:
    held = threading.Event()
    replies += [Reply(["one ", "two "], [call("1")]), Reply(["three"], waits=held)]
    stream = events(server, "go")
    first = [next(stream) for _ in range(2)]
    stream.close()
    held.set()
    chat_id = first[0][2]["chat_id"]
    headers = {"Accept": "text/event-stream", "Last-Event-ID": first[-1][0]}
    with server.http.stream("GET", f"/api/jupyter/chat/{chat_id}", headers=headers) as answer:
        rest = list(parsed(answer))
    told = [*first, *rest]
    assert [id_ for id_, _, _ in told] == [f"{chat_id}:{n}" for n in range(1, len(told) + 1)]
    texts = [data["text"] for _, kind, data in told if kind == "text"]
    assert texts == ["one ", "two ", "three"]
    assert told[-1][2]["status"] == "ok"


def test_a_person_decides_before_code_runs(
    server: Server, endpoint: Endpoint, replies: list[Reply]
) -> None:
    replies += [
        Reply([], [call("print('as it was')")]),
        Reply([], [call("print('as it was')")]),
        Reply([], [call("print('never')")]),
        Reply(["Fine."]),
    ]
    decisions = iter(
        [
            {"run": True},
            {"run": True, "code": "print('changed')"},
            {"run": False, "remark": "not that"},
        ]
    )
    told: list[tuple[str, Any]] = []
    chat_id = ""
    for _, kind, data in events(server, "go", asks_first=True):
        told.append((kind, data))
        chat_id = chat_id or data["chat_id"]
        if kind == "tool_call" and data["is_waiting"]:
            path = f"/api/jupyter/chat/{chat_id}/calls/{data['call_id']}"
            assert server.post(path, next(decisions)).status_code == 204
    assert [each["text"] for each in only(told, "tool_result")] == [
        "as it was",
        "changed",
        "The user has refused to run this. They say: not that",
    ]
    late = server.post(f"/api/jupyter/chat/{chat_id}/calls/c0", {"run": True})
    assert (late.status_code, late.json()["code"]) == (404, "no-execution")
    assert not any("never" in json.dumps(each) for each in only(told, "output"))


def test_without_a_model_it_is_said_what_to_set() -> None:
    empty = {"NEUTRINO_LLM_MODEL": "", "NEUTRINO_LLM_BASE_URL": "", "NEUTRINO_LLM_API_KEY": ""}
    with served("--port", "0", "--token", TOKEN, "--pool", "0", environment=empty) as server:
        for answer in (
            server.http.get("/api/jupyter/chat"),
            server.post("/api/jupyter/chat", {"messages": [{"role": "user", "content": "go"}]}),
        ):
            assert (answer.status_code, answer.json()["code"]) == (409, "no-model")
            assert "set NEUTRINO_LLM_MODEL" in answer.json()["message"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"messages": []},
        {"messages": [{"role": "system", "content": "obey"}]},
        {"messages": [{"role": "user", "content": "go"}], "rounds": 0},
        {"messages": [{"role": "user", "content": "go"}], "files": {"../x": "1"}},
        {"messages": [{"role": "user", "content": "go"}], "session_id": "a" * 32},
        {"messages": [{"role": "user", "content": "go"}], "base_url": "ftp://x"},
    ],
)
def test_bad_questions_are_refused(server: Server, replies: list[Reply], body: Any) -> None:
    answer = server.post("/api/jupyter/chat", body)
    assert 400 <= answer.status_code < 500
    assert answer.json()["message"]


def test_the_key_goes_to_its_own_host_alone(
    server: Server, endpoint: Endpoint, replies: list[Reply]
) -> None:
    with answering(Reply(["hello"])) as other:
        body = {"messages": [{"role": "user", "content": "go"}], "base_url": other.url}
        answer = server.post("/api/jupyter/chat", body)
        assert answer.json()["text"] == "hello"
        assert other.keys == ["Bearer none"]


def test_the_model_that_a_user_has_chosen_is_the_one_that_would_be_asked(server: Server) -> None:
    assert server.http.get("/api/jupyter/chat?model=&base_url=").json() == {
        "model": MODEL,
        "host": "127.0.0.1",
    }
    chosen = {"model": "another", "base_url": "http://models.example/v1"}
    assert server.http.get("/api/jupyter/chat", params=chosen).json() == {
        "model": "another",
        "host": "models.example",
    }


def test_key_and_token_are_in_no_answer_page_notebook_or_log(
    server: Server, replies: list[Reply]
) -> None:
    # It has said the token itself, once, to who has started it.
    until(lambda: any("/openapi.json" in each for each in server.printed), "it said nothing")
    before = len(server.printed)
    replies += [
        Reply(["I look. "], [call("import os, sys\nprint(dict(os.environ), sys.argv)\n1 / 0")]),
        Reply(["It is done."]),
        Reply(status=401),  # says the key in its reason
    ]
    told = ask(server, "what is there?")
    session_id = told[0][1]["session_id"]
    told += ask(server, "and now?", session_id=session_id)
    assert told[-1][0] == "failed"
    session, chat = (
        f"/api/jupyter/kernel/{session_id}",
        f"/api/jupyter/chat/{told[0][1]['chat_id']}",
    )
    found = [json.dumps(told)]
    for path in (
        *("/api/jupyter/chat", chat, "/api/jupyter/kernel", session, f"{session}/notebook"),
        *(f"{session}/artifact", f"{session}/files/", "/api/jupyter/tools", "/metrics"),
    ):
        answer = server.http.get(path)
        assert answer.status_code == 200, path
        found.append(f"{answer.headers} {answer.text}")
    url = f"{server.url.replace('http', 'ws')}{session}/events?token={TOKEN}"
    with connect(url) as socket:
        found.append(str(socket.recv(60)))
    # What fails is logged, with where it was.
    gone = httpx.get(f"{server.url}{session}0/artifact?token={TOKEN}")
    assert gone.status_code == 404
    until(lambda: any(f"{session}0/" in each for each in server.printed[before:]), "no log")
    everything = "\n".join([*found, gone.text, *server.printed[before:]])
    assert "It is done." in everything
    assert "ZeroDivisionError" in everything
    for secret in (KEY, TOKEN):
        assert secret not in everything
