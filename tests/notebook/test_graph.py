"""How cells hang together: where the names that they read come from."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from neutrino_lab.notebook.facts import extract
from neutrino_lab.notebook.graph import Flow, Step
from neutrino_lab.notebook.settings import Setting


def flow(*codes: str, tasks: tuple[int, ...] = ()) -> Flow:
    return Flow([extract(code) for code in codes], tasks)


def test_every_name_comes_from_the_last_cell_above_that_set_it() -> None:
    steps = flow("a = 1", "b = a", "a = b + c", "d = a").steps
    assert [dict(step.sources) for step in steps] == [
        {},
        {"a": 0},
        {"b": 1, "c": None},
        {"a": 2},
    ]
    assert [set(step.writes) for step in steps] == [{"a"}, {"b"}, {"a"}, {"d"}]


def test_a_call_reads_and_changes_what_the_function_does() -> None:
    codes = ("LOG = []", "def note(): LOG.append(n)", "n = 1", "note()")
    assert flow(*codes).steps[3] == Step(
        sources={"note": 1, "LOG": 0, "n": 2},
        writes=frozenset({"LOG"}),
        needs=frozenset({"note"}),
    )


def test_a_function_that_is_replaced_is_not_followed_any_more() -> None:
    codes = ("def f(): return a", "f = len", "f([])")
    assert dict(flow(*codes).steps[2].sources) == {"f": 1}


def test_a_function_that_may_be_replaced_is_followed_both_ways() -> None:
    codes = ("def f(): return a", "if x:\n  def f(): return b", "f()")
    assert set(flow(*codes).steps[2].sources) == {"f", "a", "b"}


def test_a_setting_of_a_module_does_not_count_as_setting_the_name() -> None:
    found = flow("import os", "os.environ['A'] = '1'", "a = os.getcwd()")
    assert found.steps[1].sets == {"os"}
    assert found.steps[1].made == {Setting("os", "os.environ['A']")}
    assert found.steps[1].writes == frozenset()
    assert found.steps[2] == Step(
        sources={"os": 0}, settings={"os": 1}, writes=frozenset({"a"}), needs=frozenset({"os"})
    )


def test_an_opaque_cell_may_have_set_any_name() -> None:
    found = flow("a = 1", "from b import *", "c = a + d", "a = 2", "e = a")
    assert [dict(step.sources) for step in found.steps[2:]] == [{"a": 1, "d": 1}, {}, {"a": 3}]
    assert found.last_writer("a") == 3
    assert found.last_writer("unknown") == 1


def test_a_task_takes_no_part_in_the_order_but_reads_later() -> None:
    found = flow("a = 1", "a += b", "c = a", tasks=(1,))
    assert found.steps[1] == Step()
    assert dict(found.steps[2].sources) == {"a": 0}
    assert found.is_read_at_the_end("b")


def test_a_value_that_is_overwritten_before_it_is_read_is_not_read_at_the_end() -> None:
    found = flow("i = 1", "print(i)", "i = 2")
    assert not found.is_read_at_the_end("i")
    assert flow("i = 1", "def f(): return i").is_read_at_the_end("i")
    assert flow("i = 1", "print(i)").is_read_at_the_end("i")


CELLS = [
    extract(code)
    for code in (
        *("a = 1", "b = a", "a = b", "def f(): return a", "x = f()", "f = len", "import random"),
        *("d = []", "e = d", "e.append(x)", "x = random.random()", "random.seed(1)", "exec(b)"),
        *("import os", "os.environ['A'] = a", "x = os.getcwd()", "def g(): d.append(f())", "g()"),
        *("class A:\n    def go(self): d.append(1)", "a = A()", "a.go()", "from b import *"),
    )
]


@st.composite
def histories_of_edits(draw: st.DrawFn) -> list[tuple[list[int], frozenset[int]]]:
    """Versions of a notebook: indices of `CELLS`, and the places of those that are tasks."""
    cell = st.integers(0, len(CELLS) - 1)
    version = draw(st.lists(cell, min_size=1, max_size=10))
    tasks = draw(st.frozensets(st.integers(0, 9), max_size=2))
    history = [(version, tasks)]
    for _ in range(draw(st.integers(1, 5))):
        start = draw(st.integers(0, len(version)))
        stop = start + draw(st.integers(0, 2))
        version = [*version[:start], *draw(st.lists(cell, max_size=2)), *version[stop:]]
        history.append((version, tasks))
    return history


@given(histories_of_edits())
def test_what_an_earlier_flow_knew_is_what_a_new_one_finds_out(
    history: list[tuple[list[int], frozenset[int]]],
) -> None:
    before: Flow | None = None
    for version, tasks in history:
        cells = [CELLS[each] for each in version]
        before, fresh = Flow(cells, tasks, before=before), Flow(cells, tasks)
        assert before.steps == fresh.steps
        assert (before.writers, before.readers, before.observers, before.read_later) == (
            fresh.writers,
            fresh.readers,
            fresh.observers,
            fresh.read_later,
        )
