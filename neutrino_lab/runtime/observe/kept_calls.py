"""The newest calls and what they raised, kept when a process ends.

What is kept of a second is written at its end, and is bounded: ten thousand calls a second cost no
more than a few hundred.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

from .journal import Call
from .log_table import LogTable

FILE = "calls.sqlite"
PERIOD_S = 1.0
# Of those that went well and of those that failed; the newest of each period.
MOST_IN_A_PERIOD = 100
TRACE_CHARACTERS = 20_000
# As a WebSocket closes after an exception.
CRASHED = 1011
_FAILED = 500
_COLUMNS = ("key text", "status integer", "started real", "duration_s real", "error text")


@dataclass(frozen=True, slots=True)
class KeptCall:
    """A call that was answered, and the traceback of what nobody had expected. A WebSocket that an
    exception has closed has the status 1011 and no duration."""

    key: str
    status: int
    started: float
    duration_s: float
    error: str = ""

    @property
    def is_failed(self) -> bool:
        """Whether it is the service's fault: a status of 500 or more, or an exception."""
        return self.status >= _FAILED or bool(self.error)


class RecentCalls:
    """Collects calls, on the event loop, and gives them to `keep` in the order in which they
    began."""

    def __init__(self, keep: Callable[[Sequence[KeptCall]], None]) -> None:
        self._keep = keep
        self._good: deque[Call] = deque(maxlen=MOST_IN_A_PERIOD)
        self._failed: deque[KeptCall] = deque(maxlen=MOST_IN_A_PERIOD)
        self._timer: asyncio.TimerHandle | None = None

    def add(self, call: Call) -> None:
        """Note a call that has raised nothing; one with a status of 500 or more counts as
        failed."""
        if call.status < _FAILED:
            self._good.append(call)
        else:
            self._failed.append(KeptCall(*call))
        if self._timer is None:
            self._begin()

    def add_failed(self, call: Call, trace: str) -> None:
        """Note a call that has raised something; of `trace`, its traceback, the end is kept."""
        self._failed.append(KeptCall(*call, trace[-TRACE_CHARACTERS:]))
        if self._timer is None:
            self._begin()

    def flush(self) -> None:
        """Give `keep` what has come so far, now and not at the end of the period."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        calls = [*(KeptCall(*each) for each in self._good), *self._failed]
        self._good.clear()
        self._failed.clear()
        if calls:
            self._keep(sorted(calls, key=lambda each: each.started))

    def _begin(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(PERIOD_S, self.flush)


def table(folder: Path, most: int) -> LogTable:
    """The calls that a folder keeps, each a row of KeptCall's fields. Most services are asked
    something, and many of them may write nowhere: nobody has to be told."""
    return LogTable(folder / FILE, "calls", _COLUMNS, most=most, what="")


def line(call: KeptCall) -> str:
    """The line that keeps a call on a bus: its row of the table as JSON."""
    return json.dumps(astuple(call))


def on_disk(folder: Path) -> list[KeptCall]:
    """Read the calls that a folder keeps, oldest first."""
    if not (folder / FILE).is_file():
        return []
    return table(folder, 0).rows(_made)


def read(lines: Iterable[str | bytes]) -> list[KeptCall]:
    """Read what a bus has kept, without what is no call."""
    found = []
    for each in lines:
        with suppress(ValueError, TypeError):
            found.append(_made(json.loads(each)))
    return found


def _made(row: Sequence[Any]) -> KeptCall:
    """Make a call of its row. Raises ValueError or TypeError for what is none."""
    key, status, started, duration_s, error = row
    return KeptCall(str(key), int(status), float(started), float(duration_s), str(error))
