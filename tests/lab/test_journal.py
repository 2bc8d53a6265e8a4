"""What the author is told of calls, messages and runs, and what schedules do when told to."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from neutrino_lab.serve import call_context, process
from tests.jupyter import Lab, Response

SHOUT = (
    '"""\n@HTTP\nGET /shout\nquery: word, wait:float=0\n"""\nimport asyncio\n'
    "async def shout(word, wait):\n    print(word)\n    await asyncio.sleep(wait)\n"
    "    print(word.upper())\n    return word\n"
)
THREAD = '"""\n@HTTP\nGET /thread\n"""\ndef thread():\n    print("in a thread")\n'
FAIL = '"""\n@HTTP\nGET /fail\n"""\ndef fail():\n    print("before")\n    return half(0)\n'
HALF = "def half(n):\n    return 1 / n\n"
HEADERS = '"""\n@HTTP\nGET /headers\n"""\ndef headers(request):\n    return dict(request.headers)\n'
HEADERS = HEADERS.replace("(request)", "(request: Request)")
ROOM = '"""\n@WS /rooms/{room_id}/{client_id}\nto: room\n"""\ndef talk(event: str): return event\n'
BRITTLE = (
    '"""\n@WS /brittle/{client_id}\nquery: factor:int=1\n"""\nfrom fastapi import WebSocket\n'
    "def brittle(event: str, factor: int, socket: WebSocket):\n"
    "    print(event)\n    return [12 / int(event) * factor, str(socket.query_params), "
    "[*socket.headers.keys()].count('x-neutrino-call')]\n"
)
JOB = '"""\n@SCHEDULE\ninterval: 1d\n"""\ndef job():\n    print("worked")\n'
TAKE = '"""\n@HTTP\nPOST /take\nbody: a:int, note\n"""\ndef take(a, note):\n    return a\n'
NARROW = '"""\n@HTTP\nGET /narrow\nresp: a:int\n"""\n'
NARROW += "def narrow():\n    return {'a': 1, 'b': 2, 'c': 3}\n"
LOOP = '"""\n@HTTP\nGET /loop\n"""\nimport time\nasync def loop(): time.sleep(3)\n'


async def journal(lab: Lab, id_: str, key: str) -> dict[str, list[dict[str, Any]]]:
    path = f"neutrino/api/served/{id_}/journal?key={key.replace(' ', '%20')}"
    answer = await lab.ask("GET", path)
    assert answer.status == 200, answer.text
    return dict(answer.json)


async def figures(lab: Lab, id_: str, key: str, **wanted: Any) -> dict[str, Any]:
    """Wait until it is told of an endpoint that its figures are these."""

    def newest() -> dict[str, Any]:
        told = [each["stats"] for each in lab.events if each["id"] == id_ and each["stats"]]
        return next((each for each in reversed(told[-1]) if each["key"] == key), {}) if told else {}

    async def wait() -> dict[str, Any]:
        while not wanted.items() <= newest().items():
            lab._news.clear()
            await lab._news.wait()
        return newest()

    return await asyncio.wait_for(wait(), 30)


async def command(lab: Lab, id_: str, key: str, action: str) -> Response:
    body = {"key": key, "action": action}
    return await lab.ask("POST", f"neutrino/api/served/{id_}/schedules", body=body)


async def test_a_call_is_told_with_its_id_and_what_it_printed(lab: Lab) -> None:
    id_ = await lab.serve("a.ipynb", SHOUT, THREAD)
    await asyncio.gather(
        *(
            lab.get(
                id_, f"/shout?word=w{n}&wait={0.3 - n / 10}", headers={"X-Neutrino-Call": f"c{n}"}
            )
            for n in range(3)
        )
    )
    calls = (await journal(lab, id_, "GET /shout"))["calls"]
    assert sorted((each["id"], each["status"], each["output"]) for each in calls) == [
        (f"c{n}", 200, f"w{n}\nW{n}\n") for n in range(3)
    ]
    await lab.get(id_, "/thread", headers={"X-Neutrino-Call": "no good: " + "x" * 99})
    (call,) = (await journal(lab, id_, "GET /thread"))["calls"]
    assert (call["id"], call["output"], call["failure"]) == ("", "in a thread\n", None)
    told: dict[str, Any] = await journal(lab, id_, "")
    assert (len(told["calls"]), told["is_whole"]) == (4, True)
    await lab.get(id_, "/thread")
    path = f"neutrino/api/served/{id_}/journal?since={told['cursor']}"
    news = (await lab.ask("GET", path)).json
    assert ([each["key"] for each in news["calls"]], news["is_whole"]) == (["GET /thread"], False)


async def test_a_failure_names_cell_and_line_to_the_author_alone(lab: Lab) -> None:
    id_ = await lab.serve("a.ipynb", HALF, FAIL)
    # The cells move: those that have not changed do not run again.
    await lab.save("a.ipynb", "x = 1", HALF, FAIL)
    await lab.until(id_, lambda served: served["version"] == 2)
    answer = await lab.get(id_, "/fail", headers={"X-Neutrino-Call": "mine"})
    assert (answer.status, answer.json) == (500, {"detail": "Internal Server Error"})
    (call,) = (await journal(lab, id_, "GET /fail"))["calls"]
    assert (call["id"], call["output"]) == ("mine", "before\n")
    failure = call["failure"]
    assert (failure["type"], failure["message"]) == ("ZeroDivisionError", "division by zero")
    ids = [cell["cell_id"] for cell in failure["frames"]]
    assert all(ids)
    assert [{**each, "cell_id": ""} for each in failure["frames"]] == [
        {
            "cell": cell,
            "cell_id": "",
            "file": f"a.ipynb, cell {cell}",
            "line": line,
            "function": function,
            "text": text,
        }
        for cell, line, function, text in (
            (3, 7, "fail", "return half(0)"),
            (2, 2, "half", "return 1 / n"),
        )
    ]
    assert failure["text"].splitlines()[1:3] == [
        '  File "a.ipynb, cell 3", line 7, in fail',
        "    return half(0)",
    ]


async def test_the_app_never_sees_the_id_of_a_call(lab: Lab) -> None:
    id_ = await lab.serve("a.ipynb", "from fastapi import Request", HEADERS)
    answer = await lab.get(id_, "/headers", headers={"X-Neutrino-Call": "c1", "X-Other": "seen"})
    assert answer.json["x-other"] == "seen"
    assert "x-neutrino-call" not in answer.json
    assert [each["id"] for each in (await journal(lab, id_, ""))["calls"]] == ["c1"]


async def test_messages_are_told_with_their_recipients(lab: Lab) -> None:
    id_ = await lab.serve("a.ipynb", ROOM)

    def url(client: str) -> Any:
        return lab.url(f"neutrino/live/{id_}/rooms/red/{client}?token={lab.token}")

    async with lab.session.ws_connect(url("ada")) as ada, lab.session.ws_connect(url("bob")) as bob:
        await ada.send_str("hi")
        assert (await bob.receive()).data == '"hi"'
        told = (await journal(lab, id_, "WS /rooms/{room_id}/{client_id}"))["messages"]
    for each in told:
        assert each.pop("at") > 0
    shared = {"key": "WS /rooms/{room_id}/{client_id}", "room": "red", "frames": []}
    assert told == [
        {**shared, "direction": "in", "client": "ada", "recipients": [], "reached": 0, "size": 2},
        {
            **shared,
            **{"direction": "out", "client": "", "recipients": ["ada", "bob"]},
            **{"reached": 2, "size": 4},
        },
    ]


async def test_a_socket_is_followed_by_a_name_that_the_app_never_sees(lab: Lab) -> None:
    id_ = await lab.serve("a.ipynb", BRITTLE)
    key = "WS /brittle/{client_id}"
    query = f"X-Neutrino-Call=c1&factor=2&token={lab.token}"
    url = lab.url(f"neutrino/live/{id_}/brittle/ada?{query}")
    async with lab.session.ws_connect(url) as ada:
        for event in ("4", "3", "0"):
            await ada.send_str(event)
        assert [(await ada.receive()).data for _ in range(2)] == [
            '[6.0,"factor=2",0]',
            '[8.0,"factor=2",0]',
        ]
        closing = await ada.receive()
        assert (closing.data, closing.extra) == (1011, "")
        told = await journal(lab, id_, key)
    out = [each["frames"] for each in told["messages"] if each["direction"] == "out"]
    assert out == [[{"call": "c1", "number": 1}], [{"call": "c1", "number": 2}]]
    assert [(each["client"], each["text"]) for each in told["prints"]] == [
        ("ada", "4"),
        ("ada", "3"),
        ("ada", "0"),
    ]
    (crash,) = told["crashes"]
    assert (crash["client"], crash["call"], crash["failure"]["type"]) == (
        "ada",
        "c1",
        "ZeroDivisionError",
    )
    assert [(each["cell"], each["line"]) for each in crash["failure"]["frames"]] == [(1, 8)]
    done = await figures(lab, id_, key, errors=1, calls=3, clients=0)
    assert done["last_output"] == "4\n3\n0\n"


async def test_a_schedule_is_run_paused_and_resumed_by_hand(lab: Lab) -> None:
    id_ = await lab.serve("a.ipynb", JOB)
    key = "SCHEDULE a:job"
    assert (await command(lab, id_, key, "run")).status == 204
    done = await figures(lab, id_, key, last_run="ok", is_paused=False)
    assert (done["calls"], done["last_output"]) == (1, "worked\n")
    (run,) = (await journal(lab, id_, key))["runs"]
    assert (run["outcome"], run["output"], run["failure"]) == ("ok", "worked\n", None)
    assert (await command(lab, id_, key, "pause")).status == 204
    assert (await figures(lab, id_, key, is_paused=True))["next"] == ""
    await lab.save("a.ipynb", JOB.replace("worked", "worked on"))
    await lab.until(id_, lambda served: served["version"] == 2)
    assert (await command(lab, id_, key, "run")).status == 204
    await figures(lab, id_, key, last_output="worked on\n", is_paused=True)
    assert (await command(lab, id_, key, "resume")).status == 204
    assert (await figures(lab, id_, key, is_paused=False))["next"]


async def test_a_command_that_makes_no_sense_is_refused(lab: Lab) -> None:
    id_ = await lab.serve("a.ipynb", JOB)
    refused = await command(lab, id_, "SCHEDULE a:other", "run")
    assert (refused.status, refused.json["code"]) == (404, "unknown")
    refused = await command(lab, id_, "SCHEDULE a:job", "explode")
    assert (refused.status, refused.json["code"]) == (400, "malformed")
    refused = await command(lab, "0123456789abcdef", "SCHEDULE a:job", "run")
    assert (refused.status, refused.json["code"]) == (404, "unknown")


async def test_what_is_not_live_cannot_be_asked(lab: Lab) -> None:
    id_ = await lab.serve("a.ipynb", JOB)
    await lab.services.registry.get(id_).supervisor.stop()
    for answer in (
        await lab.ask("GET", f"neutrino/api/served/{id_}/journal"),
        await command(lab, id_, "SCHEDULE a:job", "run"),
    ):
        assert (answer.status, answer.json["code"]) == (503, "not-live")


async def test_a_worker_that_is_busy_keeps_nobody_waiting(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "ANSWER_S", 0.2)
    id_ = await lab.serve("a.ipynb", LOOP, JOB)
    looping = asyncio.ensure_future(lab.get(id_, "/loop"))
    await asyncio.sleep(0)
    refused = await command(lab, id_, "SCHEDULE a:job", "run")
    while refused.status == 204:  # the call had not got there yet
        refused = await command(lab, id_, "SCHEDULE a:job", "run")
    assert (refused.status, refused.json["code"]) == (503, "not-live")
    assert "busy" in refused.json["message"]
    # The journal does not need the loop.
    assert (await journal(lab, id_, "GET /loop"))["calls"] == []
    assert (await looping).status == 200


async def test_figures_tell_latency_status_and_output(lab: Lab) -> None:
    id_ = await lab.serve("a.ipynb", HALF, FAIL, THREAD)
    await lab.get(id_, "/thread")
    told = await figures(lab, id_, "GET /thread", calls=1)
    assert 0 < told["p50_ms"] == told["p95_ms"] == told["p99_ms"] == told["latencies_ms"][0]
    assert (told["last_status"], told["last_output"]) == (200, "in a thread\n")
    await lab.get(id_, "/fail")
    told = await figures(lab, id_, "GET /fail", calls=1)
    assert (told["errors"], told["last_status"], told["last_output"]) == (1, 500, "before\n")
    assert json.dumps(told)


async def test_the_runs_of_schedules_outlive_their_process(lab: Lab) -> None:
    id_ = await lab.serve("a.ipynb", JOB)
    key = "SCHEDULE a:job"
    assert (await command(lab, id_, key, "run")).status == 204
    await figures(lab, id_, key, last_run="ok")
    before = (await journal(lab, id_, key))["runs"]
    supervised = lab.services.registry.get(id_).supervisor.process
    assert isinstance(supervised, process.WorkerProcess)
    supervised.kill()
    await lab.until(id_, lambda served: served["state"] == "live" and served["restarts"] == 1)
    told = await figures(lab, id_, key, last_run="ok", calls=1)
    assert told["last_output"] == "worked\n"
    assert (await journal(lab, id_, key))["runs"] == before


async def test_a_call_is_told_with_its_request(lab: Lab) -> None:
    id_ = await lab.serve("a.ipynb", SHOUT, TAKE)
    await lab.get(id_, "/shout?word=a%20b&wait=0")
    body = {"a": 1, "note": "n" * 6_000}
    json_type = {"Content-Type": "application/json"}
    await lab.ask("POST", f"neutrino/live/{id_}/take", body=body, headers=json_type)
    await lab.ask(
        "POST", f"neutrino/live/{id_}/take", body=b"\x00\x01", headers={"Content-Type": "image/png"}
    )
    calls = (await journal(lab, id_, ""))["calls"]
    told = {"caller": "127.0.0.1", "method": "POST", "target": "/take", "body": ""}
    assert [each["request"] for each in calls] == [
        {**told, "method": "GET", "target": "/shout?word=a%20b&wait=0", "media": ""},
        {
            **told,
            "media": "application/json",
            "body": json.dumps(body).encode()[: call_context.BODY_BYTES].decode(),
        },
        {**told, "media": "image/png"},
    ]


async def test_fields_that_resp_drops_are_told(lab: Lab) -> None:
    id_ = await lab.serve("a.ipynb", NARROW, THREAD)
    answer = await lab.get(id_, "/narrow")
    assert answer.json == {"a": 1}
    assert "undeclared" not in answer.text
    await lab.get(id_, "/thread")
    calls = (await journal(lab, id_, ""))["calls"]
    assert [each["undeclared"] for each in calls] == [["b", "c"], []]


async def test_calls_at_a_port_of_its_own_are_told_like_all_others(lab: Lab) -> None:
    cells = (SHOUT, THREAD, HALF, FAIL, TAKE, NARROW)
    id_ = await lab.serve("a.ipynb", *cells, options={"own_port": True})
    port = (await lab.ask("GET", f"neutrino/api/served/{id_}/port")).json
    sent: list[tuple[str, str, dict[str, Any]]] = [
        ("GET", "/shout?word=a%20b&wait=0", {}),
        ("GET", "/thread", {}),
        ("GET", "/fail", {}),
        ("GET", "/narrow", {}),
        ("GET", "/shout", {}),
        *(("POST", "/take", {"a": a, "note": "b"}) for a in (1, 2, "x")),
    ]
    for method, path, body in sent:
        json_type = {"Content-Type": "application/json"} if body else {}
        data = json.dumps(body).encode() if body else None
        await lab.ask(method, f"neutrino/live/{id_}{path}", body=data, headers=json_type)
        keyed = {"X-API-Key": port["key"], **json_type}
        url = port["url"].rstrip("/") + path
        async with lab.session.request(method, url, data=data, headers=keyed) as answer:
            await answer.read()
    calls = (await journal(lab, id_, ""))["calls"]
    assert len(calls) == 2 * len(sent)
    for each in calls:
        del each["started"], each["duration_ms"]
    assert calls[1::2] == calls[::2]
