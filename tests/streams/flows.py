"""Streams at work in a test: declared in one call, waited for without sleeping."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from neutrino_lab.runtime.spec import Field, Stream
from neutrino_lab.runtime.streams.flow import Flow
from neutrino_lab.runtime.streams.operator import Operator, make
from neutrino_lab.runtime.streams.outlet import Subscriber
from neutrino_lab.runtime.streams.process import Process
from neutrino_lab.runtime.streams.running import Streams
from neutrino_lab.runtime.streams.values import thawed
from neutrino_lab.runtime.streams.workers import Workers
from tests.streams.loops import until

PRICES = [26.01, 1.52, 85.87, 91.88, 96.04, 94.47, 99.41]
MEANS = [26.01, 13.765, 37.8, 51.32, 60.264, 73.956, 93.534]


def sma(acc: dict[str, Any], value: float, params: dict[str, Any]) -> Any:
    values = [*acc.get("values", []), value][-params["window_size"] :]
    return {"values": values}, sum(values) / len(values)


def operator(
    function: Callable[..., Any] | None = None,
    *,
    name: str = "s",
    source: str = "every:1d",
    namespace: Mapping[str, Any] | None = None,
    **declared: Any,
) -> Operator:
    for key in ("select", "state", "params"):
        if key in declared:
            declared[key] = tuple(Field(*each) for each in declared[key])
    if "key" in declared:
        declared["key_field"] = declared.pop("key")
    stream = Stream(
        function=f"nb:{getattr(function, '__name__', 'work')}" if function else "nb",
        cell=2,
        stream=name,
        source=source,
        **declared,
    )
    return make(stream, function, namespace or {})


def put(process: Process, *values: Any, at: float = 0.0) -> list[Any]:
    """Run values through a process, each a second after the other; what it gives, by value."""
    results: list[Any] = []
    process.run([(value, at + n, None, 0) for n, value in enumerate(values)], results)
    return [thawed(value) for _, value, _ in results]


@asynccontextmanager
async def streams(folder: Path, *operators: Operator, **settings: Any) -> AsyncIterator[Streams]:
    made = Streams(folder=folder, **{"workers": Workers(look_s=0.01), **settings})
    made.adopt(operators)
    await made.start()
    try:
        yield made
    finally:
        await made.stop(5)


def only(made: Streams, name: str = "s") -> Flow:
    [flow] = made.running[name].flows.values()
    return flow


def feed(flow: Flow, *values: Any, at: float = 0.0, origin: int = 0) -> None:
    """Give values to a flow as its source would."""
    flow.receive(origin, [(value, at + n, None) for n, value in enumerate(values)])


async def frames(subscriber: Subscriber, count: int) -> list[dict[str, Any]]:
    taken: list[dict[str, Any]] = []
    while len(taken) < count:
        got = await subscriber.take()
        if not got:
            break
        taken += [json.loads(frame.text) for frame in got]
    return taken


async def values(subscriber: Subscriber, count: int) -> list[Any]:
    """What comes, the name of the event where it is none."""
    taken = await frames(subscriber, count)
    return [each.get("value", each.get("event")) for each in taken]


async def emitted(flow: Flow, count: int) -> None:
    # Values are counted a moment before the outlet has them.
    await until(lambda: flow.emitted >= count and flow.outlet._published >= count)
    await asyncio.sleep(0)


def lines(path: Path, content: Sequence[Any]) -> Path:
    path.write_text("".join(json.dumps(each) + "\n" for each in content), encoding="utf-8")
    return path
