"""Values through one operator: its states by key, what it gives, what fails. No thread, no clock.

What it holds can be taken out as JSON at any moment between two batches and put into another one,
which then goes on as this one would have.
"""

from __future__ import annotations

import math
import time
import traceback
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .batch import Batch
from .operator import Operator
from .operators import NOTHING
from .returned import OperatorError, pair, several
from .selection import MISSING, SKIP, SelectionError
from .values import (
    Chunk,
    Failure,
    InterruptedOperatorError,
    Item,
    Key,
    Plain,
    Result,
    Results,
    SandboxedError,
    Slot,
    Taken,
    chunks,
    frozen,
    rows,
)

if TYPE_CHECKING:
    from .remote import Remote

UNFIT = (SelectionError, OperatorError)
"""What does not fit the declaration: the message says all, and no line of code is at fault."""

MOST_KEYS = 100_000
ERRORS = 100
SHOWN = 500


class Process:
    """The operator at work. `call` calls the user's function, where that is not done directly;
    `remote` is where it runs, if not here. `last_at` is the newest time that came with a value, in
    seconds since the epoch; `-inf` before the first."""

    def __init__(
        self,
        operator: Operator,
        *,
        version: int = 1,
        call: Callable[..., Any] | None = None,
        remote: Remote | None = None,
        on_error: Callable[[BaseException], None] = lambda _error: None,
    ) -> None:
        self.operator = operator
        self.version = version
        self.params = dict(operator.params)
        self.positions: dict[int, Any] = {}
        self.errors: deque[Failure] = deque(maxlen=ERRORS)
        self.received = self.failed = self.failures_in_a_row = 0
        self._passed = 0
        self._under_way: Batch | None = None
        # It was closed at its work: what it holds is not what came of the positions.
        self.is_cut = False
        self.remote = remote
        self._on_error = on_error
        self._slots: dict[Key, Slot] = {}
        self._call = call or operator.function
        self.last_at = -math.inf

    @property
    def progress(self) -> int:
        """How many values it has begun or is done with: the watchdog checks that they go on."""
        batch = self._under_way
        return self._passed + (0 if batch is None else len(batch.made))

    def adopt(
        self,
        operator: Operator,
        version: int,
        states: Mapping[Key, Mapping[str, Any]],
        *,
        call: Callable[..., Any] | None = None,
        remote: Remote | None = None,
    ) -> None:
        """Go on with another version, its states and the params that it declares."""
        kept = {n: v for n, v in self.params.items() if n in operator.params}
        declared_anew = {
            n: v for n, v in operator.params.items() if self.operator.params.get(n, ...) != v
        }
        self.operator, self.version = operator, version
        self._call = call or operator.function
        self.close()
        self.remote = remote
        self.params = {**operator.params, **kept, **declared_anew}
        self.failures_in_a_row = 0
        for key, state in states.items():
            self._slots[key].acc = dict(state)
        if operator.window is None:
            for slot in self._slots.values():
                slot.window = {}

    def bind(self, operator: Operator, call: Callable[..., Any] | None) -> None:
        """Go on with the same version, whose function finds its names elsewhere from now on."""
        self.operator, self._call = operator, call or operator.function

    def run(self, batch: Sequence[Taken], results: list[Result]) -> None:
        """Put values through, in their order. What fails is noted, and the others go on."""
        for chunk in chunks(batch):
            given: Results = []
            self.put(chunk, given)
            results += rows(given)

    def put(self, chunk: Chunk, results: Results) -> None:
        """Put values of one source through, as `run` does."""
        if self._is_plain:
            self._put_plain(chunk, results)
            return
        if self.remote is not None:
            self._put_remote(self.remote, chunk, results)
            return
        origin = chunk.origin
        for value, at, position in chunk.entries:
            self._passed += 1
            for item in self._items(value, at, origin):
                self._guarded(item, results)
            self.positions[origin] = position
            self.received += 1

    def settle(self, results: Results) -> None:
        """Give what has come of the values under way, and count them. Where `put` was interrupted
        at its end, it is to be called again."""
        batch = self._under_way
        if batch is None:
            return
        done, column = len(batch.made), batch.column()
        if done:
            _, at, position = batch.entries[done - 1]
            last_at = max(self.last_at, at)
        # No call from here on: an interrupt comes before all of it, or after.
        self._under_way = None
        if done:
            self._passed += done
            self.received += done
            self.last_at = last_at
            self.positions[batch.origin] = position
        results += column

    def close(self) -> None:
        """End the operator's process in its sandbox, if it runs in one."""
        if self.remote is not None:
            self.remote.close()

    def _put_remote(self, remote: Remote, chunk: Chunk, results: Results) -> None:
        entries, origin = chunk.entries, chunk.origin
        items: Sequence[Item]
        if self._is_simple and self.operator.select is None:
            items = Plain(self._slots.get(None) or self._begin(None), entries)
            self.last_at = max(self.last_at, entries[-1][1])
        else:
            items = [item for value, at, _ in entries for item in self._items(value, at, origin)]
        if remote.run(self, items, results) < len(items):
            self.is_cut = True
            return
        self._passed += len(entries)
        self.received += len(entries)
        self.positions[origin] = entries[-1][2]

    @property
    def _is_plain(self) -> bool:
        operator = self.operator
        return (
            self._is_simple
            and self.remote is None
            and operator.kind != "flat_map"
            and operator.takes_value
            and len(operator.locations) == 1
        )

    @property
    def _is_simple(self) -> bool:
        """Each value is given to the function as it comes, with the one state that there is."""
        operator = self.operator
        return operator.builtin is None and operator.window is None and operator.key is None

    def _put_plain(self, chunk: Chunk, results: Results) -> None:
        slot = self._slots.get(None) or self._begin(None)
        params = self.params if self.operator.takes_params else None
        self._under_way = batch = Batch(chunk)
        try:
            batch.run(self.operator, self._call, params, slot, self)
        finally:
            self.settle(results)

    def pass_time(self, at: float) -> list[Result]:
        """Give the results of windows that are complete because it is `at`, in seconds since the
        epoch."""
        window = self.operator.window
        results: Results = []
        if window is None:
            return []
        items: list[Item] = [
            (key, slot, values, at)
            for key, slot in self._slots.items()
            for values in window.pass_time(slot.window, at)
        ]
        if self.remote is not None:
            done = self.remote.run(self, items, results)
            self.is_cut = self.is_cut or done < len(items)
        else:
            for item in items:
                self._guarded(item, results)
        return [*rows(results)]

    def due(self) -> float | None:
        """When time alone completes a window next, in seconds since the epoch; None where it never
        does."""
        window = self.operator.window
        if window is None:
            return None
        due = [window.due(slot.window) for slot in self._slots.values()]
        return min((each for each in due if each is not None), default=None)

    def fail(self, error: BaseException, value: Any = MISSING) -> None:
        """Count a failure, and note it with the value that the operator failed at."""
        self.failed += 1
        self.failures_in_a_row += 1
        if isinstance(error, SandboxedError):
            kind, message, trace = error.kind, error.message, error.traceback
        else:
            kind = type(error).__name__
            message = str(error) or kind
            trace = "" if isinstance(error, UNFIT) else "".join(traceback.format_exception(error))
        shown = "" if value is MISSING else f"{value!r:.{SHOWN}}"
        self.errors.append(Failure(time.time(), kind, message, self.version, shown, trace))
        self._on_error(error)

    def note(self, kind: str, message: str, value: str = "") -> None:
        """Note what went wrong besides: at the source, at a snapshot."""
        self.errors.append(Failure(time.time(), kind, message, self.version, value))

    def states(self) -> dict[Key, dict[str, Any]]:
        """The state of each key, as it is: to be read, not to be changed."""
        return {key: slot.acc for key, slot in self._slots.items()}

    def snapshot(self) -> dict[str, Any]:
        """Give all that it goes on from, as JSON: to be written, not to be changed."""
        return {
            "op": self.operator.stream.op,
            "slots": [[key, slot.acc, slot.window] for key, slot in self._slots.items()],
            "params": self.params,
            "positions": [[origin, position] for origin, position in self.positions.items()],
            "at": None if self.last_at == -math.inf else self.last_at,
        }

    def restore(self, snapshot: Mapping[str, Any]) -> None:
        """Go on from a snapshot that was read from JSON. Raises ValueError if it does not fit."""
        slots: dict[Key, Slot] = {}
        for key, acc, window in snapshot["slots"]:
            slots[key] = Slot(self.operator.fit_state(acc))
            slots[key].window = window if self.operator.window is not None else {}
        params = {n: v for n, v in snapshot["params"].items() if n in self.operator.params}
        self.params = self.operator.fit_params(params, self.params)
        self._slots = slots
        self.positions = dict(snapshot["positions"])
        self.last_at = -math.inf if snapshot["at"] is None else snapshot["at"]

    def _items(self, received: Any, at: float, origin: int) -> Sequence[Item]:
        """What the operator is given for a value that came in; one that fails is noted."""
        operator, value = self.operator, received
        self.last_at = max(self.last_at, at)
        try:
            key = None if operator.key is None else self._key(operator.key(value))
            if operator.select is not None:
                value = operator.select(value)
                if value is SKIP:
                    return ()
            slot = self._slots.get(key)
            if slot is None:
                slot = self._begin(key)
            if operator.stream.op == "latest":
                value = (operator.origins[origin], value)
            if operator.window is None:
                return ((key, slot, value, at),)
            windows = operator.window.add(slot.window, value, at)
            return [(key, slot, values, at) for values in windows]
        except (Exception, InterruptedOperatorError) as error:  # noqa: BLE001
            self.fail(error, received)
            return ()

    def _key(self, value: Any) -> Key:
        if value is MISSING:
            raise SelectionError(f"the key `{self.operator.stream.key_field}` is missing")
        if value is None or isinstance(value, str | int | float | bool):
            return value
        raise SelectionError(
            f"the key `{self.operator.stream.key_field}` is {value!r:.80}, no scalar"
        )

    def _begin(self, key: Key) -> Slot:
        if len(self._slots) >= MOST_KEYS:
            raise SelectionError(f"there are {MOST_KEYS} keys already: {key!r:.80} is dropped")
        self._slots[key] = slot = Slot(self.operator.initial_state())
        return slot

    def _guarded(self, item: Item, results: Results) -> None:
        """Apply the operator once: what fails leaves the others."""
        try:
            self._apply(item, results)
            self.failures_in_a_row = 0
        except (Exception, InterruptedOperatorError) as error:  # noqa: BLE001
            self.fail(error, item[2])

    def _apply(self, item: Item, results: Results) -> None:
        key, slot, value, at = item
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
            results += [(key, frozen(each), at) for each in several(result or ())]

    def _accumulate(
        self, key: Key, slot: Slot, given: tuple[Any, ...], at: float, results: Results
    ) -> None:
        returned = self._call(slot.acc, *given)  # type: ignore[misc]
        state, result = pair(returned, self.operator.stream.name)
        if result is not None:
            results.append((key, frozen(result), at))
        slot.acc = state

    def _builtin(self, slot: Slot, value: Any, at: float) -> Any:
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
