"""Context variables that cells set, as functions find them: at the start, and after an update."""

from __future__ import annotations

import asyncio
import contextvars

import pytest

from neutrino_lab.runtime.app import create_app
from neutrino_lab.runtime.cell_file import CodeCell
from neutrino_lab.runtime.engine import Engine
from neutrino_lab.runtime.errors import CellError
from neutrino_lab.runtime.program import Changes, Program
from neutrino_lab.runtime.spec import App, Http
from tests.runtime.test_program import running_loop
from tests.served import Served

NEW = "from contextvars import ContextVar\nvar = ContextVar('var', default='nothing')"
READS = "def plain(): return var.get()\nasync def later(): return plain()"
APP = App("nb", ("nb",), (Http("GET", "/p", "nb:plain", 9), Http("GET", "/a", "nb:later", 9)))


class Notebook:
    """Runs cells as the live server does: first in this thread, then beside a loop that runs."""

    def __init__(self, *codes: str) -> None:
        self.program = Program()
        self.context = contextvars.copy_context()
        self.codes = {str(n): code for n, code in enumerate(codes)} | {"reads": READS}
        self.context.run(self.program.update, APP, self._cells())
        self.program.commit()

    def edit(self, **codes: str | None) -> None:
        """Change cells, or take them away, as a save does."""
        keys = {key.lstrip("_"): code for key, code in codes.items()}
        self.codes = {k: c for k, c in (self.codes | keys).items() if c is not None}
        changes = Changes(run=frozenset(("nb", key) for key, code in keys.items() if code))
        with running_loop() as loop:
            self.program.loop.use(loop)
            self.context.copy().run(self.program.update, APP, self._cells(), changes)
            loop.call_soon_threadsafe(self.program.commit)

    def answers(self) -> list[object]:
        """What both functions find, called as by a request to the server."""
        served = Served(create_app(APP, self.program, engine=Engine.in_memory()).asgi)
        return [self.context.copy().run(served, f"GET {path}").json() for path in ("/p", "/a")]

    def _cells(self) -> dict[str, list[CodeCell]]:
        numbers = dict.fromkeys(self.codes, 0) | {"reads": 9}
        listed = [
            CodeCell(numbers[key] or n, code, key, f"cell {key}")
            for n, (key, code) in enumerate(self.codes.items(), 1)
        ]
        return {"nb": listed}


def both(value: str) -> list[object]:
    return [value, value]


def test_what_cells_set_is_found_by_functions() -> None:
    notebook = Notebook(NEW, "var.set('one')")
    assert notebook.answers() == both("one")
    assert not notebook.program.variables  # the server's own context has it


@pytest.mark.parametrize(
    "cell",
    [
        "var.set('two')",
        "import asyncio\nawait asyncio.sleep(0)\nvar.set('two')",
        "import signal\nsignal.getsignal(signal.SIGTERM)\nvar.set('two')",
    ],
)
def test_an_edited_cell_sets_it_again(cell: str) -> None:
    notebook = Notebook(NEW, "var.set('one')")
    notebook.edit(_1=cell)
    assert notebook.answers() == both("two")


def test_what_a_cell_above_has_left_is_there_for_those_below() -> None:
    notebook = Notebook(NEW, "var.set('one')", "seen = var.get()")
    notebook.edit(_2="var.set(var.get() + '!')")
    assert notebook.answers() == both("one!")


def test_what_no_cell_sets_any_more_is_as_if_it_never_was() -> None:
    notebook = Notebook(NEW, "var.set('one')")
    notebook.edit(_1="pass")
    assert notebook.answers() == both("nothing")


def test_a_cell_that_is_gone_leaves_nothing() -> None:
    notebook = Notebook(NEW, "var.set('one')")
    notebook.edit(_1="var.set('two')")
    notebook.edit(_1=None)
    assert notebook.answers() == both("nothing")


def test_a_variable_that_is_made_again_is_set_again() -> None:
    notebook = Notebook(NEW, "var.set('one')")
    notebook.edit(_0=NEW.replace("nothing", "none"), _1="var.set('two')")
    assert notebook.answers() == both("two")


def test_an_update_that_fails_leaves_what_was() -> None:
    notebook = Notebook(NEW, "var.set('one')")
    notebook.edit(_1="var.set('two')")
    with pytest.raises(CellError):
        notebook.edit(_1="var.set('three'); 1 / 0")
    assert notebook.answers() == both("two")


def test_cells_that_wait_for_the_loop_leave_it_too() -> None:
    program = Program()
    codes = [NEW, "import asyncio\nawait asyncio.sleep(0)\nvar.set('one')", READS]
    numbers = (1, 2, 9)
    listed = [
        CodeCell(n, code, str(n), f"cell {n}") for n, code in zip(numbers, codes, strict=True)
    ]
    program.postpone(APP, {"nb": listed})
    asyncio.run(program.start())
    served = Served(create_app(APP, program, engine=Engine.in_memory()).asgi)
    assert [served("GET /p").json(), served("GET /a").json()] == both("one")
