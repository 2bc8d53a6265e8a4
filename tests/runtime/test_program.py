"""Cells at run time: what they find, as in a kernel, and what callers see while some run again."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import pickle
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from neutrino_lab.runtime import App, Http, problems
from neutrino_lab.runtime.cell_file import CodeCell
from neutrino_lab.runtime.errors import CellError
from neutrino_lab.runtime.program import Changes, Program
from neutrino_lab.runtime.spec import Endpoint


def cells(*codes: str) -> dict[str, list[CodeCell]]:
    return {"nb": [CodeCell(n, code, str(n), f"cell {n}") for n, code in enumerate(codes, 1)]}


def app(*names: str, cell: int) -> App:
    made = tuple(Http("GET", f"/{n}", f"nb:{n}", cell) for n in names)
    return App(title="nb", modules=("nb",), endpoints=made)


EMPTY = App(title="nb", modules=("nb",), endpoints=())


def changed(*numbers: int) -> Changes:
    return Changes(run=frozenset(("nb", str(n)) for n in numbers))


@contextlib.contextmanager
def running_loop() -> Iterator[asyncio.AbstractEventLoop]:
    """A loop that runs in a thread of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield loop
    finally:
        for task in asyncio.all_tasks(loop):
            loop.call_soon_threadsafe(task.cancel)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()


class During:
    """What a version before says while cells of the next one run."""

    def __init__(self) -> None:
        self.twin: Program | None = None
        self.said: list[Any] = []

    def stand_in(self, twin: Program) -> None:
        self.twin = twin

    def ask(self, endpoint: Endpoint, *arguments: Any) -> None:
        assert self.twin is not None
        self.said.append(self.twin.function(endpoint)(*arguments))


def updated(
    before: tuple[str, ...], after: tuple[str, ...], run: tuple[int, ...], *, name: str, cell: int
) -> tuple[During, Program]:
    """Update a program whose cells may `ask()` what a caller is told meanwhile."""
    program, during = Program(), During()
    declared = app(name, cell=cell)
    endpoint = declared.endpoints[0]
    program._space("nb")["ask"] = lambda *arguments: during.ask(endpoint, *arguments)
    program.update(declared, cells(*before))
    with contextlib.suppress(CellError):
        program.update(declared, cells(*after), changed(*run), stand_in=during.stand_in)
    program.commit()
    return during, program


def test_a_notebook_is_main_and_no_file() -> None:
    program = Program()
    program.update(
        EMPTY,
        cells("is_main = __name__ == __builtins__.str('__main__')\nhas_file = '__file__' in dir()"),
    )
    names = program.names("nb")
    assert (names["is_main"], names["has_file"]) == (True, False)
    assert vars(sys.modules["__main__"]) is names


def test_what_a_notebook_defines_can_be_pickled() -> None:
    program = Program()
    program.update(EMPTY, cells("class Scaler: k = 3\nimport pickle\ntext = pickle.dumps(Scaler)"))
    names = program.names("nb")
    assert pickle.loads(names["text"]) is names["Scaler"]


def test_several_notebooks_are_each_their_own_main() -> None:
    program = Program()
    listed = {
        name: [CodeCell(1, f"import __main__\nclass {name}: pass\nown = __main__.{name}", "1", "")]
        for name in ("One", "Two")
    }
    program.update(App(title="", modules=("One", "Two"), endpoints=()), listed)
    for name in listed:
        found = program.names(name)[name]
        assert program.names(name)["own"] is found
        assert pickle.loads(pickle.dumps(found)) is found
    with pytest.raises(AttributeError):
        sys.modules["__main__"].missing  # noqa: B018


def test_the_names_of_ipython_do_no_harm(capsys: pytest.CaptureFixture[str]) -> None:
    program = Program()
    code = (
        "display([1], 'two')\nget_ipython().run_line_magic('matplotlib', 'inline')\n"
        "get_ipython().system('ls')\nfound = In, Out, _\n"
        "display('a', display_id=True).update('b')\nown = get_ipython().user_ns['found']"
    )
    program.update(EMPTY, cells(code))
    assert capsys.readouterr().out == "[1]\ntwo\na\nb\n"
    assert program.names("nb")["own"] is program.names("nb")["found"]
    assert program.names("nb")["found"] == ([""], {}, "")


