"""What `neutrino run` and exports have kept beside a project, as entries of an author's journal.

Shipped to the kernel's interpreter with the worker.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..runtime.observe import history, kept_calls
from ..runtime.observe.journal import Call
from ..runtime.observe.run_log import Noted


def runs(folder: Path | None) -> list[Noted]:
    """Read the runs of schedules that a folder keeps, oldest first, each with its failure or None.
    Without a folder there are none."""
    found = history.on_disk(folder) if folder is not None else []
    return [(run, _failure(run.error) if run.outcome == "failed" else None) for run in found]


def calls(folder: Path | None) -> list[tuple[Call, dict[str, Any] | None]]:
    """Read the calls of HTTP endpoints, oldest first, with what nobody had expected."""
    found = kept_calls.on_disk(folder) if folder is not None else []
    return [
        (Call(each.key, each.status, each.started, each.duration_s), _failure(each.error))
        for each in found
        if each.status != kept_calls.CRASHED  # the end of a WebSocket
    ]


def _failure(trace: str) -> dict[str, Any] | None:
    """An exception in the protocol's shape, of which the text is left."""
    if not trace:
        return None
    last = trace.strip().splitlines()[-1]
    type_, _, message = last.partition(": ")
    return {"type": type_, "message": message, "frames": [], "text": trace}
