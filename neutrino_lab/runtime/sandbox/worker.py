"""The program in the sandbox: restricts itself, runs one cell, puts values through its function.

It is started by its path, with the level as JSON. Requests come as pickles, each with its length in
front; answers go as JSON, for what reads them trusts nothing that comes from here.
"""

from __future__ import annotations

import array
import asyncio
import io
import json
import linecache
import math
import os
import pickle
import struct
import sys
import time
import traceback
import types
from collections.abc import Callable
from importlib import import_module
from itertools import repeat
from pathlib import Path
from typing import Any

import orjson

RUNTIME = "neutrino_runtime"
LENGTH = struct.Struct(">I")
FLUSH_S = 0.05
"""What is done is told at least so often: by that one knows that it goes on, and with what."""
MOST_PRINTED = 2_000
MOST_TRACEBACK = 8_000
NUMBERS = b"#"
"""What a frame begins with that has numbers as 8 bytes each, after an object of its own length."""
_NUMBERS = {float}
_INTEGERS = range(-(2**63), 2**63)
_PLAIN = orjson.OPT_PASSTHROUGH_SUBCLASS | orjson.OPT_PASSTHROUGH_DATACLASS
_PLAIN |= orjson.OPT_PASSTHROUGH_DATETIME


def main() -> None:
    """Answer requests from standard input until it ends."""
    options = json.loads(sys.argv[1])
    _find_runtime()
    requests, answers = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    restrictions = import_module(f"{RUNTIME}.sandbox.restrictions")
    worker = Worker(answers)
    _restrict(restrictions, options)
    # From here on nothing that is said reaches the terminal.
    os.dup2(nothing, 2)
    while (request := _read(requests)) is not None:
        worker.answer(pickle.loads(request))  # noqa: S301 - from the one who has started this


class Worker:
    """One function, its state by slot, and whom it answers."""

    def __init__(self, answers: int) -> None:
        self._answers = answers
        self._returned = import_module(f"{RUNTIME}.streams.returned")
        self._call: Any = None
        self._states: dict[int, dict[str, Any]] = {}
        self._printed = io.StringIO()
        self._name = ""

    def answer(self, request: tuple[Any, ...]) -> None:
        """Answer one request; what is printed meanwhile goes with the answer."""
        kind, *given = request
        sys.stdout = sys.stderr = self._printed = io.StringIO()
        if kind == "begin":
            self._send(self._begin(*given))
        else:
            self._run(*given)

    def _begin(
        self, code: str, filename: str, first_line: int, flags: int, name: str
    ) -> dict[str, Any]:
        padded = "\n" * (first_line - 1) + code
        linecache.cache[filename] = (len(padded), None, padded.splitlines(True), filename)
        module = types.ModuleType("__main__")
        sys.modules["__main__"] = module
        try:
            exec(compile(padded, filename, "exec", flags, dont_inherit=True), module.__dict__)  # noqa: S102
            function = module.__dict__.get(name)
            if not callable(function):
                raise TypeError(f"`{name}` is not a function once the cell has run")  # noqa: TRY301
        except BaseException as error:  # noqa: BLE001 - whatever a cell raises is told
            line = max(_line(error, filename) - first_line + 1, 0)
            return {"error": self._described(error), "line": line, "printed": self._said()}
        self._name = name
        self._call = _driven(function)
        return {"is_ready": True, "printed": self._said()}

    def _run(  # noqa: PLR0913, PLR0917 - what a batch consists of
        self,
        kind: str,
        takes_value: bool,
        params: dict[str, Any] | None,
        is_stepped: bool,
        states: dict[int, dict[str, Any]],
        only: int | None,
        items: list[Any],
    ) -> None:
        """Put values through, in their order; tell of each what became of it.

        Each comes with the number of its state, unless that is `only` one.
        """
        self._states.update(states)
        accs, name, pair = self._states, self._name, self._returned.pair
        call = self._call if takes_value else self._without_value
        outcomes: list[Any] = []
        touched: set[int] = set()
        append, touch, last = outcomes.append, touched.add, None
        is_accumulate, is_plain = kind == "accumulate", kind == "map"
        clock = time.monotonic
        due = clock() + FLUSH_S
        # What stands around a small function takes as long as the function itself: no call is made
        # here that can be spared.
        for slot, value in items if only is None else zip(repeat(only), items):
            try:
                if is_accumulate:
                    acc = accs[slot]
                    made = call(acc, value) if params is None else call(acc, value, params)
                    try:
                        state, result = made
                    except (TypeError, ValueError):
                        state = None
                    if type(state) is not dict or type(made) is not tuple:
                        pair(made, name)
                    append(result if type(result) is float else plain(result))
                    accs[slot] = state
                    if slot is not last:
                        touch(slot)
                        last = slot
                else:
                    result = call(value) if params is None else call(value, params)
                    if is_plain:
                        append(result if type(result) is float else plain(result))
                    else:
                        append(self._several(kind, result))
            except BaseException as error:  # noqa: BLE001 - also what would end the program
                append({"e": self._described(error)})
            if is_stepped or clock() > due:
                self._tell(outcomes, touched, is_last=False)
                outcomes.clear()
                touched.clear()
                last = None
                due = clock() + FLUSH_S
        self._tell(outcomes, touched, is_last=True)

    def _several(self, kind: str, result: Any) -> Any:
        if kind == "filter":
            return bool(result)
        return {"v": [plain(each) for each in self._returned.several(result or ())]}

    def _without_value(self, _value: Any, *params: Any) -> Any:
        return self._call(*params)

    def _described(self, error: BaseException) -> list[str]:
        kind = type(error).__name__
        is_plain = isinstance(error, self._returned.OperatorError)
        text = "" if is_plain else "".join(_lines(error))[-MOST_TRACEBACK:]
        return [kind, (str(error) or kind)[:MOST_PRINTED], text]

    def _tell(self, outcomes: list[Any], touched: set[int], *, is_last: bool) -> None:
        states, unfit = {}, ""
        for slot in touched:
            try:
                states[str(slot)] = self._returned.dumps(self._states[slot])
            except Exception as error:  # noqa: BLE001 - what it holds is the user's
                unfit = str(error)[:500]
        answer: dict[str, Any] = {"states": states, "is_last": is_last}
        numbers = b""
        if set(map(type, outcomes)) == _NUMBERS:
            numbers = array.array("d", outcomes).tobytes()
        else:
            # Of a float that is none of JSON, what says it.
            answer["outcomes"] = [plain(each) if type(each) is float else each for each in outcomes]
        if unfit:
            answer["unfit"] = unfit
        if said := self._said():
            answer["printed"] = said
        self._send(answer, numbers)

    def _said(self) -> str:
        said = self._printed.getvalue()
        if said:
            self._printed.seek(0)
            self._printed.truncate()
        return said[:MOST_PRINTED]

    def _send(self, answer: dict[str, Any], numbers: bytes = b"") -> None:
        """Send an object, and numbers after it where all outcomes are such."""
        try:
            frame = orjson.dumps(answer)
        except TypeError:  # half a surrogate pair
            frame = json.dumps(answer).encode()
        if numbers:
            frame = b"".join((NUMBERS, LENGTH.pack(len(frame)), frame, numbers))
        left = memoryview(LENGTH.pack(len(frame)) + frame)
        while left:
            left = left[os.write(self._answers, left) :]


