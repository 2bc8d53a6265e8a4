"""Files in and out of a session's own folder, and nowhere else."""

from __future__ import annotations

import base64
import binascii
import errno
import math
import os
import secrets
import shutil
import stat
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import IO, Any

from neutrino_lab.kernels.errors import (
    FileFailedError,
    FilePathError,
    MalformedError,
    NoFileError,
)

MOST_LISTED = 1000
MOST_FILE_BYTES = 100 * 2**20
# Folders in folders; paths that the system takes are not much deeper.
DEEPEST = 200
_LONGEST = 1000
# Whatever the path, the system has no room, or nothing left to open files with.
_LACKING = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}
    | {errno.EROFS, errno.EMFILE, errno.ENFILE, errno.ENOMEM}
)

Snapshot = Mapping[str, tuple[int, int]]


def write(folder: Path, path: str, content: bytes) -> None:
    """Write a file, whole or not at all, with the folders above it.

    Raises FilePathError, FileFailedError, MalformedError.
    """
    if len(content) > MOST_FILE_BYTES:
        raise MalformedError(f"A file may have {MOST_FILE_BYTES // 2**20} MB.", path=path)
    with _opened_folder(folder, path, make=True) as (parent, name), _refused(path):
        flags = os.O_WRONLY | os.O_NOFOLLOW | os.O_NONBLOCK
        with suppress(FileNotFoundError):  # what is there has to be a file
            _file(os.open(name, flags, dir_fd=parent), "wb", path).close()
        draft = f".{secrets.token_hex(8)}"
        flags |= os.O_CREAT | os.O_EXCL
        descriptor = os.open(draft, flags, 0o600, dir_fd=parent)
        try:
            with _file(descriptor, "wb", path) as file:
                file.write(content)
                _give(folder, descriptor)
            os.replace(draft, name, src_dir_fd=parent, dst_dir_fd=parent)
        except BaseException:
            os.unlink(draft, dir_fd=parent)
            raise


def read(folder: Path, path: str) -> bytes:
    """Read a file below a session's folder. Raises FilePathError, NoFileError, MalformedError where
    it is too large."""
    with _opened_folder(folder, path) as (parent, name):
        with _refused(path):
            flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
            descriptor = os.open(name, flags, dir_fd=parent)
        with _file(descriptor, "rb", path) as file:
            if os.fstat(descriptor).st_size > MOST_FILE_BYTES:
                raise MalformedError(f"{path} is larger than can be read here.", path=path)
            return file.read()


def _file(descriptor: int, mode: str, path: str) -> IO[bytes]:
    """Make a file of a descriptor; a folder, a pipe or a device is closed and refused."""
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise FilePathError(f"{path} is no file.", path=path)
    return os.fdopen(descriptor, mode)


def delete(folder: Path, path: str) -> None:
    """Delete a file below a session's folder. Raises FilePathError, NoFileError."""
    with _opened_folder(folder, path) as (parent, name), _refused(path):
        os.unlink(name, dir_fd=parent)


def snapshot(folder: Path) -> Snapshot:
    """Give time and size of the files of a folder, by their paths; hidden ones are left out."""
    found: dict[str, tuple[int, int]] = {}
    for path, state in _walk(folder):
        if state is not None:
            # Names that are no text are told with question marks.
            shown = path.encode("utf-8", "replace").decode()
            found[shown] = (state.st_mtime_ns, state.st_size)
        if len(found) >= MOST_LISTED:
            break
    return found


def changed(before: Snapshot, after: Snapshot) -> list[dict[str, Any]]:
    """Tell which files are new or other than before."""
    return [
        {"path": path, "size": state[1]}
        for path, state in sorted(after.items())
        if before.get(path) != state
    ]


def size_mb(*folders: Path) -> float:
    """Add up what folders hold, hidden files too; infinity where one is deeper than DEEPEST."""
    total = 0
    for folder in folders:
        for _, state in _walk(folder, with_hidden=True):
            if state is None:
                return math.inf
            total += state.st_size
    return total / 2**20


