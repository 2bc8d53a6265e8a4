"""What others got wrong when a model's code runs on a kernel, each as what must be true."""

from __future__ import annotations

import asyncio
from hashlib import sha256

import pytest

from neutrino_lab.kernels.errors import MalformedError, NoExecutionError, SessionExpiredError
from neutrino_lab.kernels.executions import Result
from neutrino_lab.kernels.service import Request
from tests.execution.conftest import USER, Runs
from tests.execution.server import once_in_five


def test_it_prints_shows_and_gives_its_last_value(runs: Runs, session: str) -> None:
    result = runs.run("import sys\nprint('out')\nprint('err', file=sys.stderr)\n6 * 7", session)
    told = result.as_dict()
    assert told.pop("duration_ms") < 30_000
    assert told == {
        "execution_id": result.execution_id,
        "session_id": session,
        "status": "ok",
        "outputs": [
            {"output_type": "stream", "name": "stdout", "text": "out\n"},
            {"output_type": "stream", "name": "stderr", "text": "err\n"},
            {
                "output_type": "execute_result",
                "data": {"text/plain": "42"},
                "metadata": {},
                "execution_count": result.execution_count,
            },
        ],
        "text": "out\nerr\n42",
        "execution_count": result.execution_count,
        "state_lost": False,
        "files": [],
    }


def test_an_exception_is_told_with_its_traceback(runs: Runs, session: str) -> None:
    result = runs.run("def f():\n    return 1 / 0\nf()", session)
    assert (result.status, result.state_lost) == ("error", False)
    assert result.error is not None
    assert (result.error["name"], result.error["message"]) == (
        "ZeroDivisionError",
        "division by zero",
    )
    assert "return 1 / 0" in result.text
    assert "\x1b" not in result.text + "".join(result.error["traceback"])


def test_variables_are_kept_between_executions_of_a_session(runs: Runs, session: str) -> None:
    runs.run("kept = [1, 2]", session)
    runs.run("kept.append(3)", session)
    assert runs.run("kept", session).text == "[1, 2, 3]"


def test_an_execution_without_a_session_leaves_nothing_for_the_next(runs: Runs) -> None:
    assert runs.run("left = 1; left").text == "1"
    result = runs.run("left")
    assert (result.status, result.session_id) == ("error", None)
    assert result.error is not None
    assert result.error["name"] == "NameError"


@pytest.mark.parametrize("ends", ["print('x' * 3_000_000)", "import os; os.kill(os.getpid(), 9)"])
def test_without_a_session_nothing_is_said_to_be_kept(runs: Runs, ends: str) -> None:
    text = runs.run(f"open('a.txt', 'w').write('x'); {ends}").text
    assert "variables" not in text
    assert "Files written: a.txt (1 B). They are gone with the kernel" in text


def test_code_that_is_no_python_is_answered_without_a_kernel(
    runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs.service.pool, "take", None)
    result = runs.run("def f(:\n    pass")
    assert result.status == "error"
    assert result.error is not None
    assert result.error["name"] == "SyntaxError"
    assert "def f(:" in result.text


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("!echo from the shell", "from the shell"),
        ("%%bash\necho from bash", "from bash"),
        ("x = !echo assigned\nx[0]", "'assigned'"),
        (">>> 1 + 1", "2"),
        ("  1 + 2", "3"),
        ("import asyncio\nawait asyncio.sleep(0, 'awaited')", "'awaited'"),
    ],
)
def test_what_ipython_reads_is_left_to_the_kernel(
    runs: Runs, session: str, code: str, shown: str
) -> None:
    assert runs.run(code, session).text.strip() == shown


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("while True: print('y' * 1000)", {"output_limit"}),
        ("x = bytearray(10_000_000_000)", {"out_of_memory"}),
        ("import os; os._exit(3)", {"killed"}),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSTOP)", {"timeout"}),
        ("input()", {"error"}),
        (
            "import threading, time\ndef late():\n    while True:\n        print('LATE')\n"
            "        time.sleep(0.01)\nthreading.Thread(target=late, daemon=True).start()",
            {"ok"},
        ),
    ],
    ids=["flood", "memory", "exit", "stopped", "input", "thread"],
)
def test_other_sessions_notice_nothing_and_the_next_call_works(
    runs: Runs, session: str, code: str, words: set[str]
) -> None:
    bad = runs.session()
    runs.run("mark = 'mine'", session)

    async def beside() -> tuple[Result, list[Result]]:
        began = asyncio.ensure_future(runs.running(code, bad, timeout_s=10.0))
        others = [await runs.running("print(mark)", session)]
        while not began.done():
            others.append(await runs.running("print(mark)", session))
        return began.result(), others

    ended, others = runs.wait(beside())
    assert ended.status in words
    assert {(each.text, each.status, each.state_lost) for each in others} == {("mine", "ok", False)}
    following = runs.run("40 + 2", bad)
    assert following.status == "ok"
    assert following.text.startswith("42")
    assert "LATE" not in following.text
    runs.wait(runs.service.end_session(bad, USER))


