"""What a function of an operator may return, and what its state may hold: what JSON has, so that it
comes back as what it was. The standard library alone: sandboxes load it too.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

MOST_RESULTS = 10_000
"""So many values one value may become."""


class OperatorError(ValueError):
    """What an operator returned is not what it has to."""


class StateError(Exception):
    """A state that cannot be stored or read."""


def pair(returned: Any, name: str) -> tuple[dict[str, Any], Any]:
    """Check what an accumulating function returned. Raises OperatorError."""
    if type(returned) is tuple and len(returned) == 2:
        if type(returned[0]) is dict:
            return returned
        raise OperatorError(f"`{name}` returned {returned[0]!r:.80} as its state, which is a dict")
    raise OperatorError(
        f"`{name}` returned {returned!r:.80}; an accumulate returns a pair: the state, and "
        "what goes on"
    )


def several(made: Iterable[Any]) -> Iterator[Any]:
    """Give what one value became. Raises OperatorError where that is too much."""
    for count, result in enumerate(made):
        if count >= MOST_RESULTS:
            raise OperatorError(f"one value became more than {MOST_RESULTS}")
        yield result


def dumps(state: Any) -> str:
    """Write a state as JSON. Raises StateError where it would come back as something else."""
    _check(state, "")
    return json.dumps(state, ensure_ascii=False, separators=(",", ":"))


def _check(value: Any, where: str, depth: int = 0) -> None:
    if value is None or isinstance(value, str | bool | int | float):
        return
    if depth > 100:
        raise StateError("the state is nested too deeply, or contains itself")
    if type(value) is list:
        for each in value:
            _check(each, where, depth + 1)
    elif type(value) is dict:
        for name, each in value.items():
            if not isinstance(name, str):
                raise StateError(f"the state has the key {name!r:.80}, which is no text")
            _check(each, where or name, depth + 1)
    else:
        kind = type(value).__name__
        raise StateError(
            f"the state `{where}` is a {kind}, which JSON has not: it would come back as something "
            "else"
        )
