"""Values through one operator: its states by key, what it gives, what fails. No thread, no clock.

What it holds can be taken out as JSON at any moment between two batches and put into another one,
which then goes on as this one would have.
"""

from __future__ import annotations

import json
import math
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from ..encoding import encode
from .operator import Operator
from .operators import NOTHING
from .selection import MISSING, SKIP, SelectionError

MOST_KEYS = 100_000
MOST_RESULTS = 10_000
"""So many values one value may become."""
ERRORS = 100
SHOWN = 500

Taken: TypeAlias = tuple[Any, float, Any, int]
"""A value that came in: itself, its time, its position, the number of its source."""

Key: TypeAlias = str | int | float | bool | None


class Json:
    """A value as the JSON it is sent as: what an operator changes later does not reach it."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


Result: TypeAlias = tuple[Key, Any, float]
"""What an operator gave: the key, a plain scalar or Json, the time of the value it came from."""

_SCALARS = frozenset({int, str, bool, float})


@dataclass(frozen=True, slots=True)
class Failure:
    """One value that was lost, or something else that went wrong; `version` is the operator's."""

    at: float
    kind: str
    message: str
    version: int
    value: str = ""
    traceback: str = ""


class InterruptedOperatorError(BaseException):
    """Raised into an operator that does not end. No `except Exception` of its own holds it."""


class OperatorError(ValueError):
    """What an operator returned is not what it has to."""


class _Slot:
    """What is kept for one key."""

    __slots__ = ("acc", "window")

    def __init__(self, acc: dict[str, Any]) -> None:
        self.acc = acc
        self.window: dict[str, Any] = {}


