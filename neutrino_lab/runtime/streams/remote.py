"""An operator in its sandbox: batches go to a process that stays, and is started again if it ends.

The states are here as well, as they were after the last answer: whatever becomes of the process, it
costs the one value that it was at.
"""

from __future__ import annotations

import json
import pickle
import sys
import threading
import time
from array import array
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import orjson

from ..sandbox import ladder
from ..sandbox.child import Child, ChildError, SilentChildError
from ..sandbox.function import SandboxedFunction
from ..sandbox.levels import Level
from ..sandbox.worker import LENGTH, NUMBERS
from .operator import Operator
from .returned import MOST_RESULTS
from .values import (
    SCALARS,
    Column,
    Item,
    Json,
    Plain,
    Results,
    SandboxedError,
    Slot,
    frozen,
)

if TYPE_CHECKING:
    from .process import Process

START_S = 60.0
FRAME = 512
"""So many values are sent at once."""
MOST_DIGITS = 4_000
_SHOWN = 2_000

_Sent: TypeAlias = tuple[Sequence[Item], dict[int, Slot]]


class SandboxStartError(Exception):
    """The cell of an operator cannot run in its sandbox. `line` is in the cell, 0 if unknown."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.line = line


class Remote:
    """The process of one version in one flow. One thread at a time runs it; any may close it.

    `starting_s` is how long its process has taken to start, all times together.
    """

    def __init__(self, operator: Operator, level: Level) -> None:
        function = operator.function
        assert isinstance(function, SandboxedFunction)
        self.level = level
        self._operator = operator
        self._function = function
        self.child: Child | None = None
        self._numbers: dict[Slot, int] = {}
        self._known: set[Slot] = set()
        self._is_closed = False
        self._working = threading.Lock()
        self.starting_s = 0.0
        self._is_unfit = False

    def run(self, process: Process, items: Sequence[Item], results: Results) -> int:
        """Put items through, in their order; say how many: fewer only if it was closed meanwhile.

        What fails is told to the process with its value, and the others go on.
        """
        with self._working:
            done = self._run(process, items, results)
        if self._is_closed:
            self._end()
        return done

    def close(self) -> None:
        """End the process; who waits for its answer waits no longer."""
        self._is_closed = True
        if (child := self.child) is not None:
            child.end()
        # The pipes are closed by who reads them, where somebody does.
        if self._working.acquire(blocking=False):
            self._end()
            self._working.release()

    def _run(self, process: Process, items: Sequence[Item], results: Results) -> int:
        done, is_stepped = 0, False
        while done < len(items) and not self._is_closed:
            left = items[done:] if done else items
            try:
                for count in self._batch(process, left, results, is_stepped=is_stepped):
                    done += count
            except SandboxStartError as error:
                process.fail(SandboxedError("SandboxError", str(error)), items[done][2])
                done += 1
            except ChildError as error:
                self._end()
                if self._is_closed:
                    break
                # Which value it was at shows when each is answered by itself.
                if is_stepped:
                    process.fail(self._lost(error), items[done][2])
                    done += 1
                is_stepped = True
        return done

    def _batch(
        self,
        process: Process,
        items: Sequence[Item],
        results: Results,
        *,
        is_stepped: bool,
    ) -> Iterator[int]:
        """Send items, the next ones while the first are worked on; give the number of items of each
        answer. Raises ChildError."""
        child, timeout_s = self._started(), self._operator.timeout_s
        sent: deque[_Sent] = deque()
        for start in range(0, len(items), FRAME):
            part = items[start : start + FRAME]
            # Where each is answered by itself, one looks for the value that ends the process.
            if is_stepped and sent:
                yield from self._answers(child, sent.popleft(), results, process)
            try:
                frame, slots = self._request(process, part, is_stepped=is_stepped)
            except Exception as error:  # noqa: BLE001 - a type of the notebook's own
                while sent:
                    yield from self._answers(child, sent.popleft(), results, process)
                yield from self._one_by_one(process, part, results, error)
                continue
            while sent and (len(sent) > 1 or not child.takes_ahead(frame)):
                yield from self._answers(child, sent.popleft(), results, process)
            child.send(frame, timeout_s)
            self._known.update(slots.values())
            sent.append((part, slots))
        while sent:
            yield from self._answers(child, sent.popleft(), results, process)

    def _request(
        self, process: Process, items: Sequence[Item], *, is_stepped: bool
    ) -> tuple[bytes, dict[int, Slot]]:
        """Write items, and the states that the process does not have yet."""
        operator, numbers, known = self._operator, self._numbers, self._known
        # Without a key, all have one state.
        is_one = operator.key is None
        touched = items[:1] if is_one else items
        slots = {numbers.setdefault(slot, len(numbers)): slot for _, slot, _, _ in touched}
        states = {number: slot.acc for number, slot in slots.items() if slot not in known}
        only = next(iter(slots)) if is_one else None
        if isinstance(items, Plain):
            sent: list[Any] = [each[0] for each in items.entries]
        else:
            sent = [each[2] if is_one else (numbers[each[1]], each[2]) for each in items]
        given = dict(process.params) if operator.takes_params else None
        how = (operator.kind, operator.takes_value, given, is_stepped)
        return pickle.dumps(("run", *how, states, only, sent), pickle.HIGHEST_PROTOCOL), slots

    def _answers(
        self, child: Child, sent: _Sent, results: Results, process: Process
    ) -> Iterator[int]:
        items, slots = sent
        done, is_last = 0, False
        while not is_last:
            told = _read(child.receive(self._operator.timeout_s), len(items) - done)
            outcomes, is_last = told["outcomes"], told["is_last"]
            self._keep(told, slots, process)
            self._take(items[done : done + len(outcomes)], outcomes, results, process)
            done += len(outcomes)
            yield len(outcomes)
        if done < len(items):
            raise ChildError("it left values unanswered")

    def _one_by_one(
        self, process: Process, items: Sequence[Item], results: Results, error: Exception
    ) -> Iterator[int]:
        """Send what can be sent of items that cannot be together."""
        if len(items) > 1:
            for item in items:
                yield from self._batch(process, [item], results, is_stepped=True)
            return
        reason = f"it cannot be sent to the sandbox: {error}"
        process.fail(SandboxedError(type(error).__name__, reason), items[0][2])
        yield 1

    def _keep(self, told: Mapping[str, Any], slots: Mapping[int, Slot], process: Process) -> None:
        for number, text in told["states"].items():
            slot = slots.get(int(number)) if number.isdecimal() else None
            try:
                state = json.loads(text)
            except (TypeError, ValueError, RecursionError):
                state = None
            if slot is None or type(state) is not dict:
                raise ChildError("it answered with a state that is none")
            slot.acc = state
        if unfit := told.get("unfit", ""):
            # Once for as long as it goes on.
            if not self._is_unfit:
                process.note("StateError", str(unfit)[:_SHOWN])
            self._is_unfit = True
        elif told["states"]:
            self._is_unfit = False
        if printed := told.get("printed", ""):
            sys.stdout.write(str(printed)[:_SHOWN])

    def _take(
        self,
        items: Sequence[Item],
        outcomes: list[Any],
        results: Results,
        process: Process,
    ) -> None:
        is_filter = self._operator.kind == "filter"
        if not is_filter and outcomes and SCALARS.issuperset(map(type, outcomes)):
            if isinstance(items, Plain):
                results.append(Column(outcomes, [each[1] for each in items.entries]))
            else:
                together = zip(items, outcomes, strict=True)
                results += [(key, outcome, at) for (key, _, _, at), outcome in together]
            process.failures_in_a_row = 0
            return
        append = results.append
        has_succeeded = False
        for (key, _, value, at), outcome in zip(items, outcomes, strict=True):
            if is_filter and type(outcome) is bool:
                if outcome:
                    append((key, frozen(value), at))
            elif type(outcome) in SCALARS:
                append((key, outcome, at))
            elif type(outcome) is dict and "e" in outcome:
                if has_succeeded:
                    process.failures_in_a_row = 0
                process.fail(_failed(outcome["e"]), value)
                has_succeeded = False
                continue
            elif outcome is not None:
                for each in _several(outcome):
                    append((key, each, at))
            has_succeeded = True
        if has_succeeded:
            process.failures_in_a_row = 0

    def _started(self) -> Child:
        if self.child is None:
            self._known.clear()
            began = time.perf_counter()
            try:
                self.child = started(self._function, self.level)
            finally:
                self.starting_s += time.perf_counter() - began
            if self._is_closed:
                raise ChildError("it was closed")
        return self.child

    def _end(self) -> None:
        child, self.child = self.child, None
        if child is not None:
            child.close()

    def _lost(self, error: ChildError) -> SandboxedError:
        if isinstance(error, SilentChildError):
            took = f"it took longer than {self._operator.timeout_s:g} s, and was ended"
            return SandboxedError("InterruptedOperatorError", took)
        return SandboxedError("SandboxError", f"the sandboxed process: {error}")


def started(function: SandboxedFunction, level: Level) -> Child:
    """Start the process of a function, its cell run. Raises SandboxStartError."""
    try:
        child = ladder.start(level)
    except OSError as error:
        raise SandboxStartError(f"the sandbox does not start: {error}") from error
    try:
        begin = (function.code, function.filename, function.first_line, function.flags)
        child.send(pickle.dumps(("begin", *begin, function.name)), START_S)
        told = _object(child.receive(START_S))
    except ChildError as error:
        child.close()
        raise SandboxStartError(f"the cell does not run in its sandbox: {error}") from error
    if printed := told.get("printed"):
        sys.stdout.write(str(printed)[:_SHOWN])
    if told.get("is_ready") is True:
        return child
    child.close()
    failed = _failed(told.get("error"))
    line = told.get("line")
    raise SandboxStartError(
        f"the cell fails in its sandbox: {failed}", line if type(line) is int else 0
    )


def _several(outcome: Any) -> Sequence[Any]:
    """What stands for no scalar: an object with one name. Raises ChildError for anything else."""
    match outcome:
        case {"v": list(many)} if len(many) <= MOST_RESULTS:
            return [each for one in many if one is not None for each in _one(one)]
    return _one(outcome)


def _one(outcome: Any) -> tuple[Any]:
    match outcome:
        case str() | bool() | int() | float():
            return (outcome,)
        case {"j": str(text)} if _is_json(text):
            return (Json(text),)
        case {"i": str(text)} if len(text) <= MOST_DIGITS and text.lstrip("-").isdecimal():
            return (int(text),)
        case {"f": "nan" | "inf" | "-inf" as text}:
            return (float(text),)
    raise ChildError("it answered with what is no result")


def _is_json(text: str) -> bool:
    """A line of its own would be a frame of its own to who reads server-sent events."""
    if "\n" in text or "\r" in text:
        return False
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        try:
            json.loads(text)
        except (ValueError, RecursionError):
            return False
    return True


def _failed(error: Any) -> SandboxedError:
    match error:
        case [str(kind), str(message), str(traceback)]:
            return SandboxedError(kind[:200], message[:_SHOWN], traceback)
    raise ChildError("it answered with an error that is none")


def _read(frame: bytes, most: int) -> dict[str, Any]:
    told = _with_numbers(frame) if frame[:1] == NUMBERS else _object(frame)
    outcomes, states = told.get("outcomes"), told.get("states")
    if type(outcomes) is not list or len(outcomes) > most or type(states) is not dict:
        raise ChildError("it answered with what is no batch")
    if type(told.get("is_last")) is not bool:
        raise ChildError("it answered with what is no batch")
    return told


def _with_numbers(frame: bytes) -> dict[str, Any]:
    """Read an object and the numbers after it, which are its outcomes."""
    begin = len(NUMBERS) + LENGTH.size
    end = begin + LENGTH.unpack_from(frame, len(NUMBERS))[0] if len(frame) >= begin else 0
    numbers = array("d")
    if not begin <= end <= len(frame) or (len(frame) - end) % numbers.itemsize:
        raise ChildError("it answered with what is no batch")
    numbers.frombytes(frame[end:])
    return {**_object(frame[begin:end]), "outcomes": numbers.tolist()}


def _object(frame: bytes) -> dict[str, Any]:
    try:
        told = orjson.loads(frame)
    except orjson.JSONDecodeError:
        try:
            told = json.loads(frame)  # half a surrogate pair
        except (ValueError, RecursionError):
            told = None
    if type(told) is not dict:
        raise ChildError("it answered with what is no JSON object")
    return told
