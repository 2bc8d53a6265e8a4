"""Patterns mean what `pathlib` means by them, and never take long."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neutrino_lab.export.globs import Glob
from tests.counting import lines


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [
        ("*.csv", ["a.csv", ".csv"], ["a/b.csv", "a.csvx"]),
        ("a/*", ["a/b", "a/.b"], ["a", "a/b/c"]),
        ("**/*.csv", ["a.csv", "a/b.csv", "a/b/c.csv"], ["a.txt"]),
        ("a/**", ["a", "a/b", "a/b/c"], ["b/a"]),
        ("**/a/**/b", ["a/b", "x/a/y/z/b"], ["b", "a/c"]),
        ("data-?.txt", ["data-1.txt"], ["data-.txt", "data-12.txt"]),
        ("[a-c]*[!0-9]", ["ax", "b_x"], ["d", "a1"]),
        ("[]]", ["]"], ["["]),
        ("[", ["["], ["]"]),
    ],
)
def test_a_pattern(pattern: str, yes: list[str], no: list[str]) -> None:
    glob = Glob(pattern)
    assert [each for each in [*yes, *no] if glob.matches(PurePosixPath(each))] == yes


@given(
    st.text("ab*[]!", max_size=6),
    st.text("ab[]!", min_size=1, max_size=8),
)
def test_stars_and_brackets_in_a_name_are_those_of_pathlib(pattern: str, name: str) -> None:
    if pattern and pattern != "**":
        assert Glob(pattern).matches(PurePosixPath(name)) == PurePosixPath(name).match(pattern)


@pytest.mark.parametrize(
    ("pattern", "pattern_end", "path", "path_end"),
    [
        ("**/", "*", "a/", "b"),
        ("**/a/", "x", "a/a/", "b"),
        ("*a", "b", "aa", ""),
        ("?*", "b", "aa", ""),
        ("[a", "]", "a", ""),
    ],
)
def test_no_pattern_takes_long(pattern: str, pattern_end: str, path: str, path_end: str) -> None:
    def count(n: int) -> int:
        glob, name = Glob(pattern * n + pattern_end), PurePosixPath(path * n + path_end)
        return lines(lambda: glob.matches(name))

    # In proportion to both lengths; a regular expression would take for ever.
    assert count(200) < 20 * count(50)
