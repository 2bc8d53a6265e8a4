"""Streams: values a second over a plain loop, in and out, to many subscribers, and a swap."""

# ruff: noqa: ASYNC110 - what is waited for has no event of its own
from __future__ import annotations

import asyncio
import gc
import importlib.util
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from bench.table import percentile, ratio, show
from neutrino_lab.runtime.cell_file import CodeCell
from neutrino_lab.runtime.sandbox import ladder
from neutrino_lab.runtime.sandbox.function import outlined
from neutrino_lab.runtime.spec import Field, Stream
from neutrino_lab.runtime.streams.flow import Flow
from neutrino_lab.runtime.streams.operator import Operator, make
from neutrino_lab.runtime.streams.running import Streams

VALUES = 200_000
BATCH = 256
ROUNDS = 5
SUBSCRIBERS = 1_000
PACED = 2_000
SMA = """
def sma(acc: dict, value: float, params: dict):
    values = (acc.get("values", []) + [value])[-params["window_size"]:]
    return {"values": values}, sum(values) / len(values)
"""
TWICE = """
def twice(value: float):
    return value * 2
"""
PARAMS = (Field("window_size", "int", False, 5),)


def main() -> None:
    figures = asyncio.run(measured())
    show("Streams: values a second, and the ratio to a plain loop", _HEAD, figures["speed"])
    show("Streams: value in to subscriber, ms", ("", "p50", "p99"), figures["latency"])
    show("Streams: a new version between two values, ms", ("", "p50", "p99"), figures["swap"])


_HEAD = ("", "values/s", "of the loop")


async def measured() -> dict[str, list[tuple[Any, ...]]]:
    with tempfile.TemporaryDirectory() as folder:
        speed = [row for each in (SMA, TWICE) for row in await speeds(Path(folder), each)]
        # As a server does: a full round over what the table above has loaded takes half a second.
        gc.collect()
        gc.freeze()
        return {
            "speed": speed,
            "latency": [
                ("one subscriber", *await latency(Path(folder), 1)),
                (f"{SUBSCRIBERS:,} subscribers", *await latency(Path(folder), SUBSCRIBERS)),
            ],
            "swap": [("kept state", *await swaps(Path(folder)))],
        }


def operator(code: str, name: str, *, run: str = "inline", version: int = 1) -> Operator:
    word = code.split("def ")[1].partition("(")[0]
    stream = Stream(
        function=f"nb:{word}",
        cell=1,
        stream=name,
        source="every:1d",
        params=PARAMS if "params" in code else (),
        overflow="block",
        buffer=10 * BATCH,
        snapshot="off",
        run=run,
        describe=f"{version}",
    )
    if run == "sandboxed":
        return make(stream, outlined(word, CodeCell(1, code, "1", "cell 1"), 0), {})
    namespace: dict[str, Any] = {}
    exec(code, namespace)
    return make(stream, namespace[word], namespace)


async def speeds(folder: Path, code: str) -> list[tuple[Any, ...]]:
    """One row for each way; all are measured in turn, so that the machine is the same to them."""
    name = code.split("def ")[1].partition("(")[0]
    rates: dict[str, list[float]] = {}
    flows = {}
    streams = Streams(folder=folder, level=ladder.strongest())
    streams.adopt([operator(code, "inline"), operator(code, "apart", run="sandboxed")])
    await streams.start()
    for way in ("inline", "apart"):
        [flows[way]] = streams.running[way].flows.values()
    others = {each: made for each, made in OTHERS.items() if importlib.util.find_spec(each)}
    for _ in range(ROUNDS):
        rates.setdefault("a plain loop", []).append(loop(code))
        rates.setdefault("in process", []).append(await through(flows["inline"]))
        rates.setdefault("sandboxed", []).append(await through(flows["apart"]))
        for each, made in others.items():
            rates.setdefault(each, []).append(made(code))
    await streams.stop(5)
    plain = rates["a plain loop"]
    return [(f"{name}, {way}", median(r), ratio(r, plain)) for way, r in rates.items()]


def loop(code: str) -> float:
    namespace: dict[str, Any] = {}
    exec(code, namespace)
    values, out = [float(n % 100) for n in range(VALUES)], []
    begun = time.perf_counter()
    if "sma" in namespace:
        function, params = namespace["sma"], {"window_size": 5}
        acc: dict[str, Any] = {}
        for value in values:
            acc, result = function(acc, value, params)
            out.append(result)
    else:
        function = namespace["twice"]
        for value in values:
            out.append(function(value))
    return VALUES / (time.perf_counter() - begun)


