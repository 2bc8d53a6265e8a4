"""From one version of an operator to the next: what becomes of the states."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from .operator import KINDS, RESET, Operator
from .store import Snapshot, Store
from .values import Key

How: TypeAlias = Literal["kept", "reset", "migrated"]


@dataclass(frozen=True, slots=True)
class Swap:
    """A version to go on with, or to go back to with the state that it had when it ended.

    `is_bound_again`: it is the version that runs, with functions that find other names: nobody
    is told. `on_done` is called on the event loop: with "", or with why it is refused.
    """

    operator: Operator
    version: int
    on_done: Callable[[str], None] = lambda _refusal: None
    goes_back: bool = False
    is_bound_again: bool = False


def is_same_op(one: str, other: str) -> bool:
    """Whether what one operator keeps may mean something to another: functions are told apart by
    the fields of their states, whichever word stands in `op`."""
    return one == other or {one, other} <= {"", *KINDS}


def carry(
    states: Mapping[Key, Mapping[str, Any]], operator: Operator, *, is_same: bool
) -> tuple[dict[Key, dict[str, Any]], How]:
    """Take states over into a version, all or none.

    Raises ValueError where one does not fit, and what a `migrate` of the user raises.
    """
    if operator.stream.migrate == RESET or not is_same:
        # What one built-in operator keeps means nothing to another.
        return {key: operator.initial_state() for key in states}, "reset"
    if operator.migrate is None:
        return {key: operator.fit_state(state) for key, state in states.items()}, "kept"
    made = {}
    for key, state in states.items():
        migrated = operator.migrate(dict(state))
        if not isinstance(migrated, dict):
            raise ValueError(  # noqa: TRY004 - as every state that does not fit
                f"`{operator.stream.migrate}` returned {migrated!r:.80}, not a dict"
            )
        made[key] = operator.fit_state(migrated)
    return made, "migrated"


def stored(store: Store, operator: Operator, flow: str, version: int) -> Snapshot | None:
    """Read what a flow goes on from, also under its older name; carried over where another version
    has stored it.

    Raises StateError, ValueError, and what a `migrate` of the user raises.
    """
    if operator.stream.was:
        store.rename(operator.stream.was, operator.name)
    found = store.load(operator.name, flow)
    if found is None or found.version == version:
        return found
    slots = found.state["slots"]
    is_same = is_same_op(found.state["op"], operator.stream.op)
    states, _ = carry({key: each for key, each, _ in slots}, operator, is_same=is_same)
    carried = [[key, states[key], window] for key, _, window in slots]
    return Snapshot(found.version, found.seq, {**found.state, "slots": carried})