class Process:
    """The operator at work. `call` calls the user's function, where that is not done directly."""

    def __init__(
        self,
        operator: Operator,
        *,
        version: int = 1,
        call: Callable[..., Any] | None = None,
        on_error: Callable[[BaseException], None] = lambda _error: None,
    ) -> None:
        self.operator = operator
        self.version = version
        self.params = dict(operator.params)
        self.positions: dict[int, Any] = {}
        self.errors: deque[Failure] = deque(maxlen=ERRORS)
        self.received = self.failed = self.failures_in_a_row = 0
        # Counted for whoever watches that values go on.
        self.progress = 0
        self._on_error = on_error
        self._slots: dict[Key, _Slot] = {}
        self._call = call or operator.function
        self._last_at = -math.inf

    @property
    def last_at(self) -> float:
        """The newest time that came with a value."""
        return self._last_at

    def adopt(
        self,
        operator: Operator,
        version: int,
        call: Callable[..., Any] | None,
        states: Mapping[Key, Mapping[str, Any]],
    ) -> None:
        """Go on with another version, its states and the params that it declares."""
        kept = {n: v for n, v in self.params.items() if n in operator.params}
        declared_anew = {
            n: v for n, v in operator.params.items() if self.operator.params.get(n, ...) != v
        }
        self.operator, self.version = operator, version
        self._call = call or operator.function
        self.params = {**operator.params, **kept, **declared_anew}
        self.failures_in_a_row = 0
        for key, state in states.items():
            self._slots[key].acc = dict(state)
        if operator.window is None:
            for slot in self._slots.values():
                slot.window = {}

    def run(self, batch: Sequence[Taken], results: list[Result]) -> None:
        """Put values through, in their order. What fails is noted, and the others go on."""
        if self._is_plain:
            self._run_plain(batch, results)
            return
        for entry in batch:
            self.progress += 1
            try:
                self._take(entry, results)
                self.failures_in_a_row = 0
            except (Exception, InterruptedOperatorError) as error:  # noqa: BLE001
                self.fail(error, entry[0])
            self.positions[entry[3]] = entry[2]
            self.received += 1

    @property
    def _is_plain(self) -> bool:
        operator = self.operator
        return (
            operator.builtin is None
            and operator.window is None
            and operator.key is None
            and operator.kind != "flat_map"
            and operator.takes_value
            and len(operator.locations) == 1
        )

    def _run_plain(  # noqa: PLR0912 - a call for a branch would cost more than the branch
        self, batch: Sequence[Taken], results: list[Result]
    ) -> None:
        """Put values through a function with neither window nor key: most functions have none, and
        what is left out here takes three quarters of the time."""
        operator, append = self.operator, results.append
        call: Any = self._call
        select = operator.select
        given = (self.params,) if operator.takes_params else ()
        is_accumulate, is_filter = operator.kind == "accumulate", operator.kind == "filter"
        slot = self._slots.get(None) or self._begin(None)
        before = self.progress
        failed_at = before if self.failures_in_a_row else -1
        try:
            for self.progress, (value, at, _, _) in enumerate(batch, before + 1):
                try:
                    if select is not None:
                        value = select(value)  # noqa: PLW2901
                        if value is SKIP:
                            continue
                    if is_accumulate:
                        returned = call(slot.acc, value, *given)
                        if type(returned) is not tuple or len(returned) != 2:
                            self._pair(returned)
                        state, result = returned
                        if type(state) is not dict:
                            self._pair(returned)
                    else:
                        state, result = None, call(value, *given)
                        if is_filter:
                            result = value if result else None
                    if result is not None:
                        append((None, result if type(result) in _SCALARS else frozen(result), at))
                    if state is not None:
                        slot.acc = state
                except (Exception, InterruptedOperatorError) as error:  # noqa: BLE001
                    if failed_at != self.progress - 1:
                        self.failures_in_a_row = 0
                    failed_at = self.progress
                    self.fail(error, value)
        finally:
            done = self.progress - before
            if done:
                _, at, position, origin = batch[done - 1]
                self.positions[origin] = position
                self.received += done
                self._last_at = max(self._last_at, at)
            if failed_at != self.progress:
                self.failures_in_a_row = 0

    def pass_time(self, at: float) -> list[Result]:
        """Complete the windows that time alone completes."""
        window = self.operator.window
        results: list[Result] = []
        if window is not None:
            for key, slot in self._slots.items():
                for values in window.pass_time(slot.window, at):
                    self._guarded(key, slot, values, at, results)
        return results

    def due(self) -> float | None:
        """When time alone completes a window next."""
        window = self.operator.window
        if window is None:
            return None
        due = [window.due(slot.window) for slot in self._slots.values()]
        return min((each for each in due if each is not None), default=None)

    def fail(self, error: BaseException, value: Any = MISSING) -> None:
        """Note a failure of the operator."""
        self.failed += 1
        self.failures_in_a_row += 1
        is_plain = isinstance(error, SelectionError | OperatorError)
        self.errors.append(
            Failure(
                at=time.time(),
                kind=type(error).__name__,
                message=str(error) or type(error).__name__,
                version=self.version,
                value="" if value is MISSING else f"{value!r:.{SHOWN}}",
                traceback="" if is_plain else "".join(traceback.format_exception(error)),
            )
        )
        self._on_error(error)

    def note(self, kind: str, message: str, value: str = "") -> None:
        """Note what went wrong besides: at the source, at a snapshot."""
        self.errors.append(Failure(time.time(), kind, message, self.version, value))

    def states(self) -> dict[Key, dict[str, Any]]:
        """The state of each key, as it is: to be read, not to be changed."""
        return {key: slot.acc for key, slot in self._slots.items()}

    def snapshot(self) -> dict[str, Any]:
        """Take out all that it goes on from, as JSON. which it still holds."""
        return {
            "op": self.operator.stream.op,
            "slots": [[key, slot.acc, slot.window] for key, slot in self._slots.items()],
            "params": self.params,
            "positions": [[origin, position] for origin, position in self.positions.items()],
            "at": None if self._last_at == -math.inf else self._last_at,
        }

    def restore(self, snapshot: Mapping[str, Any]) -> None:
        """Go on from a snapshot that was read from JSON. Raises ValueError if it does not fit."""
        slots: dict[Key, _Slot] = {}
        for key, acc, window in snapshot["slots"]:
            slots[key] = _Slot(self.operator.fit_state(acc))
            slots[key].window = window if self.operator.window is not None else {}
        params = {n: v for n, v in snapshot["params"].items() if n in self.operator.params}
        self.params = self.operator.fit_params(params, self.params)
        self._slots = slots
        self.positions = dict(snapshot["positions"])
        self._last_at = -math.inf if snapshot["at"] is None else snapshot["at"]

    def _take(self, entry: Taken, results: list[Result]) -> None:
        value, at, _, origin = entry
        operator = self.operator
        self._last_at = max(self._last_at, at)
        key = None if operator.key is None else self._key(operator.key(value))
        if operator.select is not None:
            value = operator.select(value)
            if value is SKIP:
                return
        slot = self._slots.get(key)
        if slot is None:
            slot = self._begin(key)
        if operator.stream.op == "latest":
            value = (operator.origins[origin], value)
        if operator.window is None:
            self._apply(key, slot, value, at, results)
            return
        for values in operator.window.add(slot.window, value, at):
            self._guarded(key, slot, values, at, results)

    def _key(self, value: Any) -> Key:
        if value is MISSING:
            raise SelectionError(f"the key `{self.operator.stream.key_field}` is missing")
        if value is None or isinstance(value, str | int | float | bool):
            return value
        raise SelectionError(
            f"the key `{self.operator.stream.key_field}` is {value!r:.80}, no scalar"
        )

    def _begin(self, key: Key) -> _Slot:
        if len(self._slots) >= MOST_KEYS:
            raise SelectionError(f"there are {MOST_KEYS} keys already: {key!r:.80} is dropped")
        self._slots[key] = slot = _Slot(self.operator.initial_state())
        return slot

    def _guarded(
        self, key: Key, slot: _Slot, values: list[Any], at: float, results: list[Result]
    ) -> None:
        """Apply the operator to one window of several: one that fails leaves the others."""
        try:
            self._apply(key, slot, values, at, results)
        except (Exception, InterruptedOperatorError) as error:  # noqa: BLE001
            self.fail(error, values)

    def _apply(self, key: Key, slot: _Slot, value: Any, at: float, results: list[Result]) -> None:
        operator = self.operator
        if operator.builtin is not None:
            result = self._builtin(slot, value, at)
            if result is not NOTHING:
                results.append((key, frozen(result), at))
            return
        given = (value,) if operator.takes_value else ()
        if operator.takes_params:
            given = (*given, self.params)
        if operator.kind == "accumulate":
            self._accumulate(key, slot, given, at, results)
            return
        result = self._call(*given)  # type: ignore[misc] # there is no function only in a built-in
        if operator.kind == "map":
            if result is not None:
                results.append((key, frozen(result), at))
        elif operator.kind == "filter":
            if result:
                results.append((key, frozen(value), at))
        else:
            results += self._several(key, result or (), at)

    def _accumulate(
        self, key: Key, slot: _Slot, given: tuple[Any, ...], at: float, results: list[Result]
    ) -> None:
        state, result = self._pair(self._call(slot.acc, *given))  # type: ignore[misc]
        if result is not None:
            results.append((key, frozen(result), at))
        slot.acc = state

    def _pair(self, returned: Any) -> tuple[dict[str, Any], Any]:
        """What an accumulating function returned. Raises OperatorError."""
        if type(returned) is tuple and len(returned) == 2 and type(returned[0]) is dict:
            return returned
        name = self.operator.stream.name
        if type(returned) is tuple and len(returned) == 2:
            reason = f"`{name}` returned {returned[0]!r:.80} as its state, which is a dict"
            raise OperatorError(reason)
        raise OperatorError(
            f"`{name}` returned {returned!r:.80}; an accumulate returns a pair: the state, and "
            "what goes on"
        )

    def _several(self, key: Key, made: Iterable[Any], at: float) -> list[Result]:
        results: list[Result] = []
        for result in made:
            if len(results) >= MOST_RESULTS:
                raise OperatorError(f"one value became more than {MOST_RESULTS}")
            results.append((key, frozen(result), at))
        return results

    def _builtin(self, slot: _Slot, value: Any, at: float) -> Any:
        operator = self.operator
        builtin = operator.builtin
        assert builtin is not None
        if operator.window is not None:
            assert builtin.whole is not None
            return builtin.whole(value, self.params)
        result = builtin.apply(slot.acc, value, self.params, at)
        if operator.stream.op == "latest" and len(slot.acc) < len(operator.locations):
            return NOTHING
        return result


def frozen(value: Any) -> Any:
    """Make what is emitted safe from later changes. Raises EncodeError for what is no JSON."""
    if type(value) in _SCALARS:
        return value
    return Json(encode.dumps(value).decode())


def thawed(value: Any) -> Any:
    """Give the next stream a value of its own."""
    return json.loads(value.text) if isinstance(value, Json) else value
