"""Puts a plan on the disk in one step: a new folder beside the old one, then two renames.

What a crash leaves: before the renames, the old folder; after them, the new one. Between the two
(microseconds) the old one stands aside under a hidden name, and the next run puts it back.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath

from neutrino_lab.declare.diagnostics import has_errors
from neutrino_lab.export import manifest
from neutrino_lab.export.errors import ExportFailedError, ExportRefusedError
from neutrino_lab.export.plan import Plan, PlannedFile

if sys.platform != "win32":
    import fcntl

CACHE = "__pycache__"


def write(plan: Plan, out: Path) -> tuple[PurePosixPath, ...]:
    """Make `out` hold the plan, and return which of its edited files were kept as copies.

    Files in `out` that we did not write (`.env`, data, a `.venv`) are carried over untouched. One
    of ours that was edited since is replaced, and its edited text kept as `NAME.edited`.

    Raises ExportRefusedError where writing would destroy something, ExportFailedError where the
    disk fails; the old folder is whole in both cases.
    """
    if has_errors(plan.diagnostics) or not plan.files:
        raise ExportRefusedError(out, "the notebooks have errors")
    # A symbolic link stays one: the folder it points to is what is replaced.
    target = Path(os.path.realpath(out))
    _check(plan, out, target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with _alone_in(target.parent):
            _recover(target)
            return _replace(plan, out, target)
    except OSError as error:
        raise ExportFailedError(out, error) from error


def _check(plan: Plan, out: Path, target: Path) -> None:
    if any(file.path.is_absolute() or ".." in file.path.parts for file in plan.files):
        raise ExportRefusedError(out, "a planned file would leave the folder")
    kept_folders = [(plan.root.resolve(), "holds the notebooks")]
    with suppress(RuntimeError):  # a user without a home
        kept_folders.append((Path.home(), "is your home"))
    for kept, what in kept_folders:
        if target == kept or target in kept.parents:
            raise ExportRefusedError(out, f"it {what}; choose a folder of its own with --out")
    if target.exists() and not target.is_dir():
        raise ExportRefusedError(out, "it is a file; choose another place with --out")


def _replace(plan: Plan, out: Path, target: Path) -> tuple[PurePosixPath, ...]:
    known = manifest.read(target)
    if known is None and target.exists() and any(target.iterdir()):
        raise ExportRefusedError(
            out,
            "it is not empty, and no build of ours (it has no .neutrino-build file); "
            "choose another place with --out, or empty it first",
        )
    new = _beside(target, "new")
    try:
        edited: tuple[PurePosixPath, ...] = ()
        if known is not None and _is_current(plan, target, known):
            return edited
        _fill(new, plan.files)
        if known is not None:
            ours = known.keys() | {file.path for file in plan.files}
            edited = _carry_over(target, new, known, {p for path in ours for p in path.parents})
        if target.exists():
            shutil.copymode(target, new)
        _swap(new, target)
    except BaseException:
        shutil.rmtree(new, ignore_errors=True)
        raise
    return edited


def _is_current(plan: Plan, target: Path, known: Mapping[PurePosixPath, str]) -> bool:
    """Whether the folder holds the plan already, so that an unchanged build touches nothing."""
    planned = {file.path: manifest.digest(file.content) for file in plan.files}
    own = {path: held for path, held in planned.items() if path != manifest.MARKER}
    if own != known:
        return False
    return all(_holds(target / path, held) for path, held in planned.items())


def _holds(path: Path, held: str) -> bool:
    return path.is_file() and not path.is_symlink() and manifest.digest(path.read_bytes()) == held


def _fill(folder: Path, files: tuple[PlannedFile, ...]) -> None:
    folder.mkdir()
    for parent in sorted({file.path.parent for file in files}):
        (folder / parent).mkdir(parents=True, exist_ok=True)
    for file in files:
        (folder / file.path).write_bytes(file.content)


def _carry_over(
    old: Path, new: Path, known: Mapping[PurePosixPath, str], our_folders: set[PurePosixPath]
) -> tuple[PurePosixPath, ...]:
    """Link what the user put into the old folder into the new one; return what they had edited."""
    edited = []
    for path in _found(old, our_folders):
        if path == manifest.MARKER:
            continue
        if path not in known and not os.path.lexists(new / path):
            _link(old / path, new / path)
        elif not _is_ours(old / path, known.get(path)) and not _same(old / path, new / path):
            copy = _free_name(new, old, path)
            _link(old / path, new / copy)
            edited.append(copy)
    return tuple(sorted(edited))


def _found(folder: Path, our_folders: set[PurePosixPath]) -> Iterator[PurePosixPath]:
    """Walk our own folders file by file; any other folder is one entry, whatever it holds."""
    pending = [PurePosixPath()]
    while pending:
        parent = pending.pop()
        for entry in sorted(os.scandir(folder / parent), key=lambda each: each.name):
            path = parent / entry.name
            if path in our_folders and entry.is_dir(follow_symlinks=False):
                pending.append(path)
            elif entry.name != CACHE:
                yield path


def _is_ours(path: Path, held: str | None) -> bool:
    return held is not None and _holds(path, held)


def _same(old: Path, new: Path) -> bool:
    return old.is_file() and new.is_file() and old.read_bytes() == new.read_bytes()


def _free_name(new: Path, old: Path, path: PurePosixPath) -> PurePosixPath:
    number = 1
    while True:
        copy = path.with_name(f"{path.name}.edited{'' if number == 1 else f'-{number}'}")
        if not os.path.lexists(new / copy) and not os.path.lexists(old / copy):
            return copy
        number += 1


def _link(old: Path, new: Path) -> None:
    """Give `old` a second name, so that a kill at any moment leaves it under the first one."""
    new.parent.mkdir(parents=True, exist_ok=True)
    if old.is_dir() and not old.is_symlink():
        shutil.copytree(old, new, symlinks=True, copy_function=_link_file)
    else:
        _link_file(old, new)


def _link_file(old: str | Path, new: str | Path) -> None:
    try:
        os.link(old, new, follow_symlinks=False)
    except (OSError, NotImplementedError):
        # A file system without hard links, or a file of another owner.
        shutil.copy2(old, new, follow_symlinks=False)


def _swap(new: Path, target: Path) -> None:
    if not target.exists():
        new.rename(target)
        return
    aside = _beside(target, "old")
    target.rename(aside)
    try:
        new.rename(target)
    except BaseException:
        aside.rename(target)
        raise
    # The new folder stands; what cannot be removed now is removed by the next run.
    shutil.rmtree(aside, ignore_errors=True)


def _recover(target: Path) -> None:
    """Clear up after a run that was killed: an old folder that stands aside alone comes back."""
    aside = _beside(target, "old")
    if aside.exists() and not os.path.lexists(target):
        aside.rename(target)
    for leftover in (aside, _beside(target, "new")):
        if os.path.lexists(leftover):
            shutil.rmtree(leftover, ignore_errors=True)


def _beside(target: Path, role: str) -> Path:
    return target.with_name(f".{target.name}.neutrino-{role}")


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Keep builds into one parent folder apart; the lock ends with the process, however it ends."""
    if sys.platform == "win32":
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # some network file systems have no locks for folders
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
