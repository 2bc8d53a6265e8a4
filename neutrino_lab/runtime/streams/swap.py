"""From one version of an operator to the next: what becomes of the states."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from .operator import KINDS, RESET, Operator
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


def carry(
    states: Mapping[Key, Mapping[str, Any]], op: str, operator: Operator
) -> tuple[dict[Key, dict[str, Any]], How]:
    """Take states of a version with this `op` over into another version, all or none.

    Raises ValueError where one does not fit, and what a `migrate` of the user raises.
    """
    # What one built-in operator keeps means nothing to another. Functions are told apart by the
    # fields of their states, whichever word stands in `op`.
    is_same = op == operator.stream.op or {op, operator.stream.op} <= {"", *KINDS}
    if operator.stream.migrate == RESET or not is_same:
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
