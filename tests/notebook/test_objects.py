"""Which objects a cell changes by another name, or by what it hands to the notebook's own code."""

from __future__ import annotations

import pytest

from neutrino_lab.notebook.facts import extract
from neutrino_lab.notebook.graph import Flow

PUT = "def put(where, what):\n    where.append(what)"
OWN = """
class Store:
    def __init__(self): self.kept = []
    def log(self, x): self.kept.append(x)
    def total(self): return len(self.kept)
    def into(self, other): other.add(1)
"""
COUNTER = """
def make():
    n = []
    def add(x): n.append(x)
    return add
"""
PLAIN = "def make(n):\n    def add(x): return n + x\n    return add"


@pytest.mark.parametrize(
    ("cells", "changed"),
    [
        # Functions of the notebook, by what they do to their parameters.
        ((PUT, "d = []", "e = put(d, 1)"), "d"),
        ((PUT, "d = []", "put(what=1, where=d)"), "d"),
        ((PUT, "d = []; e = 1", "put([], e)"), ""),
        ((PUT, "def twice(x): put(x, 1)", "d = []", "n = twice(d)"), "d"),
        ((PUT, "d = []", "def step(): put(d, 1)", "n = step()"), "d"),
        (("def own(x):\n    x = list(x)\n    x.append(1)", "d = []", "own(d)"), ""),
        (("def f(n): return f(n - 1) if n else n", "d = 3", "f(d)"), ""),
        # Methods of its classes, also of their bases, and under names that mostly only read.
        ((OWN, "s = Store()", "n = s.log(1)"), "s"),
        ((OWN, "class Big(Store): pass", "s = Big()", "n = s.log(1)"), "s"),
        ((OWN, "s = Store()", "n = s.total()"), ""),
        ((OWN, "s = Store(); d = set()", "n = s.into(d)"), "d"),
        ((OWN, "s = other()", "n = s.log(1)"), ""),
        ((OWN, "s, d = Store(), {}", "n = s.log(1); m = d.log(1)"), "s"),
        ((OWN, "def new(): return Store()\ns = new()", "n = s.log(1)"), "s"),
        # Other names of one object, and of a part of it.
        (("d = []", "e = d", "e.append(1)"), "d e"),
        (("c = {'a': {}}", "part = c['a']", "part['b'] = 1"), "c part"),
        (("df = load()", "some = df[df.x > 1]", "some['y'] = 1"), "some"),
        (("a, b = [], []", "for each in (a, b):\n    each.append(1)"), "a b"),
        (("d = {'a': []}", "(one,) = d.values()\none.append(1)"), "d"),
        (("d = []", "e = d", "e = []", "e.append(1)"), "e"),
        (("d = []", "e = d", "e = list(d)", "e.append(1)"), "e"),
        (("d = []", "class A:\n    x = d\nx = {}", "x['k'] = 1"), "x"),
        # What remembers how it was used.
        ((COUNTER, "f = make()", "x = f(1)"), "f"),
        ((PLAIN, "f = make(1)", "x = f(1)"), ""),
        (("def rows():\n    yield 1", "r = rows()", "x = list(r)"), "r"),
        (("r = (x for x in [1])", "x = sum(r)"), "r"),
        (("r = [x for x in [1]]", "x = sum(r)"), ""),
        (("import random", "x = random.random()", "y = random.random()"), ""),
        (("app = App()", "@app.get('/')\ndef f(): pass"), "app"),
    ],
)
def test_the_last_cell_changes(cells: tuple[str, ...], changed: str) -> None:
    before = Flow([extract(each) for each in cells[:-1]])
    step = Flow([extract(each) for each in cells]).steps[-1]
    assert step.writes & before.writers.keys() == {*changed.split()}
