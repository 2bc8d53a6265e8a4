"""What a worker keeps of calls, messages and runs: bounded, and true to the cells."""

from __future__ import annotations

import asyncio
import sys
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from neutrino_lab.runtime.bus.memory import MemoryBus
from neutrino_lab.runtime.cell_file import CodeCell
from neutrino_lab.runtime.engine import Engine
from neutrino_lab.runtime.observe.journal import Call, Direction, Run, SocketMessage
from neutrino_lab.runtime.observe.output import Output
from neutrino_lab.runtime.program import Changes, Program
from neutrino_lab.runtime.spec import App, Http, WebSocket
from neutrino_lab.serve import call_context, call_log
from neutrino_lab.serve.call_log import CallLog
from neutrino_lab.serve.stats import Stats
from neutrino_lab.serve.tracebacks import FRAMES, TEXT_CHARACTERS, failure

DEEP = "def deep(n):\n    return deep(n + 1)"
HALF = "def half(n):\n    # in words\n    return 1 / n"
FAIL = "def fail():\n    return half(0)"


def program(*cells: tuple[str, str]) -> Program:
    made = Program()
    update(made, *cells)
    return made


def update(made: Program, *cells: tuple[str, str], ran: str | None = None) -> None:
    """Give a program cells, by key, of which only one runs where `ran` names it."""
    endpoints = tuple(
        Http("GET", "/fail", "nb:fail", n) for n, (key, _) in enumerate(cells, 1) if key == "fail"
    )
    changes = None if ran is None else Changes(run=frozenset({("nb", ran)}))
    coded = [CodeCell(n, code, key, f"a.ipynb, cell {n}") for n, (key, code) in enumerate(cells, 1)]
    made.update(App("a", ("nb",), endpoints), {"nb": coded}, changes)


def raised(made: Program, name: str = "fail") -> BaseException:
    with pytest.raises(Exception) as caught:  # noqa: PT011 - whatever it is
        made.names("nb")[name]()
    return caught.value


def test_frames_name_the_cells_as_they_stand_now() -> None:
    made = program(("half", HALF), ("fail", FAIL))
    update(made, ("new", "x = 1"), ("half", HALF), ("fail", FAIL), ran="new")
    told = failure(raised(made), made.origin)
    assert told["frames"][1:] == [
        {
            "cell": 3,
            "cell_id": "fail",
            "file": "a.ipynb, cell 3",
            "line": 2,
            "function": "fail",
            "text": "return half(0)",
        },
        {
            "cell": 2,
            "cell_id": "half",
            "file": "a.ipynb, cell 2",
            "line": 3,
            "function": "half",
            "text": "return 1 / n",
        },
    ]
    assert told["text"].endswith(
        '  File "a.ipynb, cell 3", line 2, in fail\n    return half(0)\n'
        '  File "a.ipynb, cell 2", line 3, in half\n    return 1 / n\n'
        "ZeroDivisionError: division by zero"
    )


def test_a_cell_that_is_gone_has_no_number() -> None:
    made = program(("half", HALF), ("fail", FAIL))
    error = raised(made)
    update(made, ("half", HALF), ran="half")
    assert [each["cell"] for each in failure(error, made.origin)["frames"][1:]] == [0, 1]


def test_code_that_ran_again_is_still_found() -> None:
    made = program(("half", HALF), ("fail", FAIL))
    update(made, ("half", HALF), ("fail", FAIL), ran="half")
    assert [each["cell"] for each in failure(raised(made), made.origin)["frames"][1:]] == [2, 1]


def test_a_failure_is_bounded() -> None:
    made = program(("deep", DEEP), ("fail", "def fail():\n    deep(0)"))
    told = failure(raised(made), made.origin)
    assert (told["type"], len(told["frames"])) == ("RecursionError", FRAMES)
    assert told["frames"][1]["function"] == "fail"
    assert len(told["text"]) < TEXT_CHARACTERS
    long = failure(ValueError("x" * 100_000), lambda _: None)
    assert len(long["message"]) < 3_000 < len(long["text"]) < TEXT_CHARACTERS + 100


