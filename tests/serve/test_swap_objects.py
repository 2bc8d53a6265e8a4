"""What an edit leaves of objects that cells change in place: as after a fresh start."""

from __future__ import annotations

import pytest

from neutrino_lab.runtime.program import Program
from neutrino_lab.serve.swap import plan
from tests.serve.swapping import run, versions

# A cell that makes objects, and one that changes them; `one` in it is edited to `two`. `seen` is
# what is left in the end.
CHANGES = [
    ("import heapq\nh = []", "heapq.heappush(h, 'one')", "h"),
    ("import bisect\nh = []", "bisect.insort(h, 'one')", "h"),
    ("class C: pass\nc = C()", "setattr(c, 'one', 1)", "sorted(vars(c))"),
    ("class C: pass\nc = C()", "vars(c)['one'] = 1", "sorted(vars(c))"),
    ("d = {}", "dict.update(d, one=1)", "d"),
    ("d = []", "list.append(d, 'one')", "d"),
    ("import operator\nd = {}", "operator.setitem(d, 'one', 1)", "d"),
    ("d = []", "list(map(d.append, ['one']))", "d"),
    ("d = []", "(y := d).append('one')", "d"),
    ("it = iter(['one', 'two'])", "x = next(it)\nassert x != 'ones'", "x"),
    ("import io\nb = io.StringIO()", "print('one', file=b)", "b.getvalue()"),
    ("import io\nb = io.StringIO()", "n = b.write('one')", "b.getvalue()"),
    ("import io, json\nb = io.StringIO()", "json.dump('one', b)", "b.getvalue()"),
    (
        "import sqlite3\ndb = sqlite3.connect(':memory:')\ndb.execute('create table t (x)')",
        "last = db.execute(\"insert into t values ('one')\").lastrowid",
        "db.execute('select x from t').fetchall()",
    ),
    ("def put(x, what): x.append(what)\nd = []", "e = put(d, 'one')", "d"),
    ("class S:\n    x = ()\n    def log(self, *a): self.x += a\ns = S()", "s.log('one')", "s.x"),
    ("c = {'a': {'b': []}}", "part = c['a']['b']\npart.append('one')", "c"),
    ("a, b = [], []", "for each in (a, b): each.append('one')", "a + b"),
    (
        "def count():\n    n = []\n    return lambda x: n.append(x) or [*n]\nf = count()",
        "f('one')",
        "f(0)",
    ),
    ("def rows():\n    yield from ['one', 2]\nr = rows()", "first = next(r)  # one", "[first, *r]"),
    (
        "class R:\n    found = ()\n    def it(self, f): self.found += (f.__name__,)\nr = R()",
        "@r.it\ndef one(): pass",
        "r.found",
    ),
]


@pytest.mark.parametrize(("makes", "changes", "seen"), CHANGES)
def test_an_object_that_an_edited_cell_changes_is_made_again_first(
    makes: str, changes: str, seen: str
) -> None:
    before = versions(makes, changes, f"seen = {seen}")
    after = versions(makes, changes.replace("one", "two"), f"seen = {seen}")
    program, fresh = Program(), Program()
    run(program, before)
    run(program, after, plan({"nb": before}, {"nb": after}))
    run(fresh, after)
    assert program.names("nb")["seen"] == fresh.names("nb")["seen"]