def test_busy_code_in_one_session_does_not_hold_up_another(runs: Runs, session: str) -> None:
    other = runs.session()

    async def both() -> str:
        stop = await runs.service.execute(
            USER, Request("import time; time.sleep(1000)", session_id=session)
        )
        answer = await runs.running("'quick'", other)
        stop.stop.set()
        assert (await stop.finished()).status == "interrupted"
        return answer.text

    assert runs.wait(both()) == "'quick'"


def test_a_session_runs_its_executions_one_after_the_other(runs: Runs, session: str) -> None:
    async def both() -> list[str]:
        first = runs.running("order = []\nimport time; time.sleep(0.3); order.append(1)", session)
        second = runs.running("order.append(2); order", session)
        return [each.text for each in await asyncio.gather(first, second)]

    assert runs.wait(both())[1] == "[1, 2]"


def test_a_lost_word_that_it_is_idle_leaves_nothing_busy(runs: Runs) -> None:
    mute = runs.session()
    code = """
kernel = get_ipython().kernel
for name in ("_publish_status", "_publish_status_and_flush"):
    if hasattr(kernel, name):
        setattr(kernel, name, lambda *args, **kwargs: None)
print("mute")
"""
    assert runs.run(code, mute).text == "mute"
    result = runs.run("print('still')", mute)
    assert (result.status, result.text) == ("ok", "still")
    assert runs.service.sessions.get(mute, USER).state == "idle"


def test_an_interrupt_says_truly_that_the_variables_survived(runs: Runs, session: str) -> None:
    async def interrupted() -> bool:
        await runs.running("mark = 'kept'", session)
        execution = await runs.service.execute(
            USER, Request("print(1)\nwhile True: pass", session_id=session)
        )
        async for event in execution.read():
            if event.kind == "output":
                runs.service.interrupt_session(session, USER)
                break
        result = await execution.finished()
        following = await runs.running("mark", session)
        assert result.status == "interrupted"
        assert (following.text == "'kept'") == (not result.state_lost)
        return not result.state_lost

    once_in_five(lambda: runs.wait(interrupted()), "no interrupt leaves the variables")


def test_a_restart_loses_the_variables_and_says_so(runs: Runs, session: str) -> None:
    runs.run("mark = 1", session)
    runs.wait(runs.service.restart_session(session, USER))
    result = runs.run("'mark' in globals()", session)
    assert (result.state_lost, result.text.split("\n")[0]) == (True, "False")


def test_an_expired_session_is_an_answer_and_says_how_to_go_on(runs: Runs) -> None:
    ended = runs.session()
    runs.wait(runs.service.end_session(ended, USER))
    for id_ in (ended, "0123456789abcdef"):
        result = runs.run("1", id_)
        assert (result.status, result.outputs) == ("session_expired", [])
        assert "open a new session" in result.text


def test_a_session_that_nobody_uses_is_ended(runs: Runs) -> None:
    unused = runs.session(ttl_s=0.5)

    async def gone() -> None:
        while True:
            try:
                runs.service.sessions.get(unused, USER)
            except SessionExpiredError:
                return
            await asyncio.sleep(0.05)

    runs.wait(gone())


def test_the_modules_that_a_session_asks_for_are_imported(runs: Runs) -> None:
    ready = runs.session(imports=("json", "nothing_of_this_name"))
    assert runs.run("json.dumps([1])", ready).text == "'[1]'"


def test_nobody_sees_or_ends_what_is_another_users(runs: Runs, session: str) -> None:
    mine = runs.run("1", session)
    assert runs.run("1", session, owner="bob").status == "session_expired"
    assert runs.service.listed("bob") == []
    for act in (
        lambda: runs.wait(runs.service.end_session(session, "bob")),
        lambda: runs.service.interrupt_session(session, "bob"),
        lambda: runs.wait(runs.service.folder(session, "bob")),
    ):
        with pytest.raises(SessionExpiredError):
            act()
    with pytest.raises(NoExecutionError):
        runs.service.executions.get(mine.execution_id, "bob")


def test_each_execution_is_recorded_without_its_outputs(runs: Runs, session: str) -> None:
    result = runs.run("print('not ' + 'recorded')", session)
    assert runs.records[-1] == {
        "user": USER,
        "execution_id": result.execution_id,
        "session_id": session,
        "kernel_name": "python3",
        "code": "print('not ' + 'recorded')",
        "code_sha256": sha256(b"print('not ' + 'recorded')").hexdigest(),
        "code_characters": 26,
        "status": "ok",
        "duration_ms": result.duration_ms,
        "output_characters": 12,
        "dropped_bytes": 0,
        "state_lost": False,
    }
    assert "not recorded" not in str(runs.records[-1])


@pytest.mark.parametrize("timeout_s", [-1.0, 61.0, float("inf"), float("nan")])
def test_a_time_limit_that_cannot_be_is_malformed(runs: Runs, timeout_s: float) -> None:
    with pytest.raises(MalformedError, match="timeout_s"):
        runs.run("1", timeout_s=timeout_s)


def test_the_same_question_may_be_answered_from_before(runs: Runs) -> None:
    code = "import uuid; uuid.uuid4().hex"
    first, again = runs.run(code, cache_s=600.0), runs.run(code, cache_s=600.0)
    assert (again.text, again.is_cached) == (first.text, True)
    assert again.execution_id != first.execution_id
    assert runs.run(code).text != first.text
    assert runs.run(code, owner="bob", cache_s=600.0).text != first.text
