"""What somebody at JupyterLab waits for, measured in a real browser: see `ui-tests/bench/`."""

from __future__ import annotations

import subprocess
from pathlib import Path

UI_TESTS = Path(__file__).parent.parent / "ui-tests"


def main() -> None:
    print("\nIn JupyterLab, in Chromium", flush=True)
    subprocess.run(["jlpm", "bench"], cwd=UI_TESTS, check=True)
