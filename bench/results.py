"""What it takes to write a result as JSON, over what pandas and orjson take to write the same."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import orjson
import pandas as pd  # type: ignore[import-untyped]

from bench.table import ratio, show
from neutrino_lab.runtime.encoding import encode

ROUNDS = 15
ROUND_S = 0.05


def main() -> None:
    random = np.random.default_rng(1)
    frame = pd.DataFrame(random.normal(size=(10_000, 5)), columns=list("abcde"))
    several = pd.DataFrame(
        {
            "id": np.arange(10_000),
            "name": [f"name {i % 100}" for i in range(10_000)],
            "score": random.normal(size=10_000),
            "is_new": random.random(10_000) < 0.5,
            "at": pd.date_range("2024-01-01", periods=10_000, freq="min"),
        }
    )
    array = random.normal(size=(1_000, 100))
    records = [
        {"id": i, "name": f"name {i}", "score": i / 7, "tags": ["a", "b"], "is_new": i % 2 == 0}
        for i in range(1_000)
    ]
    cases: dict[str, tuple[Any, str, Callable[[], object]]] = {
        "frame 10,000 x 5": (frame, "pandas", lambda: frame.to_json(orient="records")),
        "of five types": (
            several,
            "pandas",
            lambda: several.to_json(orient="records", date_format="iso"),
        ),
        "array 1,000 x 100": (
            array,
            "orjson",
            lambda: orjson.dumps(array, option=orjson.OPT_SERIALIZE_NUMPY),
        ),
        "1,000 records": (records, "orjson", lambda: orjson.dumps(records)),
        "small dict": (records[0], "orjson", lambda: orjson.dumps(records[0])),
    }
    rows = []
    for name, (value, over, theirs) in cases.items():
        jobs = (lambda value=value: encode.dumps(value), theirs)
        taken: tuple[list[float], list[float]] = ([], [])
        for turn in range(ROUNDS + 1):
            for found, job in zip(taken, jobs, strict=True):
                each = cpu_us(job)
                if turn:
                    found.append(each)
        rows.append((name, min(taken[0]), over, min(taken[1]), ratio(*taken)))
    show(
        f"Results to JSON: CPU microseconds, {ROUNDS} alternating rounds",
        ("", "ours", "over", "theirs", "ratio"),
        rows,
    )


def cpu_us(job: Callable[[], object]) -> float:
    """The CPU time of one of as many calls as a round has room for."""
    calls, started = 0, time.process_time()
    while (taken := time.process_time() - started) < ROUND_S:
        job()
        calls += 1
    return taken / calls * 1e6
