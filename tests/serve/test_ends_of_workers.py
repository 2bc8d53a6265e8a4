"""What becomes of a worker that ends, hangs, floods or is left behind."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from textwrap import dedent

import aiohttp
import pytest

from neutrino_lab.serve.status import Crashes, Limits
from tests.notebooks import write
from tests.serve.cells import END, HELLO, code_of
from tests.supervised import is_gone, serving

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


CHILDREN = dedent("""
    import os, subprocess, sys
    sleep = [sys.executable, "-c", "import time; time.sleep(1000)"]
    GREETING = [
        os.getpid(),
        os.getppid(),
        subprocess.Popen(sleep).pid,
        subprocess.Popen(sleep, start_new_session=True).pid,
    ]
    if (forked := os.fork()) == 0:
        os.setsid()
        if os.fork() == 0:
            __import__("time").sleep(1000)
        os._exit(0)
    GREETING.append(forked)
""")


async def test_a_worker_that_crashes_is_started_again(path: Path) -> None:
    async with serving(path, "print('before the end')\nGREETING = 'hi'", HELLO, END) as served:
        await served.until_state("live")
        with pytest.raises((aiohttp.ClientError, OSError)):
            await served.get("/end")
        await served.until(lambda: served.status.restarts == 1 and served.status.state == "live")
        assert await served.get("/hello") == (200, "hi")
    restarting = next(each for each in served.history if each.state == "restarting")
    assert restarting.reason == (
        "The process ended with exit code 7 while it served.\n\nbefore the end"
    )


async def test_a_worker_that_crashes_too_often_is_given_up_until_a_retry(path: Path) -> None:
    limits = Limits(restarts=0)
    async with serving(path, "GREETING = 'hi'", HELLO, END, limits=limits) as served:
        await served.until_state("live")
        with pytest.raises((aiohttp.ClientError, OSError)):
            await served.get("/end")
        status = await served.until_state("problem-not-served")
        assert status.reason == "The process ended with exit code 7 while it served."
        served.supervisor.retry()
        await served.until_state("live")
        assert await served.get("/hello") == (200, "hi")


@pytest.mark.parametrize(
    ("deed", "end"),
    [
        ("import os; os._exit(3)", "with exit code 3"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "by SIGSEGV"),
    ],
)
async def test_a_cell_that_ends_the_process_is_named(path: Path, deed: str, end: str) -> None:
    async with serving(path, "GREETING = 'hi'", f"print('so long')\n{deed}", HELLO) as served:
        status = await served.until_state("problem-not-served")
        assert status.reason == f"The process ended {end} while running cell 2.\n\nso long"
        assert [(each.code, each.cell, each.cell_id) for each in status.findings] == [
            ("NL803", 2, "cell-2")
        ]
        await served.save("GREETING = 'hi'", "", HELLO)
        await served.until_state("live")


async def test_a_version_that_ends_the_process_gives_way_to_the_last_good_one(path: Path) -> None:
    async with serving(path, "GREETING = 'hi'", HELLO) as served:
        await served.until_state("live")
        await served.save("import os\nos._exit(3)", HELLO)
        status = await served.until_state("problem-serving-previous")
        assert status.reason == "The process ended with exit code 3 while running cell 1."
        assert await served.get("/hello") == (200, "hi")
        await served.save("GREETING = 'mended'", HELLO)
        await served.until_state("live")
        assert await served.get("/hello") == (200, "mended")


@pytest.mark.parametrize(
    ("deed", "reason"),
    [
        ("raise GeneratorExit", "Cell 1: the cell raised GeneratorExit: "),
        ("raise KeyboardInterrupt", "The notebook could not be run: KeyboardInterrupt: "),
        ("raise ValueError('x' * 20_000_000)", "Cell 1: the cell raised ValueError: xxx"),
    ],
)
async def test_whatever_a_cell_raises_the_next_save_is_heard(
    path: Path, deed: str, reason: str
) -> None:
    async with serving(path, "GREETING = 'hi'", HELLO) as served:
        await served.until_state("live")
        await served.save(deed, HELLO)
        status = await served.until_state("problem-serving-previous")
        assert status.reason.startswith(reason)
        assert len(status.reason) < 5_000
        assert await served.get("/hello") == (200, "hi")
        await served.save("GREETING = 'mended'", HELLO)
        await served.until_state("live")
        assert await served.get("/hello") == (200, "mended")
        assert served.status.restarts == 0


async def test_a_worker_that_nobody_can_reach_any_more_is_started_again(path: Path) -> None:
    async with serving(path, "GREETING = 'hi'", HELLO) as served:
        await served.until_state("live")
        assert served.supervisor.address is not None
        await asyncio.to_thread(os.unlink, served.supervisor.address.path)
        status = await served.until_state("restarting")
        assert status.reason.endswith("the socket that it was served at has been deleted")
        await served.until_state("live")
        assert await served.get("/hello") == (200, "hi")


async def test_a_line_that_user_code_has_got_hold_of_ends_its_worker(path: Path) -> None:
    forged = dedent("""
        import os
        os.write(2, b"forged")
        for line in range(3, 64):
            try:
                os.write(line, b'{"event": "ready"}\\n')
            except OSError:
                pass
        GREETING = 'hi'
    """)
    async with serving(path, forged, HELLO) as served:
        status = await served.until_state("problem-not-served")
        assert [each.code for each in status.findings] == ["NL803"]


async def test_a_start_that_hangs_shows_its_cell_and_is_ended(path: Path) -> None:
    limits = Limits(start_s=15)
    hang = "import time\ntime.sleep(1000)"
    async with serving(path, "GREETING = 'hi'", hang, HELLO, limits=limits) as served:
        await served.until(lambda: (served.status.state, served.status.cell) == ("starting", 2))
        status = await served.until_state("problem-not-served")
        assert status.reason == "Stopped after 15 s, the time limit, while running cell 2."
        assert [(each.code, each.cell) for each in status.findings] == [("NL804", 2)]


async def test_a_start_can_be_cancelled(path: Path) -> None:
    async with serving(path, "import time\nwhile True: pass", HELLO) as served:
        await served.until(lambda: served.status.cell == 1)
        await served.supervisor.stop()
        assert served.states == ["starting", "stopped"]


@pytest.mark.parametrize("turns", range(0, 40, 4))
async def test_a_start_can_be_cancelled_at_any_moment(path: Path, turns: int) -> None:
    async with serving(path, "GREETING = 'hi'", HELLO) as served:
        for _ in range(turns):
            await asyncio.sleep(0)
        await served.supervisor.stop()
    assert _processes_in(path.parent) == []


async def test_a_version_that_hangs_leaves_the_one_before_until_the_next_save(path: Path) -> None:
    limits = Limits(start_s=15, backoff_s=0.01)
    async with serving(path, "GREETING = 'hi'", HELLO, limits=limits) as served:
        await served.until_state("live")
        await served.save("import time\nGREETING = 'hi'\ntime.sleep(1000)", HELLO)
        status = await served.until_state("problem-serving-previous")
        assert status.reason.startswith("The newest version has been running cell 1 for 15 s.")
        assert await served.get("/hello") == (200, "hi")
        await served.save("GREETING = 'mended'", HELLO)
        await served.until(lambda: "mended" in code_of(served.status.serving))
        assert await served.get("/hello") == (200, "mended")


async def test_a_flood_of_output_blocks_nothing_and_fills_no_memory(path: Path) -> None:
    flood = "for _ in range(2000): print('x' * 20_000)\nprint('the end')\nGREETING = 'hi'"
    async with serving(path, flood, HELLO, END, limits=Limits(restarts=0)) as served:
        await served.until_state("live")
        with pytest.raises((aiohttp.ClientError, OSError)):
            await served.get("/end")
        status = await served.until_state("problem-not-served")
        assert status.reason.endswith("\nthe end")
        assert len(status.reason) < 10_000


async def test_memory_without_end_is_an_error_of_the_cell(path: Path) -> None:
    hog = "hoard = []\nwhile True: hoard.append(bytearray(1 << 30))"
    async with serving(path, hog, HELLO, memory_mb=1_500) as served:
        status = await served.until_state("problem-not-served")
        assert [each.code for each in status.findings] == ["NL119", "NL801"]
        assert "MemoryError" in status.reason


async def test_what_a_notebook_started_ends_with_it(path: Path) -> None:
    async with serving(path, CHILDREN, HELLO) as served:
        await served.until_state("live")
        status, pids = await served.get("/hello")
        assert (status, len(pids)) == (200, 5)
    assert [is_gone(pid) for pid in pids] == [True] * 5
    assert _processes_in(path.parent) == []


async def test_what_shares_its_group_ends_with_a_guard_that_is_killed(path: Path) -> None:
    async with serving(path, CHILDREN.partition("if (")[0], HELLO) as served:
        await served.until_state("live")
        _, (worker, guard, child, apart) = await served.get("/hello")
        os.kill(apart, signal.SIGKILL)
        os.kill(guard, signal.SIGKILL)
        await served.until(lambda: served.status.restarts == 1)
        assert [is_gone(pid) for pid in (worker, guard, child)] == [True] * 3
        await served.until_state("live")


async def test_the_child_of_a_cell_that_forks_serves_nothing(path: Path) -> None:
    forks = "import os\nGREETING = os.fork()"
    async with serving(path, forks, HELLO) as served:
        await served.until_state("live")
        _, child = await served.get("/hello")
        assert is_gone(child)


async def test_processes_may_be_spawned(path: Path) -> None:
    pool = dedent("""
        from concurrent.futures import ProcessPoolExecutor
        from multiprocessing import get_context

        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            GREETING = list(pool.map(abs, [-1, 2]))
    """)
    async with serving(path, pool, HELLO) as served:
        await served.until_state("live")
        assert await served.get("/hello") == (200, [1, 2])


def test_nothing_is_left_when_the_server_is_killed(path: Path) -> None:
    write(path, "import os\nGREETING = [os.getpid(), os.getppid()]", HELLO)
    script = dedent(f"""
        import asyncio
        from pathlib import Path
        from tests.supervised import Served

        async def main():
            served = Served(Path({str(path)!r}))
            served.supervisor.start()
            await served.until_state("live")
            print(*(await served.get("/hello"))[1], flush=True)
            await asyncio.Event().wait()

        asyncio.run(main())
    """)
    server = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    with server.stdout as said:
        pids = list(map(int, said.readline().split()))
    server.kill()
    server.wait()
    assert [is_gone(pid) for pid in pids] == [True, True]


def _processes_in(folder: Path) -> list[int]:
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (process / "cwd").readlink() == folder:
                found.append(int(process.name))
    return found


def test_pauses_grow_up_to_a_limit_and_end() -> None:
    limits = Limits(restarts=4, backoff_s=1, longest_backoff_s=5, window_s=60)
    assert pauses(limits, 0, 1, 2, 3, 4) == [1, 2, 4, 5, None]


def test_crashes_long_past_do_not_count() -> None:
    assert pauses(Limits(restarts=1, backoff_s=1, window_s=60), 0, 61, 62) == [1, 1, None]


def pauses(limits: Limits, *times_s: float) -> list[float | None]:
    crashes = Crashes()
    found = []
    for now_s in times_s:
        crashes = crashes.add(now_s, limits)
        found.append(crashes.pause_s(limits))
    return found
