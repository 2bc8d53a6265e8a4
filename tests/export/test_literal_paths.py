"""The paths that cells open: what is found of them, and that what is remembered is still so."""

from __future__ import annotations

import os
from functools import cache
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neutrino_lab.export.literal_paths import Paths, of_cells, of_file
from neutrino_lab.notebook.blocks import SIZE
from neutrino_lab.notebook.model import Cell

CELLS = (
    'DATA = "data"',
    'DATA = "other"',
    "open(DATA)",
    'open(f"{DATA}/rows.csv")',
    'LISTED = ["a.csv", "b.csv"]',
    "for each in LISTED:\n    open(each)",
    'DATA = DATA + "/deep"\nopen(DATA)',
    "def load(DATA):\n    return open(DATA + '.txt')",
    "class Config:\n    path = DATA",
    "open(Config.path)",
    'open(PATH, "w")',
    "PATH = DATA / 'x.csv'",
)
_unseen = count()


FILLER = ["DATA", *(f"rows_{n} = open('{n}.csv')" for n in range(SIZE - 2))]


@cache
def cell(number: int, code: str) -> Cell:
    """The same cell for the same code at the same place, as a reader gives it."""
    return Cell(f"id{number}", number, code, code)


def found(codes: list[str]) -> list[tuple[int, Paths]]:
    cells = [cell(number, code) for number, code in enumerate(codes, 1)]
    return [(each.number, paths) for each, paths in of_cells(cells)]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.lists(st.sampled_from(CELLS), max_size=8), min_size=2, max_size=4))
def test_what_is_remembered_is_what_would_be_found(versions: list[list[str]]) -> None:
    for codes in versions:
        # Some of them are in the first block of cells, and the others in the second.
        listed = [*codes[:3], *FILLER[len(codes[:3]) :], *codes[3:]]
        # A comment makes another text of a cell, which has never been looked at.
        fresh = [f"{code}\n# {next(_unseen)}" for code in listed]
        assert found(listed) == found(fresh)


def opened(code: str) -> list[str]:
    found = of_file(code, "own.py").opened
    paths = [each.path for each in found if each.is_certain or "." in each.path]
    return list(dict.fromkeys(paths))


@pytest.mark.parametrize(
    "code",
    [
        "open('x.csv')",
        "open('x.csv', 'rb').read()",
        "open(file='x.csv', mode='r')",
        "pd.read_csv('x.csv', sep=';')",
        "np.load('x.csv')",
        "joblib.load(filename='x.csv')",
        "pickle.load(open('x.csv', 'rb'))",
        "Image.open('x.csv')",
        "Path('x.csv').read_text()",
        "pathlib.Path('x.csv').open()",
        "json.loads(Path('x.csv').read_bytes())",
        "YOLO('x.csv')",
        "sqlite3.connect('x.csv')",
        "P = Path('x.csv')\nP.read_text()",
        "NAME = 'x.csv'\ndef f():\n    return open(NAME)",
        "with open('x.csv') as f: pass",
        "pd.read_csv('x' + '.csv')",
        "torch.load(str(Path('x.csv').resolve()))",
        "open(os.path.abspath('x.csv'))",
        "open(Path.cwd() / 'x.csv')",
    ],
)
def test_literal_paths_are_seen(code: str) -> None:
    assert [path.removeprefix("./") for path in opened(code)] == ["x.csv"]


@pytest.mark.parametrize(
    "code",
    [
        "D = Path('data')\nopen(D / 'x.csv')",
        "open(os.path.join('data', 'x.csv'))",
        "D = 'data'\nopen(os.path.join(D, 'x.csv'))",
        "Path('data').joinpath('x.csv').read_text()",
        "D: Path = Path('data')\nF = D / 'x.csv'\nnp.load(F)",
        "open('data/deep/../x.csv')",
    ],
)
def test_paths_in_pieces_are_put_together(code: str) -> None:
    assert [os.path.normpath(path) for path in opened(code)] == ["data/x.csv"]


@pytest.mark.parametrize(
    "code",
    [
        "open('x.csv', 'w')",
        "open('x.csv', mode='ab')",
        "Path('x.csv').write_text('')",
        "df.to_csv('x.csv')",
        "joblib.dump(model, 'x.csv')",
        "plt.savefig('x.csv')",
        "print('x.csv')",
        "'x.csv'.join([])",
        "logging.info('x.csv')",
        "name.endswith('.csv')",
        "for N in names: open(N)",
        "open(f'{name}.csv')",
    ],
)
def test_what_is_not_read_is_left(code: str) -> None:
    assert opened(code) == []


@settings(deadline=None)
@given(st.text(alphabet="open('x.csv')Path/+ =\n\"d.", max_size=60))
def test_any_code_can_be_looked_at(code: str) -> None:
    of_file(code, "own.py")
