"""A served notebook: its states, its versions, and what becomes of a worker that misbehaves."""

from __future__ import annotations

import os
import stat
import venv
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from textwrap import dedent

import aiohttp
import pytest

from tests.notebooks import write
from tests.serve.cells import END, HELLO, code_of
from tests.supervised import PREFIX, QUICK, serving

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def test_a_notebook_comes_live_and_answers(path: Path) -> None:
    async with serving(path, "GREETING = 'hi'", HELLO) as served:
        await served.until_state("live")
        assert await served.get("/hello") == (200, "hi")
    assert served.states == ["starting", "live", "stopped"]


async def test_a_save_runs_only_the_cell_that_changed(path: Path) -> None:
    runs = "import os\nRUNS = globals().get('RUNS', 0) + 1\nGREETING = [os.getpid(), RUNS]"
    async with serving(path, runs, HELLO) as served:
        await served.until_state("live")
        before = await served.get("/hello")
        await served.save(runs, HELLO.replace("return GREETING", "return GREETING + ['new']"))
        await served.until(lambda: served.status.version == 2)
        assert await served.get("/hello") == (200, [*before[1], "new"])
    assert served.states == ["starting", "live", "stopped"]


async def test_the_version_before_keeps_its_names_while_the_next_one_runs(path: Path) -> None:
    gate = path.parent / "gate"
    wait = f"import os, time\nwhile not os.path.exists({str(gate)!r}): time.sleep(0.01)"
    hello = HELLO.replace("GREETING", "greeting()")
    async with serving(path, "def greeting(): return 'old'", "import os, time", hello) as served:
        await served.until_state("live")
        new = hello.replace("greeting()", "welcome()")
        write(path, "def welcome(): return 'new'", wait, new)
        served.supervisor.saved()
        await served.until(lambda: served.status.cell == 2)
        assert await served.get("/hello") == (200, "old")
        gate.touch()
        await served.until(lambda: served.status.version == 2)
        assert await served.get("/hello") == (200, "new")


async def test_a_mistake_keeps_the_last_good_version_and_says_why(path: Path) -> None:
    async with serving(path, "GREETING = 'hi'", HELLO) as served:
        await served.until_state("live")
        await served.save("GREETING = 'new'", HELLO.replace("GET", "FETCH"))
        status = await served.until_state("problem-serving-previous")
        assert [(each.severity, each.cell) for each in status.findings] == [("error", 2)]
        assert status.reason == status.findings[0].message
        assert await served.get("/hello") == (200, "hi")
        await served.save("GREETING = 'new'", HELLO)
        await served.until_state("live")
        assert await served.get("/hello") == (200, "new")


async def test_a_cell_that_raises_is_shown_with_its_line(path: Path) -> None:
    async with serving(path, "GREETING = 'hi'", HELLO) as served:
        await served.until_state("live")
        await served.save("GREETING = 'new'\n1 / 0", HELLO)
        status = await served.until_state("problem-serving-previous")
        assert [
            (each.code, each.cell, each.span and each.span.line) for each in status.findings
        ] == [("NL801", 1, 2)]
        assert "ZeroDivisionError: division by zero" in status.reason
        assert await served.get("/hello") == (200, "hi")


async def test_a_save_that_is_not_followed_waits_to_be_asked_for(path: Path) -> None:
    limits = replace(QUICK, follows_saves=False)
    (path.parent / "words.py").write_text("WORD = 'hi'")
    words = "from words import WORD as GREETING"
    async with serving(path, words, HELLO, END, limits=limits) as served:
        await served.until_state("live")
        await served.save("GREETING = 'new'", HELLO, END)
        await served.until_state("outdated")
        assert await served.get("/hello") == (200, "hi")
        # Saved as it is served: nothing waits any more.
        await served.save(words, HELLO, END)
        await served.until_state("live")
        # A module beside it, which no event tells of.
        (path.parent / "words.py").write_text("WORD = 'hello'")
        await served.until_state("outdated")
        served.supervisor.retry()
        await served.until(lambda: served.status.version == 2)
        assert await served.get("/hello") == (200, "hello")
        # A mistake is told at once, and what was asked for is refused as ever.
        await served.save("GREETING = 1 / 0", HELLO, END)
        await served.until_state("outdated")
        served.supervisor.retry()
        await served.until_state("problem-serving-previous")
        await served.save("GREETING = 'mended'", HELLO, END)
        await served.until_state("outdated")
        with suppress(aiohttp.ClientError):
            await served.get("/end")
        await served.until_state("restarting")
        await served.until_state("outdated")
        assert await served.get("/hello") == (200, "hello")
        served.supervisor.retry()
        await served.until_state("live")
        assert await served.get("/hello") == (200, "mended")


async def test_a_notebook_broken_from_the_start_is_served_once_it_is_mended(path: Path) -> None:
    async with serving(path, "GREETING = (", HELLO) as served:
        await served.until_state("problem-not-served")
        assert served.supervisor.address is None
        await served.save("raise ValueError('not yet')", HELLO)
        await served.until(lambda: "ValueError: not yet" in served.status.reason)
        await served.save("GREETING = 'hi'", HELLO)
        await served.until_state("live")
        assert await served.get("/hello") == (200, "hi")
    assert served.states[:3] == ["problem-not-served", "starting", "problem-not-served"]


