"""How a cell ends: the words that a model reads."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Status = Literal[
    "ok",
    "error",
    "timeout",
    "interrupted",
    "killed",
    "out_of_memory",
    "output_limit",
    "session_expired",
    "refused",
]
_MEMORY_ERRORS = {"MemoryError", "_ArrayMemoryError", "OutOfMemoryError"}


@dataclass(frozen=True, slots=True)
class Ending:
    """How a cell ended. `state_lost`: the kernel's variables went with it."""

    status: Status
    error: Mapping[str, Any] | None = None
    execution_count: int | None = None
    state_lost: bool = False
    note: str = ""


def of_reply(reply: Mapping[str, Any]) -> Ending:
    """Read how the cell ended from the kernel's `execute_reply`."""
    count = reply.get("execution_count")
    if reply["status"] == "ok":
        return Ending("ok", execution_count=count)
    if reply["status"] != "error":
        return Ending("interrupted", execution_count=count)
    status: Status = "out_of_memory" if reply.get("ename") in _MEMORY_ERRORS else "error"
    return Ending(status, error=reply, execution_count=count)


def of_death(code: int | None, *, out_of_memory: bool) -> Ending:
    """Tell of a process that ended with an exit code, or below 0 by a signal."""
    note = f"The kernel's process ended{_how(code)}"
    return Ending("out_of_memory" if out_of_memory else "killed", state_lost=True, note=note)


def is_interrupt(code: int | None) -> bool:
    """Tell whether a process ended by an interrupt: ours reaches the kernel itself where its cell
    ends in that moment."""
    return code in (-signal.SIGINT, 128 + signal.SIGINT)


def notes(
    ending: Ending, *, timeout_s: float, most_bytes: int, state_lost: bool, has_session: bool
) -> list[str]:
    """Say what a model has to know besides the outputs. Without a session nothing is kept, and
    nothing is said of it."""
    kept = "The session's variables are kept." if has_session and not ending.state_lost else ""
    traced = {
        "timeout": f"The time limit of {timeout_s:g} s was reached and the code was ended. {kept}",
        "interrupted": f"The code was interrupted. {kept}",
        "output_limit": (
            f"The code was ended: it printed more than the limit of {most_bytes:,} bytes. {kept}"
        ),
        "killed": ending.note,
        "out_of_memory": f"The memory limit was reached. {ending.note or kept}",
    }.get(ending.status, "")
    lost = "The kernel is a fresh one: variables and imports from before are lost."
    return [
        *([traced.strip()] if traced else []),
        *([lost] if state_lost and has_session else []),
    ]


def _how(code: int | None) -> str:
    if code is None:
        return "."
    if code >= 0:
        return f" with exit code {code}."
    try:
        return f" by {signal.Signals(-code).name}."
    except ValueError:
        return f" by signal {-code}."
