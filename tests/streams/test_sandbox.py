"""Operators in a sandbox: they do what they would do inline, reach nothing, and cost one value."""

from __future__ import annotations

import json
import os
import signal
import socket
import threading
from pathlib import Path
from typing import Any

import pytest

from neutrino_lab.runtime.sandbox import ladder
from neutrino_lab.runtime.sandbox.levels import LEVELS, Level
from neutrino_lab.runtime.streams import remote
from neutrino_lab.runtime.streams.process import Process
from neutrino_lab.runtime.streams.remote import SandboxStartError
from neutrino_lab.runtime.streams.values import thawed
from tests.streams.flows import MEANS, PRICES, operator, put
from tests.streams.sandboxes import SIZE, SMA, function, sandboxed


@pytest.fixture(params=LEVELS)
def level(request: pytest.FixtureRequest) -> Level:
    chosen: Level = request.param
    if reason := ladder.refusal(chosen):
        pytest.skip(reason)
    return chosen


@pytest.fixture(params=["bubblewrap", "landlock"])
def isolated(request: pytest.FixtureRequest) -> Level:
    chosen: Level = request.param
    if reason := ladder.refusal(chosen):
        pytest.skip(reason)
    return chosen


def inline(code: str, **declared: Any) -> Process:
    namespace: dict[str, Any] = {}
    exec(code, namespace)
    return Process(operator(namespace["work"], **declared))


@pytest.mark.parametrize(
    ("code", "declared", "values"),
    [
        (SMA, {"params": SIZE}, PRICES),
        (SMA, {"params": SIZE, "key": "k", "select": [("v", "float")]},
         [{"k": "ab"[n % 2], "v": n} for n in range(9)]),
        ("def work(value):\n    return value * 2 if value else None", {}, [1, 0, 2.5, "x", None]),
        ("def work(value):\n    return {'é': [value, (1, 2)], 'n': None}", {}, [1, [2], {"a": 3}]),
        ("def work(value):\n    return 2 ** value", {}, [3, 62, 63, 64, 200]),
        ("def work(value):\n    return value / 10 ** 308 * 10", {}, [1.0, float("inf"), -1e300]),
        ("def work(value):\n    return value + '\\ud800'", {}, ["half a pair"]),
        ("def work(value) -> bool:\n    return value['price'] > 20", {},
         [{"price": 30}, {"price": 10}, {"no": 1}, {"price": 21}]),
        ("def work(value):\n    for n in range(value):\n        yield n", {}, [2, 0, 3]),
        ("def work(value):\n    return sum(value)", {"window": "3"}, list(range(10))),
        ("from datetime import datetime\ndef work(value):\n    return datetime(2026, 1, value)",
         {}, [1, 2, 99]),
        ("import decimal\ndef work(value):\n    return [decimal.Decimal(value)]", {}, ["1.50"]),
        ("def work(value):\n    return float(value)", {}, ["nan", "-inf", "-0.0", 5e-324, 2**53]),
        ("def work(acc, value, params):\n    return value", {"params": SIZE}, [1, (1, 2)]),
        ("def work(acc, value):\n    acc['n'] = acc.get('n', 0) + value\n    return acc, acc['n']",
         {"state": [("n", "int", False, 10)]}, [1, 2, "three", 4]),
    ],
)  # fmt: skip
def test_it_gives_what_it_gives_inline(
    level: Level, code: str, declared: dict[str, Any], values: list[Any]
) -> None:
    there, here = [], inline(code, **declared)
    with sandboxed(level, code, **declared) as process:
        for batch in (values, values):
            there.append(told(process, batch))
    assert there == [told(here, batch) for batch in (values, values)]


def told(process: Process, values: list[Any]) -> Any:
    results: list[Any] = []
    process.run([(value, float(n), n, 0) for n, value in enumerate(values)], results)
    failures = [(each.kind, each.message, each.value) for each in process.errors]
    counts = process.received, process.failed, process.failures_in_a_row, process.positions
    given = [(key, repr(thawed(value)), at) for key, value, at in results]
    return given, json.dumps([*process.states().items()]), failures, counts


def test_a_coroutine_runs_on_a_loop_of_its_own(level: Level) -> None:
    code = (
        "import asyncio\nasync def work(value):\n    await asyncio.sleep(0)\n    return value + 1"
    )
    with sandboxed(level, code) as process:
        assert put(process, 1, 2) == [2, 3]


def test_a_cell_has_its_imports_and_its_output(
    level: Level, capsys: pytest.CaptureFixture[str]
) -> None:
    code = """
    import math
    print("begun")

    def half(value):
        print("half of", value)
        return math.floor(value / 2)

    def work(value):
        return half(value)
    """
    with sandboxed(level, code) as process:
        assert put(process, 5, 7) == [2, 3]
    assert capsys.readouterr().out == "begun\nhalf of 5\nhalf of 7\n"