def test_callers_see_no_half_of_an_update() -> None:
    serve = "def get(): return prices"
    during, program = updated(
        ("prices = [1]", "prices = [p * 100 for p in prices]", serve),
        ("prices = [2]", "ask()\nprices = [p * 100 for p in prices]\nask()", serve),
        (1, 2),
        name="get",
        cell=3,
    )
    assert during.said == [[100], [100]]
    assert program.names("nb")["prices"] == [200]


@pytest.mark.parametrize(
    "serve",
    [
        "def low(): return prices\ndef get(): return low()",
        "import functools\ndef low(n): return prices\nget = functools.partial(low, 1)",
        "import functools\ndef same(f):\n    @functools.wraps(f)\n    def g(): return f()\n"
        "    return g\n@same\ndef get(): return prices",
        "import contextlib\n@contextlib.contextmanager\ndef low(): yield prices\n"
        "def get():\n    with low() as found: return found",
        "def make():\n    def inner(n): return inner(n - 1) if n else prices\n    return inner\n"
        "low = make()\ndef get(): return low(2)",
        "def get(*, of=None): return prices",
    ],
)
def test_callers_see_what_was_through_whatever_they_call(serve: str) -> None:
    during, program = updated(
        ("prices = 1", serve), ("prices = 2\nask()", serve), (1,), name="get", cell=2
    )
    assert during.said == [1]
    assert program.function(app("get", cell=2).endpoints[0])() == 2


def test_what_callers_set_meanwhile_is_kept() -> None:
    serve = "def hit():\n    global hits\n    hits += 1\n    return hits, rate"
    during, program = updated(
        ("hits = 0", "rate = 1", serve),
        ("hits = 0", "ask(); ask()\nrate = 2", serve),
        (2,),
        name="hit",
        cell=3,
    )
    assert during.said == [(1, 1), (2, 1)]
    assert program.function(app("hit", cell=3).endpoints[0])() == (3, 2)


def test_what_callers_set_is_kept_when_an_update_fails() -> None:
    serve = "def hit():\n    global hits\n    hits += 1\n    return hits, rate"
    during, program = updated(
        ("hits = 0", "rate = 1", serve),
        ("hits = 0", "rate = 2\nextra = 3\nask(); ask()\n1 / 0", serve),
        (2,),
        name="hit",
        cell=3,
    )
    assert during.said == [(1, 1), (2, 1)]
    assert program.function(app("hit", cell=3).endpoints[0])() == (3, 1)
    assert "extra" not in program.names("nb")


def test_a_counter_in_a_closure_counts_for_both_versions() -> None:
    serve = (
        "def counter():\n    n = 0\n    def hit():\n        nonlocal n\n        n += 1\n"
        "        return n, rate\n    return hit\nhit = counter()"
    )
    during, program = updated(
        ("rate = 1", serve), ("rate = 2\nask()", serve), (1,), name="hit", cell=2
    )
    assert during.said == [(1, 1)]
    assert program.function(app("hit", cell=2).endpoints[0])() == (2, 2)


@pytest.mark.parametrize(
    ("before", "after", "is_seen"),
    [
        ("def get(): return 1", "def get(): return 2", False),
        ("def get():\n    'get'\n    return 1", "def get(): return 2", False),
        ("rate = 1\ndef get(): return rate", "rate = 2\ndef get(): return rate", True),
        ("rate = 1\ndef get(): return [rate for _ in '1']", "rate = 2", True),
        ("rate = 1\nclass Get:\n    def get(self): return rate", "rate = 2", True),
        ("rate = 1\ndef get(item): return item.rate", "rate = 2", False),
        ("rate = 1\ndef get(table): return table.query('a > @rate')", "rate = 2", True),
        ("rate = 1\ndef get(): return [each for each in ('rate', 'x')]", "rate = 2", True),
        ("rate = 1\ndef get(f): return f.__globals__", "rate = 2", True),
        ("rate = 1\nexec('def get(): return ra' + 'te')", "rate = 2", True),
        ("def get(): return 1", "exec('rate = 2')", True),
        ("rate = 1\ndef get(): return 1", "rate = 2", False),
    ],
)
def test_the_version_before_has_names_of_its_own_where_it_could_tell(
    before: str, after: str, is_seen: bool
) -> None:
    program, during = Program(), During()
    program.update(EMPTY, cells(before, "other = 1"))
    held = dict(program.names("nb"))  # as a handler holds its function
    program.update(EMPTY, cells(after, "other = 1"), changed(1), stand_in=during.stand_in)
    program.commit()
    del held
    assert (during.twin is not None) == is_seen


