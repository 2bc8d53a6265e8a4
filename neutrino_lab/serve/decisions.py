"""What a served notebook does next: one pure function from what has happened to what is to be done.

`supervisor.py` brings the events and performs the actions; nothing here waits, reads or starts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

from neutrino_lab.serve import diagnose, events
from neutrino_lab.serve.lifecycle import Lifecycle, Phase, describe
from neutrino_lab.serve.revision import Revision
from neutrino_lab.serve.status import Crashes, Limits, Status
from neutrino_lab.serve.versions import Refusal

Step: TypeAlias = tuple[Lifecycle, tuple[events.Action, ...]]


def begin(limits: Limits, *, now_s: float) -> Step:
    """Give the state of a notebook that nobody has read yet, and the first actions. `now_s` is in
    seconds since the epoch."""
    return _proceed(Lifecycle(limits, Status(started=now_s)), (), now_s)


def decide(state: Lifecycle, event: events.Event, *, now_s: float) -> Step:
    """Take in an event at a time in epoch seconds: the state that follows, and what to do."""
    take: Callable[..., Step] = _TAKE[type(event)]
    after, actions = take(state, event, now_s)
    return _proceed(after, actions, now_s)


def _saved(state: Lifecycle, _event: events.Saved, _now_s: float) -> Step:
    versions = state.versions.retry() if state.limits.follows_saves else state.versions
    return _stale(replace(state, versions=versions)), ()


def _edited(state: Lifecycle, _event: events.Edited, _now_s: float) -> Step:
    after = _stale(state)
    versions = after.versions
    if state.phase == "up":
        versions = versions.edit()
    elif not versions.is_held:
        versions = replace(versions, refusal=None)  # what ended the process may be fixed
    return replace(after, versions=versions), ()


def _retried(state: Lifecycle, _event: events.Retried, _now_s: float) -> Step:
    versions = replace(state.versions, refusal=None, is_held=False)
    after = replace(state, versions=versions, is_stale=True, crashes=Crashes())
    if state.phase == "up" and (state.is_silent or state.is_overdue):
        return _end(after, diagnose.replaced(state.busy_at) if state.is_silent else "")
    return after, ()


def _restarted(state: Lifecycle, _event: events.Restarted, _now_s: float) -> Step:
    # What is held back stays so: the version that serves is wanted again, and no other.
    versions = replace(state.versions, refusal=None)
    after = replace(state, versions=versions, is_stale=True, crashes=Crashes())
    return _end(after, "") if state.phase == "up" else (after, ())


def _stale(state: Lifecycle) -> Lifecycle:
    """Have the notebook read again. What is saved once it was read waits where that is wanted."""
    is_first = state.versions.newest is None
    is_held = state.versions.is_held or not (state.limits.follows_saves or is_first)
    return replace(state, is_stale=True, versions=replace(state.versions, is_held=is_held))


def _read(state: Lifecycle, event: events.Read, _now_s: float) -> Step:
    after = replace(state, is_reading=False, read_error=event.error)
    if event.revision is not None:
        after = replace(after, versions=after.versions.read(event.revision))
    if event.error is not None or after.is_stale or after.phase not in {"pausing", "waiting"}:
        return after, ()
    # Something has changed since it was given up, or will be tried at once rather than later.
    crashes = after.crashes if after.phase == "pausing" else Crashes()
    after = replace(after, phase="idle", crashes=crashes, lacking=None, reason="")
    return after, (events.SetTimer("pause", None),)


def _started(state: Lifecycle, _event: events.Started, _now_s: float) -> Step:
    return replace(state, phase="up"), ()


def _unstartable(state: Lifecycle, event: events.Unstartable, _now_s: float) -> Step:
    refusal = diagnose.unstartable(state.versions.newest, event.error)
    # Neither the newest nor the last good one can be started.
    versions = replace(state.versions.end(), refusal=refusal)
    return replace(state, phase="waiting", reason=refusal.reason, versions=versions), ()


def _ended(state: Lifecycle, event: events.Ended, now_s: float) -> Step:
    timers: tuple[events.Action, ...] = (
        events.SetTimer("start", None),
        events.SetTimer("beat", None),
    )
    versions, reason = state.versions, state.reason
    is_wanted = state.phase == "ending" and not state.is_forged
    if versions.run is not None and not is_wanted:
        revision = versions.run.revision
        versions = versions.refuse(diagnose.ended(revision, state.cell, event.exit))
    was_idle = state.versions.adopted is None and state.versions.run is None
    after = replace(
        state,
        phase="idle",
        versions=versions.end(),
        address=None,
        cell=0,
        is_overdue=False,
        is_prepared=False,
        unanswered=0,
        busy_at="",
        is_forged=False,
        reason=reason if is_wanted else "",
    )
    if state.lacking is not None:
        return replace(after, phase="waiting"), timers
    if is_wanted or was_idle or after.versions.next() is None:
        return after, timers
    crashes = state.crashes.add(now_s, state.limits)
    after = replace(after, crashes=crashes)
    pause_s = crashes.pause_s(state.limits)
    reason = diagnose.crashed(event.exit, len(crashes.times_s))
    if pause_s is None:
        return replace(after, phase="waiting", reason=reason), timers
    restarts = after.status.restarts + 1
    after = replace(after, status=replace(after.status, restarts=restarts))
    return replace(after, phase="pausing", reason=reason), (
        *timers,
        events.SetTimer("pause", pause_s),
    )


def _cell_begun(state: Lifecycle, event: events.CellBegun, now_s: float) -> Step:
    if state.versions.run is None:
        return state, ()
    # Not the loop but a cell is what the version takes its time for.
    return replace(state, cell=event.cell, since_s=now_s, is_prepared=False), ()


def _prepared(state: Lifecycle, event: events.Prepared, _now_s: float) -> Step:
    if state.phase != "up" or not _is_awaited(state, event.version):
        return state, ()
    if state.versions.adopted is None:
        return state, ()  # its loop is yet to begin
    return replace(state, is_prepared=True, unanswered=0), (
        events.Ping(),
        events.SetTimer("beat", state.limits.beat_s),
    )


def _ready(state: Lifecycle, event: events.Ready, _now_s: float) -> Step:
    if state.phase != "up" or not _is_awaited(state, event.version):
        return state, ()
    after = replace(
        state,
        versions=state.versions.adopt(),
        status=replace(state.status, version=event.version),
        address=event.address,
        modules=event.modules,
        reason="",
        cell=0,
        is_overdue=False,
        is_prepared=False,
        unanswered=0,
        busy_at="",
    )
    return after, (events.SetTimer("start", None), events.SetTimer("beat", state.limits.beat_s))


def _failed(state: Lifecycle, event: events.Failed, _now_s: float) -> Step:
    run = state.versions.run
    if state.phase != "up" or run is None or not _is_awaited(state, event.version):
        return state, ()
    return _refused(state, diagnose.raised_in_worker(run.revision, event.message)), (
        events.SetTimer("start", None),
    )


def _is_awaited(state: Lifecycle, version: int) -> bool:
    return state.versions.run is not None and version == state.status.version + 1


def _refused(state: Lifecycle, refusal: Refusal) -> Lifecycle:
    versions = state.versions.refuse(refusal)
    return replace(state, versions=versions, cell=0, is_overdue=False, is_prepared=False)


def _lacking(state: Lifecycle, event: events.Lacking, _now_s: float) -> Step:
    return replace(state, lacking=event.message), ()


def _beat(state: Lifecycle, _event: events.Beat, _now_s: float) -> Step:
    return replace(state, unanswered=0, busy_at=""), ()


def _busy(state: Lifecycle, event: events.Busy, _now_s: float) -> Step:
    return replace(state, busy_at=event.place), ()


def _forged(state: Lifecycle, _event: events.Forged, _now_s: float) -> Step:
    if state.phase != "up":
        return state, ()
    # What ran is told as the cause, as if the process had crashed.
    after = replace(state, phase="ending", address=None, is_forged=True)
    return after, (
        events.SetTimer("start", None),
        events.SetTimer("beat", None),
        events.EndProcess(),
    )


def _due(state: Lifecycle, event: events.Due, now_s: float) -> Step:
    if event.timer == "pause":
        phase: Phase = "idle" if state.phase == "pausing" else state.phase
        return replace(state, phase=phase), ()
    if state.phase != "up":
        return state, ()
    return _unanswered(state) if event.timer == "beat" else _too_late(state, now_s)


def _unanswered(state: Lifecycle) -> Step:
    after = replace(state, unanswered=state.unanswered + 1)
    if after.is_stalled:
        return _end(after, diagnose.replaced(after.busy_at))
    return after, (events.Ping(), events.SetTimer("beat", state.limits.beat_s))


def _too_late(state: Lifecycle, now_s: float) -> Step:
    run = state.versions.run
    if run is None:
        return state, ()
    if state.versions.adopted is not None:
        return replace(state, is_overdue=True), ()
    waited_s = now_s - state.began_s
    refusal = diagnose.overdue(run.revision, state.cell, waited_s)
    return _end(_refused(state, refusal), "")


def _end(state: Lifecycle, reason: str) -> Step:
    """Have the process ended: a thread of it cannot be."""
    versions = state.versions.end()
    after = replace(state, phase="ending", address=None, reason=reason, cell=0, versions=versions)
    return after, (
        events.SetTimer("start", None),
        events.SetTimer("beat", None),
        events.EndProcess(),
    )


_TAKE: dict[type, Callable[..., Step]] = {
    events.Saved: _saved,
    events.Edited: _edited,
    events.Retried: _retried,
    events.Restarted: _restarted,
    events.Read: _read,
    events.Started: _started,
    events.Unstartable: _unstartable,
    events.Ended: _ended,
    events.CellBegun: _cell_begun,
    events.Prepared: _prepared,
    events.Ready: _ready,
    events.Failed: _failed,
    events.Lacking: _lacking,
    events.Beat: _beat,
    events.Busy: _busy,
    events.Forged: _forged,
    events.Due: _due,
}


def _proceed(state: Lifecycle, actions: tuple[events.Action, ...], now_s: float) -> Step:
    """Do what follows from a state by itself, and say how things are."""
    if state.is_stale and not state.is_reading:
        state = replace(state, is_stale=False, is_reading=True)
        actions = (*actions, events.ReadSource())
    is_fresh = not (state.is_stale or state.is_reading)
    if state.phase == "up" and state.versions.is_superseded and is_fresh:
        if state.is_overdue or state.is_silent:
            reason = diagnose.replaced(state.busy_at) if state.is_silent else ""
            state, more = _end(state, reason)
            actions = (*actions, *more)
    elif state.phase == "idle" and is_fresh and state.versions.next() is not None:
        state = replace(state, phase="launching", lacking=None)
        actions = (*actions, events.Launch())
    elif state.phase == "up" and state.versions.run is None and is_fresh:
        following = state.versions.next()
        if following is not None and state.is_silent:
            state, more = _end(state, diagnose.replaced(state.busy_at))
            actions = (*actions, *more)
        elif following is not None:
            state, more = _run(state, following, now_s)
            actions = (*actions, *more)
    return replace(state, status=describe(state, now_s)), actions


def _run(state: Lifecycle, revision: Revision, now_s: float) -> Step:
    versions = state.versions.begin(revision, lambda: state.modules)
    assert versions.run is not None
    run = versions.run
    after = replace(state, versions=versions, began_s=now_s, is_overdue=False, is_prepared=False)
    number = state.status.version + 1
    return after, (
        events.RunVersion(number, revision, run.changes, run.reload_modules),
        events.SetTimer("start", state.limits.start_s),
    )
