"""`make scale`, second half: one of three replicas on a real Redis stands still for longer than its
claim, then the Redis; and replicas whose clocks are apart. No tick may be lost, and of those that
run at most once none may run again."""

from __future__ import annotations

import json
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from redis import Redis

from tests.conformance.servers import Served, serve
from tests.notebooks import write
from tests.streams.servers import Broker, broker

CLAIM_S = 4
STILL_S = 3 * CLAIM_S
# Until a replica that was dead has been found out, and what it left has run.
AFTER_S = 3 * CLAIM_S
APART_S = (3, 0, -3)
FAKETIME = "*/faketime/libfaketimeMT.so.1"
START_S = 120

# A run takes so long that some are under way when their replica is interrupted.
CELL = '''"""
@SCHEDULE
interval: 1s
misfire: all
on_crash: {on_crash}
"""
import os, time

def {on_crash}(tick):
    with open(os.environ["TICKS"], "a") as file:
        file.write(f"{on_crash} {{tick.timestamp():.0f}} {{os.getpid()}}\\n")
    time.sleep(0.3)
'''
CELLS = tuple(CELL.format(on_crash=each) for each in ("rerun", "drop"))


@dataclass(frozen=True, slots=True)
class Ticks:
    """What became of the ticks of a schedule: how many ran, how many of them again, and which
    were lost."""

    ran: int
    again: int
    lost: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Shop:
    """A service of several replicas."""

    folder: Path
    redis: Broker
    replicas: Sequence[Served]

    def ticks(self, on_crash: str) -> Ticks:
        """Those of one schedule so far; one that met a run that went on is not lost."""
        return ticks(self.folder / "ticks", self.redis.port, on_crash)

    def count(self) -> int:
        return len((self.folder / "ticks").read_text().splitlines())


def ticks(path: Path, port: int, on_crash: str) -> Ticks:
    """Read what the runs have written, and what is noted of those that did not run."""
    words = [line.split() for line in path.read_text().splitlines()]
    ran = Counter(int(due) for name, due, _ in words if name == on_crash)
    with Redis(port=port) as client:
        lines = [json.loads(entry[b"run"]) for _, entry in client.xrange("neutrino:app:runs")]
    noted = [run for run in lines if run["key"].endswith(f":{on_crash}")]
    skipped = {round(run["due"]) for run in noted if run["outcome"] == "skipped"}
    lost = set(range(min(ran), max(ran) + 1)) - ran.keys() - skipped
    return Ticks(len(ran), ran.total() - len(ran), tuple(sorted(lost)))


def main() -> None:
    """Interrupt, print what became of the ticks, and exit 1 where it is not what is promised."""
    cases: dict[str, Callable[[], bool]] = {
        "a replica stands still": _replica_stands_still,
        "the Redis stands still": _redis_stands_still,
        "the clocks are apart": _clocks_are_apart,
    }
    failed = [name for name, case in cases.items() if not case()]
    sys.exit(f"not as promised where {', '.join(failed)}" if failed else 0)


def _replica_stands_still() -> bool:
    with _shop(0, 0, 0) as shop:
        process = shop.replicas[0].process
        for _ in range(3):
            process.send_signal(signal.SIGSTOP)
            time.sleep(STILL_S)
            process.send_signal(signal.SIGCONT)
            time.sleep(AFTER_S)
        return _told(shop, "a replica stood still three times", most_again=3)


def _redis_stands_still() -> bool:
    with _shop(0, 0, 0) as shop:
        shop.redis.freeze()
        time.sleep(STILL_S)
        shop.redis.thaw()
        time.sleep(AFTER_S)
        return _told(shop, "the Redis stood still", most_again=0)


def _clocks_are_apart() -> bool:
    if not any(Path("/usr/lib").glob(FAKETIME)):
        sys.stdout.write("clocks apart: not tried, as libfaketime is not installed\n")
        return True
    with _shop(*APART_S) as shop:
        time.sleep(AFTER_S)
        shop.replicas[0].process.kill()
        time.sleep(STILL_S)
        return _told(shop, "the clocks were 3 s apart, and the one ahead was killed", most_again=1)


def _told(shop: Shop, what: str, *, most_again: int) -> bool:
    rerun, drop = shop.ticks("rerun"), shop.ticks("drop")
    for name, found in (("at least once", rerun), ("at most once", drop)):
        counted = f"{found.ran} ticks ran, {found.again} again, lost {list(found.lost)}"
        sys.stdout.write(f"{what}: {name}: {counted}\n")
    sys.stdout.flush()
    return not rerun.lost and rerun.again <= most_again and not drop.again


def _faked(ahead_s: int) -> dict[str, str]:
    (library,) = Path("/usr/lib").glob(FAKETIME)
    faked = {"LD_PRELOAD": str(library), "FAKETIME": f"{ahead_s:+d}s"}
    return {**faked, "FAKETIME_DONT_FAKE_MONOTONIC": "1"}


@contextmanager
def _shop(*ahead_s: int) -> Iterator[Shop]:
    """Start replicas whose clocks are so many seconds ahead, and wait until all are there."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        notebook = write(folder / "app.ipynb", *CELLS)
        redis = stack.enter_context(broker("redis-server", folder))
        environment = {
            "NEUTRINO_BUS": f"redis://127.0.0.1:{redis.port}/0?claim_s={CLAIM_S}",
            "TICKS": str(folder / "ticks"),
        }
        replicas = []
        for number, seconds in enumerate(ahead_s):
            given = {**environment, **(_faked(seconds) if seconds else {})}
            started = serve("run", notebook, folder / str(number), **given)
            replicas.append(stack.enter_context(started))
        shop = Shop(folder, redis, replicas)
        deadline = time.monotonic() + START_S
        while not (folder / "ticks").exists() or shop.count() < 3:
            assert time.monotonic() < deadline, "no tick has run"
            time.sleep(0.1)
        time.sleep(CLAIM_S)
        try:
            yield shop
        finally:
            redis.thaw()


if __name__ == "__main__":
    main()
