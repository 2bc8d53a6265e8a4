"""Puts a plan on the disk in one step: a new folder beside the old one, then two renames.

What a crash leaves: before the renames, the old folder; after them, the new one. Between the two
(microseconds) the old one stands aside under a hidden name, and the next run puts it back.
"""

from __future__ import annotations

import filecmp
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath

from neutrino_lab.declare.diagnostics import has_errors
from neutrino_lab.export import manifest
from neutrino_lab.export.errors import ExportFailedError, ExportRefusedError
from neutrino_lab.export.planned import Plan, PlannedFile, digest_of
from neutrino_lab.export.processes import Cancellation

if sys.platform != "win32":
    import fcntl

CACHE = "__pycache__"


def write(
    plan: Plan,
    out: Path,
    *,
    cancellation: Cancellation | None = None,
    on_file: Callable[[int], None] = lambda _: None,
) -> tuple[PurePosixPath, ...]:
    """Make `out` hold the plan, and return which of its edited files were kept as copies.

    Files in `out` that we did not write (`.env`, data, a `.venv`) are carried over untouched. One
    of ours that was edited since is replaced, and its edited text kept as `NAME.edited`.

    Raises ExportRefusedError where writing would destroy something, ExportFailedError where the
    disk fails, ExportCancelledError where it was called off; the old folder is whole in all cases.
    `on_file` is called with the number of files that are done.
    """
    wish = cancellation or Cancellation()

    def on_step(done: int) -> None:
        wish.check()
        on_file(done)

    if has_errors(plan.diagnostics) or not plan.files:
        raise ExportRefusedError(out, "the notebooks have errors")
    target = check(plan, out)
    missing: list[Path] = []
    try:
        missing += [each for each in target.parents if not each.exists()]
        target.parent.mkdir(parents=True, exist_ok=True)
        with _alone_in(target.parent):
            _recover(target)
            return _replace(plan, out, target, on_step)
    except OSError as error:
        raise ExportFailedError(out, error) from error
    finally:
        with suppress(OSError):  # they hold the build, unless it failed
            for each in missing:
                each.rmdir()


def check(plan: Plan, out: Path) -> Path:
    """Give the folder that is meant. Raises ExportRefusedError where it must not be replaced."""
    # A symbolic link stays one: the folder it points to is what is replaced.
    target = Path(os.path.realpath(out))
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
    if manifest.read(target) is None and target.exists() and any(target.iterdir()):
        raise ExportRefusedError(
            out,
            "it is not empty, and no build of ours (it has no .neutrino-build file that is one); "
            "choose another place with --out, or empty it first",
        )
    return target


def _replace(
    plan: Plan, out: Path, target: Path, on_step: Callable[[int], None]
) -> tuple[PurePosixPath, ...]:
    check(plan, out)  # once more: another build may have stood in the way, or have been put back
    known = manifest.read(target)
    new = _beside(target, "new")
    try:
        edited: tuple[PurePosixPath, ...] = ()
        if known is not None and _is_current(plan, target, known):
            return edited
        _fill(new, plan.files, on_step)
        if known is not None:
            ours = known.keys() | {file.path for file in plan.files}
            edited = _carry_over(target, new, known, folders_of(ours))
        if target.exists():
            shutil.copymode(target, new)
        _swap(new, target)
    except BaseException:
        shutil.rmtree(new, ignore_errors=True)
        raise
    return edited


def _is_current(plan: Plan, target: Path, known: Mapping[PurePosixPath, str]) -> bool:
    """Whether the folder holds the plan already, so that an unchanged build touches nothing."""
    planned = {file.path: file.digest() for file in plan.files}
    own = {path: held for path, held in planned.items() if path != manifest.MARKER}
    if own != known:
        return False
    return all(_holds(target / path, held) for path, held in planned.items())


def _holds(path: Path, held: str | None) -> bool:
    return held is not None and path.is_file() and not path.is_symlink() and digest_of(path) == held


def _fill(folder: Path, files: tuple[PlannedFile, ...], on_step: Callable[[int], None]) -> None:
    folder.mkdir()
    for parent in sorted({file.path.parent for file in files}):
        (folder / parent).mkdir(parents=True, exist_ok=True)
    for done, file in enumerate(files):
        on_step(done)
        file.put(folder / file.path)
    on_step(len(files))


def _carry_over(
    old: Path, new: Path, known: Mapping[PurePosixPath, str], our_folders: set[PurePosixPath]
) -> tuple[PurePosixPath, ...]:
    """Link what the user put into the old folder into the new one; return what they had edited."""
    edited = []
    for path in entries(old, our_folders):
        if path == manifest.MARKER:
            continue
        if path not in known and not os.path.lexists(new / path):
            _link(old / path, new / path)
        elif not _holds(old / path, known.get(path)) and not _same(old / path, new / path):
            copy = _free_name(new, old, path)
            _link(old / path, new / copy)
            edited.append(copy)
    return tuple(sorted(edited))


def entries(folder: Path, our_folders: set[PurePosixPath]) -> Iterator[PurePosixPath]:
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


def folders_of(paths: Iterable[PurePosixPath]) -> set[PurePosixPath]:
    """Give all folders that hold these files, up to the root of the build, `.`."""
    return {parent for path in paths for parent in path.parents}


def _same(old: Path, new: Path) -> bool:
    return old.is_file() and new.is_file() and filecmp.cmp(old, new, shallow=False)


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
