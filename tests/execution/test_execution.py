"""What others got wrong when a model's code runs on a kernel, each as what must be true."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from hashlib import sha256

import pytest

from neutrino_lab.kernels.errors import MalformedError, NoExecutionError, SessionExpiredError
from neutrino_lab.kernels.executions import Result
from neutrino_lab.kernels.isolation import Isolation
from neutrino_lab.kernels.service import Request
from neutrino_lab.kernels.settings import Settings
from tests.execution.conftest import USER, Runs
from tests.execution.server import once_in_five

# What is promised is two seconds, which `make bench` measures; here a loaded machine may add to it
# what it likes, as long as it is clear that nobody waited for the code itself.
LATE_S = 60.0


def pid_of(result: Result) -> int:
    return int(result.text.split()[0])


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


def test_code_that_is_no_python_is_answered_without_a_kernel(runs: Runs) -> None:
    before = runs.service.pool.count
    result = runs.run("def f(:\n    pass")
    assert (result.status, runs.service.pool.count) == ("error", before)
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
    "code",
    [
        "while True: pass",
        "import time; time.sleep(1000)",
        "import time\nwhile True:\n    try:\n        time.sleep(1000)\n"
        "    except BaseException:\n        pass",
        "import os, signal; os.kill(os.getpid(), signal.SIGSTOP)",
        "import ctypes; ctypes.CDLL(None).sleep(1000)",
        "import ctypes; ctypes.PyDLL(None).sleep(1000)",
        "import signal, time\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\ntime.sleep(1000)",
    ],
    ids=["loop", "sleep", "stubborn", "stopped", "native", "native with the lock", "deaf"],
)
def test_no_call_outlives_its_limit_and_the_next_one_works(
    runs: Runs, session: str, code: str
) -> None:
    runs.run("mark = 'before'", session)
    began = time.monotonic()
    result = runs.run(code, session, timeout_s=0.7)
    assert time.monotonic() - began < 0.7 + LATE_S
    assert result.status == "timeout"
    assert "time limit of 0.7 s" in result.text
    following = runs.run("mark", session)
    # What it says of the variables is true.
    assert (following.status == "ok") == (not result.state_lost)
    assert following.state_lost == result.state_lost


def test_input_is_answered_with_an_error_at_once(runs: Runs, session: str) -> None:
    result = runs.run("input('who? ')", session)
    assert (result.status, result.state_lost) == ("error", False)
    assert result.error is not None
    assert result.error["name"] == "StdinNotImplementedError"


@pytest.mark.parametrize(
    ("code", "how"),
    [
        ("import os; os._exit(3)", "exit code 3"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "SIGKILL"),
        ("import ctypes; ctypes.string_at(0)", "SIGSEGV"),
    ],
)
def test_a_death_is_told_and_the_next_call_gets_a_fresh_kernel(
    runs: Runs, session: str, code: str, how: str
) -> None:
    runs.run("mark = 1\nopen('stays.txt', 'w').close()", session)
    began = time.monotonic()
    result = runs.run(code, session)
    assert time.monotonic() - began < LATE_S
    assert (result.status, result.state_lost) == ("killed", True)
    assert how in result.text
    following = runs.run("import os\nos.path.exists('stays.txt'), 'mark' in globals()", session)
    assert (following.status, following.state_lost) == ("ok", True)
    assert "(True, False)" in following.text
    assert runs.run("1", session).state_lost is False


def test_a_service_that_ends_while_a_kernel_comes_back_leaves_nothing() -> None:
    found = Runs(Settings(isolation=Isolation(kind="process"), pool=0))
    session = found.session()
    folder = found.wait(found.service.folder(session, USER))
    assert found.run("import os; os._exit(1)", session).status == "killed"
    found.close()
    assert not folder.parent.parent.exists()


def test_a_kill_from_outside_in_the_middle_is_answered(runs: Runs, session: str) -> None:
    async def killed() -> tuple[float, str]:
        found = runs.service.sessions.get(session, USER)
        pid = pid_of(await runs.running("import os; os.getpid()", session))
        execution = await runs.service.execute(
            USER, Request("print('x')\nimport time; time.sleep(1000)", session_id=session)
        )
        async for event in execution.read():
            if event.kind == "output":
                break
        assert (await found.kernel()).kernel_id
        began = time.monotonic()
        os.kill(pid, signal.SIGKILL)
        result = await execution.finished()
        return time.monotonic() - began, result.status

    took_s, status = runs.wait(killed())
    assert (status, took_s < LATE_S) == ("killed", True)


def test_a_death_between_two_calls_is_told_by_the_second(runs: Runs, session: str) -> None:
    pid = pid_of(runs.run("mark = 1\nimport os; os.getpid()", session))
    os.kill(pid, signal.SIGKILL)
    kernel = runs.wait(runs.service.sessions.get(session, USER).kernel())
    while runs.wait(kernel.is_alive()):
        time.sleep(0.01)
    result = runs.run("'mark' in globals()", session)
    assert (result.status, result.state_lost) == ("ok", True)
    assert result.text.startswith("False")


def test_what_a_thread_prints_later_belongs_to_no_later_answer(runs: Runs, session: str) -> None:
    code = """
