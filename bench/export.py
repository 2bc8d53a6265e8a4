"""The time of an export: with an empty cache of uv, with a warm one, and where nothing changed."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path
from statistics import median

from bench.table import show
from neutrino_lab.export import draft, installed, writer
from neutrino_lab.export.lock import Locker, Memory
from neutrino_lab.export.options import BuildOptions
from neutrino_lab.notebook.project import find
from tests.notebooks import write

ROUNDS = 3
CELLS = [
    "import matplotlib.pyplot as plt\nimport numpy as np\nimport pandas as pd\n"
    "from PIL import Image\nfrom sklearn.cluster import KMeans",
    '"""\n@HTTP\nPOST /kmeans\nbody: x:list[float], n:int=3\n"""\n'
    "def kmeans(x, n):\n    return KMeans(n).fit(np.array(x).reshape(-1, 1)).labels_",
]


def main() -> None:
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)
        write(root / "app.ipynb", *CELLS)
        pinned = [export(root, root / f"pins-{n}", None) for n in range(ROUNDS)]
        caches = [root / f"cache-{n}" for n in range(ROUNDS)]
        cold = [export(root, root / f"cold-{n}", cache) for n, cache in enumerate(caches)]
        warm = [export(root, root / f"warm-{n}", caches[0]) for n in range(ROUNDS)]
        # As the pane plans it again and again, before there is a folder.
        memory = Memory()
        plan(root, caches[0], memory)
        planned = [plan(root, caches[0], memory) for _ in range(ROUNDS)]
        # The folder is there: its lock is kept, and uv is not asked.
        kept = [export(root, root / "warm-0", caches[0]) for _ in range(ROUNDS)]
        differing, locked = compare(root / "warm-0")
    rows = [
        (name, median(times), min(times), max(times), f"{median(times) / median(warm):.2f}")
        for name, times in [
            ("pins alone, no lock", pinned),
            ("empty cache", cold),
            ("warm cache", warm),
            ("unchanged requirements", kept),
            ("a plan, of a server that remembers", planned),
        ]
    ]
    show(
        f"Export of a notebook with five imports: seconds, {ROUNDS} rounds",
        ("lock", "median", "min", "max", "of warm"),
        rows,
    )
    print(f"  locked {locked} packages, {differing} in another version than the kernel's")


def export(root: Path, out: Path, cache: Path | None) -> float:
    """Export once, the kernel's packages included; the time it takes."""
    started = time.perf_counter()
    drafted = _draft(root, Locker(_environment(cache), out) if cache else None)
    writer.write(drafted.plan, out)
    taken = time.perf_counter() - started
    if cache:
        assert (out / "uv.lock").is_file(), drafted.findings
    return taken


def plan(root: Path, cache: Path, memory: Memory) -> float:
    """Work an export out once and leave it at that; the time it takes."""
    started = time.perf_counter()
    _draft(root, Locker(_environment(cache), memory=memory))
    return time.perf_counter() - started


def _environment(cache: Path) -> dict[str, str]:
    return {**os.environ, "UV_CACHE_DIR": str(cache)}


def _draft(root: Path, lock: Locker | None) -> draft.Draft:
    drafted = draft.draft(
        find(root / "app.ipynb"),
        BuildOptions(),
        draft.Stages(),
        lambda *_: installed.scan(),
        lock=lock,
    )
    assert drafted.is_sound, drafted.findings
    return drafted


def compare(out: Path) -> tuple[int, int]:
    """Count the locked packages, and those whose version is not the one installed here."""
    has = installed.scan()
    lines = (out / "requirements.lock").read_text(encoding="utf-8").splitlines()
    pins = [line.split()[0].split("==") for line in lines if "==" in line]
    versions = [(has.version_of(name), version) for name, version in pins]
    return sum(one is None or one.release != v for one, v in versions), len(versions)


if __name__ == "__main__":
    main()
