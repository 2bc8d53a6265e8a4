"""What can be said of a served notebook, and which state may follow which."""

from __future__ import annotations

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
    # Its process may still be there and keep its loop busy, and serve again when that ends.
    "problem-not-served": UP | {"starting", "runtime-missing", "stopped"},
    "runtime-missing": frozenset({"starting", "problem-not-served", "stopped"}),
    "restarting": UP | {"problem-not-served", "runtime-missing", "starting", "stopped"},
    "stopped": frozenset(),
}


@dataclass(frozen=True, slots=True)
class Limits:
    """How much patience there is. `restarts` crashes within `window_s` are one too many; without
    `follows_saves` a new version is read, but runs only when it is asked for.

    The worker's loop is asked every `beat_s`. After `stalled_beats` without an answer a version
    that waits to be adopted gets another process, after `silent_beats` the notebook does not count
    as live.
    """

    start_s: float = 300.0
    restarts: int = 5
    window_s: float = 120.0
    backoff_s: float = 0.5
    longest_backoff_s: float = 30.0
    poll_s: float = 0.25
    beat_s: float = 1.0
    stalled_beats: int = 2
    silent_beats: int = 3
    follows_saves: bool = True


@dataclass(frozen=True, slots=True)
class Crashes:
    """The crashes of late, by their times in epoch seconds."""

    times_s: tuple[float, ...] = ()

    def add(self, now_s: float, limits: Limits) -> Crashes:
        """Note one, and forget those of long ago."""
        kept = tuple(each for each in self.times_s if each >= now_s - limits.window_s)
        return Crashes((*kept, now_s))

    def pause_s(self, limits: Limits) -> float | None:
        """How long to wait before the next start; None to give up."""
        if len(self.times_s) > limits.restarts:
            return None
        pause_s = limits.backoff_s * 2.0 ** (len(self.times_s) - 1)
        return min(pause_s, limits.longest_backoff_s)


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
    `reason` says why it is not live; `command` is what fixes it.
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


Stats: TypeAlias = tuple[Mapping[str, Any], ...]
