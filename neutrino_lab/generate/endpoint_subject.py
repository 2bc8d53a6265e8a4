"""An endpoint as what is drafted: the function of an `@HTTP`, `@WS` or `@SCHEDULE` cell."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from neutrino_lab.declare import input_schema
from neutrino_lab.declare.kind import Kind
from neutrino_lab.generate import cell, endpoint_trial, lint, prompts, requests, subject
from neutrino_lab.generate.answers import FIELDS, Draft
from neutrino_lab.generate.cell import NoCellError, Sound
from neutrino_lab.generate.endpoint_trial import Requests
from neutrino_lab.generate.prompts import Brief
from neutrino_lab.generate.subject import Begin, BuiltIn, Written
from neutrino_lab.generate.task import Check, Evidence, Sample, Task
from neutrino_lab.generate.terms import Terms
from neutrino_lab.runtime.arguments import Input
from neutrino_lab.runtime.sandbox.levels import Level
from neutrino_lab.runtime.spec import Routed, WebSocket

MOST_ODD = 40


class EndpointSubject:
    """The function of one cell of a kind; nothing of it is built in."""

    def __init__(self, task: Task, kind: Kind[Any], terms: Terms) -> None:
        self._task = task
        self._kind = kind
        self._imports = lint.ENDPOINT_IMPORTS | terms.imports
        self.keys = tuple(each.name for each in kind.keys if each.name in FIELDS)

    @property
    def brief(self) -> Brief:
        return prompts.of_endpoint(self._kind, self.keys, self._imports)

    def built_in(self) -> BuiltIn | None:
        """There is none."""
        return None

    def written(self, draft: Draft) -> Written:
        name = self._task.name or draft.name or lint.last_function(draft.code)
        checks = tuple(lint.check(draft.code, name, None, self._imports))
        added = {key: getattr(draft, key) for key in self.keys}
        source = cell.written(cell.completed(self._task.declaration, added), draft.code)
        written = Written(name, source, checks)
        return subject.compiled(written, cell.sound, partial(self._tried, draft))

    def _tried(
        self, draft: Draft, sound: Sound, level: Level, begin: Begin
    ) -> tuple[list[Check], Evidence]:
        inputs = _inputs(sound)
        made = tuple(Sample(each) for each in requests.ordinary(inputs))
        asked = Requests(
            given=self._task.samples or made,
            odd=[(about, Sample(each)) for about, each in requests.odd(inputs)][:MOST_ODD],
            examples=draft.examples,
            is_made=not self._task.samples,
        )
        before = self._before(asked.given, level, begin)
        operator = endpoint_trial.asker(sound.app, sound.code)
        return endpoint_trial.run(operator, level, begin, asked, before)

    def _before(self, given: Sequence[Sample], level: Level, begin: Begin) -> Sequence[str]:
        """What the cell as it is now answers to the same requests, in a sandbox, too."""
        if not self._task.before:
            return ()
        try:
            sound = cell.running(self._task.before, self._task.cells)
        except NoCellError:
            return ()
        operator = endpoint_trial.asker(sound.app, sound.code)
        return endpoint_trial.answers(operator, level, begin, given)


def _inputs(sound: Sound) -> tuple[Input, ...]:
    [endpoint] = sound.app.endpoints
    if not isinstance(endpoint, Routed):
        return ()
    function = sound.facts.function(endpoint.name)
    found = input_schema.of(endpoint, function, sound.facts.binds - sound.facts.imported)
    is_plain = isinstance(endpoint, WebSocket) and endpoint.type == "event" and not endpoint.message
    if is_plain:
        found = (*found, Input("", "message", "", required=True))
    return found
