"""The journal of a worker: what was called with what outcome, for the author of the notebook.

Shipped to the kernel's interpreter with the worker. Everything here is bounded, in number and in
characters; it is written on the event loop, and any thread may read it.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Sequence
from contextvars import ContextVar
from types import CodeType
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from ..runtime.journal import Direction, Journal, Recipient, Run
from ..runtime.output import Output, Recorder
from .failures import Origin, failure

CALL_HEADER = b"x-neutrino-call"

# Of each kind of entry at most so many are kept, with no more text than this between them.
ENTRIES = 500
RING_CHARACTERS = 500_000
OUTPUT_CHARACTERS = 10_000
TAIL_CHARACTERS = 1_000
RECIPIENTS = 100
NAME_CHARACTERS = 64
LATENCIES = 20
WINDOW = 200

_ID = re.compile(rb"[\w.~-]{1,64}", re.ASCII)
_CALL: ContextVar[tuple[str, Recorder] | None] = ContextVar("neutrino_call", default=None)


class Listening:
    """Takes a call's id out of its headers before the app sees them, and records what it prints."""

    def __init__(self, app: ASGIApp, output: Output) -> None:
        self._app = app
        self._output = output

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Any:
        # No coroutine of its own around the app's. Each request has a context that ends with it.
        if scope["type"] != "lifespan":
            id_ = _take_id(scope)
            if scope["type"] == "http":
                _CALL.set((id_, self._output.record(OUTPUT_CHARACTERS)))
        return self._app(scope, receive, send)


class Count:
    """The running figures of one endpoint; a latency below zero is that of a failure."""

    def __init__(self) -> None:
        self.calls = 0
        self.errors = 0
        self.last_run = ""
        self.last_status = 0
        self.last_output = ""
        self._durations_ms: deque[float] = deque(maxlen=WINDOW)
        self._percentiles_ms: tuple[float, ...] | None = (0.0, 0.0, 0.0)

    def add(self, duration_s: float, *, failed: bool, output: str) -> None:
        took_ms = max(round(duration_s * 1000, 2), 0.01)
        self.errors += failed
        self.last_output = output[-TAIL_CHARACTERS:]
        self._durations_ms.append(-took_ms if failed else took_ms)
        self._percentiles_ms = None
        self.calls += 1

    @property
    def latencies_ms(self) -> list[float]:
        return list(self._durations_ms.copy())[-LATENCIES:]

    def percentiles_ms(self) -> tuple[float, ...]:
        """Sum up the last calls: the median, the 95th and the 99th percentile."""
        found = self._percentiles_ms
        if found is None:
            ordered = sorted(map(abs, self._durations_ms.copy()))
            found = tuple(ordered[(len(ordered) - 1) * part // 100] for part in (50, 95, 99))
            self._percentiles_ms = found
        return found


class Tally(Journal):
    """A journal that knows ids, outputs and failures, and counts.

    What has fallen out of its rings is still in the counts.
    """

    def __init__(self) -> None:
        super().__init__(capacity=0)
        self.origin: Origin = _nowhere
        self.counts: dict[str, Count] = {}
        self._told_calls = _Ring()
        self._told_messages = _Ring()
        self._told_runs = _Ring()

    def call(
        self,
        endpoint: str,
        *,
        status: int,
        started: float,
        duration_s: float,
        error: BaseException | None = None,
    ) -> None:
        super().call(endpoint, status=status, started=started, duration_s=duration_s)
        current = _CALL.get()
        id_, output = (current[0], current[1].text) if current else ("", "")
        count = self._of(endpoint)
        count.last_status = status
        count.add(duration_s, failed=status >= 500 or error is not None, output=output)
        failed = failure(error, self.origin) if error is not None else None
        entry = (endpoint, id_, status, started, duration_s, output, failed)
        self._told_calls.append(entry, len(output) + _size(failed))

    def message(  # noqa: PLR0913 - as the journal has it
        self,
        endpoint: str,
        direction: Direction,
        *,
        client: str,
        room: str,
        recipients: Sequence[Recipient],
        size: int,
    ) -> None:
        super().message(
            endpoint, direction, client=client, room=room, recipients=recipients, size=size
        )
        self._of(f"WS {endpoint} {direction}").calls += 1
        names = tuple([each.name for each in recipients[:RECIPIENTS]])
        entry = (endpoint, self.clock(), direction, client, room, names, size)
        self._told_messages.append(entry, NAME_CHARACTERS * (2 + len(names)))

    def run(self, run: Run, error: BaseException | None = None) -> None:
        super().run(run)
        count = self._of(f"SCHEDULE {run.schedule}")
        count.last_run = run.outcome
        if run.outcome in {"ok", "failed"}:
            count.add(run.duration_s, failed=run.outcome == "failed", output=run.output)
        failed = failure(error, self.origin) if error is not None else None
        self._told_runs.append((run, failed), len(run.output) + _size(failed))

    def journal(self, key: str) -> dict[str, Any]:
        """Give the newest entries of an endpoint, or of all where the key is empty, in the
        protocol's shape."""
        return {
            "calls": [
                {
                    "id": id_,
                    "key": endpoint,
                    "status": status,
                    "started": started,
                    "duration_ms": round(duration_s * 1000, 2),
                    "output": output,
                    "failure": failed,
                }
                for endpoint, id_, status, started, duration_s, output, failed in self._told_calls
                if key in ("", endpoint)
            ],
            "messages": [
                {
                    "key": f"WS {endpoint}",
                    "at": at,
                    "direction": direction,
                    "client": client[:NAME_CHARACTERS],
                    "room": room[:NAME_CHARACTERS],
                    "recipients": [name[:NAME_CHARACTERS] for name in names],
                    "size": size,
                }
                for endpoint, at, direction, client, room, names, size in self._told_messages
                if key in ("", f"WS {endpoint}")
            ],
            "runs": [
                {
                    "key": f"SCHEDULE {run.schedule}",
                    "due": run.due,
                    "started": run.started,
                    "duration_ms": round(run.duration_s * 1000, 2),
                    "outcome": run.outcome,
                    "output": run.output,
                    "failure": failed,
                }
                for run, failed in self._told_runs
                if key in ("", f"SCHEDULE {run.schedule}")
            ],
        }

    def _of(self, key: str) -> Count:
        try:
            return self.counts[key]
        except KeyError:
            return self.counts.setdefault(key, Count())


class _Ring:
    """The newest entries, as many as their number and their size allow."""

    def __init__(self) -> None:
        self._entries: deque[tuple[Any, int]] = deque()
        self._size = 0

    def append(self, entry: Any, size: int) -> None:
        self._entries.append((entry, size))
        self._size += size
        while len(self._entries) > ENTRIES or self._size > RING_CHARACTERS:
            self._size -= self._entries.popleft()[1]

    def __iter__(self) -> Iterator[Any]:
        return iter([entry for entry, _ in self._entries.copy()])


def _take_id(scope: Scope) -> str:
    """Take the call's id out of the headers; what is no plain id counts as none."""
    found = [value for name, value in scope["headers"] if name == CALL_HEADER]
    if not found:
        return ""
    scope["headers"] = [each for each in scope["headers"] if each[0] != CALL_HEADER]
    return found[0].decode("ascii") if _ID.fullmatch(found[0]) else ""


def _size(failed: dict[str, Any] | None) -> int:
    """Count roughly what a failure holds."""
    if failed is None:
        return 0
    lines = sum(len(each["text"]) + len(each["file"]) for each in failed["frames"])
    return len(failed["text"]) + len(failed["message"]) + lines


def _nowhere(_code: CodeType) -> None:
    return None
