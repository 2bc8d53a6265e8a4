"""A worker whose event loop does not answer: what is said of it, and how a save mends it."""

from __future__ import annotations

import asyncio
import os
import signal
from dataclasses import replace
from pathlib import Path
from textwrap import dedent

import pytest

from tests.supervised import QUICK, Served, is_gone, serving

pytestmark = pytest.mark.anyio

# Silent after two beats: a loaded machine may then look so for a moment, which none of these minds.
LIMITS = replace(QUICK, beat_s=0.3, stalled_beats=4, silent_beats=6)
HELLO = '"""\n@HTTP\nGET /hello\n"""\ndef hello():\n    return GREETING\n'
PIDS = "import os\nGREETING = [os.getpid(), os.getppid()]"
BUSY = '"""\n@HTTP\nGET /busy\n"""\nasync def busy():\n    while True:\n        pass\n'
MENDED = BUSY.replace("    while True:\n        pass\n", "    return 'mended'\n")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "app.ipynb"


async def occupy(served: Served) -> asyncio.Task[object]:
    """Have the loop run without end, and wait until that has been told."""
    asking = asyncio.create_task(served.get("/busy"))
    await served.until_state("problem-not-served")
    return asking


async def answers(served: Served) -> bool:
    try:
        await asyncio.wait_for(served.get("/hello"), 1)
    except asyncio.TimeoutError:
        return False
    return True


async def test_a_busy_loop_is_told_with_its_line_and_mended_by_a_save(path: Path) -> None:
    async with serving(path, "GREETING = 'hi'", BUSY, limits=LIMITS) as served:
        await served.until_state("live")
        asking = await occupy(served)
        await served.until(lambda: "app.ipynb, cell 2, line" in served.status.reason)
        await served.save("GREETING = 'hi'", MENDED)
        await served.until_state("live")
        assert await served.get("/busy") == (200, "mended")
        await asyncio.gather(asking, return_exceptions=True)
    assert "restarting" in served.states or "starting" in served.states[1:]


async def test_a_version_that_a_busy_loop_does_not_adopt_gets_another_process(path: Path) -> None:
    limits = replace(LIMITS, silent_beats=10_000)
    async with serving(path, "GREETING = 'hi'", BUSY, HELLO, limits=limits) as served:
        await served.until_state("live")
        asking = asyncio.create_task(served.get("/busy"))
        # The loop is taken once this no longer answers; then nothing else is known of it.
        while await answers(served):
            pass
        await served.save("GREETING = 'hi'", MENDED, HELLO)
        await served.until_state("restarting")
        assert "kept its event loop busy" in served.status.reason
        await served.until_state("live")
        assert await served.get("/busy") == (200, "mended")
        await asyncio.gather(asking, return_exceptions=True)


async def test_a_loop_that_answers_again_is_live_again(path: Path) -> None:
    async with serving(path, PIDS, HELLO, limits=LIMITS) as served:
        await served.until_state("live")
        _, (worker, _guard) = await served.get("/hello")
        os.kill(worker, signal.SIGSTOP)
        status = await served.until_state("problem-not-served")
        assert status.reason.startswith("The notebook does not answer")
        os.kill(worker, signal.SIGCONT)
        await served.until_state("live")
        assert await served.get("/hello") == (200, [worker, _guard])


async def test_a_process_that_was_stopped_is_replaced_by_a_save(path: Path) -> None:
    async with serving(path, PIDS, HELLO, limits=LIMITS) as served:
        await served.until_state("live")
        _, (worker, _guard) = await served.get("/hello")
        os.kill(worker, signal.SIGSTOP)
        await served.until_state("problem-not-served")
        await served.save("GREETING = 'new'", HELLO)
        await served.until_state("live")
        assert await served.get("/hello") == (200, "new")
        assert is_gone(worker)


async def test_a_worker_that_died_behind_a_stopped_guard_is_replaced(path: Path) -> None:
    async with serving(path, PIDS, HELLO, limits=LIMITS) as served:
        await served.until_state("live")
        _, (worker, guard) = await served.get("/hello")
        os.kill(guard, signal.SIGSTOP)
        os.kill(worker, signal.SIGKILL)
        await served.until(lambda: served.status.restarts == 1)
        assert is_gone(guard)
        await served.until_state("live")


async def test_a_notebook_that_replaces_threads_is_still_followed(path: Path) -> None:
    patched = dedent("""
        import threading

        class Nothing:
            def __init__(self, *_, **__): ...
            def start(self): ...
            def wait(self, *_): ...

        threading.Thread = threading.Event = Nothing
        GREETING = "patched"
    """)
    hello = HELLO.replace("def", "async def")
    async with serving(path, patched, hello, limits=LIMITS) as served:
        await served.until_state("live")
        await served.save(patched, hello.replace("return GREETING", "return [GREETING]"))
        await served.until(lambda: served.status.version == 2)
        assert await served.get("/hello") == (200, ["patched"])


@pytest.mark.parametrize(
    ("environment", "words"),
    [({"NEUTRINO_TIMEZONE": "Europe\0Paris"}, "embedded null byte")],
)
async def test_whatever_a_start_raises_is_told(
    path: Path, environment: dict[str, str], words: str
) -> None:
    own = {**os.environ, **environment}
    async with serving(path, "GREETING = 'hi'", HELLO, environment=own) as served:
        status = await served.until_state("problem-not-served")
        assert words in status.reason


async def test_children_of_a_guard_that_is_killed_end_too(path: Path) -> None:
    children = dedent("""
        import os, subprocess, sys
        sleep = [sys.executable, "-c", "import time; time.sleep(1000)"]
        GREETING = [os.getppid(), subprocess.Popen(sleep, start_new_session=True).pid]
    """)
    async with serving(path, children, HELLO) as served:
        await served.until_state("live")
        _, (guard, child) = await served.get("/hello")
        os.kill(guard, signal.SIGKILL)
        await served.until(lambda: served.status.restarts == 1)
        assert is_gone(child)


async def test_no_socket_is_left_of_a_process_that_has_ended(path: Path) -> None:
    async with serving(path, "GREETING = 'hi'", HELLO) as served:
        await served.until_state("live")
        address = served.supervisor.address
        assert address is not None
        await served.supervisor.stop()
        assert not os.path.exists(address.path)  # noqa: ASYNC240, PTH110 - it takes no time
