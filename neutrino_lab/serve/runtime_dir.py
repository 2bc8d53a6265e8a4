"""The private folder of one Jupyter server: the code that workers and kernels run, and the
workers' sockets."""

from __future__ import annotations

import os
import secrets
import shutil
import sys
import tempfile
from contextlib import suppress
from itertools import count
from pathlib import Path

from neutrino_lab import runtime
from neutrino_lab.serve import control

if sys.platform != "win32":
    import fcntl

PREFIX = "neutrino-"
PACKAGE = "neutrino_worker"
_ELSEWHERE = "sockets"
SHIPPED = (
    *("call_context.py", "call_log.py", "control.py", "guard.py", "kept.py", "listeners.py"),
    *("local_modules.py", "mount.py", "runtime_requirements.py", "stats.py"),
    *("tracebacks.py", "warm_up.py", "worker.py", "worker_start.py"),
)
# Folders that go along whole, beside the runtime.
SHIPPED_FOLDERS = ("live_kernel",)
# What a Unix socket's address holds: 107 bytes on Linux, 103 on macOS.
LONGEST_SOCKET_BYTES = 103

# Also run by what multiprocessing spawns, which finds the notebook's modules alone.
_START = f"""if __name__ == "__main__":
    from {PACKAGE}.serve import guard, worker_start

    guard.main(worker_start.run)
"""


class RuntimeDir:
    """A folder that only its owner may enter, gone again when the server is.

    `start` is the program to run with a kernel's interpreter, `loader` what a live kernel runs to
    call an endpoint. Everything beside them is a copy, byte for byte, of modules that need no
    other part of this package.
    """

    def __init__(self, parent: Path) -> None:
        parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _sweep(parent)
        self.folder = self._sockets = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
        self._lock = -1
        self._numbers = count(1)
        try:
            self._lock = _locked(self.folder)
            self._sockets = self._socket_folder()
            self.start = _ship(self.folder / "code")
        except BaseException:
            self.close()  # the disk is full, or there is nothing left to open a file with
            raise
        self.loader = self.start.parent / PACKAGE / "serve" / "live_kernel" / "loader.py"

    def socket(self) -> Path:
        """Give the path of a Unix socket that was never used; nothing is created."""
        return self._sockets / f"{next(self._numbers)}.sock"

    def runs(self) -> Path:
        """Name a file for the runs of a notebook's schedules, that of no other."""
        return self.folder / f"{next(self._numbers)}.runs.sqlite"

    def close(self) -> None:
        """Remove everything; the workers must have ended."""
        for folder in {self._sockets, self.folder}:
            shutil.rmtree(folder, ignore_errors=True)
        if self._lock >= 0:
            with suppress(OSError):
                os.close(self._lock)

    def _socket_folder(self) -> Path:
        longest = self.folder / "999999.sock"
        if len(os.fsencode(longest)) <= LONGEST_SOCKET_BYTES:
            return self.folder
        folder = Path(tempfile.gettempdir()) / f"{PREFIX}{secrets.token_hex(8)}"
        # Written down before it is made: who finds this folder left behind removes that one, too.
        (self.folder / _ELSEWHERE).write_text(str(folder), encoding="utf-8")
        folder.mkdir(mode=0o700)
        return folder


def _ship(folder: Path) -> Path:
    package = folder / PACKAGE
    serve = package / "serve"
    serve.mkdir(parents=True)
    (package / "__init__.py").touch()
    (serve / "__init__.py").touch()
    for name in SHIPPED:
        shutil.copyfile(Path(control.__file__).with_name(name), serve / name)
    code = shutil.ignore_patterns("__pycache__")
    for name in SHIPPED_FOLDERS:
        shutil.copytree(Path(control.__file__).with_name(name), serve / name, ignore=code)
    shutil.copytree(Path(runtime.__path__[0]), package / "runtime", ignore=code)
    start = folder / "start.py"
    start.write_text(_START, encoding="utf-8")
    return start


def _locked(folder: Path) -> int:
    """Hold a lock that ends with this process, however it ends."""
    handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    if sys.platform != "win32":
        with suppress(OSError):  # some network file systems have no locks
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return handle


def _sweep(parent: Path) -> None:
    """Remove what a server that was killed has left behind."""
    if sys.platform == "win32":
        return
    for folder in parent.glob(f"{PREFIX}*"):
        with suppress(OSError):
            handle = os.open(folder / "lock", os.O_RDWR)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                _remove_elsewhere(folder)
                shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(handle)


def _remove_elsewhere(folder: Path) -> None:
    """Remove the folder of sockets that stands where names may be longer."""
    with suppress(OSError, ValueError):
        sockets = Path((folder / _ELSEWHERE).read_text(encoding="utf-8"))
        is_ours = sockets.name.startswith(PREFIX) and sockets.lstat().st_uid == os.getuid()
        if is_ours and not sockets.is_symlink():
            shutil.rmtree(sockets, ignore_errors=True)
