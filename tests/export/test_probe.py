"""The kernel's own interpreter is asked, a real one beside this; and what it says is exact."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from jupyter_client.kernelspec import KernelSpecManager
from uv import find_uv_bin

from neutrino_lab.declare.compiler import Compiler
from neutrino_lab.export import environments, installed, probe
from neutrino_lab.export.errors import ExportCancelledError, InterpreterError
from neutrino_lab.export.plan import plan
from neutrino_lab.export.processes import Cancellation
from neutrino_lab.interpreters import KernelError
from neutrino_lab.notebook.project import find
from neutrino_lab.notebook.reader import read
from tests.notebooks import notebook

DIRECT = {
    "editable": {"url": "file:///src/mine", "dir_info": {"editable": True}},
    "vcs": {"url": "https://git.example/x.git", "vcs_info": {"vcs": "git", "commit_id": "a" * 40}},
    "file": {"url": "file:///home/me/x.whl", "archive_info": {}},
    "conda": {"url": "file:///croot/numpy", "dir_info": {}},
}


def install(site: Path, name: str, version: str, *paths: str, **texts: str) -> None:
    """Leave what an installer leaves: `paths` are the files, `texts` go beside METADATA."""
    folder = site / f"{name}-{version}.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n\n")
    (folder / "RECORD").write_text("".join(f"{path},,\n" for path in paths))
    for file, text in texts.items():
        (folder / file.replace("__", ".")).write_text(text)
    for path in paths:
        (site / path).parent.mkdir(parents=True, exist_ok=True)
        (site / path).touch()


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Another interpreter, with one wheel that uv installed and the records of others."""
    home = tmp_path_factory.mktemp("kernel")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", home / "venv"], check=True)
    executable = home / "venv/bin/python"
    wheel = home / "real_one-3.1.4-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("differently_named/__init__.py", "")
        info = "real_one-3.1.4.dist-info"
        archive.writestr(
            f"{info}/METADATA", "Metadata-Version: 2.1\nName: real-one\nVersion: 3.1.4\n"
        )
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    command = [find_uv_bin(), "pip", "install", "-q", "--offline", "--no-index", "--no-config"]
    command += ["--python", str(executable), "--find-links", str(home), "real-one"]
    subprocess.run(command, check=True)
    (site,) = (home / "venv/lib").glob("python*/site-packages")
    install(site, "fastapi", "0.111.0", "fastapi/__init__.py")
    install(site, "uvicorn", "0.30.1", "uvicorn/__init__.py")
    install(site, "google-cloud-storage", "2.0", "google/cloud/storage/__init__.py")
    install(site, "google-cloud-bigquery", "3.0", "google/cloud/bigquery/__init__.py")
    install(site, "google-auth", "1.0", "google/auth/__init__.py")
    install(site, "old_style", "0.9", top_level__txt="old_style_module\n")
    install(site, "optional", "1.5", "optional_fast.py")
    install(site, "torch", "2.1.0+cpu", "torch/__init__.py")
    install(site, "pinned", "9.9", "pinned/__init__.py")
    install(site, "numpy", "1.26", "numpy/__init__.py", direct_url__json=_json("conda"))
    (site / "numpy-1.26.dist-info/INSTALLER").write_text("conda\n")
    source = home / "src"
    (source / "developed").mkdir(parents=True)
    (source / "developed/__init__.py").touch()
    install(site, "developed-here", "0.1", "_mine.pth", direct_url__json=_json("editable"))
    (site / "_mine.pth").write_text(f"{source}\n")
    finder = "__editable___other_0_1_finder.py"
    install(site, "other", "0.1", finder, direct_url__json=_json("editable"))
    (site / finder).write_text("MAPPING: dict[str, str] = {'other_module': '/src/other'}\n")
    install(site, "from-git", "0.2", "from_git/__init__.py", direct_url__json=_json("vcs"))
    install(site, "from-file", "0.3", "from_file/__init__.py", direct_url__json=_json("file"))
    (site / "sitecustomize.py").write_text("print('hello from a site')\n")
    return str(executable)


def _json(kind: str) -> str:
    return json.dumps(DIRECT[kind])


@pytest.fixture
def specs(tmp_path: Path, python: str) -> KernelSpecManager:
    kernels = {
        "other": {"argv": [python, "-m", "ipykernel_launcher"], "language": "python"},
        "gone": {"argv": ["/gone/bin/python", "-m", "x"], "language": "python"},
    }
    for name, spec in kernels.items():
        folder = tmp_path / "kernels" / name
        folder.mkdir(parents=True)
        (folder / "kernel.json").write_text(json.dumps({"display_name": name, **spec}))
    return KernelSpecManager(kernel_dirs=[str(tmp_path / "kernels")])


TRAPS = [
    """%pip install "pinned<9"
!uv pip install said-only==4
import differently_named
from google.cloud import storage
import google.cloud.bigquery.client as bq
import old_style_module, torch, numpy""",
    """try:
    import optional_fast
    import orjson as json
except ImportError:
    import json
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    import pandas""",
    """import pinned
def late():
    import no_such_module
    from from_file import x""",
    "import developed",
    "import other_module.deep",
    "from from_git import y",
    '"""\n@HTTP\nGET /x\n"""\ndef x():\n    pass',
]


def write_notebook(root: Path, cells: list[str], kernel: str = "other") -> Path:
    root.mkdir(exist_ok=True)
    document = json.loads(notebook(*cells))
    document["metadata"]["kernelspec"] = {"name": kernel, "display_name": "x"}
    path = root / "traps.ipynb"
    path.write_text(json.dumps(document))
    return path


