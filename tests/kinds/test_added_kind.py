"""A kind that is added from outside: files of its own, a row in two tables, and no other edit.

A copy of the package gets the files of `tally/` and the rows; what is done with it goes through
processes of their own.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import neutrino_lab

HERE = Path(__file__).parent
PACKAGE = Path(neutrino_lab.__file__).parent
TALLY = '''"""
@TALLY /votes/{name}
query: by:int=1
"""
def vote(total, name, by):
    """Counts."""
    return [VERSION, name, total * by]
'''
CLI = ("-m", "neutrino_lab.cli")
_NO_PACKAGE = "import sys; sys.modules['neutrino_lab'] = None\n"


def add_row(module: Path, import_: str, row: str, *, after: str) -> None:
    """Put a row into a table, behind another one."""
    text = module.read_text(encoding="utf-8")
    assert text.count(after) == 1, module
    text = text.replace(after, after + row)
    first = text.index("\nfrom ", text.index("from __future__") + 1)
    module.write_text(f"{text[:first]}\n{import_}{text[first:]}", encoding="utf-8")


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with a package that has one kind more."""
    folder = tmp_path_factory.mktemp("added")
    left_out = shutil.ignore_patterns("labextension", "__pycache__")
    copied = shutil.copytree(PACKAGE, folder / "neutrino_lab", ignore=left_out)
    shutil.copytree(HERE / "tally", copied, dirs_exist_ok=True, ignore=left_out)
    add_row(
        copied / "runtime" / "kinds.py",
        "from .tally.spec import Tally",
        '\n    Kind(Tally, "tally"),',
        after='Kind(Schedule, "schedules"),',
    )
    add_row(
        copied / "declare" / "grammar.py",
        "from neutrino_lab.declare import tally",
        ", tally.KIND",
        after="schedule.KIND",
    )
    return folder


@pytest.fixture
def notebook(tmp_path: Path) -> Path:
    path = tmp_path / "project" / "tallied.ipynb"
    path.parent.mkdir()
    return write(path, TALLY)


def write(path: Path, declared: str) -> Path:
    """Write a notebook with a saved example of its endpoint."""
    example = {"name": "one", "endpoint": "TALLY /votes/{name}", "values": {"path": {"name": "a"}}}
    cells = ("VERSION = 'old'", declared, "1 + 1")
    content = {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"neutrino_lab": {"examples": {"cell-2": [example]}}},
        "cells": [
            {
                "cell_type": "code",
                "id": f"cell-{number}",
                "metadata": {},
                "source": source,
                "outputs": [],
                "execution_count": None,
            }
            for number, source in enumerate(cells, 1)
        ],
    }
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def ran(package: Path, *command: str, cwd: Path, fails: bool = False) -> str:
    """What a command of the other package prints."""
    done = subprocess.run(
        [sys.executable, *command],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(package)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == fails, done.stdout + done.stderr
    return done.stdout


def test_it_is_served_swapped_and_told_of_like_any_other(package: Path, notebook: Path) -> None:
    found = json.loads(ran(package, str(HERE / "drive.py"), str(notebook), cwd=notebook.parent))
    inputs = [
        {"name": "name", "place": "path", "type": "str", "required": True, "default": None},
        {"name": "by", "place": "query", "type": "int", "required": False, "default": 1},
    ]
    schemas = ({"type": "string"}, {"type": "integer"})
    endpoint: dict[str, Any] = {
        "key": "TALLY /votes/{name}",
        "kind": "tally",
        "badge": "TALLY",
        "path": "/votes/{name}",
        "function": "vote",
        "cell": 2,
        "cell_id": "cell-2",
        "inputs": [{**i, "json_schema": s} for i, s in zip(inputs, schemas, strict=True)],
    }
    assert found == {
        "endpoints": [endpoint],
        "diagnostics": [],
        "is equal": True,
        "listing": [
            "  TALLY  http://host/votes/{name}  vote  cell 2",
            "  DOCS   http://host/docs",
        ],
        "readme": [
            "## Tallies",
            "",
            "| path | takes | about |",
            "| --- | --- | --- |",
            "| `/votes/{name}` | `by: int = 1` | Counts. |",
        ],
        "main": [
            "from runtime import App, Field, Tally, create_app, load",
            "",
            "APP = App(",
            '    title="tallied",',
            '    modules=("tallied",),',
            "    endpoints=(",
            '        Tally("/votes/{name}", "tallied:vote", cell=2, '
            'query=(Field("by", "int", default=1),)),',
            "    ),",
            ")",
            "",
            'service = create_app(APP, load(APP, Path(__file__).parent / "cells"))',
            "app = service.asgi",
        ],
        "hover": "**by** `int` A value from the query string. `1` where it is left out."
        "\n\nThe argument `by` of `vote`.",
        "offered": [
            "@HTTP endpoint",
            "@WS WebSocket",
            "@SCHEDULE schedule",
            "@TALLY tally",
            "@STREAM stream",
        ],
        "snippets": ["http", "websocket", "schedule", "tally", "stream"],
        "chosen": ["needed", "declares", "not-needed"],
        "states": ["live", "live"],
        "answers": [["old", "a", 2], ["new", "b", 2], ["new", "c", 1]],
        "refused": 422,
        "operations": ["/votes/{name}"],
        "figures": [{"key": "TALLY /votes/{name}", "calls": 2, "clients": 2}],
        "acted": [True, False, False],
    }


def test_its_mistakes_are_found(package: Path, notebook: Path) -> None:
    broken = TALLY.replace("by)", "to)").replace("/votes", "votes").replace("by:int", "by:itn")
    write(notebook, broken)
    told = ran(
        package, *CLI, "check", "tallied.ipynb", "--format=json", cwd=notebook.parent, fails=True
    )
    assert {each["code"] for each in json.loads(told)} == {"NL202", "NL302", "NL303", "NL401"}


def test_it_is_exported_checked_and_runs_without_the_package(
    package: Path, notebook: Path, tmp_path: Path
) -> None:
    out = tmp_path / "build"
    checked = ran(
        package, *CLI, "build", str(notebook), "--out", str(out), "--check", cwd=notebook.parent
    )
    assert "ok  TALLY /votes/{name}  one  200" in checked
    ask = "import main\nfrom starlette.testclient import TestClient\n"
    ask += "with TestClient(main.app) as client: print(client.get('/votes/z?by=3').json())"
    assert ran(out, "-c", _NO_PACKAGE + ask, cwd=out) == "['old', 'z', 3]\n"
