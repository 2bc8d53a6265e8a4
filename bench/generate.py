"""What it takes to try a drafted operator: on 1,000 values, and with everything that is checked."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median
from typing import Any

from bench.table import show
from neutrino_lab.generate import cell
from neutrino_lab.generate.task import Sample
from neutrino_lab.generate.trial import Trial
from neutrino_lab.runtime.sandbox import ladder

VALUES = 1_000
ROUNDS = 5
CELL = '''"""
@STREAM
name: sma
source: every:1d
select: price:float
params: window_size:int=5
run: sandboxed
"""
def sma(acc, value, params):
    values = (acc.get("values", []) + [value])[-params["window_size"]:]
    return {"values": values}, sum(values) / len(values)
'''


def main() -> None:
    level = ladder.strongest()
    operator = cell.compiled(CELL)
    samples = [Sample({"price": 20 + n % 97 / 7}, float(n)) for n in range(VALUES)]

    def values() -> Any:
        return Trial(operator, level).steps(samples)

    def everything() -> Any:
        checks, evidence = Trial(operator, level).run(samples)
        assert not [each for each in checks if each.status == "failed"]
        return evidence

    evidence = everything()
    rows = [
        (f"{VALUES:,} values, one at a time, with the start of the process", _ms(values)),
        ("all checks: values, odd ones, twice more, 10,000 for growth", _ms(everything)),
        ("one value of these, µs", evidence.median_us),
    ]
    show(f"Drafted operators: a trial in {level}, ms", ("", "median"), rows)


def _ms(work: Callable[[], Any]) -> float:
    took = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        work()
        took.append(1000 * (time.perf_counter() - began))
    return round(median(took), 1)
