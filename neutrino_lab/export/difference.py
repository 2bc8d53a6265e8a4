"""What an export would change in the folder that is there now."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator, Set
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal, TypeAlias

from neutrino_lab.export import manifest
from neutrino_lab.export.planned import Plan, PlannedFile, digest_of
from neutrino_lab.export.writer import entries, folders_of
from neutrino_lab.notebook import disk

Change: TypeAlias = Literal["new", "changed", "same", "removed", "kept"]

# A difference is there to be looked at: what is longer is told to be so.
MOST_LINES = 400
MOST_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class Difference:
    """One file, by its path in the folder; `kept` is what the user put there, also whole folders.

    `diff` is in the unified format, empty for what is not text.
    """

    path: PurePosixPath
    size: int
    change: Change
    diff: str = ""


def compare(plan: Plan, out: Path) -> tuple[Difference, ...]:
    """Compare a plan with the folder, sorted by path; nothing is written."""
    target = Path(os.path.realpath(out))
    known = manifest.read(target) or {}
    planned = {file.path: file for file in plan.files if file.path != manifest.MARKER}
    found = [_planned(file, target / path) for path, file in planned.items()]
    if target.is_dir():
        found += _others(target, planned.keys(), known.keys())
    return tuple(sorted(found, key=lambda each: each.path))


def _planned(file: PlannedFile, old: Path) -> Difference:
    if not old.is_file():
        return Difference(file.path, file.size, "new")
    if digest_of(old) == file.digest():
        return Difference(file.path, file.size, "same")
    return Difference(file.path, file.size, "changed", _diff(file, old))


def _others(
    target: Path, planned: Set[PurePosixPath], known: Set[PurePosixPath]
) -> Iterator[Difference]:
    for path in entries(target, folders_of(planned | known)):
        if path in planned or path == manifest.MARKER:
            continue
        place = target / path
        size = place.stat().st_size if place.is_file() else 0
        yield Difference(path, size, "removed" if path in known else "kept")


def _diff(file: PlannedFile, old: Path) -> str:
    before, after = _lines(old), _lines(file.source or file.content)
    if before is None or after is None:
        return ""
    lines = list(difflib.unified_diff(before, after, str(file.path), str(file.path), n=2))
    shown = [line if line.endswith("\n") else f"{line}\n" for line in lines[:MOST_LINES]]
    if len(lines) > MOST_LINES:
        shown.append(f"... and {len(lines) - MOST_LINES} more lines\n")
    return "".join(shown)


def _lines(content: bytes | Path) -> list[str] | None:
    """Give the lines of a text, None for what is none or is too long to be compared."""
    if isinstance(content, Path):
        try:
            content = disk.read(content, MOST_BYTES)
        except (disk.NotRegularError, disk.TooLargeError):
            return None
    if len(content) > MOST_BYTES or b"\0" in content:
        return None
    try:
        return content.decode("utf-8").splitlines(keepends=True)
    except UnicodeDecodeError:
        return None
