"""Patterns of paths, as `pathlib` and `.gitignore` write them, matched in linear steps: each star
goes back to no more than the last one, where a regular expression would try all of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import PurePosixPath
from typing import TypeVar

_ITEM = re.compile(r"\*|\?|\[[!^]?\]?|[^*?\[]+")
_ANY_FOLDERS = "**"

Item = TypeVar("Item")
Part = TypeVar("Part")


class Glob:
    """`*` and `?` stand for what is within one name, `[ab]` for one of these, `**` for folders."""

    def __init__(self, pattern: str) -> None:
        parts: list[str] = []
        for part in PurePosixPath(pattern).parts:
            if not (part == _ANY_FOLDERS and parts[-1:] == [part]):
                parts.append(part)
        self._parts = [part if part == _ANY_FOLDERS else _Name(part) for part in parts]

    def matches(self, path: PurePosixPath) -> bool:
        """Tell whether the pattern means this path. Names that begin with a dot are names."""
        return _matches(
            self._parts,
            path.parts,
            lambda part: part == _ANY_FOLDERS,
            lambda part, name: isinstance(part, _Name) and part.matches(name),
        )


class _Name:
    """The pattern of one name, as its characters and what stands for some."""

    def __init__(self, pattern: str) -> None:
        self._items: list[str] = []
        for item in _items(pattern):
            if item in {"*", "?"} or (len(item) > 1 and item[0] == "["):
                if item != "*" or self._items[-1:] != ["*"]:
                    self._items.append(item)
            else:
                self._items += item

    def matches(self, name: str) -> bool:
        return _matches(self._items, name, lambda item: item == "*", _is_one)


def _items(pattern: str) -> Iterator[str]:
    """Split what stands for something from what stands for itself; a lone `[` does."""
    at = 0
    last = pattern.rfind("]")
    while found := _ITEM.match(pattern, at):
        end = found.end()
        if found[0][0] == "[":
            end = pattern.find("]", end) + 1 if end <= last else at + 1
        yield pattern[at:end]
        at = end


def _is_one(item: str, character: str) -> bool:
    if item in ("?", character):
        return True
    if len(item) == 1:
        return False
    inside = item[1:-1]
    is_not = inside[:1] in {"!", "^"}
    return _is_among(inside[is_not:], character) is not is_not


def _is_among(listed: str, character: str) -> bool:
    """Whether a character is one of `a-z_`."""
    at = 0
    while at < len(listed):
        if at + 2 < len(listed) and listed[at + 1] == "-":
            if listed[at] <= character <= listed[at + 2]:
                return True
            at += 3
        else:
            if listed[at] == character:
                return True
            at += 1
    return False


def _matches(
    pattern: Sequence[Part],
    items: Sequence[Item],
    is_star: Callable[[Part], bool],
    is_one: Callable[[Part, Item], bool],
) -> bool:
    """Match with stars that stand for any number of items, in at most len × len steps: what comes
    before the last star need never be tried again."""
    at = place = 0
    star = -1
    resumed = 0
    while place < len(items):
        if at < len(pattern) and is_star(pattern[at]):
            star, resumed = at, place
            at += 1
        elif at < len(pattern) and is_one(pattern[at], items[place]):
            at += 1
            place += 1
        elif star >= 0:
            resumed += 1
            at, place = star + 1, resumed
        else:
            return False
    return all(map(is_star, pattern[at:]))
