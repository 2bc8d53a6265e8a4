"""A partial run leaves what a fresh one would, over random histories of edits."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count, pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, note, settings
from hypothesis import strategies as st

from neutrino_lab.notebook.graph import Flow
from neutrino_lab.runtime.errors import CellError
from neutrino_lab.runtime.program import Changes, Program
from neutrino_lab.serve.swap import Version, plan
from tests.serve.swapping import run, values, versions

# The property. Numbers live in a, b, c; f, g, h are functions that call downwards; d and s change
# in place. What an object hides, such as a cache that fills as it is called, no analysis can tell.

NUMBERS = st.sampled_from("abc")


LITERALS = st.integers(0, 5).map(str)


TERMS = st.one_of(NUMBERS, LITERALS)


PURE_BODIES = st.one_of(
    st.builds("return {} + {}".format, TERMS, TERMS),
    st.builds("return d.get('k', 0) + {}".format, TERMS),
    st.builds("return max(i + {} for i in range({}, 6))".format, TERMS, LITERALS),
)


BODIES = st.one_of(
    PURE_BODIES,
    st.builds("d['z'] = {0}; return {0}".format, TERMS),
    st.builds("s.append({0}); return {0}".format, TERMS),
    st.builds("global {0}; {0} = {0} + {1}; return {0}".format, NUMBERS, LITERALS),
)


CALLS = {"f": ["g()", "h()", "g() + h()"], "g": ["h()"], "h": []}


FUNCTIONS = st.one_of(
    st.builds("def {}(): {}".format, st.sampled_from("fgh"), BODIES),
    st.sampled_from([f"def {n}(): return {c}" for n, calls in CALLS.items() for c in calls]),
    st.builds("{} = lambda: {} + {}".format, st.sampled_from("fgh"), TERMS, TERMS),
    st.builds("@called\ndef h(): {}".format, PURE_BODIES),
    st.builds("class f:\n    v = {}\n    def __new__(cls): return cls.v + {}".format, TERMS, TERMS),
)


STATEMENTS = st.one_of(
    st.builds("{} = {}".format, NUMBERS, TERMS),
    st.builds("{} = {} + {}".format, NUMBERS, TERMS, TERMS),
    st.builds("{} += {}".format, NUMBERS, TERMS),
    st.builds("{} = {}()".format, NUMBERS, st.sampled_from("fgh")),
    st.builds("{}()".format, st.sampled_from("fgh")),
    st.builds("del {}".format, NUMBERS),
    st.builds("d['{}'] = {}".format, st.sampled_from("kz"), TERMS),
    st.builds("{} = d.get('k', 7)".format, NUMBERS),
    st.builds("d.update(z={})".format, TERMS),
    st.builds("s.append({})".format, TERMS),
    st.builds("{} = len(s)".format, NUMBERS),
    st.sampled_from(["d = {}", "s = []", "d = dict(d)", "s = s + [a]"]),
    st.builds("for i in range({}, 7): {} = i".format, LITERALS, NUMBERS),
    st.builds("if {} > 2: {} = {}".format, TERMS, NUMBERS, TERMS),
    st.builds("if {} > 2: {} = {}\nelse: c = 1".format, TERMS, NUMBERS, TERMS),
    st.builds(
        "try: {} = 6 // {}\nexcept ZeroDivisionError as e: {} = 0".format, NUMBERS, TERMS, NUMBERS
    ),
    st.builds("{} = (c := {}) + 1".format, NUMBERS, TERMS),
    st.builds("{0} = {1} and (b := {1})".format, NUMBERS, TERMS),
    FUNCTIONS,
    FUNCTIONS,
)


CODES = st.lists(STATEMENTS, min_size=1, max_size=3).map("\n".join)


PRELUDE = (
    "def called(f):\n    found = f()\n    return lambda: found",
    "a = 1\nb = 2",
    "c = 3",
    "d = {}",
    "s = []",
    "def h(): return a",
    "def g(): return h() + b",
    "def f(): return g() + c",
)


OBSERVER = "def observer(): return a, b, c, d, s, i, e, f, g, h"


@dataclass
class History:
    """The versions of one notebook that a user goes through."""

    cells: list[tuple[str, str]]
    keys: Any = field(default_factory=lambda: map("new {}".format, count()))

    def edit(self, draw: Any) -> None:
        kind = draw(st.sampled_from(["replace", "insert", "delete", "move"]))
        place = draw(st.integers(0, len(self.cells) - 1))
        if kind == "replace":
            self.cells[place] = (self.cells[place][0], draw(CODES))
        elif kind == "insert":
            self.cells.insert(place, (next(self.keys), draw(CODES)))
        elif kind == "delete" and len(self.cells) > 1:
            del self.cells[place]
        elif kind == "move":
            cell = self.cells.pop(place)
            self.cells.insert(draw(st.integers(0, len(self.cells))), cell)


@st.composite
def histories(draw: Any, *, steps: int) -> list[list[tuple[str, str]]]:
    codes = [*PRELUDE, *draw(st.lists(CODES, min_size=2, max_size=6))]
    history = History([(str(number), code) for number, code in enumerate(codes)])
    found = [list(history.cells)]
    for _ in range(steps):
        for _ in range(draw(st.integers(1, 2))):
            history.edit(draw)
        found.append(list(history.cells))
    return found


def fresh_values(cells: Sequence[Version]) -> dict[str, Any]:
    program = Program()
    try:
        run(program, cells)
    except CellError:
        assume(False)
    return values(program)


def described(cells: Sequence[Version], planned: Changes | None = None) -> str:
    run = planned.run if planned else {("nb", cell.key) for cell in cells}
    lines = [
        f"{'>' if ('nb', cell.key) in run else ' '} {cell.key}: {cell.code!r}" for cell in cells
    ]
    gone = (sorted(planned.forget), sorted(planned.remove_after_swap)) if planned else None
    return "\n".join([*lines, f"forget, retire {gone}"])


QUICK = settings(
    max_examples=int(os.environ.get("NEUTRINO_EDITS", "250")),
    deadline=None,
    suppress_health_check=[HealthCheck.filter_too_much],
)


@pytest.mark.no_cover
@QUICK
@given(histories(steps=1))
def test_a_partial_run_leaves_what_a_fresh_run_would(history: Any) -> None:
    before, after = (versions(*cells, ("observer", OBSERVER)) for cells in history)
    program = Program()
    fresh_values(before)
    expected = fresh_values(after)
    run(program, before)
    planned = plan({"nb": before}, {"nb": after})
    note(described(before))
    note(described(after, planned))
    run(program, after, planned)
    assert values(program) == expected


@pytest.mark.no_cover
@QUICK
@given(histories(steps=3))
def test_one_edit_after_another_leaves_what_a_fresh_run_would(history: Any) -> None:
    """Nobody reads the names at the end, until the last version does."""
    all_versions = [versions(*cells) for cells in history]
    all_versions.append([*all_versions[-1], *versions(("observer", OBSERVER))])
    program = Program()
    fresh_values(all_versions[0])
    run(program, all_versions[0])
    note(described(all_versions[0]))
    stale: frozenset[tuple[str, str]] = frozenset()
    for before, after in pairwise(all_versions):
        expected = fresh_values(after)
        planned = plan({"nb": before}, {"nb": after}, stale=stale)
        stale = planned.stale
        note(described(after, planned))
        run(program, after, planned)
        flow = Flow([cell.facts for cell in after])
        seen = [name for name in expected if flow.is_read_at_the_end(name)]
        found = values(program)
        assert [found.get(name) for name in seen] == [expected[name] for name in seen]
    assert values(program) == expected
