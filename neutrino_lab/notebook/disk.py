"""Reads files of a project, which may be anything: a pipe that nobody writes to, a device without
an end, a file of some gigabytes."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

# What holds text that people write. A notebook may be larger, for it holds its outputs.
MOST_TEXT_BYTES = 10_000_000

_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)
_FLAGS = os.O_RDONLY
for _name in ("O_NONBLOCK", "O_NOCTTY", "O_CLOEXEC", "O_BINARY"):  # Windows has the last alone
    _FLAGS |= getattr(os, _name, 0)


class NotRegularError(OSError):
    """It is there, but no file with an end. `strerror` says what it is."""


class TooLargeError(OSError):
    """It has more bytes than anybody would want to read. `strerror` says how many are too many."""


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """Open a regular file, links followed, without ever waiting for another process.

    Raises OSError, NotRegularError.
    """
    # Asked first as well: merely to open a device may do something.
    _demand_regular(os.stat(path).st_mode, path)  # noqa: PTH116 - Path.stat is slower
    with os.fdopen(os.open(path, _FLAGS), "rb") as file:
        _demand_regular(os.fstat(file.fileno()).st_mode, path)
        yield file


def read(path: Path, most_bytes: int = MOST_TEXT_BYTES) -> bytes:
    """Read a regular file. Raises OSError, NotRegularError, TooLargeError."""
    with opened(path) as file:
        # Asked for one more than that, as files of /proc and growing ones have no true size.
        is_large = os.fstat(file.fileno()).st_size > most_bytes
        content = b"" if is_large else file.read(most_bytes + 1)
    if is_large or len(content) > most_bytes:
        raise TooLargeError(errno.EFBIG, f"it has more than {most_bytes / 1e6:,.0f} MB", str(path))
    return content


def read_text(path: Path, most_bytes: int = MOST_TEXT_BYTES) -> str:
    """Read a regular file as text; what is not UTF-8 is replaced. Raises as `read` does."""
    return read(path, most_bytes).decode("utf-8-sig", errors="replace")


def _demand_regular(mode: int, path: Path) -> None:
    if not stat.S_ISREG(mode):
        what = next((name for is_kind, name in _KINDS if is_kind(mode)), "something else")
        raise NotRegularError(errno.EINVAL, f"it is {what}, not an ordinary file", str(path))
