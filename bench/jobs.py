"""How late 1,000 schedules are that are due in the same second, and what a firing costs."""

from __future__ import annotations

import http.client
import json
import time
from pathlib import Path

from bench import servers
from bench.table import percentile, show

SCHEDULES = 1_000
SECONDS = 6

SETUP = "import time\n\nLATE_MS = []\n"
SCHEDULE = '''"""
@SCHEDULE
cron: * * * * * *
"""
async def job_{i}():
    LATE_MS.append(time.time() % 1 * 1000)
'''
REPORT = '"""\n@HTTP\nGET /late\n"""\ndef late():\n    return LATE_MS\n'


def main() -> None:
    cells = [SETUP, *(SCHEDULE.format(i=i) for i in range(SCHEDULES)), REPORT]
    with servers.notebook(*cells) as (port, _, pid):
        time.sleep(2)  # the first tick after the start is not like the others
        skipped, before, started = len(late(port)), cpu_s(pid), time.perf_counter()
        time.sleep(SECONDS)
        values, after = late(port)[skipped:], cpu_s(pid)
        elapsed = time.perf_counter() - started
    fired = len(values)
    show(
        f"Schedules: lateness of {SCHEDULES:,} due in the same second, over {elapsed:.1f} s",
        ("", "value"),
        [
            ("fired", fired),
            ("p50, ms", percentile(values, 50)),
            ("p99, ms", percentile(values, 99)),
            ("CPU per firing, µs", (after - before) / fired * 1e6),
        ],
    )


def late(port: int) -> list[float]:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("GET", "/late")
    values: list[float] = json.loads(connection.getresponse().read())
    return values


def cpu_s(pid: int) -> float:
    """The processor time of a process so far, from Linux's /proc."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100