def remove(folder: Path) -> None:
    """Delete a folder of user code's, however deep or closed what it has made there is."""
    with suppress(RecursionError):  # before Python 3.13 each level is a call
        shutil.rmtree(folder, ignore_errors=True)
    if folder.exists():
        for command in (["chmod", "-R", "u+rwX"], ["rm", "-rf"]):
            subprocess.run(  # noqa: S603 - a folder of our own naming
                [*command, "--", str(folder)], check=False, stderr=subprocess.DEVNULL
            )


def contents(given: Mapping[str, Any]) -> dict[str, bytes]:
    """Read the files of a body, by their paths: each is a text, or `{"base64": …}`.

    Raises MalformedError, and FilePathError where a path leaves its folder, or is none.
    """
    decoded = {path: _decoded(path, each) for path, each in given.items()}
    for path in decoded:
        _parts(path)
    return decoded


def _decoded(path: str, content: Any) -> bytes:
    if isinstance(content, str) and is_text(content):
        return content.encode()
    try:
        return base64.b64decode(content["base64"], validate=True)
    except (TypeError, KeyError, ValueError, binascii.Error):
        raise MalformedError(
            f'The file {path} has to be a text or {{"base64": "…"}}.', path=path
        ) from None


def is_text(text: str) -> bool:
    """Tell whether it can be encoded: JSON may hold half of a character, a lone surrogate."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _parts(path: str) -> tuple[str, ...]:
    parts = PurePosixPath(path).parts
    is_bad = not parts or path.startswith("/") or len(path) > _LONGEST or path.endswith("/")
    if not is_text(path):
        path, is_bad = path.encode("utf-8", "replace").decode(), True
    if is_bad or any(part in {"..", "."} or "\0" in part or "\\" in part for part in parts):
        raise FilePathError(
            f"{path!r} is no path within the session's folder.".replace("\0", ""), path=path
        )
    return parts


@contextmanager
def _opened_folder(folder: Path, path: str, *, make: bool = False) -> Iterator[tuple[int, str]]:
    """Open the folder of a file, step by step: user code may put links there at any time. Gives its
    descriptor, and the name of the file in it."""
    *parts, name = _parts(path)
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
    with _refused(path):
        current = os.open(folder, flags)
    try:
        for part in parts:
            is_new = make
            with _refused(path):
                if make:
                    try:
                        os.mkdir(part, 0o700, dir_fd=current)
                    except FileExistsError:
                        is_new = False
                below = os.open(part, flags, dir_fd=current)
            os.close(current)
            current = below
            if is_new:
                _give(folder, current)
        yield current, name
    finally:
        os.close(current)


@contextmanager
def _refused(path: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise NoFileError(f"There is no file {path} in the session's folder.", path=path) from None
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        if error.errno in _LACKING:
            raise FileFailedError(f"{path} was not written: {reason}.", path=path) from error
        # A link, a folder, a socket: whatever it is, it is not followed.
        raise FilePathError(f"{path} cannot be used: {reason}.", path=path) from None


def _give(folder: Path, descriptor: int) -> None:
    """Let what the server has made belong to the user of the kernel."""
    owner = folder.stat()
    if os.geteuid() == 0 and owner.st_uid:
        os.fchown(descriptor, owner.st_uid, owner.st_gid)


def _walk(
    folder: Path, *, with_hidden: bool = False
) -> Iterator[tuple[str, os.stat_result | None]]:
    """Give the files of a folder by their paths, and None for a folder deeper than DEEPEST."""
    left = [("", 0)]
    while left:
        prefix, depth = left.pop()
        try:
            entries = sorted(os.scandir(folder / prefix), key=lambda each: each.name)
        except OSError:
            continue
        below = []
        for entry in entries:
            if entry.name.startswith(".") and not with_hidden:
                continue
            path = f"{prefix}{entry.name}"
            try:
                if not entry.is_dir(follow_symlinks=False):
                    if with_hidden or entry.is_file(follow_symlinks=False):
                        yield path, entry.stat(follow_symlinks=False)
                elif depth < DEEPEST:
                    below.append((f"{path}/", depth + 1))
                else:
                    yield f"{path}/", None
            except OSError:
                continue
        left += reversed(below)