def planned(path: Path, specs: KernelSpecManager) -> tuple[str, list[tuple[str, str, int]]]:
    project = find(path)
    notebooks = [read(s.path, s.relative, s.module) for s in project.sources]
    compilation = Compiler().compile(project.title, notebooks)
    environment = environments.find(notebooks, specs)
    made = plan(compilation, project, notebooks, environment=environment)
    texts = [f.content.decode() for f in made.files if str(f.path) == "requirements.txt"]
    return "".join(texts), [(d.code, d.severity, d.cell) for d in made.diagnostics]


def test_a_notebook_with_every_trap(tmp_path: Path, specs: KernelSpecManager) -> None:
    unsound = ("import dev", "import oth", "from fr")
    sound = [cell for cell in TRAPS if not cell.startswith(unsound)]
    sound = [cell.replace("no_such_module", "pinned") for cell in sound]
    text, found = planned(write_notebook(tmp_path / "project", sound), specs)
    assert text.splitlines() == [
        "# What the app runs on",
        "apscheduler",
        "cronsim",
        "fastapi==0.111.0",
        "limits",
        "orjson",
        "tzdata",
        "uvicorn[standard]==0.30.1",
        "",
        "# What the cells import",
        "from-file==0.3",
        "google-cloud-bigquery==3.0",
        "google-cloud-storage==2.0",
        "numpy==1.26",
        "old_style==0.9",
        "optional==1.5",
        "pinned<9",
        "real-one==3.1.4",
        "said-only==4",
        "torch==2.1.0",
    ]
    assert found == [
        ("NL726", "note", 1),
        ("NL723", "note", 2),
        ("NL723", "note", 2),
        ("NL725", "warning", 3),
    ]


def test_what_is_under_work_is_named_with_its_cell(
    tmp_path: Path, specs: KernelSpecManager
) -> None:
    text, found = planned(write_notebook(tmp_path / "project", TRAPS), specs)
    assert text == ""
    assert [each for each in found if each[1] == "error"] == [
        ("NL721", "error", 3),
        ("NL724", "error", 4),
        ("NL724", "error", 5),
        ("NL724", "error", 6),
    ]


def test_this_interpreter_says_the_same_of_itself(tmp_path: Path) -> None:
    assert probe.ask(sys.executable) == installed.scan()


def test_a_kernel_that_is_not_here_means_this_interpreter(
    tmp_path: Path, specs: KernelSpecManager
) -> None:
    path = write_notebook(tmp_path, ["x = 1"], kernel="of a colleague")
    notebooks = [read(path, find(path).sources[0].relative, "traps")]
    assert environments.find(notebooks, specs) == installed.scan()
    with pytest.raises(KernelError, match="not installed"):
        environments.find(notebooks, specs, kernel_name="of a colleague")


def test_a_kernel_whose_interpreter_is_gone_says_so(
    tmp_path: Path, specs: KernelSpecManager
) -> None:
    path = write_notebook(tmp_path, ["x = 1"], kernel="gone")
    notebooks = [read(path, find(path).sources[0].relative, "traps")]
    with pytest.raises(KernelError, match="/gone/bin/python, which is not there"):
        environments.find(notebooks, specs)


FAKES: Mapping[str, tuple[str, str]] = {
    "broken": ("echo 'Fatal: no encodings' >&2; exit 1", r"installed: Fatal: no encodings\."),
    "silent": ("cat > /dev/null", r"installed: it gave no answer\."),
    "chatty": ("cat > /dev/null; echo neutrino-inventory:oops", r"it gave no answer\."),
    "old": (
        'cat > /dev/null; echo \'neutrino-inventory:{"python": "3.8.10", "distributions": []}\'',
        r"is Python 3\.8\.10; 3\.10 or newer is needed\.",
    ),
    "hanging": ("exec sleep 60", r"did not answer within 0\.2 seconds\."),
}


@pytest.mark.parametrize("kind", FAKES)
def test_an_interpreter_that_cannot_answer_is_explained(tmp_path: Path, kind: str) -> None:
    script, said = FAKES[kind]
    fake = tmp_path / "python"
    fake.write_text(f"#!/bin/sh\n{script}\n")
    fake.chmod(0o755)
    with pytest.raises(InterpreterError, match=said):
        probe.ask(str(fake), timeout_s=0.2 if kind == "hanging" else 60)


def test_an_interpreter_that_cannot_be_started_is_explained() -> None:
    with pytest.raises(InterpreterError, match="cannot be started: No such file"):
        probe.ask("/gone/bin/python")


def test_a_cancelled_probe_ends_what_it_started(tmp_path: Path) -> None:
    fifo = tmp_path / "started"
    fake = tmp_path / "python"
    fake.write_text(f"#!/bin/sh\nmkfifo {fifo}.done\necho > {fifo}\ncat {fifo}.done\n")
    fake.chmod(0o755)
    subprocess.run(["mkfifo", fifo], check=True)
    cancellation = Cancellation()

    def cancel() -> None:
        fifo.read_text()  # it runs
        cancellation.cancel()

    thread = threading.Thread(target=cancel)
    thread.start()
    with pytest.raises(ExportCancelledError):
        probe.ask(str(fake), cancellation=cancellation)
    thread.join()
    with pytest.raises(ExportCancelledError):
        probe.ask(str(fake), cancellation=cancellation)
