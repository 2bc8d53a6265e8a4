"""Random histories of a served notebook: whatever happens, in whichever order, nothing that was
saved is lost and nothing untrue is said."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from neutrino_lab.declare.compiler import Compiler
from neutrino_lab.notebook.reader import parse
from neutrino_lab.serve import decisions, events
from neutrino_lab.serve.events import Event
from neutrino_lab.serve.process import Exit
from neutrino_lab.serve.revision import Revision, revision_of
from neutrino_lab.serve.status import NEXT, UP, Address, Limits
from tests.notebooks import notebook

HELLO = '"""\n@HTTP\nGET /hello\n"""\nfrom helper import WORD\ndef hello():\n    return '
CRASH = Exit(7, 0, "")
ADDRESS = Address(path="/sock")


def revision(*cells: str) -> Revision:
    read = parse(notebook(*cells), PurePosixPath("app.ipynb"), "app")
    return revision_of("app", [read], Compiler())


TEXTS = [revision(HELLO + "1"), revision(HELLO + "2"), revision(HELLO + "("), revision(HELLO + "3")]
GOOD = "comes to its end"
FATES = st.sampled_from([GOOD] * 4 + ["lacks something"] * 2 + ["is broken off"])
HEARD: list[Event] = [events.Beat(), events.Busy("cell 1"), events.CellBegun(2), events.Forged()]
SPURIOUS: list[Event] = [
    *(events.Saved(), events.Edited(), events.Retried(), events.Read(TEXTS[0]), events.Started()),
    events.Restarted(),
    *(events.Read(None, ValueError("x")), events.Unstartable(OSError("x")), events.Ended(CRASH)),
    *(events.CellBegun(1), events.Prepared(1), events.Ready(1, ADDRESS), events.Failed(1, {})),
    *(events.Beat(), events.Busy("there"), events.Forged(), events.Due("start")),
    *(events.Due("pause"), events.Due("beat")),
]


class Histories(RuleBasedStateMachine):
    """Plays the driver, the disk and the worker of one notebook."""

    follows_saves = True

    def __init__(self) -> None:
        super().__init__()
        self.disk = TEXTS[0]
        self.helper = 0
        self.now_s = 1000.0
        self.reads = 0
        self.is_launching = False
        self.has_process = False
        self.is_ending = False
        self.run: events.RunVersion | None = None
        self.run_helper = 0
        self.imported: int | None = None  # the helper's text in the process
        self.timers: set[str] = set()
        limits = Limits(restarts=2, follows_saves=self.follows_saves)
        self.state, actions = decisions.begin(limits, now_s=self.now_s)
        self._perform(actions)

    def _decide(self, event: Event) -> None:
        self.now_s += 0.5
        before = self.state.status.state
        self.state, actions = decisions.decide(self.state, event, now_s=self.now_s)
        after = self.state.status.state
        assert after == before or after in NEXT[before], (before, event, after)
        self._perform(actions)

    def _perform(self, actions: tuple[events.Action, ...]) -> None:
        for action in actions:
            if isinstance(action, events.ReadSource):
                assert self.reads == 0
                self.reads = 1
            elif isinstance(action, events.Launch):
                assert not self.is_launching
                assert not self.has_process
                self.is_launching = True
            elif isinstance(action, events.SetTimer):
                self.timers.discard(action.timer)
                if action.seconds is not None:
                    self.timers.add(action.timer)
            else:
                assert self.has_process, action
                if isinstance(action, events.EndProcess):
                    self.is_ending = True
                elif isinstance(action, events.RunVersion):
                    assert self.run is None
                    assert not self.is_ending
                    self.run, self.run_helper = action, self.helper

    @rule(deed=st.sampled_from([*TEXTS, "edit the helper", "retry", "restart"]))
    def let_the_user_act(self, deed: Revision | str) -> None:
        if isinstance(deed, Revision):
            self.disk = deed
            self._decide(events.Saved())
        elif deed == "retry":
            self._decide(events.Retried())
        elif deed == "restart":
            self._decide(events.Restarted())
        else:
            self.helper += 1
            self._decide(events.Edited())

    @rule(fates=st.lists(FATES, min_size=1, max_size=3))
    def go_on(self, fates: list[str]) -> None:
        """Let what is under way come to its end, in this way or that."""
        for fate in fates:
            if self.is_ending:
                self._end()
            elif self.reads:
                self.finish_reading(fate)
            elif self.is_launching:
                self.finish_launching(fate)
            elif self.run:
                self.finish_running(fate)

    @precondition(lambda self: self.has_process)
    @rule(deed=st.sampled_from([*HEARD, None]))
    def let_the_process_act(self, deed: Event | None) -> None:
        if deed is not None:
            self._decide(deed)
        else:
            self._end()

    @precondition(lambda self: self.timers)
    @rule(data=st.data())
    def let_time_pass(self, data: st.DataObject) -> None:
        timer: Any = data.draw(st.sampled_from(sorted(self.timers)))
        self.timers.discard(timer)
        self._decide(events.Due(timer))

    def finish_reading(self, fate: str) -> None:
        self.reads = 0
        is_read = fate != "is broken off"
        self._decide(events.Read(self.disk) if is_read else events.Read(None, OSError("not now")))

    def finish_launching(self, fate: str) -> None:
        self.is_launching = False
        if fate == "is broken off":
            self._decide(events.Unstartable(OSError("no such file")))
            return
        self.has_process, self.imported = True, None
        self._decide(events.Started())
        if fate == "lacks something" and self.has_process:
            lacking = {"python": "3.9", "executable": "python", "is_too_old": True, "modules": []}
            self._decide(events.Lacking({**lacking, "requirements": [], "detail": ""}))
            self._end()

    def finish_running(self, fate: str) -> None:
        run, self.run = self.run, None
        assert run is not None
        self._decide(events.CellBegun(1))
        if fate == "is broken off":
            self._end()
        elif fate == "lacks something":
            told = {"type": "ValueError", "message": "no", "module": "app", "cell": 1, "line": 1}
            self._decide(events.Failed(run.version, {**told, "detail": ""}))
        else:
            self._decide(events.Prepared(run.version))
            if self.imported is None or run.reload_modules:
                self.imported = self.run_helper
            self._decide(events.Ready(run.version, ADDRESS, frozenset({"helper"})))

    def _end(self) -> None:
        self.has_process = self.is_ending = False
        self.run = self.imported = None
        self._decide(events.Ended(CRASH))

    # What always holds.

    @invariant()
    def says_the_truth(self) -> None:
        status = self.state.status
        if status.state in UP:
            assert self.has_process
            assert not self.is_ending
            assert status.serving is not None
            assert self.state.address is not None
        else:
            assert status.state != "problem-not-served" or status.reason or self.is_refused

    @property
    def is_refused(self) -> bool:
        """A mistake that is told of by its findings, or one that is being looked at again."""
        newest = self.state.versions.newest
        return bool(self.reads) or newest is None or not newest.is_sound

    @invariant()
    def takes_any_event(self) -> None:
        for event in SPURIOUS:
            after, _ = decisions.decide(self.state, event, now_s=self.now_s)
            assert after.status.state not in UP or after.phase == "up", event

    @invariant()
    def loses_nothing(self) -> None:
        """Let everything that is under way come to its end, and look at what is served then."""
        twin = type(self)()
        for name in ("disk", "helper", "now_s", "reads", "is_launching", "has_process"):
            setattr(twin, name, getattr(self, name))
        for name in ("is_ending", "run", "run_helper", "imported", "state"):
            setattr(twin, name, getattr(self, name))
        twin.timers = set(self.timers)
        twin.come_to_rest()

    def come_to_rest(self) -> None:
        for _ in range(50):
            if self.reads:
                self.finish_reading(GOOD)
            elif self.is_launching:
                self.finish_launching(GOOD)
            elif self.is_ending:
                self._end()
            elif self.has_process and self.run:
                self.finish_running(GOOD)
            elif "pause" in self.timers:
                self.timers.discard("pause")
                self._decide(events.Due("pause"))
            else:
                break
        else:
            raise AssertionError("it never comes to rest")
        versions, phase = self.state.versions, self.state.phase
        assert phase in {"idle", "up", "waiting"}
        assert not self.has_process or phase == "up"
        if self.state.read_error is None and phase != "waiting":
            assert versions.newest == self.disk
            if versions.is_held or not self.disk.is_sound:
                return
            is_refused = versions.refusal is not None and versions.refusal.revision == self.disk
            assert versions.adopted == self.disk or is_refused
            if not is_refused:
                assert self.imported == self.helper


class HeldHistories(Histories):
    follows_saves = False


TestHistories: Callable[..., Any] = Histories.TestCase
TestHeldHistories: Callable[..., Any] = HeldHistories.TestCase
for each in (Histories, HeldHistories):
    each.TestCase.settings = settings(max_examples=150, stateful_step_count=40)
