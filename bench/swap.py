"""From a save to the first new answer, while other clients keep asking; and the requests lost."""

from __future__ import annotations

import http.client
import threading
import time
from pathlib import Path
from statistics import median

from bench import servers
from bench.table import percentile, show
from tests.notebooks import write

SAVES = 60
CLIENTS = 4
PAUSE_S = 0.15

FILLER = [f"value_{i} = {i}\n\n\ndef helper_{i}(x):\n    return x + value_{i}\n" for i in range(40)]


def answer(version: int) -> str:
    return f'"""\n@HTTP\nGET /version\n"""\ndef version():\n    return {version}\n'


def main() -> None:
    with servers.notebook(*FILLER, answer(0)) as (port, path, _):
        idle, _ = saves(port, path, first=1)
        stop = threading.Event()
        counts = [[0, 0] for _ in range(CLIENTS)]
        clients = [threading.Thread(target=ask, args=(port, stop, count)) for count in counts]
        for client in clients:
            client.start()
        started = time.perf_counter()
        loaded, _ = saves(port, path, first=SAVES + 1)
        elapsed = time.perf_counter() - started
        stop.set()
        for client in clients:
            client.join()
    answered, failed = (sum(column) for column in zip(*counts, strict=True))
    show(
        f"Save to new answer: milliseconds, {SAVES} saves of one cell among {len(FILLER) + 1}",
        ("server", "median", "p90", "max"),
        [
            ("idle", median(idle), percentile(idle, 90), max(idle)),
            ("under load", median(loaded), percentile(loaded, 90), max(loaded)),
        ],
    )
    print(f"  requests meanwhile: {answered:,} ({answered / elapsed:,.0f}/s), failed: {failed}")


def saves(port: int, path: Path, *, first: int) -> tuple[list[float], int]:
    """Save new versions one after the other; the time from each save until it answers."""
    taken = []
    connection = http.client.HTTPConnection("127.0.0.1", port)
    for version in range(first, first + SAVES):
        draft = write(path.with_name("draft"), *FILLER, answer(version))
        # An editor saves by putting a new file in the place of the old.
        started = time.perf_counter()
        draft.replace(path)
        while True:
            connection.request("GET", "/version")
            if connection.getresponse().read() == str(version).encode():
                break
        taken.append((time.perf_counter() - started) * 1000)
        time.sleep(PAUSE_S)
    return taken, first


def ask(port: int, stop: threading.Event, count: list[int]) -> None:
    """Ask without a pause on one kept-alive connection, counting answers and failures."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    while not stop.is_set():
        try:
            connection.request("GET", "/version")
            response = connection.getresponse()
            response.read()
            count[0 if response.status == 200 else 1] += 1
        except OSError:
            count[1] += 1
            connection.close()
