"""Patterns of paths, as `pathlib` and `.gitignore` write them, matched in linear steps: each star
goes back to no more than the last one, where a plain regular expression would try all of them."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

_ANY_FOLDERS = "**"
# A set of characters; `]` stands for itself where it comes first.
_SET = re.compile(r"\[(\^?)(!?(?:\][^\]]*|[^\]]+)\])")


class Glob:
    """`*` and `?` stand for what is within one name, `[ab]` for one of these, `**` for folders."""

    def __init__(self, pattern: str) -> None:
        # What `fnmatch` knows as `[!ab]` may be written `[^ab]` as well.
        self._parts = [_SET.sub(_as_fnmatch, part) for part in PurePosixPath(pattern).parts]

    def matches(self, path: PurePosixPath) -> bool:
        """Tell whether the pattern means this path. Names that begin with a dot are names."""
        parts, names = self._parts, path.parts
        at = place = 0
        star = -1
        resumed = 0
        while place < len(names):
            if at < len(parts) and parts[at] == _ANY_FOLDERS:
                star, resumed = at, place
                at += 1
            elif at < len(parts) and fnmatchcase(names[place], parts[at]):
                at += 1
                place += 1
            elif star >= 0:
                # What comes before the last star need never be tried again.
                resumed += 1
                at, place = star + 1, resumed
            else:
                return False
        return all(part == _ANY_FOLDERS for part in parts[at:])


def _as_fnmatch(found: re.Match[str]) -> str:
    return f"[{'!' if found[1] else ''}{found[2]}"