def test_functions_that_were_replaced_count_while_somebody_holds_them() -> None:
    program, during = Program(), During()
    program.update(EMPTY, cells("rate = 1", "def get(): return rate"))
    held = program.names("nb")["get"]
    program.update(EMPTY, cells("rate = 1", "def get(): return 1"), changed(2))
    again = cells("rate = 2", "def get(): return 1")
    program.update(EMPTY, again, changed(1), stand_in=during.stand_in)
    assert during.twin is not None
    del held, during.twin
    gc.collect()
    program.update(EMPTY, again, changed(1), stand_in=(during := During()).stand_in)
    assert during.twin is None


def test_names_that_go_count_as_read() -> None:
    program, during = Program(), During()
    program.update(EMPTY, cells("rate = 1", "x = 1"))
    changes = Changes(run=frozenset({("nb", "2")}), forget=frozenset({("nb", "rate")}))
    program.update(EMPTY, cells("", "x = 2"), changes, stand_in=during.stand_in)
    assert during.twin is not None


def test_what_a_task_or_thread_sets_is_seen_at_once_and_outlives_a_failure() -> None:
    started = "def tick():\n    global ticks\n    ticks += 1\nticks = 0"
    serve = "def get(): return ticks, rate"
    program, during = Program(), During()
    declared = app("get", cell=3)
    program._space("nb")["ask"] = lambda: during.ask(declared.endpoints[0])
    program.update(declared, cells(started, "rate = 1", serve))
    tick: Callable[[], None] = program.names("nb")["tick"]
    program._space("nb")["beside"] = [tick]
    again = cells(started, "rate = 2\nask()\nbeside[0]()\nask()\n1 / 0", serve)
    with pytest.raises(CellError):
        program.update(declared, again, changed(2), stand_in=during.stand_in)
    assert during.said == [(0, 1), (1, 1)]
    assert (program.names("nb")["ticks"], program.names("nb")["rate"]) == (1, 1)


def test_a_failed_update_leaves_what_others_have_set_since() -> None:
    program = Program()
    program.update(EMPTY, cells("a = 1\nb = 1"))
    program._space("nb")["other"] = lambda: program._space("nb").update(c=5)
    with pytest.raises(CellError):
        program.update(EMPTY, cells("a = 2\nother()\n1 / 0"), changed(1))
    found = program.names("nb")
    assert (found["a"], found["b"], found["c"]) == (1, 1, 5)


def test_a_failed_update_takes_back_what_cannot_be_told_from_code() -> None:
    program = Program()
    program.update(EMPTY, cells("a = 1"))
    with pytest.raises(CellError):
        program.update(EMPTY, cells("exec('a = 2; z = 1')\n1 / 0"), changed(1))
    assert program.names("nb")["a"] == 1
    assert "z" not in program.names("nb")


def test_a_notebook_of_several_finds_its_own_class_when_it_is_called() -> None:
    code = "import pickle\nclass Item: owner = {!r}\ndef copied():\n    item = Item()\n" + (
        "    return type(pickle.loads(pickle.dumps(item))).owner"
    )
    listed = {
        name: [CodeCell(1, code.format(name), name, f"{name}, cell 1")] for name in ("one", "two")
    }
    program = Program()
    program.update(App(title="app", modules=("one", "two"), endpoints=()), listed)
    assert [program.names(name)["copied"]() for name in listed] == ["one", "two"]


def test_a_traceback_shows_the_lines_of_the_version_that_ran() -> None:
    program = Program()
    program.update(app("f", cell=1), cells("def f():\n    return 1 / 0  # as it ran"))
    before = program.names("nb")["f"]
    program.update(
        app("f", cell=1), cells("# a comment\ndef f():\n    return 'mended'"), changed(1)
    )
    with pytest.raises(ZeroDivisionError) as raised:
        before()
    shown = problems.trace(raised.value)
    assert "return 1 / 0  # as it ran" in shown
    assert "mended" not in shown
