"""The journal of a worker: what was called with what outcome, for the author of the notebook.

Shipped to the kernel's interpreter with the worker. Everything here is bounded, in number and in
characters; it is written on the event loop, and any thread may read it.
"""

from __future__ import annotations

import re
import secrets
import sys
import time
from collections import deque
from collections.abc import Sequence
from functools import partial
from io import StringIO
from pathlib import Path
from threading import Lock
from types import CodeType
from typing import Any

from ..runtime.http.guard import TOO_LATE
from ..runtime.observe.journal import Call, Recipient, Run, SocketMessage
from ..runtime.observe.run_log import RunLog
from . import kept
from .call_context import CALL, LINE, Line
from .tracebacks import Origin, failure

# Of each kind of entry at most so many are kept, with no more text than this between them.
ENTRIES = 500
RING_CHARACTERS = 500_000
LINE_CHARACTERS = 1_000
TAIL_CHARACTERS = 1_000
RECIPIENTS = 100
NAME_CHARACTERS = 64
LATENCIES = 20
WINDOW = 200

_NUMBER = re.compile(r"\d{1,18}", re.ASCII)


class Count:
    """The running counts of one endpoint; a latency below zero is that of a failure."""

    def __init__(self) -> None:
        self.calls = 0
        self.errors = 0
        self.last_run = ""
        self.last_status = 0
        self.last_output = ""
        self._durations_ms: deque[float] = deque(maxlen=WINDOW)
        self._percentiles_ms: tuple[float, ...] | None = (0.0, 0.0, 0.0)

    def add(self, duration_s: float, *, failed: bool, output: str) -> None:
        """Count one call. It is kept as 0.01 ms where it took less, so that its sign tells."""
        took_ms = max(round(duration_s * 1000, 2), 0.01)
        self.errors += failed
        self.last_output = output[-TAIL_CHARACTERS:]
        self._durations_ms.append(-took_ms if failed else took_ms)
        self._percentiles_ms = None
        self.calls += 1

    @property
    def latencies_ms(self) -> list[float]:
        """The durations of the last 20 calls, oldest first; those of failures below zero."""
        return list(self._durations_ms.copy())[-LATENCIES:]

    def percentiles_ms(self) -> tuple[float, ...]:
        """Sum up the last calls: the median, the 95th and the 99th percentile."""
        found = self._percentiles_ms
        if found is None:
            ordered = sorted(map(abs, self._durations_ms.copy()))
            found = tuple(ordered[(len(ordered) - 1) * part // 100] for part in (50, 95, 99))
            self._percentiles_ms = found
        return found


class CallLog:
    """A journal that knows ids, outputs and failures, and counts.

    What has fallen out of its rings is still in the counts. Of schedules it also knows the runs
    that an earlier log has left at `runs`; and it begins with the runs and calls that a service has
    kept in the folder `before`.
    """

    def __init__(self, runs: Path | None = None, *, before: Path | None = None) -> None:
        self.origin: Origin = _nowhere
        self.counts: dict[str, Count] = {}
        self._epoch = secrets.token_hex(4)
        numbers = _Numbers()
        self._numbers = numbers
        self._kept_calls = _Ring(numbers)
        self._kept_messages = _Ring(numbers)
        self._kept_prints = _Ring(numbers)
        self._kept_crashes = _Ring(numbers)
        self._kept_runs = _Ring(numbers)
        self._lines: dict[Recipient, Line] = {}
        self._printing = Lock()
        self._printed = 0.0
        self._run_log = RunLog(runs, most=ENTRIES)
        noted = sorted([*kept.runs(before), *self._run_log], key=lambda each: each[0].started)
        for run, failed in noted:
            self._note_run(run, failed)
        for call, failed in kept.calls(before):
            self._note_call(call, failed)

    def call(self, call: Call, error: BaseException | None = None) -> None:
        current = CALL.get()
        id_, output = (current.id, current.text) if current else ("", "")
        undeclared = current.remarks.undeclared if current else ()
        request = current.request if current else None
        if current is not None and current.is_late:
            call = call._replace(status=TOO_LATE)  # what the proxy has answered by then
        count = self._of(call.key)
        count.last_status = call.status
        is_failed = call.status >= 500 or error is not None
        count.add(call.duration_s, failed=is_failed, output=output)
        failed = failure(error, self.origin) if error is not None else None
        weight = len(output) + _size(failed) + (request.size() if request is not None else 0)
        self._kept_calls.append((call, id_, request, undeclared, output, failed), weight)

    def _note_call(self, call: Call, failed: dict[str, Any] | None) -> None:
        """Note a call of which no more is known."""
        count = self._of(call.key)
        count.last_status = call.status
        count.add(call.duration_s, failed=call.status >= 500 or failed is not None, output="")
        self._kept_calls.append((call, "", None, (), "", failed), _size(failed))

    def message(self, message: SocketMessage) -> None:
        self._of(f"{message.key} {message.direction}").calls += 1
        recipients = message.recipients
        names = tuple([each.name for each in recipients[:RECIPIENTS]])
        frames = self._number(recipients) if self._lines else ()
        # Without the recipients: a ring must not hold clients that are gone.
        kept = message._replace(recipients=())
        weight = NAME_CHARACTERS * (2 + len(names) + len(frames))
        self._kept_messages.append((kept, time.time(), names, len(recipients), frames), weight)

    def joined(self, client: Recipient) -> None:
        line = LINE.get()
        if line is None:
            return
        line.tell = partial(self._print, _Printer(client.key, client.name, line.id))
        if line.id:
            self._lines[client] = line

    def left(self, client: Recipient) -> None:
        self._lines.pop(client, None)

    def crashed(self, client: Recipient, error: BaseException) -> None:
        self._of(client.key).errors += 1
        line = LINE.get()
        failed = failure(error, self.origin)
        entry = (client.key, time.time(), client.name, line.id if line else "", failed)
        self._kept_crashes.append(entry, _size(failed))

    def run(self, run: Run, error: BaseException | None = None) -> None:
        failed = failure(error, self.origin) if error is not None else None
        self._note_run(run, failed)
        self._run_log.add(run, failed)

    def _note_run(self, run: Run, failed: dict[str, Any] | None) -> None:
        count = self._of(run.key)
        count.last_run = run.outcome
        if run.outcome in {"ok", "failed"}:
            count.add(run.duration_s, failed=run.outcome == "failed", output=run.output)
        self._kept_runs.append((run, failed), len(run.output) + _size(failed))

    def journal(self, key: str) -> dict[str, Any]:
        """Give the newest entries of an endpoint, or of all where the key is empty, in the
        protocol's shape."""
        return self._entries(key, 0, sys.maxsize)

    def news(self, key: str, cursor: str) -> dict[str, Any]:
        """Give what has come, and which printed lines have grown, since `cursor` was given with
        other news; everything where that was by another log, or where it is empty."""
        epoch, _, number = cursor.partition("-")
        is_known = epoch == self._epoch and _NUMBER.fullmatch(number) is not None
        newest = self._numbers.newest
        return {
            **self._entries(key, int(number) if is_known else 0, newest),
            "cursor": f"{self._epoch}-{newest}",
            "is_whole": not is_known,
        }

    def _entries(self, key: str, since: int, newest: int) -> dict[str, Any]:
        def entries(ring: _Ring) -> list[Any]:
            return ring.between(since, newest)

        return {
            "calls": [
                {
                    "id": id_,
                    "key": call.key,
                    "status": call.status,
                    "started": call.started,
                    "duration_ms": round(call.duration_s * 1000, 2),
                    "request": request and request.to_dict(),
                    "undeclared": undeclared,
                    "output": output,
                    "failure": failed,
                }
                for call, id_, request, undeclared, output, failed in entries(self._kept_calls)
                if key in ("", call.key)
            ],
            "messages": [
                {
                    "key": each.key,
                    "at": at,
                    "direction": each.direction,
                    "client": each.client[:NAME_CHARACTERS],
                    "room": each.room[:NAME_CHARACTERS],
                    "recipients": [name[:NAME_CHARACTERS] for name in names],
                    "reached": reached,
                    "frames": [{"call": call, "number": number} for call, number in frames],
                    "size": each.size,
                }
                for each, at, names, reached, frames in entries(self._kept_messages)
                if key in ("", each.key)
            ],
            "prints": [
                {
                    "key": by.key,
                    "at": at,
                    "client": by.client[:NAME_CHARACTERS],
                    "call": by.call,
                    "text": text.getvalue(),
                }
                for by, at, text in entries(self._kept_prints)
                if key in ("", by.key)
            ],
            "crashes": [
                {
                    "key": endpoint,
                    "at": at,
                    "client": client[:NAME_CHARACTERS],
                    "call": call,
                    "failure": failed,
                }
                for endpoint, at, client, call, failed in entries(self._kept_crashes)
                if key in ("", endpoint)
            ],
            "runs": [
                {
                    "key": run.key,
                    "due": run.due,
                    "started": run.started,
                    "duration_ms": round(run.duration_s * 1000, 2),
                    "outcome": run.outcome,
                    "output": run.output,
                    "failure": failed,
                }
                for run, failed in entries(self._kept_runs)
                if key in ("", run.key)
            ],
        }

    def _number(self, recipients: Sequence[Recipient]) -> tuple[tuple[str, int], ...]:
        """Say which frame this is on the connections that are named."""
        lines = (self._lines.get(each) for each in recipients)
        return tuple([(each.id, each.number()) for each in lines if each])[:RECIPIENTS]

    def _print(self, by: _Printer, text: str) -> None:
        """Note what was printed, line by line; any thread may print."""
        with self._printing:
            count = self._of(by.key)
            count.last_output = (count.last_output + text)[-TAIL_CHARACTERS:]
            for number, part in enumerate(text.split("\n")):
                if number:
                    by.text = None
                if part and by.text is None:
                    by.text = StringIO()
                    # No two lines have one time: it is what a line is known by.
                    self._printed = max(time.time(), self._printed + 1e-6)
                    entry = (by, self._printed, by.text)
                    by.slot = self._kept_prints.append(entry, LINE_CHARACTERS)
                if by.text is not None and part:
                    by.text.write(part[: LINE_CHARACTERS - by.text.tell()])
                    self._numbers.give(by.slot)

    def _of(self, key: str) -> Count:
        try:
            return self.counts[key]
        except KeyError:
            return self.counts.setdefault(key, Count())


class _Printer:
    """What prints for one client: `text` is the line that it has begun and not ended."""

    def __init__(self, key: str, client: str, call: str) -> None:
        self.key = key
        self.client = client
        self.call = call
        self.text: StringIO | None = None
        self.slot = _Slot(None, 0)


class _Slot:
    """An entry in its ring, with the number of its last change."""

    __slots__ = ("entry", "number", "size")

    def __init__(self, entry: Any, size: int) -> None:
        self.entry = entry
        self.size = size
        self.number = sys.maxsize  # not in its ring yet


class _Numbers:
    """Numbers the changes of all rings. What has a number up to the newest is in its ring."""

    def __init__(self) -> None:
        self.newest = 0
        self._giving = Lock()

    def give(self, slot: _Slot) -> None:
        with self._giving:
            slot.number = self.newest + 1
            self.newest += 1


class _Ring:
    """The newest entries, as many as their number and their size allow."""

    def __init__(self, numbers: _Numbers) -> None:
        self._numbers = numbers
        self._slots: deque[_Slot] = deque()
        self._size = 0

    def append(self, entry: Any, size: int) -> _Slot:
        slot = _Slot(entry, size)
        self._slots.append(slot)
        self._numbers.give(slot)
        self._size += size
        while len(self._slots) > ENTRIES or self._size > RING_CHARACTERS:
            self._size -= self._slots.popleft().size
        return slot

    def between(self, since: int, newest: int) -> list[Any]:
        """Give the entries that have changed after one number and up to another."""
        return [each.entry for each in self._slots.copy() if since < each.number <= newest]


def _size(failed: dict[str, Any] | None) -> int:
    """Count roughly what a failure holds."""
    if failed is None:
        return 0
    lines = sum(len(each["text"]) + len(each["file"]) for each in failed["frames"])
    return len(failed["text"]) + len(failed["message"]) + lines


def _nowhere(_code: CodeType) -> None:
    return None