import threading
go, went = threading.Event(), threading.Event()
def late():
    go.wait()
    print("LATE")
    went.set()
threading.Thread(target=late).start()
"""
    assert runs.run(code, session).status == "ok"
    result = runs.run("go.set(); went.wait(); print('own')", session)
    assert result.text == "own"


def test_what_threads_of_a_pool_print_belongs_to_who_submits(runs: Runs, session: str) -> None:
    runs.run(
        "from concurrent.futures import ThreadPoolExecutor\n"
        "pool = ThreadPoolExecutor(1)\npool.submit(print, 'first').result()",
        session,
    )
    assert runs.run("pool.submit(print, 'second').result()", session).text == "second"


@pytest.mark.parametrize(
    "code",
    [
        "while True: print('y' * 1000)",
        "print('z' * 50_000_000)",
        "from IPython.display import display\nwhile True: display('w' * 10_000)",
        "from IPython.display import clear_output\n"
        "while True:\n    clear_output()\n    print('v' * 10_000)",
        "import os\nwhile True: os.write(1, b'u' * 100_000)",
    ],
    ids=["loop", "at once", "display", "cleared", "descriptor"],
)
def test_a_flood_is_ended_and_only_its_beginning_is_kept(
    runs: Runs, session: str, code: str
) -> None:
    runs.run("mark = 1", session)
    result = runs.run(code, session, timeout_s=20.0)
    assert result.status == "output_limit"
    assert sum(len(str(each)) for each in result.outputs) < 1_100_000
    assert len(result.text) <= 10_000
    assert "more than the limit of 1,000,000 bytes" in result.text
    following = runs.run("mark", session)
    assert (following.status == "ok") == (not result.state_lost)


def test_ten_gigabytes_are_refused_and_the_session_goes_on(runs: Runs, session: str) -> None:
    runs.run("mark = 1", session)
    result = runs.run("x = bytearray(10_000_000_000)", session)
    assert (result.status, result.state_lost) == ("out_of_memory", False)
    assert runs.run("mark", session).text == "1"


def test_memory_of_all_processes_together_is_limited_where_it_can_be(runs: Runs) -> None:
    small = runs.session(limits={"memory_mb": 300})
    found = runs.service.sessions.get(small, USER)
    if "control group" not in found.as_dict()["active_limits"]["memory_mb"]:
        pytest.skip("no control group can be made on this machine")
    code = """
import os, time
for _ in range(6):
    if os.fork() == 0:
        x = b"x" * 100_000_000
        time.sleep(1000)
print("begun", flush=True)
time.sleep(1000)
"""
    result = runs.run(code, small, timeout_s=15.0)
    # The system chooses whom it kills: the kernel itself, or a child of it.
    assert result.status in {"out_of_memory", "timeout", "killed"}
    assert found.as_dict()["memory_mb"] <= 450  # 600 were asked for; what is shared counts twice
    assert runs.run("1", small).status == "ok"


def test_a_file_above_the_limit_is_refused(runs: Runs) -> None:
    small = runs.session(limits={"file_mb": 1})
    result = runs.run("open('f', 'wb').write(b'x' * 2_000_000)", small)
    assert result.status == "error"
    assert result.error is not None
    assert result.error["name"] == "OSError"
    assert runs.run("1", small).status == "ok"


def test_a_fork_bomb_harms_nobody_else(runs: Runs, session: str) -> None:
    bombed = runs.session(limits={"processes": 64})
    found = runs.service.sessions.get(bombed, USER)
    if "processes" not in found.as_dict()["active_limits"]:
        pytest.skip("nothing on this machine limits the processes of root")

    async def both() -> tuple[str, str]:
        bomb = asyncio.ensure_future(
            runs.running("import os\nwhile True: os.fork()", bombed, timeout_s=1.5)
        )
        other = await runs.running("21 * 2", session)
        return (await bomb).status, other.text

    status, other = runs.wait(both())
    assert other == "42"
    assert status in {"error", "timeout", "killed"}
    assert runs.run("1", bombed).status == "ok"


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