def plain(value: Any) -> Any:
    """Give what says a result: itself if it is a scalar of JSON, else an object with its form."""
    kind = type(value)
    if kind is float:
        return value if math.isfinite(value) else {"f": repr(value)}
    if value is None or kind is str or kind is bool:
        return value
    if kind is int:
        return value if value in _INTEGERS else {"i": str(value)}
    try:
        return {"j": orjson.dumps(value, option=_PLAIN).decode()}
    except TypeError:
        # What only the encoder of the service knows; to import it takes a while.
        encode = import_module(f"{RUNTIME}.encoding.encode")
        return {"j": encode.dumps(value).decode()}


def _driven(function: Callable[..., Any]) -> Callable[..., Any]:
    """Make a coroutine function one that is called."""
    if not asyncio.iscoroutinefunction(function):
        return function
    loop = asyncio.new_event_loop()

    def call(*arguments: Any) -> Any:
        return loop.run_until_complete(function(*arguments))

    return call


def _line(error: BaseException, filename: str) -> int:
    """Where in the file it was raised; 0 if that is elsewhere."""
    places = traceback.extract_tb(error.__traceback__)
    inside = [each.lineno or 0 for each in places if each.filename == filename]
    if isinstance(error, SyntaxError) and error.filename == filename:
        inside.append(error.lineno or 0)
    return inside[-1] if inside else 0


def _lines(error: BaseException) -> list[str]:
    """The traceback from the user's own code on."""
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename == __file__:
        trace = trace.tb_next
    return traceback.format_exception(type(error), error, trace)


def _restrict(restrictions: Any, options: dict[str, Any]) -> None:
    level = options["level"]
    restrictions.limit(options["memory_mb"])
    if level != "bubblewrap":
        restrictions.end_with_parent()
    if level == "landlock":
        restrictions.read_only_these(options["readable"])
    try:
        restrictions.refuse_calls()
    except OSError:
        # Without namespaces, it is this that keeps a process from the network.
        if level == "landlock":
            raise


def _find_runtime() -> None:
    """Let modules of the runtime be imported without the package's own start, which loads more."""
    package = types.ModuleType(RUNTIME)
    package.__path__ = [str(Path(__file__).resolve().parents[1])]
    sys.modules[RUNTIME] = package


def _read(requests: int) -> bytes | None:
    head = _exactly(requests, LENGTH.size)
    return None if head is None else _exactly(requests, LENGTH.unpack(head)[0])


def _exactly(requests: int, count: int) -> bytes | None:
    parts = []
    while count:
        part = os.read(requests, min(count, 1 << 20))
        if not part:
            return None
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


if __name__ == "__main__":
    main()