def test_an_exception_that_cannot_be_told_is_told_all_the_same() -> None:
    class BrokenError(Exception):
        def __str__(self) -> str:
            raise ValueError

    assert failure(BrokenError(), lambda _: None)["message"] == ""


def test_nothing_holds_the_exception_itself() -> None:
    noted, error = CallLog(), ValueError("no")
    before = sys.getrefcount(error)
    noted.call(Call("GET /a", 500, 0.0, 0.0), error)
    noted.run(Run("SCHEDULE nb:job", 0.0, 0.0, 0.0, "failed"), error)
    assert sys.getrefcount(error) == before
    assert [each["failure"]["type"] for each in noted.journal("GET /a")["calls"]] == ["ValueError"]


def test_rings_are_bounded_in_number_and_in_size() -> None:
    noted = CallLog()
    for n in range(2 * call_log.ENTRIES):
        noted.call(Call(f"GET /{n % 2}", 200, float(n), 0.001))
        noted.run(Run("SCHEDULE nb:job", float(n), 0.0, 0.0, "ok", output="x" * 20_000))
    found = noted.journal("")
    assert [each["started"] for each in found["calls"]] == list(
        range(call_log.ENTRIES, 2 * call_log.ENTRIES)
    )
    assert len(found["runs"]) == call_log.RING_CHARACTERS // 20_000
    assert noted.counts["GET /0"].calls == call_log.ENTRIES


def test_a_crowd_is_not_written_down_name_by_name() -> None:
    noted = CallLog()
    crowd = [SimpleNamespace(name=f"{n}" * 99, key="WS /ws") for n in range(1_000)]
    noted.message(SocketMessage("WS /ws", "out", "", "", crowd, 1))
    (told,) = noted.journal("WS /ws")["messages"]
    assert len(told["recipients"]) == call_log.RECIPIENTS
    assert max(map(len, told["recipients"])) == call_log.NAME_CHARACTERS
    assert (told["reached"], told["frames"]) == (1_000, [])


def connect(noted: CallLog, name: str, id_: str = "") -> Any:
    """A client that is connected, and the recorder of what is printed for it."""
    line = call_context.Line(Output(), id_)
    # Compared by identity, as clients are.
    client = type("Client", (), {"name": name, "key": "WS /ws"})()
    token = call_context.LINE.set(line)
    noted.joined(client)
    call_context.LINE.reset(token)
    return client, line


def test_frames_are_numbered_on_each_connection_that_has_a_name() -> None:
    noted = CallLog()
    ada, bob, other = (
        connect(noted, name, id_)[0] for name, id_ in (("ada", "c"), ("bob", "d"), ("eve", ""))
    )
    for recipients in ((ada, bob, other), (ada,), (), (bob, ada)):
        noted.message(SocketMessage("WS /ws", "out", "", "", recipients, 1))
    noted.message(SocketMessage("WS /ws", "in", "a", "", (), 1))
    noted.left(ada)
    noted.message(SocketMessage("WS /ws", "out", "", "", (ada, other), 1))
    assert [
        ([(each["call"], each["number"]) for each in told["frames"]], told["reached"])
        for told in noted.journal("WS /ws")["messages"]
    ] == [
        ([("c", 1), ("d", 1)], 3),
        ([("c", 2)], 1),
        ([], 0),
        ([("d", 2), ("c", 3)], 2),
        ([], 0),
        ([], 2),
    ]


def test_what_sockets_print_is_kept_line_by_line() -> None:
    noted = CallLog()
    ada, bob = (connect(noted, name)[1] for name in ("ada", "bob"))
    for line, text in (
        (ada, "one, "),
        (bob, "x" * 9_999 + "\n"),
        (ada, "two\nthr"),
        (ada, "ee\n\n"),
    ):
        line.write(text)
    assert [(each["client"], each["text"]) for each in noted.journal("WS /ws")["prints"]] == [
        ("ada", "one, two"),
        ("bob", "x" * call_log.LINE_CHARACTERS),
        ("ada", "three"),
    ]
    assert noted.counts["WS /ws"].last_output.endswith("xx\ntwo\nthree\n\n")
    for n in range(2 * call_log.ENTRIES):
        ada.write(f"{n}\n")
    assert len(noted.journal("")["prints"]) == call_log.ENTRIES
    assert len(noted.counts["WS /ws"].last_output) == call_log.TAIL_CHARACTERS


