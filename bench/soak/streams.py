"""An hour's worth of values at full speed, inline and sandboxed: memory stays flat."""

from __future__ import annotations

import asyncio
import os
import tempfile
from pathlib import Path

from bench.lab import resident_mb
from bench.streams import BATCH, SMA, operator
from bench.table import show
from neutrino_lab import processes
from neutrino_lab.runtime.sandbox import ladder
from neutrino_lab.runtime.streams.flow import Flow
from neutrino_lab.runtime.streams.outlet import Subscriber
from neutrino_lab.runtime.streams.running import Streams

VALUES = int(os.environ.get("SOAK_VALUES", "3600000"))
"""A thousand a second for an hour."""
WARM = 200_000
MOST_GROWN_MB = 10.0


def main() -> bool:
    """Run it; tell whether memory stayed flat."""
    rows = asyncio.run(soaked())
    show(f"Soak: {VALUES:,} values; resident memory, MB", ("", "at first", "at the end"), rows)
    grown = max(after - before for _, before, after in rows)
    print(f"\ngrown by {grown:.1f} MB")
    return grown <= MOST_GROWN_MB


async def soaked() -> list[tuple[str, float, float]]:
    with tempfile.TemporaryDirectory() as folder:
        streams = Streams(folder=Path(folder), level=ladder.strongest())
        streams.adopt([operator(SMA, "inline"), operator(SMA, "apart", run="sandboxed")])
        await streams.start()
        flows = {name: next(iter(streams.running[name].flows.values())) for name in streams.running}
        readers = [asyncio.create_task(read(f.outlet.subscribe())) for f in flows.values()]
        for flow in flows.values():
            await through(flow, WARM)
        before = sizes(flows)
        for flow in flows.values():
            await through(flow, VALUES)
        after = sizes(flows)
        await streams.stop(5)
        await asyncio.gather(*readers)
    return [(name, before[name], after[name]) for name in before]


async def through(flow: Flow, count: int) -> None:
    done = flow.emitted + count
    for start in range(0, count, BATCH):
        while flow.buffer.is_full:  # noqa: ASYNC110 - it has no event
            await asyncio.sleep(0.0005)
        last = min(start + BATCH, count)
        flow.receive(0, [(float(n % 100), float(n), None) for n in range(start, last)])
        await asyncio.sleep(0)
    while flow.emitted < done:  # noqa: ASYNC110 - it has no event
        await asyncio.sleep(0.0005)


async def read(subscriber: Subscriber) -> None:
    while await subscriber.take():
        pass


def sizes(flows: dict[str, Flow]) -> dict[str, float]:
    remote = flows["apart"].process.remote
    assert remote is not None
    assert remote.child is not None
    tree = processes.tree(remote.child.pid)
    return {"the service": resident_mb(os.getpid()), "the sandbox": processes.memory_mb(tree)}