async def test_of_two_saves_in_quick_succession_the_newest_wins(path: Path) -> None:
    async with serving(path, "GREETING = 0", HELLO) as served:
        await served.until_state("live")
        for number in range(1, 6):
            write(path, f"GREETING = {number}", HELLO)
            served.supervisor.saved()
        await served.until(lambda: "GREETING = 5" in code_of(served.status.serving))
        assert await served.get("/hello") == (200, 5)


async def test_an_interpreter_without_fastapi_is_told_how_to_get_it(path: Path) -> None:
    folder = path.parent / "bare"
    venv.create(folder, with_pip=False, symlinks=True)
    python = str(folder / "bin" / "python")
    async with serving(path, "GREETING = 'hi'", HELLO, python=python) as served:
        status = await served.until_state("runtime-missing")
        assert status.reason == (
            "The kernel's environment lacks fastapi, apscheduler, cronsim, orjson, uvicorn, "
            "websockets."
        )
        assert status.command == (
            f"{python} -m pip install 'fastapi>=0.115' 'apscheduler>=3.10,<4' 'cronsim>=2.7' "
            "'orjson>=3.10' "
            "'uvicorn[standard]>=0.36'"
        )


async def test_an_interpreter_that_is_not_there_is_named(path: Path) -> None:
    async with serving(path, HELLO, python="/nowhere/python") as served:
        status = await served.until_state("problem-not-served")
        assert "/nowhere/python cannot be started" in status.reason


async def test_a_save_outside_jupyter_is_noticed(path: Path) -> None:
    async with serving(path, "GREETING = 'hi'", HELLO, limits=QUICK) as served:
        await served.until_state("live")
        write(path, "GREETING = 'from another editor'", HELLO)
        await served.until(lambda: served.status.version == 2)
        assert await served.get("/hello") == (200, "from another editor")


async def test_an_edited_module_beside_the_notebook_is_imported_again(path: Path) -> None:
    module = path.parent / "words.py"
    module.write_text("GREETING = 'one'\n")
    async with serving(path, "from words import GREETING", HELLO) as served:
        await served.until_state("live")
        module.write_text("GREETING = 'another'\n")
        await served.until(lambda: served.status.version == 2)
        assert await served.get("/hello") == (200, "another")


async def test_a_renamed_notebook_goes_on_and_is_followed(path: Path) -> None:
    runs = "GREETING = 'hi'\nRUNS = globals().get('RUNS', 0) + 1"
    shows = HELLO.replace("return GREETING", "return [GREETING, RUNS]")
    async with serving(path, runs, shows) as served:
        await served.until_state("live")
        served.path = path.with_name("Other Name.ipynb")
        os.rename(path, served.path)  # noqa: PTH104
        served.supervisor.moved(served.path)
        await served.save(runs, shows.replace("[GREETING", "['followed'"))
        await served.until(lambda: served.status.version == 2)
        assert await served.get("/hello") == (200, ["followed", 1])


async def test_the_worker_knows_where_it_stands(path: Path) -> None:
    place = dedent('''
        """
        @HTTP
        GET /hello
        """
        import os, sys
        from fastapi import Request
        def hello(request: Request):
            ours = [m for m in sys.modules if m.partition(".")[0] == "neutrino_lab"]
            return [os.getcwd(), sys.path[0], ours, request.scope["root_path"]]
    ''')
    async with serving(path, place) as served:
        await served.until_state("live")
        folder = str(path.parent)
        assert await served.get("/hello") == (200, [folder, folder, [], PREFIX])


async def test_only_the_owner_can_reach_the_worker(path: Path) -> None:
    async with serving(path, "GREETING = 'hi'", HELLO) as served:
        await served.until_state("live")
        assert served.supervisor.address is not None
        socket = Path(served.supervisor.address.path)
        modes = [stat.S_IMODE(os.stat(each).st_mode) for each in (socket, socket.parent)]  # noqa: PTH116
        assert modes == [0o600, 0o700]


async def test_a_port_takes_the_place_of_the_socket_and_asks_for_a_key(path: Path) -> None:
    too_long = path.parent / ("x" * 120)
    async with serving(path, "GREETING = 'hi'", HELLO, socket=too_long) as served:
        await served.until_state("live")
        address = served.supervisor.address
        assert address is not None
        assert address.port
        assert (await served.get("/hello"))[0] == 403
        key = {"X-Neutrino-Key": address.key}
        assert await served.get("/hello", **key) == (200, "hi")


async def test_calls_are_counted(path: Path) -> None:
    fails = '"""\n@HTTP\nGET /fails\n"""\ndef fails():\n    1 / 0\n'
    async with serving(path, "GREETING = 'hi'", HELLO, fails) as served:
        await served.until_state("live")
        await served.get("/hello")
        await served.get("/fails")
        await served.until(lambda: sum(each["calls"] for each in served.stats) == 2)
        good, bad = served.stats
        assert (good["key"], good["errors"], good["latencies_ms"][0] > 0) == ("GET /hello", 0, True)
        assert (bad["key"], bad["errors"], bad["latencies_ms"][0] < 0) == ("GET /fails", 1, True)
