"""Exports from JupyterLab: planned, written, told about and called off."""

from __future__ import annotations

import asyncio
import shlex
import subprocess
import sys
import threading
from typing import Any

import pytest

from neutrino_lab.export import draft, installed
from neutrino_lab.export.installed import Installed
from neutrino_lab.export.options import BuildOptions
from neutrino_lab.export.processes import Cancellation
from neutrino_lab.notebook.project import Project
from tests.jupyter import Lab
from tests.notebooks import write

HELLO = '"""\n@HTTP\nGET /hello\n"""\ndef hello():\n    return GREETING\n'


async def post(lab: Lab, call: str, path: str, **more: Any) -> Any:
    answer = await lab.ask("POST", f"neutrino/api/{call}", body={"path": path, **more})
    assert answer.status == 200, answer.text
    return answer.json


async def test_an_export_lands_beside_the_notebook(lab: Lab) -> None:
    write(lab.root / "sub" / "My App.ipynb", "GREETING = 'hi'", HELLO)
    exported = await post(lab, "exports", "sub/My App.ipynb", id="one")
    folder = lab.root / "sub" / "My App-build"
    assert exported["folder"] == "sub/My App-build"
    assert shlex.split(exported["command"]) == [
        *("docker", "compose", "-f", str(folder / "compose.yaml"), "up", "--build")
    ]
    assert len([each for each in folder.rglob("*") if each.is_file()]) == exported["files"]
    told = [each["progress"] for each in lab.events if each["id"] == "one"]
    assert [each["stage"] for each in told[:2]] == ["planning", "resolving"]
    assert told[-1] == {"stage": "writing", "done": exported["files"], "total": exported["files"]}


