"""What can be said of a served notebook, and which state may follow which."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from neutrino_lab.declare.diagnostics import Diagnostic
from neutrino_lab.serve.revision import Revision

State: TypeAlias = Literal[
    "starting",
    "live",
    "outdated",
    "problem-serving-previous",
    "problem-not-served",
    "runtime-missing",
    "restarting",
    "stopped",
]

# The state machine of a served notebook; staying in a state is always allowed.
# "outdated" is an older version by the user's will: saves are not followed, and there is a newer.
UP: frozenset[State] = frozenset({"live", "outdated", "problem-serving-previous"})
_DOWN: frozenset[State] = frozenset({"restarting", "problem-not-served", "stopped"})
NEXT: Mapping[State, frozenset[State]] = {
    "starting": UP | {"problem-not-served", "runtime-missing", "stopped"},
    **{state: UP - {state} | _DOWN for state in UP},
    "problem-not-served": frozenset({"starting", "live", "outdated", "stopped"}),
    "runtime-missing": frozenset({"starting", "stopped"}),
    "restarting": UP | {"problem-not-served", "runtime-missing", "starting", "stopped"},
    "stopped": frozenset(),
}


@dataclass(frozen=True, slots=True)
class Limits:
    """How much patience there is. `restarts` crashes within `window_s` are one too many; without
    `follows_saves` a new version is read, but runs only when it is asked for."""

    start_s: float = 300.0
    restarts: int = 5
    window_s: float = 120.0
    backoff_s: float = 0.5
    longest_backoff_s: float = 30.0
    poll_s: float = 0.25
    follows_saves: bool = True


class Crashes:
    """Counts the crashes of late, and says how long to wait after each."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._times: deque[float] = deque()

    def __len__(self) -> int:
        return len(self._times)

    def add(self, now: float) -> float | None:
        """Note one, and give the pause before the next start in seconds; None to give up."""
        self._times.append(now)
        while self._times[0] < now - self._limits.window_s:
            self._times.popleft()
        if len(self._times) > self._limits.restarts:
            return None
        pause_s = self._limits.backoff_s * 2.0 ** (len(self._times) - 1)
        return min(pause_s, self._limits.longest_backoff_s)

    def clear(self) -> None:
        self._times.clear()


@dataclass(frozen=True, slots=True)
class Address:
    """Where the worker listens: a Unix socket, or a loopback port that asks for a key.

    `own_port` is where it serves others than the Jupyter server; 0 is nowhere.
    """

    path: str = ""
    port: int = 0
    key: str = ""
    own_port: int = 0


@dataclass(frozen=True, slots=True)
class Status:
    """One moment of a served notebook.

    `serving` is the revision that answers, `newest` the last one that was read. `findings` are
    those of the newest. `cell` is the one that runs since `since` (epoch seconds), 0 where none
    does.
    `reason` says why it is not live; `command` is what mends it.
    """

    state: State = "starting"
    reason: str = ""
    command: str = ""
    cell: int = 0
    since: float = 0.0
    serving: Revision | None = None
    newest: Revision | None = None
    findings: tuple[Diagnostic, ...] = ()
    version: int = 0
    restarts: int = 0
    started: float = 0.0


Figures: TypeAlias = tuple[Mapping[str, Any], ...]