async def through(flow: Flow) -> float:
    """Give values as a source does, some at a time, and wait until all have come out."""
    values = [(float(n % 100), float(n), None) for n in range(VALUES)]
    done = flow.emitted + VALUES
    begun = time.perf_counter()
    for start in range(0, VALUES, BATCH):
        await flow.inlet.wait_for_room()
        flow.receive(0, values[start : start + BATCH])
        await asyncio.sleep(0)
    while flow.emitted < done:
        await asyncio.sleep(0.0005)
    return VALUES / (time.perf_counter() - begun)


def _streamz(code: str) -> float:
    streamz = importlib.import_module("streamz")
    namespace: dict[str, Any] = {}
    exec(code, namespace)
    source, count = streamz.Stream(), VALUES // 20
    out: list[Any] = []
    if "sma" in namespace:
        step: Callable[..., Any] = lambda acc, v: namespace["sma"](acc, v, {"window_size": 5})  # noqa: E731
        source.accumulate(step, start={}, returns_state=True).sink(out.append)
    else:
        source.map(namespace["twice"]).sink(out.append)
    begun = time.perf_counter()
    for n in range(count):
        source.emit(float(n % 100))
    return count / (time.perf_counter() - begun)


def _bytewax(code: str) -> float:
    operators = importlib.import_module("bytewax.operators")
    dataflow = importlib.import_module("bytewax.dataflow")
    testing = importlib.import_module("bytewax.testing")
    namespace: dict[str, Any] = {}
    exec(code, namespace)
    out: list[Any] = []
    flow = dataflow.Dataflow("bench")
    values = testing.TestingSource([float(n % 100) for n in range(VALUES)], BATCH)
    stream = operators.input("in", flow, values)
    if "sma" in namespace:
        keyed = operators.key_on("key", stream, lambda _: "k")
        stream = operators.stateful_map(
            "sma", keyed, lambda acc, v: namespace["sma"](acc or {}, v, {"window_size": 5})
        )
    else:
        stream = operators.map("twice", stream, namespace["twice"])
    operators.output("out", stream, testing.TestingSink(out))
    begun = time.perf_counter()
    testing.run_main(flow)
    return VALUES / (time.perf_counter() - begun)


OTHERS: dict[str, Callable[[str], float]] = {"streamz": _streamz, "bytewax": _bytewax}


async def latency(folder: Path, subscribers: int) -> tuple[float, float]:
    """From a value that comes in to its frame at a subscriber, at an easy pace."""
    streams = Streams(folder=folder)
    streams.adopt([operator(TWICE, "paced")])
    await streams.start()
    [flow] = streams.running["paced"].flows.values()
    waiting = [flow.outlet.subscribe() for _ in range(subscribers)]
    taken: list[float] = []

    async def listen(number: int) -> None:
        while frames := await waiting[number].take():
            now = time.time()
            taken.extend((now - json.loads(each.text)["at"]) * 1000 for each in frames)

    tasks = [asyncio.create_task(listen(n)) for n in range(subscribers)]
    count = PACED if subscribers == 1 else 50
    for n in range(count):
        flow.receive(0, [(float(n), time.time(), None)])
        while len(taken) < (n + 1) * subscribers:
            await asyncio.sleep(0.0002)
    await streams.stop(5)
    await asyncio.gather(*tasks)
    return percentile(taken, 50), percentile(taken, 99)


async def swaps(folder: Path) -> tuple[float, float]:
    """From the adoption of a version until the next value goes through it, values coming on."""
    streams = Streams(folder=folder)
    streams.adopt([operator(SMA, "swapped")])
    await streams.start()
    [flow] = streams.running["swapped"].flows.values()
    took: list[float] = []
    for version in range(2, 52):
        flow.receive(0, [(1.0, time.time(), None)] * BATCH)
        begun = time.perf_counter()
        streams.adopt([operator(SMA, "swapped", version=version)])
        while flow.version != version:
            await asyncio.sleep(0)
        took.append((time.perf_counter() - begun) * 1000)
    await streams.stop(5)
    return percentile(took, 50), percentile(took, 99)


if __name__ == "__main__":
    main()
