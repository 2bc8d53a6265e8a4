"""Size and build time of an exported image, beside what one would write for the app by hand.

Needs a Docker engine: `.ci/docker python -m bench image` installs and starts one.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from statistics import median

from bench.table import show
from neutrino_lab.cli import main as neutrino
from tests.notebooks import write

ROUNDS = 3
MEAN = "def mean(values: list[float]):\n    return {'mean': float(np.mean(values))}\n"
CELLS = [
    "import numpy as np",
    f'"""\n@HTTP\nPOST /mean\nbody: values:list[float]\n"""\n{MEAN}',
]
BY_HAND = {
    "main.py": "import numpy as np\nfrom fastapi import Body, FastAPI\n\napp = FastAPI()\n\n\n"
    + "@app.post('/mean')\n"
    + MEAN.replace("list[float]", "list[float] = Body(embed=True)"),
    "requirements.txt": "".join(
        f"{name}=={version(name.partition('[')[0])}\n"
        for name in ("fastapi", "numpy", "uvicorn[standard]")
    ),
    "Dockerfile": "FROM python:3.11-slim\nWORKDIR /app\nCOPY requirements.txt .\n"
    "RUN pip install --no-cache-dir -r requirements.txt\nCOPY . .\n"
    'CMD ["uvicorn", "main:app", "--host", "0.0.0.0", "--port", "8000"]\n',
}


def main() -> None:
    client = os.environ.get("NEUTRINO_TEST_DOCKER") or shutil.which("docker")
    if (
        client is None
        or subprocess.run([client, "info"], capture_output=True, check=False).returncode
    ):
        print("\nImages were not measured: `.ci/docker python -m bench image` starts an engine")
        return
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)
        write(root / "app.ipynb", *CELLS)
        folders = {"exported": root / "build", "by hand": root / "hand"}
        neutrino(["build", str(root / "app.ipynb"), "--out", str(folders["exported"])])
        folders["by hand"].mkdir()
        for name, text in BY_HAND.items():
            (folders["by hand"] / name).write_text(text, encoding="utf-8")
        times: dict[str, list[float]] = {name: [] for name in folders}
        for _ in range(ROUNDS):
            for name, folder in folders.items():
                times[name].append(build(client, folder, name))
        sizes = {name: size(client, name) for name in folders}
    rows = [
        (name, median(times[name]), sizes[name] / 1e6, sizes[name] / sizes["by hand"])
        for name in folders
    ]
    title = f"Image of an app with numpy, built without a cache, {ROUNDS} rounds"
    show(title, ("image", "build s", "MB", "of by hand"), rows)


def build(client: str, folder: Path, name: str) -> float:
    started = time.perf_counter()
    command = [
        client,
        "build",
        "-q",
        "--no-cache",
        "--network",
        "host",
        "-t",
        tag(name),
        str(folder),
    ]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def size(client: str, name: str) -> int:
    command = [client, "image", "inspect", "-f", "{{.Size}}", tag(name)]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def tag(name: str) -> str:
    return f"neutrino-bench-{name.replace(' ', '-')}"
