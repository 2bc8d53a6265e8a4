"""`make scale`: a replica is killed at each point of a tick's way, and no tick may be lost.

Two replicas run a schedule of one second on a real Redis. One of them kills itself at a point; what
the other one runs after it is compared with the nominal times.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from tests.conformance.servers import Served, serve
from tests.notebooks import write
from tests.streams.servers import broker

POINTS = ("added", "given", "begun", "ran")
WATCHED_S = 25
START_S = 120

# Every replica reads it, and the one with POINT in its environment dies at the third tick there
# after the other one has come.
CELL = '''"""
@SCHEDULE
interval: 1s
misfire: all
"""
import os
from contextlib import suppress
from redis.exceptions import ResponseError
from neutrino_lab.runtime.bus.redis_ticks import Ticks

count = 0

def hit(point):
    global count
    if os.environ.get("POINT") == point and os.path.exists(os.environ["TICKS"] + ".go"):
        count += 1
        if count == 3:
            os.kill(os.getpid(), 9)

def after(name, point):
    whole = getattr(Ticks, name)
    async def called(self, *given):
        answer = await whole(self, *given)
        if answer:
            hit(point)
        return answer
    return called

if os.environ.get("POINT") == "added":
    async def add(self, job, stream, dues):
        for due in dues:
            timing = {"timing": self._jobs.get(job, "")}
            with suppress(ResponseError):  # the other one was first
                await self._client.xadd(stream, timing, id=f"{round(due * 1000)}-0")
                hit("added")
        return False, []
    Ticks._add = add
Ticks.offer = after("offer", "given")
Ticks.begin = after("begin", "begun")

def beat(tick):
    with open(os.environ["TICKS"], "a") as file:
        file.write(f"{tick.timestamp():.0f}\\n")
    hit("ran")
'''


def main() -> None:
    """Kill at each point, print what became of the ticks, and exit 1 where one was lost."""
    lost = [point for point in POINTS if not _is_whole(point)]
    sys.exit(f"ticks were lost where a replica was killed at: {', '.join(lost)}" if lost else 0)


def _is_whole(point: str) -> bool:
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        notebook = write(folder / "app.ipynb", CELL)
        redis = stack.enter_context(broker("redis-server", folder))
        environment = {
            "NEUTRINO_BUS": f"redis://127.0.0.1:{redis.port}",
            "TICKS": str(folder / "ticks"),
        }
        killed = stack.enter_context(
            serve("run", notebook, folder / "a", POINT=point, **environment)
        )
        stack.enter_context(serve("run", notebook, folder / "b", **environment))
        (folder / "ticks.go").touch()
        _await_end(killed)
        time.sleep(WATCHED_S)
        ran = [int(line) for line in (folder / "ticks").read_text().splitlines()]
    missing = set(range(min(ran), max(ran) + 1)) - set(ran)
    again = len(ran) - len(set(ran))
    counted = f"{len(set(ran))} ticks ran, {again} again, {len(missing)} lost"
    sys.stdout.write(f"killed when {point}: {counted}\n")
    sys.stdout.flush()
    return not missing and again <= 1


def _await_end(killed: Served) -> None:
    try:
        killed.process.wait(START_S)
    except subprocess.TimeoutExpired:
        sys.exit("the replica did not die")


if __name__ == "__main__":
    main()
