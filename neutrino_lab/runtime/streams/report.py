"""What is told of a stream: `describe` tells everybody, a report its author and nobody else.

A report has figures, values to draw, params, versions, and what went wrong, with its traceback.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from typing import Any

from .. import problems
from ..sandbox.function import SandboxedFunction
from ..sandbox.levels import ABOUT
from .flow import Flow
from .operator import PARAMS, Operator
from .outlet import written
from .running import Running
from .sample import Sample
from .selection import SKIP
from .values import Failure, cut, thawed

_EMPTY: Mapping[str, Any] = {
    **dict.fromkeys(("flows", "values_in", "values_out", "errors"), ()),
    **dict.fromkeys(("seq", "received", "emitted", "failed", "dropped", "waiting"), 0),
    **dict.fromkeys(("subscribers", "lag_s"), 0),
    **dict.fromkeys(("reason", "run", "newest"), ""),
    "parameters": {},
    "status": "idle",
}
_FRAME = re.compile(r'^  File "(.+)", line (\d+)', re.MULTILINE)
_CELL = re.compile(r", cell (\d+)$")


def report(running: Running, flow: Flow) -> dict[str, Any]:
    """Describe a stream and one flow of it; any thread may ask."""
    process, operator, now = flow.process, flow.operator, time.time()
    newest = max(tuple(flow.outlet.latest.values()), key=lambda each: each[0], default=None)
    remote = process.remote
    return {
        "flows": [each.parameters for each in tuple(running.flows.values())],
        "parameters": flow.parameters,
        "status": flow.status,
        "reason": flow.reason,
        "op": f"{flow.name}@{flow.version}",
        "run": "" if remote is None else ABOUT[remote.level],
        "at": now,
        "seq": flow.seq,
        **_counts(flow),
        "lag_s": max(now - oldest, 0.0) if (oldest := flow.buffer.oldest_at) else 0.0,
        "subscribers": flow.outlet.subscribers,
        "newest": "" if newest is None else cut(written(flow.name, newest)),
        "values_in": list(_points_in(operator, flow.recent)),
        "values_out": [
            [at, number, count]
            for count, (_, at, _, value, _) in flow.outlet.drawn.points()
            if (number := _number(thawed(value))) is not None
        ],
        "params": _params(operator, process.params),
        "versions": _versions(running, flow.version),
        "errors": [_described(operator, each) for each in reversed(tuple(process.errors))],
    }


def describe(flow: Flow) -> dict[str, Any]:
    """Tell anybody its state and figures; no text of an exception is in it, which may hold
    secrets."""
    process, remote = flow.process, flow.process.remote
    states = [{"key": key, "state": state} for key, state in process.states().items()]
    alone: Any = states[0]["state"] if states else {}
    return {
        "stream": flow.name,
        "op": f"{flow.name}@{flow.version}",
        "status": flow.status,
        "seq": flow.seq,
        "state": alone if flow.operator.key is None else states,
        "params": process.params,
        **_counts(flow),
        "subscribers": flow.outlet.subscribers,
        **({} if remote is None else {"run": f"sandboxed, {ABOUT[remote.level]}"}),
    }


def unopened(running: Running) -> dict[str, Any]:
    """Describe a stream of which there is no flow: nobody has asked for one."""
    operator, number = running.operator, running.current.number
    return {
        **_EMPTY,
        "op": f"{operator.name}@{number}",
        "at": time.time(),
        "params": _params(operator, {**operator.params, **running.params}),
        "versions": _versions(running, number),
    }


def _counts(flow: Flow) -> dict[str, int]:
    return {
        "received": flow.process.received,
        "emitted": flow.emitted,
        "failed": flow.process.failed,
        "dropped": flow.buffer.dropped,
        "waiting": len(flow.buffer),
    }


def _params(operator: Operator, params: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {"name": name, "type": _type(operator, name), "value": value}
        for name, value in params.items()
    ]


def _versions(running: Running, current: int) -> list[dict[str, Any]]:
    """The newest first; a version that was gone back to stands there once."""
    found = {each.number: each for each in running.versions}
    return [
        {
            "number": number,
            "since": each.since,
            "refused": each.refused,
            "is_current": number == current and not each.refused,
        }
        for number, each in sorted(found.items(), reverse=True)
    ]


def _points_in(operator: Operator, sample: Sample) -> Iterator[list[float]]:
    for count, (value, at, _, _) in sample.points():
        selected: Any = value
        if operator.select is not None:
            try:
                selected = operator.select(value)
            except ValueError:
                continue
        number = None if selected is SKIP else _number(selected)
        if number is not None:
            yield [at, number, count]


def _number(value: Any) -> float | None:
    """What can be drawn of a value: itself, or its first number."""
    if isinstance(value, Mapping):
        found = (each for each in value.values() if _number(each) is not None)
        return _number(next(found, None))
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and abs(value) < 1e300 else None


def _type(operator: Operator, name: str) -> str:
    declared = next((each.type for each in operator.stream.params if each.name == name), "")
    if declared or f"{PARAMS}.{name}" not in operator.validators:
        return declared
    return type(operator.params[name]).__name__


def _described(operator: Operator, failure: Failure) -> dict[str, Any]:
    cell, line = _place(operator, failure.traceback)
    return {
        "at": failure.at,
        "kind": failure.kind,
        "message": cut(failure.message),
        "version": failure.version,
        "value": failure.value,
        "traceback": failure.traceback,
        "cell": cell,
        "line": line,
    }


def _place(operator: Operator, traceback: str) -> tuple[int, int]:
    """The cell and the line in it that a traceback ends in; zeros where it is no cell's."""
    function, own, first = operator.function, "", 1
    if isinstance(function, SandboxedFunction):
        own, first = function.filename, function.first_line
    elif function is not None:
        own = getattr(getattr(function, "__code__", None), "co_filename", "")
    for file, line in reversed(_FRAME.findall(traceback)):
        if file == own:
            return operator.stream.cell, int(line) - first + 1
        if problems.is_framework(file):
            continue
        if (found := _CELL.search(file)) is not None:
            return int(found[1]), int(line)
    return 0, 0
