"""Which cells an endpoint cannot do without; what is not certain stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neutrino_lab.notebook.dependence import Dependence
from neutrino_lab.notebook.facts import extract


def kept(*codes: str) -> list[int]:
    """The cells that stay for the sake of the last one."""
    found = Dependence(codes, [extract(code) for code in codes])
    return sorted(found.needed_by([len(codes) - 1, *found.always]))


@pytest.mark.parametrize(
    ("codes", "stays"),
    [
        (["a = 1", "unused = 2", "def f(): return a"], [0, 2]),
        (["import math", "import json", "json.dumps(1)", "def f(): return math.pi"], [0, 1, 2, 3]),
        (["d = {}", "d['k'] = 1", "print(d)", "def f(): return d"], [0, 1, 3]),
        # Objects that are changed by what they are given to, or under another name.
        (["x = [1]", "y = x", "y.append(2)", "def f(): return x"], [0, 1, 2, 3]),
        (["x = []", "def h(v): v.append(1)", "h(x)", "def f(): return x"], [0, 1, 2, 3]),
        (
            [
                "x = []",
                "S = []",
                "def put(v): S.append(v)",
                "put(x)",
                "x.append(1)",
                "def f(): return S",
            ],
            [0, 1, 2, 3, 4, 5],
        ),
        (["from sk import Model", "m = Model()", "m.fit([1])", "def f(): return m"], [0, 1, 2, 3]),
        (
            ["import db", "c = db.connect()", "c.execute('create')", "def f(): return c"],
            [0, 1, 2, 3],
        ),
        (["class A: pass", "a = A()", "A.x = 3", "def f(): return a.x"], [0, 1, 2, 3]),
        (["n = iter([1, 2])", "next(n)", "list(n)", "def f(): return list(n)"], [0, 1, 2, 3]),
        (
            [
                "R = {}",
                "def reg(f): R[f.__name__] = f; return f",
                "@reg\ndef one(): pass",
                "def f(): return list(R)",
            ],
            [0, 1, 2, 3],
        ),
        # What acts beyond the names.
        (["import os", "os.environ['A'] = '1'", "def f(): return 1"], [0, 1, 2]),
        (
            [
                "import numpy as np",
                "np.random.seed(0)",
                "n = np.random.rand()",
                "x = np.random.rand()",
                "def f(): return x",
            ],
            [0, 1, 2, 3, 4],
        ),
        (["import pandas as pd", "pd.set_option('a', 1)", "def f(): return 1"], [0, 1, 2]),
        (["import nltk", "nltk.download('x')", "def f(): return 1"], [0, 1, 2]),
        (["open('a', 'w').write('x')", "def f(): return open('a').read()"], [0, 1]),
        (["from sk.experimental import enable", "def f(): return 1"], [0, 1]),
        (["def h():\n  import os\n  os.remove('x')", "h()", "def f(): return 1"], [0, 1, 2]),
        # What may read any name.
        (["x = 3", "def f(): return eval('x')"], [0, 1]),
        (["x = 3", "exec('y = x')", "def f(): return y"], [0, 1, 2]),
        (
            ["class T: pass", "import pickle", "def f(): return pickle.load(open('m', 'rb'))"],
            [0, 1, 2],
        ),
        (["x = 1", "from math import *", "def f(): return pi"], [1, 2]),
        # Types that are only named.
        (["class Item: pass", "def f(x: 'list[Item]'): return x"], [0, 1]),
        (
            ["from __future__ import annotations\nclass Item: pass", "def f(x: Item): return x"],
            [0, 1],
        ),
        # What only shows or draws, and data that nobody serves.
        (
            [
                "import pandas as pd",
                "df = pd.read_csv('a.csv')",
                "other = pd.read_csv('b.csv')",
                "df.head()",
                "df.describe()",
                "print(df.shape)",
                "len(df)",
                "def f(): return df",
            ],
            [0, 1, 7],
        ),
        (
            [
                "import matplotlib.pyplot as plt",
                "x = [1]",
                "plt.plot(x)\nplt.show()",
                "fig, ax = plt.subplots()\nax.plot(x)\nax.set_title('t')\nfig.savefig",
                "def f(): return x",
            ],
            [1, 4],
        ),
        (
            [
                "import matplotlib.pyplot as plt",
                "plt.style.use('ggplot')",
                "def f():\n  fig, ax = plt.subplots()\n  return fig",
            ],
            [0, 1, 2],
        ),
        (["import seaborn as sns", "d = [1]", "sns.heatmap(d)", "def f(): return d"], [1, 3]),
    ],
)
def test_what_stays(codes: list[str], stays: list[int]) -> None:
    assert kept(*codes) == stays


def test_every_cell_is_needed_for_a_name() -> None:
    codes = ["a = 1", "b = a", "def h(): return b", "def f(): return h()"]
    found = Dependence(codes, [extract(code) for code in codes]).needed_by([3])
    assert {i: (need.name, need.by) for i, need in found.items()} == {
        3: ("", -1),
        2: ("h", 3),
        1: ("b", 2),
        0: ("a", 1),
    }


def test_a_body_that_runs_later_reads_what_is_set_after_it() -> None:
    codes = ["print(a)", "a = 1"]
    facts = [extract(code) for code in codes]
    assert sorted(Dependence(codes, facts).needed_by([0])) == [0]
    assert sorted(Dependence(codes, facts, tasks=[0]).needed_by([0])) == [0, 1]


@given(
    st.lists(
        st.sampled_from(
            [
                "a = 1",
                "b = a",
                "a.append(b)",
                "def f(): return a",
                "def g(x): x.append(b); return f()",
                "c = g(a)",
                "c['x'] = 1",
                "d = [b, c]",
                "del a",
                "print(d)",
            ]
        ),
        max_size=12,
    )
)
def test_who_needs_a_cell_agrees_with_what_is_needed(codes: list[str]) -> None:
    found = Dependence(codes, [extract(code) for code in codes])
    roots = range(0, len(codes), 2)
    needed = {root: found.needed_by([root]) for root in roots}
    assert found.needing(roots) == [
        tuple(root for root in roots if index in needed[root]) for index in range(len(codes))
    ]
