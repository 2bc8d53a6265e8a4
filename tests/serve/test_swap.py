"""What runs again after an edit: single rules by example, and all of them by property."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from neutrino_lab.runtime.cell_file import CodeCell
from neutrino_lab.runtime.errors import CellError
from neutrino_lab.runtime.program import Changes, Program
from neutrino_lab.serve.swap import Version, plan
from tests.serve.swapping import APP, gone, run, values, versions


def changes(before: Sequence[Version], after: Sequence[Version]) -> tuple[list[str], set[str]]:
    """The keys that run, in order, and the names that are forgotten."""
    planned = plan({"nb": before}, {"nb": after})
    run = [cell.key for cell in after if ("nb", cell.key) in planned.run]
    assert len(run) == len(planned.run)
    return run, {name for _, name in planned.forget | planned.remove_after_swap}


def edited(*cells: str, **edits: str) -> tuple[list[str], set[str]]:
    """The changes when the cells whose keys are named (`c2="..."`) get another code."""
    after = [(str(number), edits.get(f"c{number}", code)) for number, code in enumerate(cells, 1)]
    return changes(versions(*cells), versions(*after))


def test_nothing_runs_when_nothing_changed() -> None:
    cells = versions("a = 1", "b = a")
    assert changes(cells, cells) == ([], set())


def test_a_new_module_runs_whole_and_one_that_is_gone_is_left_alone() -> None:
    before = {"old": versions("a = 1")}
    after = {"new": versions("a = 1", "b = 2")}
    assert plan(before, after) == Changes(run=frozenset({("new", "1"), ("new", "2")}))


def test_a_changed_cell_runs_with_what_reads_its_names() -> None:
    cells = ("a = 1", "model = object()", "b = a + 1", "c = b + 1", "d = model")
    assert edited(*cells, c1="a = 2") == (["1", "3", "4"], set())


def test_a_function_is_looked_up_when_called_so_its_definition_stays() -> None:
    cells = ("rate = 1", "def total(n):\n    return n * rate", "x = 1")
    assert edited(*cells, c1="rate = 2") == (["1"], set())


def test_a_cell_that_calls_a_function_follows_what_the_function_reads() -> None:
    cells = (
        "rate = 1",
        "def inner(n):\n    return n * rate",
        "def outer(n):\n    return inner(n)",
        "bill = outer(3)",
    )
    assert edited(*cells, c1="rate = 2") == (["1", "4"], set())


def test_a_decorated_function_may_hold_old_results_so_it_is_made_anew() -> None:
    cells = (
        "from functools import cache",
        "rate = 1",
        "@cache\ndef total(n):\n    return n * rate",
    )
    assert edited(*cells, c2="rate = 2") == (["2", "3"], set())


def test_a_class_is_made_anew_when_its_base_is() -> None:
    cells = ("class A:\n    pass", "class B(A):\n    pass", "b = B()")
    assert edited(*cells, c1="class A:\n    x = 1") == (["1", "2", "3"], set())


def test_a_name_that_is_set_from_itself_is_first_set_to_what_it_was() -> None:
    cells = ("df = [1, None]", "df = [x for x in df if x]", "n = len(df)", "other = 1")
    assert edited(*cells, c2="df = [x for x in df]") == (["1", "2", "3"], set())


def test_what_a_later_cell_does_to_a_name_is_done_again() -> None:
    cells = ("n = 1", "n += 1", "n += 10")
    assert edited(*cells, c2="n += 2") == (["1", "2", "3"], set())


def test_an_object_changed_in_place_is_made_anew_first() -> None:
    for change in ("d['b'] = 2", "d.update(b=2)", "d.x.append(2)", "del d['a']"):
        assert edited("d = {'a': 1}", "d['c'] = 3", change, c3="pass") == (["1", "2", "3"], set())


def test_an_object_that_a_function_changes_in_place_is_made_anew_first() -> None:
    cells = ("LOG = []", "def note(x):\n    LOG.append(x)", "other = 1", "note('a')")
    assert edited(*cells, c4="note('b')") == (["1", "4"], set())


def test_a_global_that_a_function_sets_is_set_back_first() -> None:
    cells = ("n = 0", "def bump():\n    global n\n    n += 1", "bump()", "m = n")
    assert edited(*cells, c3="bump(); bump()") == (["1", "3", "4"], set())


def test_a_function_that_only_requests_call_leaves_the_state_alone() -> None:
    cells = ("n = 0", "def bump():\n    global n\n    n += 1\n    return n")
    assert edited(*cells, c2="def bump():\n    global n\n    n += 2\n    return n") == (
        ["2"],
        set(),
    )


def test_a_setting_of_a_module_reaches_its_readers_but_imports_nothing_again() -> None:
    cells = (
        "import os\nimport time",
        "os.environ['X'] = '1'",
        "started = time.time()",
        "x = os.environ['X']",
    )
    assert edited(*cells, c2="os.environ['X'] = '2'") == (["2", "4"], set())


@pytest.mark.parametrize(
    ("sets", "reads"),
    [
        ("import os\nos.environ['MODE'] = 'one'", "import os\nmode = os.environ['MODE']"),
        ("import os\nos.environ.update(MODE='one')", "import os\nmode = os.getenv('MODE')"),
        ("import random\nrandom.seed('one')", "import random\nfound = random.random()"),
        ("import numpy as np\nnp.random.seed('one')", "import numpy as np\na = np.random.rand()"),
        ("import sys\nsys.path.append('one')", "import sys\npath = sys.path"),
    ],
)
def test_what_a_cell_sets_in_a_module_is_read_again(sets: str, reads: str) -> None:
    cells = (sets, reads, "untouched = 1")
    assert edited(*cells, c1=sets.replace("one", "two")) == (["1", "2"], set())


def test_an_object_that_is_changed_by_a_method_is_made_again() -> None:
    store = "class Store:\n    def __init__(self): self.texts = []\n"
    store += "    def add_texts(self, texts): self.texts += texts"
    cells = (store, "store = Store()", "store.add_texts(['one'])", "shown = store.texts", "a = 1")
    assert edited(*cells, c3="store.add_texts(['two'])") == (["2", "3", "4"], set())
    # What only shows it leaves it as it is.
    shows = ("df = load()", "df.head()", "df.describe()", "plt.plot(df)")
    assert edited(*shows, c2="df.head(3)") == (["2"], set())


def test_a_method_of_a_module_is_no_change_of_the_module() -> None:
    cells = ("import os", "os.remove('x')", "here = os.getcwd()")
    assert edited(*cells, c2="os.remove('y')") == (["2"], set())


def test_names_of_deleted_code_are_forgotten() -> None:
    assert changes(versions("a = 1", ("x", "b = 2")), versions("a = 1")) == ([], {"b"})
    assert edited("a = b = 1", c1="a = 1") == (["1"], {"b"})


def test_a_name_that_no_new_code_mentions_serves_the_old_version_to_its_end() -> None:
    assert gone(["old = 1", "x = 1"], ["new = 1", "x = 1"]) == (set(), {"old"})


def test_a_name_that_new_code_could_see_is_gone_before_it_runs() -> None:
    assert gone(["old = 1", "x = 1"], ["new = 1", "x = old"]) == ({"old"}, set())
    # Through a function, or an object that hides it.
    assert gone(
        ["old = 1", "def f(): return old", "x = 1"], ["", "def f(): return old", "x = f()"]
    )[0] == {"old"}
    assert gone(["old = 1", "x = 1"], ["exec('y = 1')", "x = 1"]) == ({"old"}, set())


def test_a_retired_name_stays_until_the_version_settles() -> None:
    program = Program()
    before, after = versions("old = 1", "x = 1"), versions("seen = 'old' in dir()", "x = 1")
    run(program, before)
    planned = Changes(run=frozenset({("nb", "1")}), remove_after_swap=frozenset({("nb", "old")}))
    cells = [CodeCell(n, each.code, each.key, "") for n, each in enumerate(after, 1)]
    program.update(APP, {"nb": cells}, planned)
    assert (program.names("nb")["old"], program.names("nb")["seen"]) == (1, True)
    program.commit()
    assert "old" not in program.names("nb")


def test_what_a_failed_update_would_have_retired_stays() -> None:
    program = Program()
    run(program, versions("old = 1"))
    planned = Changes(run=frozenset({("nb", "1")}), remove_after_swap=frozenset({("nb", "old")}))
    with pytest.raises(CellError):
        program.update(APP, {"nb": [CodeCell(1, "1 / 0", "1", "")]}, planned)
    program.commit()
    assert program.names("nb")["old"] == 1


def test_a_name_that_another_cell_binds_gets_its_value_back() -> None:
    assert changes(versions("a = 1", ("x", "a = 2")), versions("a = 1")) == (["1"], set())
    assert changes(versions("a = 1", ("x", "del a")), versions("a = 1")) == (["1"], set())


def test_a_reader_of_a_forgotten_name_runs_so_that_the_mistake_shows() -> None:
    before, after = versions(("x", "a = 1"), "b = a"), versions(("2", "b = a"))
    assert changes(before, [before[1]]) == (["2"], {"a"})
    program = Program()
    run(program, before)
    with pytest.raises(CellError, match="name 'a' is not defined"):
        run(program, after, plan({"nb": before}, {"nb": after}))
    assert values(program) == {"a": 1, "b": 1}


def test_a_name_that_is_no_longer_set_above_is_missing_there() -> None:
    before = versions(("x", "n = 0"), ("y", "n += 1"))
    assert changes(before, before[1:]) == (["y"], {"n"})


def test_a_moved_cell_counts_where_names_are_shared() -> None:
    one, two, three = versions("a = 1", "a = 2", "z = 3")
    reader = versions(("r", "b = a"))[0]
    assert changes([one, two, reader], [two, one, reader]) == (["1", "r"], set())
    assert changes([one, three, reader], [three, one, reader]) == ([], set())


def test_cells_that_reuse_a_scratch_name_stay_independent() -> None:
    cells = (
        "for i in range(3):\n    a = i",
        "for i in range(9):\n    model = i",
        "def predict():\n    return model",
    )
    assert edited(*cells, c1="for i in range(4):\n    a = i") == (["1"], set())


def test_a_scratch_name_that_comes_to_be_read_gets_its_right_value() -> None:
    first = versions("for i in range(3):\n    pass", "for i in range(9):\n    pass")
    second = versions("for i in range(4):\n    pass", "for i in range(9):\n    pass")
    third = [*second, *versions(("r", "last = i"))]
    planned = plan({"nb": first}, {"nb": second})
    assert planned == Changes(run=frozenset({("nb", "1")}), stale=frozenset({("nb", "i")}))
    assert plan({"nb": second}, {"nb": third}, stale=planned.stale) == Changes(
        run=frozenset({("nb", "2"), ("nb", "r")})
    )


def test_a_name_that_comes_to_be_read_is_not_set_again_where_it_is_right() -> None:
    before = versions("model = []", "model.append(1)", "z = 1")
    after = [*before[:2], *versions(("3", "def predict():\n    return model"))]
    assert changes(before, after) == (["3"], {"z"})


def test_a_name_that_a_declaration_mentions_is_no_scratch_name() -> None:
    cells = ("Item = dict", '"""\n@HTTP\nPOST /x\nbody: item:Item\n"""\nItem = list')
    assert edited(*cells, c1="Item = tuple") == (["1", "2"], set())


def test_a_name_bound_on_some_paths_depends_on_what_it_was() -> None:
    cells = ("flag = True", "x = 1", "if flag:\n    x = 2", "y = x")
    assert edited(*cells, c1="flag = False") == (["1", "2", "3", "4"], set())


def test_all_after_the_change_runs_below_a_cell_that_cannot_be_analysed() -> None:
    cells = ("from math import *", "model = object()", "a = 1", "b = 2")
    assert edited(*cells, c3="a = 3") == (["3", "4"], set())


def test_a_cell_that_cannot_be_analysed_runs_on_nothing_but_fresh_names() -> None:
    cells = ("a = 1", "b = 2", "exec('a += 1')", "c = 3")
    assert edited(*cells, c2="b = 3") == (["1", "2", "3", "4"], set())
    assert edited(*cells, c4="c = 4") == (["4"], set())
    assert edited("a = 1", "def f():\n    exec('')", "f()", "c = a", c4="c = 2")[0] == ["4"]
    assert edited("a = 1", "def f():\n    exec('')", "f()", "c = a", c3="f(); f()")[0] == [*"1234"]


def test_an_opaque_cell_that_is_gone_takes_the_whole_notebook_along() -> None:
    before = versions("a = 1", ("x", "exec('a = 2')"), ("y", "b = a"))
    assert changes(before, [before[0], before[2]]) == (["1", "y"], set())


@pytest.mark.parametrize(
    "sets",
    [
        "globals()['x'] = 1",
        "exec('x = 1')",
        "vars()['x'] = 1",
        "space = globals\nspace().update(x=1)",
        "def put(name): globals()[name] = 1\nput('x')",
    ],
)
def test_a_name_that_no_code_tells_goes_with_the_cell_that_had_set_it(sets: str) -> None:
    hits = "hits = 0\ndef count():\n    global hits, last\n    last = hits = hits + 1"
    before, after = versions(hits, sets, "y = 2"), versions(hits, sets.replace("x", "z"), "y = 2")
    if "exec" in sets or "vars" in sets:
        after[1:2] = versions(("2", "pass"))
    program, fresh = Program(), Program()
    run(program, before)
    program.names("nb")["count"]()
    planned = plan({"nb": before}, {"nb": after})
    broken = [CodeCell(1, "1 / 0", "1", "")]
    with pytest.raises(CellError):
        program.update(APP, {"nb": broken}, planned)
    assert {"x": 1, "last": 1}.items() <= program.names("nb").items()
    run(program, after, planned)
    run(fresh, after)
    # What calls have set, and may set again, is not a cell's.
    assert values(program) == {**values(fresh), "last": 1}


def test_a_thousand_opaque_cells_are_planned() -> None:
    cells = versions(*["eval('1')"] * 3000)
    assert len(changes(cells, [*versions(("new", "a = 1")), *cells])[0]) == 3001


def test_a_task_is_compiled_anew_and_moves_nothing_else() -> None:
    before = versions("n = 0", ("t", "n += 1"), ("r", "m = n"), tasks=["t"])
    after = versions("n = 0", ("t", "n += 2"), ("r", "m = n"), tasks=["t"])
    assert changes(before, after) == (["t"], set())
    now_at_load = versions("n = 0", ("t", "n += 1"), ("r", "m = n"))
    assert changes(before, now_at_load) == (["t", "r"], set())


def test_names_of_a_task_stay_as_long_as_it_does() -> None:
    before = versions(("t", "seen = 1"), "a = 1", tasks=["t"])
    assert changes(before, versions(("t", "seen = 2"), ("2", "a = 1"), tasks=["t"])) == (
        ["t"],
        set(),
    )
    assert changes(before, before[1:]) == ([], {"seen"})


def test_a_long_chain_is_planned_quickly_and_without_recursion() -> None:
    before = versions("x = 0", *["x += 1"] * 3000)
    after = [*before[:-1], *versions((before[-1].key, "x += 2"))]
    assert len(changes(before, after)[0]) == 3001
