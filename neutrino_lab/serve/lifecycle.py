"""All that is known of a served notebook at one moment, and how that is told."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from neutrino_lab.serve import diagnose, runtime_requirements
from neutrino_lab.serve.control import ControlMessage
from neutrino_lab.serve.status import UP, Address, Crashes, Limits, State, Status
from neutrino_lab.serve.versions import Versions

Phase: TypeAlias = Literal["idle", "launching", "up", "ending", "pausing", "waiting"]
"""Whether there is a process. `idle`: no, and none is needed. `pausing`: not yet again, after a
crash. `waiting`: not before something has changed."""


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """All that is known of a served notebook at one moment. Times in seconds."""

    limits: Limits
    status: Status
    versions: Versions = field(default_factory=Versions)
    phase: Phase = "idle"
    is_stale: bool = True
    is_reading: bool = False
    read_error: Exception | None = None
    address: Address | None = None
    modules: frozenset[str] = frozenset()
    crashes: Crashes = field(default_factory=Crashes)
    lacking: ControlMessage | None = None
    reason: str = ""
    """Why it waits, pauses or is started again."""
    is_forged: bool = False
    cell: int = 0
    since_s: float = 0.0
    began_s: float = 0.0
    is_overdue: bool = False
    is_prepared: bool = False
    unanswered: int = 0
    busy_at: str = ""

    @property
    def is_silent(self) -> bool:
        """Whether the worker's loop has not answered for so long that the notebook is not live."""
        return self.unanswered >= self.limits.silent_beats

    @property
    def is_stalled(self) -> bool:
        """Whether a version is ready, but the worker's loop does not adopt it."""
        return self.is_prepared and self.unanswered >= self.limits.stalled_beats


def describe(state: Lifecycle, now_s: float) -> Status:
    """Give the status that users see of a state."""
    versions = state.versions
    is_served = state.phase == "up" and versions.adopted is not None
    status = replace(
        state.status,
        cell=state.cell,
        since=state.since_s if state.cell else 0.0,
        serving=versions.adopted if is_served else None,
        newest=versions.newest,
        command="",
    )
    if state.phase == "waiting":
        return _waiting(state, status, now_s)
    if is_served:
        return _serving(state, status, now_s)
    is_coming = state.phase in {"launching", "pausing"} or versions.run is not None
    is_unread = versions.newest is None and state.read_error is None
    if is_coming or is_unread or state.is_forged or versions.next() is not None:
        word: State = "restarting" if status.state in {*UP, "restarting"} else "starting"
        return replace(status, state=word, reason=state.reason)
    return _at_rest(state, status, now_s)


def _waiting(state: Lifecycle, status: Status, now_s: float) -> Status:
    if state.lacking is not None:
        reason, command = runtime_requirements.words(state.lacking)
        return replace(status, state="runtime-missing", reason=reason, command=command)
    return replace(_at_rest(state, status, now_s), state="problem-not-served", reason=state.reason)


def _serving(state: Lifecycle, status: Status, now_s: float) -> Status:
    if state.is_silent:
        reason = diagnose.silent(state.busy_at)
        return replace(status, state="problem-not-served", reason=reason)
    is_changing = state.versions.run is not None or state.is_reading
    if is_changing and not state.is_overdue and status.state in UP:
        return status  # what it comes to will be told
    return _at_rest(state, status, now_s)


def _at_rest(state: Lifecycle, status: Status, now_s: float) -> Status:
    """Say how things are while nothing is about to change them."""
    versions = state.versions
    newest, refusal = versions.newest, versions.refusal
    adopted = versions.adopted if state.phase == "up" else None
    findings = (*(newest.diagnostics if newest else ()), *(adopted.warnings if adopted else ()))
    reason = next((each.message for each in findings if each.severity == "error"), "")
    if refusal is not None and refusal.revision == newest:
        findings = (*findings, *refusal.findings)
        reason = refusal.reason
    if state.read_error is not None:
        reason = diagnose.unreadable(state.read_error)
    if state.is_overdue:
        reason = diagnose.slow(state.cell, now_s - state.began_s)
    is_held = versions.is_held
    word: State = "live"
    if adopted is None:
        word = "problem-not-served"
        reason = reason or (diagnose.held() if is_held else "")
    elif reason or (not is_held and newest != adopted):
        word = "problem-serving-previous"
    elif is_held and (versions.is_edited or (newest is not None and newest.unlike(adopted))):
        word = "outdated"
    return replace(status, state=word, reason=reason, findings=findings)
