"""Time to check and to build notebooks of 10 to 10,000 cells, new and after one cell changed."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import TypeVar

from bench.table import show
from neutrino_lab.declare.compiler import Compilation, Compiler
from neutrino_lab.export import writer
from neutrino_lab.export.plan import plan
from neutrino_lab.notebook.model import Notebook, Unreadable
from neutrino_lab.notebook.project import find
from neutrino_lab.notebook.reader import read
from tests.notebooks import write

SIZES = (10, 100, 1_000, 10_000)
EDITS = 5


def cells(count: int) -> list[str]:
    """A notebook as people write them: one cell in four declares an endpoint."""
    return [_endpoint(i) if i % 4 == 0 else _analysis(i) for i in range(count)]


def main() -> None:
    rows = []
    for size in SIZES:
        turns = 5 if size <= 1_000 else 1
        taken = [measure(size) for _ in range(turns)]
        rows.append((f"{size:,} cells", *(median(column) for column in zip(*taken, strict=True))))
    show(
        "Compiling: milliseconds",
        ("notebook", "check", "build", "check, 1 cell changed", "build, 1 cell changed"),
        rows,
    )


def measure(size: int) -> tuple[float, float, float, float]:
    with tempfile.TemporaryDirectory() as folder:
        path, out = Path(folder) / "project" / "app.ipynb", Path(folder) / "build"
        sources = cells(size)
        write(path, *sources)
        compiler = Compiler()
        first_check, found = timed(lambda: check(compiler, path))
        first_build, _ = timed(lambda: build(path, out, found))
        again = []
        for edit in range(EDITS):
            sources[(edit + 1) * size // (EDITS + 1)] += "\nchanged = 1\n"
            write(path, *sources)
            check_again, found = timed(lambda: check(compiler, path))
            build_again, _ = timed(partial(build, path, out, found))
            again.append((check_again, check_again + build_again))
        checks, builds = zip(*again, strict=True)
        return first_check, first_check + first_build, median(checks), median(builds)


Result = TypeVar("Result")
Found = tuple[Compilation, list[Notebook | Unreadable]]


def check(compiler: Compiler, path: Path) -> Found:
    notebooks = [read(s.path, s.relative, s.module) for s in find(path).sources]
    compilation = compiler.compile("app", notebooks)
    assert not [each for each in compilation.diagnostics if each.severity == "error"]
    return compilation, notebooks


def build(path: Path, out: Path, found: Found) -> None:
    writer.write(plan(found[0], find(path), found[1]), out)


def timed(job: Callable[[], Result]) -> tuple[float, Result]:
    started = time.perf_counter()
    result = job()
    return (time.perf_counter() - started) * 1000, result


def _endpoint(i: int) -> str:
    return f'''"""
@HTTP
POST /api/endpoint/{i}/{{key}}
body: values:list[float], threshold:float=0.5, label:str?
resp: total:float, label:str?
"""
def endpoint_{i}(key: str, values: list[float], threshold: float = 0.5, label=None):
    kept = [value for value in values if value > threshold]
    if not kept:
        raise ValueError(f"nothing above {{threshold}} for {{key}}")
    return {{"total": sum(kept) * factor_{i + 1 if i % 4 == 0 else i}, "label": label}}
'''


def _analysis(i: int) -> str:
    return f"""import math
from collections import Counter

factor_{i} = {i} / 7
table_{i} = {{name: math.sqrt(index) for index, name in enumerate("abcdefghij")}}
counts_{i} = Counter(len(name) for name in table_{i})
for name, value in table_{i}.items():
    if value > factor_{i}:
        counts_{i}[name] += 1


def summary_{i}(rows, *, limit=10):
    best = sorted(rows, key=lambda row: row[1], reverse=True)[:limit]
    return [{{"name": name, "share": share / factor_{i}}} for name, share in best]
"""
