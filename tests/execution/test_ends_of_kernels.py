"""Limits of time, memory, output and processes, and the deaths of kernels."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import time

import pytest
import zmq

from neutrino_lab.kernels.executions import Result
from neutrino_lab.kernels.isolation import Isolation
from neutrino_lab.kernels.service import Request
from neutrino_lab.kernels.settings import Settings
from tests.execution.conftest import USER, Runs

# What is promised is two seconds, which `make bench` measures; here a loaded machine may add to it
# what it likes, as long as it is clear that nobody waited for the code itself.
LATE_S = 60.0


def pid_of(result: Result) -> int:
    return int(result.text.split()[0])


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


def test_a_kernel_that_our_interrupt_ends_has_printed_too_much(runs: Runs, session: str) -> None:
    code = (
        "import signal\nsignal.signal(signal.SIGINT, signal.SIG_DFL)\nwhile True: print('y' * 1000)"
    )
    ended, after = runs.run(code, session), runs.run("1 + 1", session)
    assert (ended.status, ended.state_lost) == ("output_limit", True)
    assert (after.status, after.state_lost) == ("ok", True)


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


def open_sockets() -> set[int]:
    return {
        id(each)
        for each in gc.get_objects()
        # By its type: a proxy whose object has gone raises when it is asked for its class.
        if issubclass(type(each), zmq.Socket) and not each.closed
    }


def test_a_service_that_ends_while_a_kernel_comes_back_leaves_nothing() -> None:
    found = Runs(Settings(isolation=Isolation(kind="process"), pool=0))
    session = found.session()
    folder = found.wait(found.service.folder(session, USER))
    before = open_sockets()
    assert found.run("import os; os._exit(1)", session).status == "killed"
    found.close()
    assert not folder.parent.parent.exists()
    # One that is left lets whoever ends its context wait for ever.
    assert open_sockets() <= before


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


def test_messages_that_are_none_cost_no_later_output(runs: Runs, session: str) -> None:
    code = """
kernel = get_ipython().kernel
parent = kernel.get_parent()
for content in (None, b"[]", b"5", {"data": 5}, {"name": "stdout", "text": {}}):
    for kind in ("stream", "display_data", "status", "error"):
        kernel.session.send(kernel.iopub_socket, kind, content, parent=parent)
kernel.session.send(kernel.iopub_socket, "stream", {}, parent={"msg_id": [1]})
print("after")
"""
    assert runs.run(code, session).text.endswith("after")
    assert runs.run("1 + 1", session).text == "2"


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
    assert other.startswith("42")
    assert status in {"error", "timeout", "killed"}
    assert runs.run("1", bombed).status == "ok"