def test_news_are_what_has_come_since_and_lines_that_have_grown() -> None:
    noted = CallLog()
    ada, line = connect(noted, "ada", "c")
    everything = noted.news("", "")
    assert (everything["calls"], everything["is_whole"]) == ([], True)
    for n in range(3):
        noted.call(Call(f"GET /{n % 2}", 200, float(n), 0.0))
    line.write("on")
    first = noted.news("", everything["cursor"])
    assert [each["started"] for each in first["calls"]] == [0, 1, 2]
    assert [each["text"] for each in first["prints"]] == ["on"]
    line.write("e\ntwo\n")
    noted.message(SocketMessage("WS /ws", "out", "", "", (ada,), 1))
    second = noted.news("", first["cursor"])
    lines = [(each["at"], each["text"]) for each in second["prints"]]
    at = first["prints"][0]["at"]
    assert ([each["text"] for each in second["prints"]], lines[0][0]) == (["one", "two"], at)
    assert lines[1][0] > at
    assert (second["calls"], len(second["messages"]), second["is_whole"]) == ([], 1, False)
    assert noted.news("GET /1", everything["cursor"])["calls"] == first["calls"][1:2]
    nothing = noted.news("", second["cursor"])
    kinds = ("calls", "messages", "prints", "crashes", "runs")
    assert not any(nothing[kind] for kind in kinds)
    for other in (CallLog().news("", "")["cursor"], "x", "", f"{second['cursor']}x", "-"):
        assert noted.news("", other)["is_whole"], other


def test_percentiles_are_those_of_the_last_calls() -> None:
    noted = CallLog()
    for n in range(1, 301):
        failed = n == 300
        noted.call(Call("GET /a", 500 if failed else 200, 0.0, n / 1000))
    count = noted.counts["GET /a"]
    assert (count.calls, count.errors, count.latencies_ms[-2:]) == (300, 1, [299, -300])
    assert count.percentiles_ms() == (200, 290, 298)
    assert call_log.Count().percentiles_ms() == (0, 0, 0)


def test_sockets_count_messages_and_have_no_latency() -> None:
    talk = WebSocket("/talk", "nb:talk", 1)
    ticks = WebSocket("/ticks", "nb:ticks", 2, type="stream")
    noted = CallLog()
    directions: tuple[Direction, ...] = ("in", "out", "out")
    for direction in directions:
        noted.message(SocketMessage(talk.key, direction, "", "", (), 1))
        noted.message(SocketMessage(ticks.key, "out", "", "", (), 1))
    engine = Engine(MemoryBus(), journal=noted)
    engine.adopt(App("nb", ("nb",), (talk, ticks)), {})
    told = [
        (each["key"], each["calls"], each["latencies_ms"], each["p50_ms"])
        for each in Stats(engine, noted).now()
    ]
    assert told == [("WS /talk", 1, [], 0), ("WS /ticks", 3, [], 0)]


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize(
    ("sent", "taken"), [(b"call-1.a~b_c", "call-1.a~b_c"), (b"a b", ""), (b"x" * 65, ""), (b"", "")]
)
def test_the_id_of_a_call_is_taken_before_the_app(kind: str, sent: bytes, taken: str) -> None:
    seen: list[Scope] = []

    async def app(scope: Scope, _receive: Receive, _send: Send) -> None:
        seen.append(scope)

    headers = [
        (b"host", b"here"),
        (call_context.RAW_HEADER, sent),
        (call_context.RAW_HEADER, b"again"),
    ]
    scope = {
        "type": kind,
        "headers": headers,
        "method": "GET",
        "raw_path": b"/a",
        "query_string": b"",
        "root_path": "",
    }
    noted = CallLog()

    async def call() -> None:
        await call_context.Listening(app, Output())(scope, _unused, _unused)
        noted.call(Call("GET /a", 200, 0.0, 0.0))

    asyncio.run(call())
    assert [each["headers"] for each in seen] == [[(b"host", b"here")]]
    assert noted.journal("")["calls"][0]["id"] == (taken if kind == "http" else "")


async def _unused(*_: object) -> Any: ...
