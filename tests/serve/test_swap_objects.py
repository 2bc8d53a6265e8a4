"""What an edit leaves of objects that cells change in place: as after a fresh start."""

from __future__ import annotations

import pytest

from neutrino_lab.runtime.program import Program
from neutrino_lab.serve.swap import plan
from tests.serve.swapping import run, versions

FILLED = "from collections import defaultdict"
DATABASE = "import sqlite3\ndb = sqlite3.connect(':memory:')\ndb.execute('create table t (x)')"
INSERT = "\"insert into t values ('one')\""
PUT = "from functools import partial\ndef put(x, what): x.append(what)\nd = []"
OWN = """
class S:
    k, r = (), []
    def log(self, x): self.k += (x,)
    def rows(self): return self.r
    @property
    def size(self): self.k += (1,)
    def __len__(self): self.k += (1,); return 5
    def __add__(self, x): self.k += (x,)
    def __iter__(self): self.k += (1,); return iter(())
s = S()"""
ARRAY = "import numpy as np\na = np.zeros(2)\nONE = {'one': 1, 'two': 2}"
ROWS = "db.execute('select x from t').fetchall()"

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
    (DATABASE, f"last = db.execute({INSERT}).lastrowid", ROWS),
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
    # Reading fills them.
    (f"{FILLED}\nd = defaultdict(list)", "d['one']", "d"),
    ("import collections\nd = collections.defaultdict(int)", "x = d['one']", "d"),
    (f"{FILLED} as dd\nd = dd(list)", "x = d['one']", "d"),
    (f"{FILLED}\ndef make(): return defaultdict(list)\nd = make()", "d['one']", "d"),
    (f"{FILLED}\ndef read(k): return d[k]\nd = defaultdict(list)", "read('one')", "d"),
    (f"{FILLED}\ndef read(m, k): return m[k]\nd = defaultdict(list)", "read(d, 'one')", "d"),
    (f"{FILLED}\nclass S:\n    rows = defaultdict(int)\ns = S()", "s.rows['one']", "s.rows"),
    (
        f"{FILLED}\nclass S:\n    def __init__(self): self.rows = defaultdict(list)\n"
        "    def of(self, k): return self.rows[k]\ns = S()",
        "x = s.of('one')",
        "s.rows",
    ),
    ("class D(dict):\n    def __missing__(s, k): s[k] = 1\nd = D()", "d['one']", "d"),
    ("class D:\n    n = 0\n    def __call__(s, x): s.n = x\nd = D()", "d('one')", "d.n"),
    ("class D:\n    n = ()\n    def __getitem__(s, k): s.n += (k,)\nd = D()", "d['one']", "d.n"),
    (
        "class D:\n    n = 0\n    def __enter__(s): s.n += 1\n    def __exit__(*_): ...\nd = D()",
        "with d: 'one'",
        "d.n",
    ),
    # What works on an object that somebody else has made.
    (DATABASE, f"db.cursor().execute({INSERT})", ROWS),
    (DATABASE, f"cursor = db.cursor()\ncursor.execute({INSERT})", ROWS),
    (f"{DATABASE}\ncursor = db.cursor()", f"x = cursor.execute({INSERT}).lastrowid", ROWS),
    (DATABASE, f"with db as c:\n    c.execute({INSERT})", ROWS),
    (
        f"{DATABASE}\nfrom contextlib import closing",
        f"with closing(db.cursor()) as c:\n    c.execute({INSERT})",
        ROWS,
    ),
    (
        f"{DATABASE}\ndef put(db, sql):\n    cursor = db.cursor()\n    cursor.execute(sql)",
        f"put(db, {INSERT})",
        ROWS,
    ),
    ("d = []\nput = d.append", "put('one')", "d"),
    (
        "def make():\n    d = []\n    return d, lambda x: d.append(x)\nd, f = make()",
        "f('one')",
        "d",
    ),
    ("d = []", "(d or d).append('one')", "d"),
    ("a, b = [], []", "(a if b else b).append('one')", "b"),
    ("d = {'a': []}", "d.get('a').append('one')", "d"),
    ("d = {'a': []}", "for k, x in d.items(): x.append('one')", "d"),
    ("d = {'a': []}\nk = 'a'", "x = d[k]\nx.append('one')", "d"),
    ("d = {'a': []}\ndef put(x):\n    part = d['a']\n    part.append(x)", "put('one')", "d"),
    # In place, by a name that another object has as well.
    ("d = []", "e = d; e += ['one']", "d"),
    ("d = [[]]", "for e in d: e += ['one']", "d"),
    ("def f(x, y): x += [y]\nd = []", "f(d, 'one')", "d"),
    (ARRAY, "v = a.ravel(); v += ONE['one']", "a.tolist()"),
    (ARRAY, "np.add.at(a, [0], ONE['one'])", "a.tolist()"),
    (ARRAY, "np.put(a, [0], ONE['one'])", "a.tolist()"),
    ("import operator\nd = []", "x = operator.iadd(d, ['one'])", "d"),
    ("d = {}\nput = d.__setitem__", "put('one', 1)", "d"),
    ("d = [[]]", "match d:\n    case [e]: e.append('one')", "d"),
    ("d = []", "[e.append('one') for e in (d,)]", "d"),
    # What is handed over is called with the rest.
    (f"{PUT}\np = partial(put, d)", "p('one')", "d"),
    ("import functools as f\nd = []\np = f.partial(d.append)", "p('one')", "d"),
    (PUT, "p = partial(put, d)\np('one')", "d"),
    (
        f"{PUT}\nfrom threading import Thread",
        "t = Thread(target=put, args=(d, 'one'))\nt.start()\nt.join()",
        "d",
    ),
    (PUT, "x = [*map(put, [d], ['one'])]", "d"),
    (f"{PUT}\ndef do(f, *a): f(*a)", "x = do(put, d, 'one')", "d"),
    (
        "from functools import reduce\nd = []",
        "x = reduce(lambda a, x: a.append(x), ['one'], d)",
        "d",
    ),
    ("d = []", "x = (lambda e: e.append('one'))(d)", "d"),
    ("f = lambda e, x: e.append(x)\nd = []", "y = f(d, 'one')", "d"),
    ("def f(x, known=[]): known.append(x); return known", "y = f('one')", "f(0)"),
    (f"{OWN}\nput = s.log", "y = put('one')", "s.k"),
    # What a function gives may be what others have as well.
    ("d = []\ndef give(): return d", "give().append('one')", "d"),
    ("d = []\ndef give(x): return x", "e = give(d)\ne.append('one')", "d"),
    (OWN, "r = s.rows()\nr.append('one')", "s.r"),
    # What Python calls where no call is written.
    (OWN, "x = s.size, 'one'", "s.k"),
    (OWN, "x = len(s), 'one'", "s.k"),
    (OWN, "x = s + 'one'", "s.k"),
    (OWN, "x = [*s, 'one']", "s.k"),
    (f"{OWN}\nrows = [s]", "x = rows[0].size, 'one'", "s.k"),
    (f"{OWN}\ndef make(): return {{'a': s}}\nrows = make()", "x = rows['a'] + 'one'", "s.k"),
    (f"{OWN}\nclass T(S): pass\nt = T()", "x = t.size, 'one'", "t.k"),
    # What moves on as it is used.
    ("import itertools\nc = itertools.count()", "x = [i for i, _ in zip(c, 'one')]", "x"),
    ("from itertools import count as n\nc = n()", "x = [i for i, _ in zip(c, 'one')]", "x"),
    ("import random\nrng = random.Random(0)", "x = rng.random(), 'one'", "x"),
    ("import numpy as np\nrng = np.random.default_rng(0)", "x = rng.normal(), 'one'", "x"),
    ("import random\nrandom.seed(0)", "x = random.random(), 'one'", "x"),
    ("import numpy as np\ndef f(): np.random.seed(0)\nf()", "x = np.random.rand(), 'one'", "x"),
    ("import csv\nr = csv.reader(['a', 'b'])", "x = [*r], 'one'", "x"),
]


@pytest.mark.parametrize(("makes", "changes", "seen"), CHANGES)
def test_an_object_that_an_edited_cell_changes_is_made_again_first(
    makes: str, changes: str, seen: str
) -> None:
    observer = f"def seen(): return {seen}"
    before = versions(makes, changes, observer)
    after = versions(makes, changes.replace("one", "two"), observer)
    program, fresh = Program(), Program()
    run(program, before)
    run(program, after, plan({"nb": before}, {"nb": after}))
    run(fresh, after)
    assert program.names("nb")["seen"]() == fresh.names("nb")["seen"]()
