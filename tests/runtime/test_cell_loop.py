"""Cells that wait, start tasks or run a loop, before the server's loop runs and on it."""

from __future__ import annotations

import asyncio
import functools
from pathlib import Path

import pytest

from neutrino_lab.runtime.app import create_app
from neutrino_lab.runtime.cell_file import join
from neutrino_lab.runtime.engine import Engine
from neutrino_lab.runtime.program import Program, load
from neutrino_lab.runtime.spec import App, Http
from tests.runtime.test_program import EMPTY, cells, running_loop

PUMP = "import asyncio\ntask = asyncio.{}(asyncio.sleep(30))"


@pytest.mark.parametrize("start", ["create_task", "ensure_future"])
def test_a_cell_starts_tasks_before_the_loop_runs_and_beside_it(start: str) -> None:
    program = Program()
    with running_loop() as loop:
        program.loop.use(loop)
        program.update(EMPTY, cells(PUMP.format(start)))
        assert program.names("nb")["task"].get_loop() is loop
    loop = asyncio.new_event_loop()
    program.loop.use(loop)
    program.update(EMPTY, cells(PUMP.format(start)))
    task = program.names("nb")["task"]
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        loop.run_until_complete(task)
    loop.close()


RUNNING = (
    "import asyncio\nasync def load(): return asyncio.get_running_loop()\n",
    ["value = asyncio.get_event_loop().run_until_complete(load())", "value = await load()"],
)


@pytest.mark.parametrize("line", RUNNING[1])
def test_what_a_cell_waits_for_runs_on_the_one_loop(line: str) -> None:
    program = Program()
    loop = asyncio.new_event_loop()
    program.loop.use(loop)
    program.update(EMPTY, cells(RUNNING[0] + line))
    assert program.names("nb")["value"] is loop
    loop.close()
    with running_loop() as loop:
        program.loop.use(loop)
        program.update(EMPTY, cells(RUNNING[0] + line))
        assert program.names("nb")["value"] is loop


@pytest.mark.parametrize(
    "line",
    [
        "value = asyncio.run(load())",
        "def get(): return asyncio.run(load())\nvalue = get()",
        "loop = asyncio.get_event_loop()\nvalue = loop.run_until_complete(load())\nloop.close()",
    ],
)
def test_a_cell_may_run_a_loop_as_a_script_does(line: str) -> None:
    program = Program()
    with running_loop() as loop:
        program.loop.use(loop)
        program.update(EMPTY, cells(RUNNING[0] + line))
        program.update(EMPTY, cells(RUNNING[0] + line))
        assert isinstance(program.names("nb")["value"], asyncio.AbstractEventLoop)
        assert loop.is_running()


def test_a_cell_sets_signals_where_python_lets_it() -> None:
    import signal

    code = "import signal\nsignal.signal(signal.SIGUSR1, signal.SIG_IGN)"
    before = signal.getsignal(signal.SIGUSR1)
    program = Program()

    async def main() -> None:
        loop = asyncio.get_running_loop()
        program.loop.use(loop)
        await loop.run_in_executor(None, functools.partial(program.update, EMPTY, cells(code)))

    asyncio.run(main())
    assert signal.getsignal(signal.SIGUSR1) == signal.SIG_IGN
    signal.signal(signal.SIGUSR1, before)


def test_what_needs_a_loop_is_left_to_the_start(tmp_path: Path) -> None:
    code = "import asyncio\nawait asyncio.sleep(0)\nloop = asyncio.get_running_loop()"
    (tmp_path / "nb.py").write_text(join([(1, code), (2, "later = loop")]))
    program = load(EMPTY, tmp_path)
    assert program.is_postponed

    async def main() -> None:
        await program.start()
        assert program.names("nb")["later"] is asyncio.get_running_loop()

    asyncio.run(main())


def test_a_description_from_before_the_start_is_made_again(tmp_path: Path) -> None:
    listed = [(1, "import asyncio\nawait asyncio.sleep(0)"), (2, "def f(): ...")]
    (tmp_path / "nb.py").write_text(join(listed))
    app = App("nb", ("nb",), (Http("GET", "/a", "nb:f", 2),))
    service = create_app(app, load(app, tmp_path), engine=Engine.in_memory())
    assert [*service.openapi()["paths"]] == []

    async def main() -> None:
        await service.start()

    asyncio.run(main())
    assert [*service.openapi()["paths"]] == ["/a"]
