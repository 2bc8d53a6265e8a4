"""What an edit cannot take back, and how it is told."""

from __future__ import annotations

import pytest

from neutrino_lab.declare.compiler import Compiler
from neutrino_lab.serve.revision import Revision, revision_of
from tests.declare.conftest import build

SIGNAL = "import signal\nsignal.signal(signal.SIGUSR1, print)"


class Updates:
    """One notebook in one process, edited time after time."""

    def __init__(self, *cells: str) -> None:
        self._compiler = Compiler()
        self._adopted = self._read(cells)

    def edit(self, *cells: str) -> list[tuple[int, str]]:
        """Give the cells and the words of what is told."""
        newest = self._read(cells)
        self._adopted = newest.after(newest.changes_since(self._adopted), self._adopted)
        return [(each.cell, each.message) for each in self._adopted.warnings]

    def _read(self, cells: tuple[str, ...]) -> Revision:
        return revision_of("app", [build(*cells)], self._compiler)


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        (SIGNAL, "signal"),
        ("import builtins\nbuiltins.mode = 'one'", "builtins"),
        ("import __main__\n__main__.mode = 'one'", "__main__"),
        ("import os\nos.environ['MODE'] = 'one'", "os"),
        ("import sys\nsys.path.append('src')", "sys"),
        ("import pandas as pd\npd.set_option('display.width', 9)", "pd"),
        ("import decimal\ndecimal.getcontext().prec = 5", "decimal"),
        ("import logging\nlogging.getLogger('a').setLevel(1)", "logging"),
        ("import decimal\ndef short(): decimal.getcontext().prec = 5\nshort()", "decimal"),
    ],
)
def test_what_an_edited_cell_had_set_is_told(cell: str, name: str) -> None:
    updates = Updates("x = 1", cell)
    assert updates.edit("x = 2", cell) == []
    assert updates.edit("x = 2", "pass") == [(2, f"what this cell had set in `{name}` stays set")]


def test_a_cell_that_sets_it_otherwise_leaves_nothing() -> None:
    updates = Updates(SIGNAL)
    assert updates.edit(SIGNAL.replace("print", "repr")) == []


@pytest.mark.parametrize(
    ("before", "after", "name"),
    [
        ("import os\nos.environ['ONE'] = '1'", "import os\nos.environ['TWO'] = '1'", "os"),
        ("import os\nos.environ.update(ONE='1')", "import os\nos.environ.update(TWO='1')", "os"),
        ("import sys\nsys.path += ['one']", "import sys\nsys.path += ['two']", "sys"),
        ("import tool\ntool.put('one')", "import tool\ntool.put('two')", "tool"),
        (
            "from tool import ITEMS\nITEMS.append(1)",
            "from tool import ITEMS\nITEMS.append(2)",
            "ITEMS",
        ),
        (
            "import os\nk = 'A'\nos.environ[k] = '1'",
            "import os\nk = 'B'\nos.environ[k] = '1'",
            "os",
        ),
        (
            "import os\nk = 'A'\nos.environ[k] = '1'\nx = 1",
            "import os\nk = 'B'\nos.environ[k] = '1'\nx = 1",
            "os",
        ),
        (
            "import os\ndef f(k): os.environ[k] = '1'\nf('A')",
            "import os\ndef f(k): pass\nf('A')",
            "os",
        ),
    ],
)
def test_what_is_set_at_another_place_leaves_the_old_one(
    before: str, after: str, name: str
) -> None:
    assert Updates(before).edit(after) == [(1, f"what this cell had set in `{name}` stays set")]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("import os\nos.environ['A'] = '1'", "import os\nos.environ['A'] = '2'"),
        ("import os\ndef f(v): os.environ['A'] = v\nf(1)", "import os\nos.environ['A'] = 2"),
        ("import random\nrandom.seed(1)", "import random\nrandom.seed(2)"),
        ("import os\nos.environ.update(A='1')", "import os\nos.environ.update(A='2')"),
        ("import mpl\nmpl.rc.update({'a': 1})", "import mpl\nmpl.rc.update({'a': 2})"),
        (
            "import os\nos.environ.setdefault('A', '1')",
            "import os\nos.environ.setdefault('A', '2')",
        ),
        (
            "import pandas as pd\npd.set_option('a', 1)",
            "import pandas as pd\npd.set_option('a', 2)",
        ),
        ("import sys\nsys.path.append('one')", "import sys\nsys.path.append('one')\nx = 1"),
        (
            "import sys\np = 'x'\nsys.path.append(str(p))",
            "import sys\np = 'x'\nsys.path.append(str(p))\ny = 1",
        ),
        (
            "import warnings\nwarnings.filterwarnings('ignore', category=UserWarning)",
            "import warnings\nwarnings.filterwarnings('ignore', category=UserWarning)\ny = 1",
        ),
    ],
)
def test_what_is_set_at_the_same_place_leaves_nothing(before: str, after: str) -> None:
    assert Updates(before).edit(after) == []


def test_what_is_put_beside_what_was_there_is_told_when_it_is_there_twice() -> None:
    log = "import logging\nlog = logging.getLogger('a')"
    updates = Updates(log, "log.addHandler(None)", "x = 1")
    told = [(2, "what this cell had set in `log` stays set, beside what it sets now")]
    assert updates.edit(log, "log.addHandler(None)\ny = 1", "x = 1") == told
    assert updates.edit(log, "log.addHandler(None)\ny = 1", "x = 2") == told


def test_it_is_told_until_it_is_set_again() -> None:
    updates = Updates("x = 1", SIGNAL)
    told = [(0, "what a cell that is gone had set in `signal` stays set")]
    assert updates.edit("x = 1") == told
    assert updates.edit("x = 2") == told
    assert updates.edit("x = 2", SIGNAL) == []


def test_what_a_cell_makes_itself_is_its_own() -> None:
    updates = Updates("class Options: pass\noptions = Options()\noptions.set('a')")
    assert updates.edit("options = None") == []