@pytest.mark.parametrize("title", ["", '--it\'s "$(id)"'])
async def test_the_command_does_the_same_from_any_folder(lab: Lab, title: str) -> None:
    name = "a $(id) 'b' ü.ipynb"
    write(lab.root / name, "GREETING = 'hi'", HELLO, "print(1)")
    options = {
        "folder": "out; id",
        "title": title,
        "port": 9000,
        "excluded": ["cell-3"],
        "packages": ["git"],
    }
    planned = await post(lab, "plans", name, options=options)
    assert planned["options"] == {
        "folder": "out; id",
        "title": title or "a $(id) 'b' ü",
        "python": f"{sys.version_info.major}.{sys.version_info.minor}",
        "port": 9000,
        "only_needed": False,
        "replicas": False,
        "engine": "",
        "ray": [],
        "excluded": ["cell-3"],
        "files": [],
        "max_file_mb": 100,
        "packages": ["git"],
        "check": False,
    }
    await post(lab, "exports", name, options=options)
    folder = lab.root / "out; id"
    written = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    command = planned["cli"].replace(
        "neutrino", f"{shlex.quote(sys.executable)} -m neutrino_lab.cli", 1
    )
    for path in written:
        path.unlink()
    (folder / ".neutrino-build").write_text("")
    ran = await asyncio.to_thread(
        subprocess.run, command, shell=True, cwd="/", capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == written


async def test_a_plan_tells_cells_and_files_and_writes_nothing(lab: Lab) -> None:
    first = "GREETING = 'hi'\nimport numpy"
    write(lab.root / "a.ipynb", first, HELLO, "x = 1", "md:text", "%%bash\nls")
    planned = await post(lab, "plans", "a.ipynb", options={"excluded": ["cell-3"]})
    assert [(c["cell"], c["title"], c["included"], c["reason"]) for c in planned["cells"]] == [
        (1, "GREETING = 'hi'", True, "all"),
        (2, "GET /hello", True, "declares"),
        (3, "x = 1", False, "excluded"),
        (5, "%%bash", False, "empty"),
    ]
    assert {each["line"].partition("=")[0]: each["origin"] for each in planned["requirements"]} == {
        **dict.fromkeys(["apscheduler", "cronsim", "fastapi", "limits", "orjson", "tzdata"], "app"),
        "uvicorn[standard]": "app",
        "numpy": "import",
    }
    assert planned["requirements"][-1]["cells"] == [1]
    changes = {each["path"]: each["change"] for each in planned["files"]}
    assert set(changes.values()) == {"new"}
    assert {"main.py", "cells/a.py", "Dockerfile", "compose.yaml"} <= changes.keys()
    assert sorted(path.name for path in lab.root.iterdir()) == ["a.ipynb"]


async def test_a_folder_that_is_not_ours_is_told_by_the_plan_and_kept(lab: Lab) -> None:
    write(lab.root / "a.ipynb", "GREETING = 'hi'", HELLO)
    (lab.root / "mine").mkdir()
    (lab.root / "mine" / "thesis.tex").write_text("years")
    for folder in ("mine", "."):
        options = {"folder": folder if folder != "." else ""}
        planned = await post(lab, "plans", "a.ipynb", options=options)
        codes = [each["code"] for each in planned["diagnostics"] if each["severity"] == "error"]
        assert codes == (["NL751"] if folder == "mine" else [])
    answer = await lab.ask(
        "POST", "neutrino/api/exports", body={"path": "a.ipynb", "options": {"folder": "mine"}}
    )
    assert (answer.status, answer.json["code"]) == (409, "export-refused")
    assert (lab.root / "mine" / "thesis.tex").read_text() == "years"


async def test_the_project_itself_is_no_folder_for_its_export(lab: Lab) -> None:
    write(lab.root / "sub" / "a.ipynb", "GREETING = 'hi'", HELLO)
    for call in ("plans", "exports"):
        body = {"path": "sub/a.ipynb", "options": {"folder": "sub"}}
        answer = await lab.ask("POST", f"neutrino/api/{call}", body=body)
        refused = (
            answer.json["code"] if call == "exports" else answer.json["diagnostics"][-1]["code"]
        )
        assert refused == ("export-refused" if call == "exports" else "NL751")
    assert [path.name for path in (lab.root / "sub").iterdir()] == ["a.ipynb"]


async def test_a_notebook_with_errors_is_not_exported(lab: Lab) -> None:
    write(lab.root / "a.ipynb", HELLO.replace("GET", "FETCH"))
    answer = await lab.ask("POST", "neutrino/api/exports", body={"path": "a.ipynb"})
    assert (answer.status, answer.json["code"]) == (422, "unsound")
    assert [each["cell"] for each in answer.json["context"]["diagnostics"]] == [1, 1]
    assert not (lab.root / "a-build").exists()


@pytest.mark.parametrize(
    "options",
    [
        {"title": "a\nb"},
        {"python": "3.12 && id"},
        {"port": 0},
        {"packages": ["$(id)"]},
        {"files": ["../x"]},
    ],
)
async def test_an_option_that_means_nothing_is_named(lab: Lab, options: dict[str, Any]) -> None:
    write(lab.root / "a.ipynb", "GREETING = 'hi'", HELLO)
    for call in ("plans", "exports"):
        body = {"path": "a.ipynb", "options": options}
        answer = await lab.ask("POST", f"neutrino/api/{call}", body=body)
        assert (answer.status, answer.json["code"]) == (422, "export-option")


async def test_an_export_can_be_called_off_and_leaves_the_old_folder(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(lab.root / "a.ipynb", "GREETING = 'hi'", HELLO)
    await post(lab, "exports", "a.ipynb")
    folder = lab.root / "a-build"
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    write(lab.root / "a.ipynb", "GREETING = 'new'", HELLO)
    reached, called_off = threading.Event(), threading.Event()

    def hold(_: Any, cancellation: Cancellation) -> Installed:
        reached.set()
        called_off.wait(10)
        cancellation.check()
        return installed.scan()

    def draft_held(
        project: Project, options: BuildOptions, stages: draft.Stages, _: Any, lock: Any
    ) -> draft.Draft:
        return real(project, options, stages, hold, lock=lock)

    real = draft.draft
    monkeypatch.setattr(draft, "draft", draft_held)
    export = asyncio.ensure_future(
        lab.ask("POST", "neutrino/api/exports", body={"path": "a.ipynb", "id": "one"})
    )
    assert await asyncio.to_thread(reached.wait, 10)
    body = {"path": "a.ipynb", "id": "one"}
    busy = await lab.ask("POST", "neutrino/api/exports", body=body)
    assert (busy.status, busy.json["code"]) == (409, "busy")
    assert (await lab.ask("DELETE", "neutrino/api/exports/one")).status == 204
    called_off.set()
    answer = await export
    assert (answer.status, answer.json["code"]) == (409, "export-cancelled")
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    gone = await lab.ask("DELETE", "neutrino/api/exports/one")
    assert (gone.status, gone.json["code"]) == (404, "unknown")


async def test_a_check_runs_only_what_is_trusted(lab: Lab) -> None:
    write(lab.root / "a.ipynb", "GREETING = 'hi'", HELLO)
    for call, options in (("checks", {}), ("exports", {"check": True})):
        body = {"path": "a.ipynb", "options": options}
        answer = await lab.ask("POST", f"neutrino/api/{call}", body=body)
        assert (answer.status, answer.json["code"]) == (403, "untrusted")
    checked = await post(lab, "checks", "a.ipynb", trusted=True, id="two")
    assert (checked["ok"], checked["examples"]) == (True, [])
    # What uv has in its cache decides whether it was tried in a fresh environment.
    assert {each["code"] for each in checked["diagnostics"]} <= {"NL763"}
    stages = [each["progress"]["stage"] for each in lab.events if each["id"] == "two"]
    assert stages == ["planning", "resolving", "checking"]
    assert not (lab.root / "a-build").exists()


async def test_what_fails_its_check_is_not_written(lab: Lab) -> None:
    write(lab.root / "a.ipynb", "GREETING = centroids", HELLO)
    options = {"check": True}
    body = {"path": "a.ipynb", "trusted": True, "options": options}
    answer = await lab.ask("POST", "neutrino/api/exports", body=body)
    assert (answer.status, answer.json["code"]) == (422, "check-failed")
    assert "cell 1: " in answer.json["message"]
    assert answer.json["context"]["check"]["diagnostics"][-1]["code"] == "NL761"
    assert not (lab.root / "a-build").exists()
    write(lab.root / "a.ipynb", "GREETING = 1", HELLO)
    exported = await post(lab, "exports", "a.ipynb", trusted=True, options=options)
    assert exported["check"]["ok"]
    assert exported["cli"].endswith(" --check")
    assert (lab.root / "a-build" / "main.py").exists()
