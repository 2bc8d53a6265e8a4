"""Other programs that an export runs: with a time limit, and ended when the user cancels."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from neutrino_lab.export.errors import ExportCancelledError
from neutrino_lab.processes import kill_group


@dataclass(frozen=True, slots=True)
class Ran:
    """How a program ended: `code` is None where it took too long and was ended."""

    code: int | None
    output: str
    errors: str


class Cancellation:
    """The user's wish to stop, from any thread; ends the programs that run under it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[str]] = set()
        self._wished = False

    def cancel(self) -> None:
        """End the processes that run, and let none start from now on; from any thread."""
        with self._lock:
            self._wished = True
            for process in self._running:
                end(process)

    def check(self) -> None:
        """Raise ExportCancelledError where the user wants to stop."""
        if self._wished:
            raise ExportCancelledError

    def run(
        self,
        command: Sequence[str],
        *,
        folder: Path,
        environment: Mapping[str, str],
        timeout_s: float,
        text: str = "",
    ) -> Ran:
        """Run a program to its end with `text` on its stdin.

        Raises OSError where it cannot be started, ExportCancelledError where it was cancelled.
        """
        process = self._start(command, folder, environment, stderr=subprocess.PIPE)
        code: int | None
        try:
            output, errors = process.communicate(text, timeout=timeout_s)
            code = process.returncode
        except subprocess.TimeoutExpired:
            end(process)
            output, errors = process.communicate()
            code = None
        finally:
            with self._lock:
                self._running.discard(process)
            if process.poll() is None:
                end(process)
                process.communicate()
        self.check()
        return Ran(code, output, errors)

    @contextmanager
    def child(
        self, command: Sequence[str], *, folder: Path, environment: Mapping[str, str]
    ) -> Iterator[subprocess.Popen[str]]:
        """Run a program for as long as the block lasts; its errors join its output. Its stdin says
        nothing and ends with the block, or with this process, however that ends.

        Raises OSError where it cannot be started, ExportCancelledError where it was cancelled.
        """
        process = self._start(command, folder, environment, stderr=subprocess.STDOUT)
        try:
            yield process
        finally:
            with self._lock:
                self._running.discard(process)
            end(process)
            process.wait()
            if process.stdin is not None:
                process.stdin.close()
        self.check()

    def _start(
        self, command: Sequence[str], folder: Path, environment: Mapping[str, str], *, stderr: int
    ) -> subprocess.Popen[str]:
        with self._lock:
            self.check()
            # A session of its own, so that what it starts in turn ends with it.
            process = subprocess.Popen(  # noqa: S603
                command,
                cwd=folder,
                env=dict(environment),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                encoding="utf-8",
                errors="replace",
                start_new_session=True,
            )
            self._running.add(process)
        return process


def end(process: subprocess.Popen[str]) -> None:
    """Kill a program and all that it started, unless it has ended."""
    if process.poll() is None:
        kill_group(process.pid)
