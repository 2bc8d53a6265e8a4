"""What is remembered of the paths in a cell must be what would be found in it now."""

from __future__ import annotations

from itertools import count

from hypothesis import given
from hypothesis import strategies as st

from neutrino_lab.export.literal_paths import Paths, constants, of_code

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


def found(cells: list[str]) -> list[Paths]:
    known = constants(cells)
    return [of_code(cell, known) for cell in cells]


@given(st.lists(st.lists(st.sampled_from(CELLS), max_size=8), min_size=2, max_size=4))
def test_what_is_remembered_is_what_would_be_found(versions: list[list[str]]) -> None:
    for cells in versions:
        # A comment makes another text of a cell, which has never been looked at.
        fresh = [f"{cell}\n# {next(_unseen)}" for cell in cells]
        assert found(cells) == found(fresh)
