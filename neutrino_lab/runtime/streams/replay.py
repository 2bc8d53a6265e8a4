"""The newest values that came in, once more: through the operator as it is now and with a state of
its own, or as JSON, for what a new version is tried on.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from ..encoding import encode
from .guard import Guard
from .process import Process
from .values import Result, Taken, chunks, rows, shown

if TYPE_CHECKING:
    from .flow import Flow

WAIT_S = 20.0
"""So long may it take until it has its turn and is done."""

MOST_VALUES = 100
MOST_CHARACTERS = 1_000_000
_ATTEMPTS = 5

Row = tuple[Taken, list[Result], str]
"""A value that came in, what it became, and the error it met if any."""


class Replay:
    """A replay that waits for its turn; `rows` are there when it has had it."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.rows: Future[list[Row]] = Future()

    def run(self, process: Process, recent: Sequence[Taken], guard: Guard) -> None:
        """Put the values through a process that is closed then."""
        try:
            self.rows.set_result([_row(process, each, guard) for each in recent[-self.count :]])
        except BaseException as error:  # noqa: BLE001 - it is raised where it is waited for
            self.rows.set_exception(error)
        finally:
            process.close()


def describe(replay: Replay) -> list[dict[str, Any]]:
    """Wait for a replay and describe it. Raises TimeoutError."""
    return [
        {
            "at": taken[1],
            "value": shown(taken[0]),
            "outputs": [shown(value) for _, value, _ in results],
            "error": error,
        }
        for taken, results, error in replay.rows.result(WAIT_S)
    ]


def recorded(flow: Flow | None) -> dict[str, Any]:
    """Give the newest values and the state as JSON text; values that are no JSON, and what is too
    much, are left out."""
    if flow is None:
        return {"values": "[]", "state": "null"}
    recent = _steady(lambda: tuple(flow.recent.newest))[-MOST_VALUES:]
    written: list[str] = []
    left = MOST_CHARACTERS
    for value, at, _, _ in reversed(recent):
        try:
            text = f"[{encode.dumps(value).decode()},{at!r}]"
        except encode.EncodeError:
            continue
        left -= len(text)
        if left < 0:
            break
        written.insert(0, text)
    state = _steady(lambda: json.dumps(flow.process.snapshot(), default=repr))
    return {
        "values": f"[{','.join(written)}]",
        "state": state if len(state) <= MOST_CHARACTERS else "null",
    }


def _row(process: Process, taken: Taken, guard: Guard) -> Row:
    results = [*rows(guard.run(process, [*chunks([taken])]))]
    error = ""
    if process.errors:
        failure = process.errors.pop()
        process.errors.clear()
        error = f"{failure.kind}: {failure.message}"
    return taken, results, error


def _steady(read: Callable[[], Any]) -> Any:
    """Read what a thread may be changing just now."""
    for _ in range(_ATTEMPTS):
        try:
            return read()
        except RuntimeError:
            continue
    return read()
