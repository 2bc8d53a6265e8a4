"""The states of one flow: the newest on the disk, those of its older versions in memory."""

from __future__ import annotations

import contextlib
import json
import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from .operator import Operator
from .process import Process
from .returned import StateError, dumps
from .store import KEPT_VERSIONS, Snapshot, Store
from .swap import carry

LOGGER = logging.getLogger("neutrino.streams")


class Snapshots:
    """Writes, keeps and finds again what a process goes on from. `flow` tells it from the others
    of its stream."""

    def __init__(self, store: Store, process: Process, flow: str) -> None:
        self._store = store
        self._process = process
        self._flow = flow
        self._kept: dict[int, str] = {}
        self._saved_at = -1
        self._is_failing = False

    def restore(self, operator: Operator, version: int) -> int | None:
        """Go on from what is stored, also under an older name, carried over where another version
        has stored it; give the number of the last value, None if nothing is stored.

        Raises StateError, ValueError, and what a `migrate` of the user raises.
        """
        if operator.stream.was:
            self._store.rename(operator.stream.was, operator.name)
        found = self._store.load(operator.name, self._flow)
        if found is None:
            return None
        state = found.state
        if found.version != version:
            states, _ = carry({key: acc for key, acc, _ in state["slots"]}, state["op"], operator)
            slots = [(key, states[key], window) for key, _, window in state["slots"]]
            state = {**state, "slots": slots}
        self._process.restore(state)
        return found.seq

    def save(self, version: int, seq: int, tell: Callable[[str], None]) -> Mapping[int, Any] | None:
        """Store the state if there is a newer one; give the positions that it goes with.

        Where it cannot be stored, `tell` is called, and it is tried again with the next one.
        """
        process = self._process
        if self._saved_at == process.progress or process.is_cut:
            return None
        progress, name = process.progress, process.operator.name
        positions = dict(process.positions)
        try:
            self._store.save(name, self._flow, Snapshot(version, seq, process.snapshot()))
        except StateError as error:
            # Once for as long as it goes on: it is tried again every few seconds.
            if not self._is_failing:
                self._is_failing = True
                reason = _unfit(process.states().values()) or str(error)
                process.note("StateError", reason)
                tell("the state could not be stored")
                LOGGER.warning("stream %s: %s", name, reason)
            return None
        self._saved_at, self._is_failing = progress, False
        return positions

    def forget(self) -> None:
        """Delete the stored state; where that fails, it stays."""
        with contextlib.suppress(StateError):
            self._store.forget(self._process.operator.name, self._flow)

    def keep(self, version: int) -> None:
        """Keep the state of a version that ends, for whoever goes back to it."""
        with contextlib.suppress(StateError):
            self._kept[version] = dumps(self._process.snapshot())
        while len(self._kept) > KEPT_VERSIONS:
            del self._kept[min(self._kept)]

    def kept(self, version: int) -> dict[str, Any] | None:
        """Give the state that a version had when it ended."""
        text = self._kept.get(version)
        return None if text is None else dict(json.loads(text))


def _unfit(states: Iterable[Mapping[str, Any]]) -> str:
    """Say what in an operator's states is no JSON, by the name that the operator has for it."""
    for state in states:
        try:
            dumps(state)
        except StateError as error:
            return str(error)
    return ""
