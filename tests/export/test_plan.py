"""The planned folder: readable, complete, the same every time, and nothing in it by accident."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import TypeAlias

import pytest

from neutrino_lab import runtime
from neutrino_lab.declare.compiler import Compiler
from neutrino_lab.export import manifest
from neutrino_lab.export.installed import Installed
from neutrino_lab.export.plan import plan as planned
from neutrino_lab.export.planned import Plan
from neutrino_lab.notebook.project import find
from neutrino_lab.notebook.reader import read
from tests.export.conftest import MakeProject

PlanOf: TypeAlias = Callable[[Mapping[str, str | bytes | Sequence[str]]], Plan]
GOLDENS = Path(__file__).parent / "goldens"

HELLO = '"""\n@HTTP\nGET /hello\n"""\ndef hello():\n    return "hello"\n'
SHOP = [
    """%pip install -q scikit-learn
%matplotlib inline
import os
import numpy as np
STOCK = os.environ.get("STOCK_URL", "")
from helpers.text import shout""",
    '''"""
@HTTP
GET /items/{id}
query: full:bool=False, tag:list[str]?
headers: X-Shop:str
"""
def item(id: int, x_shop: str, full: bool = False, tag=None):
    """Show one item.

    And this is not the first line.
    """
    import sklearn
    return {"id": np.int64(id), "full": full, "tag": tag, "shop": shout(x_shop)}''',
    '''"""
@HTTP
POST /items
body: name:str, prices:list[float], note:str?
resp: name:str, total:float
"""
def add(name: str, prices: list[float], note: str | None = None):
    return {"name": name, "total": sum(prices)}''',
    '''"""
@WS /ws/{room_id}
message: text:str
validate: true
to: room
"""
async def talk(event: dict, room_id: str):
    """Say something in a room."""
    return event["text"]''',
    '''"""
@SCHEDULE
interval: 10m
"""
def tidy():
    pass''',
]
DAILY = [
    '''# @HTTP
# GET /summary
# media: text
def summary():
    return "all is well"''',
    '''"""
@SCHEDULE
cron: 0 30 9 * * 1-5
timezone: Europe/Paris
"""
print("good morning")''',
]
PROJECT = {
    "shop.ipynb": SHOP,
    "reports/daily.ipynb": DAILY,
    "reports/scratch_sandbox.ipynb": [HELLO],
    "helpers/__init__.py": "",
    "helpers/text.py": "def shout(s):\n    return s.upper() + '!'\n",
    "unused.py": "",
    "notes.txt": "",
    ".env": "SECRET=1",
    "helpers/.env": "SECRET=2",
}


def texts(plan: Plan) -> dict[str, str]:
    assert [d for d in plan.diagnostics if d.severity == "error"] == []
    return {str(file.path): file.content.decode() for file in plan.files if _is_text(file.path)}


def _is_text(path: PurePosixPath) -> bool:
    return path.parts[0] != "runtime"


def test_a_folder_holds_what_it_needs_and_nothing_else(plan_of: PlanOf) -> None:
    assert list(texts(plan_of(PROJECT))) == [
        ".dockerignore",
        ".env.example",
        ".neutrino-build",
        "Dockerfile",
        "README.md",
        "cells/reports_daily.py",
        "cells/shop.py",
        "compose.yaml",
        "helpers/__init__.py",
        "helpers/text.py",
        "main.py",
        "requirements.txt",
    ]


@pytest.mark.parametrize(
    "name",
    [
        "main.py",
        "Dockerfile",
        ".dockerignore",
        ".env.example",
        "compose.yaml",
        "requirements.txt",
        "README.md",
        "cells/shop.py",
        "cells/reports_daily.py",
    ],
)
def test_a_folder_reads_as_it_did_when_it_was_reviewed(plan_of: PlanOf, name: str) -> None:
    golden = GOLDENS / f"{name.replace('/', '-')}.txt"
    text = texts(plan_of(PROJECT))[name]
    if not golden.exists():
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(text, encoding="utf-8")
        pytest.fail(f"{golden.name} is new: review it and commit it")
    assert text == golden.read_text(encoding="utf-8")


def test_the_runtime_is_copied_byte_for_byte(plan_of: PlanOf) -> None:
    source = Path(runtime.__path__[0])
    originals = {
        f"runtime/{path.relative_to(source).as_posix()}": path.read_bytes()
        for path in source.rglob("*")
        if path.is_file() and path.parent.name != "__pycache__"
    }
    copies = {
        str(file.path): file.content
        for file in plan_of({"a.ipynb": [HELLO]}).files
        if file.path.parts[0] == "runtime"
    }
    assert copies == originals
    assert "runtime/app.py" in copies


def test_the_same_input_gives_the_same_bytes(plan_of: PlanOf) -> None:
    assert plan_of(PROJECT) == plan_of(PROJECT)


def test_no_path_of_this_machine_is_in_the_folder(plan_of: PlanOf, tmp_path: Path) -> None:
    for file in plan_of(PROJECT).files:
        assert str(tmp_path).encode() not in file.content, file.path


def test_the_manifest_lists_every_file_but_itself(plan_of: PlanOf, tmp_path: Path) -> None:
    plan = plan_of(PROJECT)
    (tmp_path / ".neutrino-build").write_text(texts(plan)[".neutrino-build"])
    known = manifest.read(tmp_path)
    assert known == {
        file.path: file.digest() for file in plan.files if file.path != manifest.MARKER
    }


def test_code_is_not_touched(plan_of: PlanOf) -> None:
    ugly = "x = lambda a : a==None\ny = {'k' :1 ,\n\n\n}   \n\n# end\t"
    assert f"# %% cell 1\n{ugly}\n" in texts(plan_of({"a.ipynb": [ugly, HELLO]}))["cells/a.py"]


def test_an_error_leaves_nothing_to_write(plan_of: PlanOf) -> None:
    plan = plan_of({"a.ipynb": ["import runtime.x", HELLO], "runtime/x.py": ""})
    assert plan.files == ()
    assert [(d.code, d.severity, d.cell) for d in plan.diagnostics] == [("NL712", "error", 1)]


@pytest.mark.parametrize("name", ["fastapi", "starlette", "pydantic", "limits", "uvicorn", "click"])
def test_no_module_takes_the_place_of_a_library_that_the_build_runs_on(
    project: MakeProject, name: str
) -> None:
    found = find(project({f"{name}.py": "", "a.ipynb": [f"import {name}", HELLO]}))
    notebooks = [read(each.path, each.relative, each.module) for each in found.sources]
    # Of an environment that lacks them, too.
    compilation = Compiler().compile("a", notebooks)
    bare = planned(compilation, found, notebooks, environment=Installed({}, {}))
    assert [(d.code, d.severity) for d in bare.diagnostics] == [("NL714", "error")]
    assert bare.files == ()