FORBIDDEN = {
    "read": "open(value['secret']).read()",
    "list": "os.listdir(value['folder'])",
    "write": "open(value['folder'] + '/new', 'w')",
    "write to /tmp": "open('/tmp/neutrino-new', 'w')",
    "a socket": "socket.create_connection(('127.0.0.1', value['port']), 1)",
    "a Unix socket": "socket.socket(socket.AF_UNIX).connect(value['socket'])",
    "fork": "os.fork()",
    "a program": "subprocess.run(['/bin/true'])",
    "a signal": "os.kill(value['pid'], 9)",
    "its process": "open(f\"/proc/{value['pid']}/environ\").read()",
    "change": "os.chmod(value['secret'], 0o777)",
    "remove": "os.remove(value['secret'])",
    "passwords": "open('/etc/shadow').read()",
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_nothing_can_be_reached(isolated: Level, what: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("treasure", encoding="utf-8")
    code = f"import os, socket, subprocess\ndef work(value):\n    return repr({FORBIDDEN[what]})"
    with socket.create_server(("127.0.0.1", 0)) as server, \
            socket.socket(socket.AF_UNIX) as unix:  # fmt: skip
        unix.bind(str(tmp_path / "socket"))
        unix.listen()
        reached = {
            "secret": str(secret),
            "folder": str(tmp_path),
            "port": server.getsockname()[1],
            "socket": str(tmp_path / "socket"),
            "pid": os.getpid(),
        }
        with sandboxed(isolated, code) as process:
            assert put(process, reached) == []
            [failure] = process.errors
    kinds = {"PermissionError", "FileNotFoundError", "OSError", "ProcessLookupError"}
    assert failure.kind in kinds
    assert sorted(tmp_path.iterdir()) == [secret, tmp_path / "socket"]
    assert secret.stat().st_mode & 0o777 != 0o777


def test_it_has_no_variable_of_the_service(
    isolated: Level, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEUTRINO_API_KEYS", "a-key-that-nobody-knows")
    code = "import os\ndef work(value):\n    return repr(dict(os.environ))"
    with sandboxed(isolated, code) as process:
        [seen] = put(process, 1)
    assert "nobody" not in seen
    assert "NEUTRINO" not in seen


@pytest.mark.parametrize(
    ("ending", "kind", "part"),
    [
        ("os._exit(3)", "SandboxError", "it ended with code 3"),
        ("os.abort()", "SandboxError", "it ended"),
        ("ctypes.string_at(0)", "SandboxError", "it ended"),
        ("exit()", "SystemExit", "None"),
        ("bytearray(2 ** 31)", "MemoryError", "MemoryError"),
        ("flood()", "SandboxError", "67,108,864 bytes are the most"),
    ],
)
def test_what_ends_the_process_costs_one_value(
    level: Level, ending: str, kind: str, part: str
) -> None:
    code = f"""
import ctypes, os

def flood():
    for number in range(3, 20):
        try:
            os.write(number, b"\\xff" * 8)
        except OSError:
            pass
    os._exit(1)

def work(acc, value):
    if value == 3:
        {ending}
    total = acc.get("total", 0) + value
    return {{"total": total}}, total
"""
    if "flood" in ending:
        part = "it answered with"
    with sandboxed(level, code) as process:
        assert put(process, *range(8)) == [0, 1, 3, 7, 12, 18, 25]
        [failure] = process.errors
        assert (failure.kind, failure.value) == (kind, "3")
        assert part in failure.message
        assert process.states() == {None: {"total": 25}}
        assert put(process, 1) == [26]


def test_what_never_returns_costs_one_value(level: Level) -> None:
    code = "def work(value):\n    while value == 1:\n        pass\n    return value"
    with sandboxed(level, code, timeout="500ms") as process:
        assert put(process, 0, 1, 2) == [0, 2]
        [failure] = process.errors
    assert (failure.kind, failure.value) == ("InterruptedOperatorError", "1")
    assert failure.message == "it took longer than 0.5 s, and was ended"


def test_a_killed_process_costs_nothing(level: Level) -> None:
    with sandboxed(level, SMA, params=SIZE) as process:
        given: list[Any] = []
        for price in PRICES:
            given += put(process, price)
            kill(process)
        assert [round(each, 9) for each in given] == MEANS
        assert not process.errors


def kill(process: Process) -> None:
    assert process.remote is not None
    assert process.remote.child is not None
    os.kill(process.remote.child.pid, signal.SIGKILL)


LIES = [
    b"nonsense",
    b"[]",
    b'{"outcomes": 1, "states": {}, "is_last": true}',
    b'{"outcomes": [], "states": {}, "is_last": true}',
    b'{"outcomes": [1, 2, 3, 4], "states": {}, "is_last": true}',
    b'{"outcomes": [{"j": "{}\\n\\ndata: {}"}], "states": {}, "is_last": true}',
    b'{"outcomes": [{"j": "1}, {"}], "states": {}, "is_last": true}',
    b'{"outcomes": [{"i": "0x10"}], "states": {}, "is_last": true}',
    b'{"outcomes": [{"e": "no"}], "states": {}, "is_last": true}',
    b'{"outcomes": [[1]], "states": {}, "is_last": true}',
    b'{"outcomes": [1], "states": {"9": "{}"}, "is_last": true}',
    b'{"outcomes": [1], "states": {"0": "[]"}, "is_last": true}',
    b'{"outcomes": [1], "states": {"0": 5}, "is_last": true}',
    b'{"outcomes": [1], "states": {}, "is_last": "yes"}',
    b"[" * 100_000,
    b"#\0\0\0",
    b"#\0\0\0\x50{}" + bytes(8),
    b'#\0\0\0\x1c{"states":{},"is_last":true}' + bytes(7),
    b'#\0\0\0\x1c{"states":{},"is_last":true}' + bytes(32),
]


@pytest.mark.parametrize("lie", LIES, ids=range(len(LIES)))
def test_what_is_answered_is_not_believed(lie: bytes) -> None:
    code = f"""
import os, struct
def work(value):
    lie = {lie!r}
    if value:
        for number in range(3, 20):
            try:
                os.write(number, struct.pack(">I", len(lie)) + lie)
            except OSError:
                pass
        os._exit(0)
    return "true"
"""
    with sandboxed("limits", code) as process:
        assert put(process, 0, 1, 0) == ["true", "true"]
        [failure] = process.errors
    assert (failure.kind, failure.value) == ("SandboxError", "1")


def test_a_state_that_is_no_json_is_told_once(level: Level) -> None:
    code = "def work(acc, value):\n    return {'seen': {value}}, value"
    with sandboxed(level, code) as process:
        assert put(process, 1, 2) == [1, 2]
        assert put(process, 3) == [3]
        assert [each.kind for each in process.errors] == ["StateError"]


def test_it_is_closed_while_it_works(level: Level) -> None:
    code = "def work(value):\n    while True:\n        pass"
    with sandboxed(level, code, timeout="off") as process:
        results: list[Any] = []
        thread = threading.Thread(target=process.run, args=([(1, 0.0, 7, 0)], results))
        thread.start()
        while process.remote is None or process.remote.child is None:
            pass
        process.close()
        thread.join(30)
        assert not thread.is_alive()
        assert (process.is_cut, process.positions, process.received) == (True, {}, 0)


@pytest.mark.parametrize(
    ("code", "message", "line"),
    [
        ("import os\n\n1 / 0\ndef work(value):\n    return value", "ZeroDivisionError", 3),
        ("def work(value):\n    return value\nwork = 5", "`work` is not a function", 0),
        ("import os\nos._exit(4)\ndef work(value):\n    return value", "it ended with code 4", 0),
        ("open('/etc/passwd', 'w')\ndef work(value):\n    return value", "Error", 1),
    ],
)
def test_a_cell_that_does_not_run_is_told(
    isolated: Level, code: str, message: str, line: int
) -> None:
    with pytest.raises(SandboxStartError) as caught:
        remote.started(function(code), isolated)
    assert message in str(caught.value)
    assert caught.value.line == line


def test_the_outline_evaluates_nothing() -> None:
    made = function(
        """
        import nothing_that_there_is
        @nothing_that_there_is.cached
        def work(acc, value: Price = nothing(), *, params=1 / 0) -> bool:
            "What it does."
            def inner():
                yield 1
            return value
        """
    )
    assert made.outline.__doc__ == "What it does."
    assert made.outline.__annotations__ == {"value": "Price", "return": "bool"}
    assert made.outline(1) is None
    with pytest.raises(RuntimeError, match="in its sandbox alone"):
        made(1)


def test_a_value_that_cannot_be_sent_costs_itself_alone(level: Level) -> None:
    with sandboxed(level, "def work(value):\n    return value") as process:
        assert put(process, 1, lambda: 2, 3) == [1, 3]
        [failure] = process.errors
        assert "cannot be sent to the sandbox" in failure.message


def test_frames_that_are_on_their_way_together_cost_no_more(
    level: Level, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some fit into the pipe beside the one that is worked on, some do not; one value cannot be
    sent, one ends the process."""
    monkeypatch.setattr(remote, "FRAME", 2)
    code = """
import os

def work(acc, value):
    if value == 9:
        os._exit(1)
    count = acc.get("count", 0) + 1
    return {"count": count}, [count, str(value)[:1], value]
"""
    large = "x" * 200_000
    values = [1, 2, 3, large, 4, 5, lambda: 6, 7, 9, 8, large, 2]
    with sandboxed(level, code) as process:
        results = put(process, 0)
        assert process.remote is not None
        child = process.remote.child
        results += put(process, *[large] * 6)
        assert process.remote.child is child  # neither has waited for the other in vain
        results += put(process, *values)
        left = [each for each in values if each != 9 and not callable(each)]
        given = enumerate([0, *[large] * 6, *left], 1)
        assert results == [[n, str(each)[:1], each] for n, each in given]
        unsent, lost = process.errors
        assert "cannot be sent to the sandbox" in unsent.message
        assert (lost.kind, lost.value) == ("SandboxError", "9")
