"""What a function of an operator may return. The standard library alone: sandboxes load it too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

MOST_RESULTS = 10_000
"""So many values one value may become."""


class OperatorError(ValueError):
    """What an operator returned is not what it has to."""


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
