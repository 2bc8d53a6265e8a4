"""The newest values once more, through the operator as it is now and with a state of its own."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any

from .guard import Guard
from .process import Process
from .values import Result, Taken, chunks, rows, shown

WAIT_S = 20.0
"""So long may it take until it has its turn and is done."""

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


def _row(process: Process, taken: Taken, guard: Guard) -> Row:
    results = [*rows(guard.run(process, [*chunks([taken])]))]
    error = ""
    if process.errors:
        failure = process.errors.pop()
        process.errors.clear()
        error = f"{failure.kind}: {failure.message}"
    return taken, results, error
