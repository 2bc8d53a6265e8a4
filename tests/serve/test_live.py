"""A project that is edited while it is served: what runs again, what stays, what is kept."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import anyio
import httpx
import pytest

from neutrino_lab.runtime.app import Service
from neutrino_lab.runtime.bus.memory import MemoryBus
from neutrino_lab.runtime.engine import Engine
from neutrino_lab.runtime.tools.served import Mcp
from neutrino_lab.serve.live import Live, Update
from tests.notebooks import write

HELLO = '"""\n@HTTP\nGET /hello\n"""\ndef hello():\n    return GREETING\n'


def get(live: Live, path: str) -> tuple[int, object]:
    async def ask() -> tuple[int, object]:
        transport = httpx.ASGITransport(app=live)
        async with httpx.AsyncClient(transport=transport, base_url="http://app") as client:
            response = await client.get(path)
            return response.status_code, response.json()

    return anyio.run(ask)


def saved(live: Live, *cells: str) -> Update:
    write(live.path, *cells)
    return anyio.run(live.refresh)


@pytest.fixture
def live(tmp_path: Path) -> Live:
    write(tmp_path / "app.ipynb", "RUNS = []", "RUNS.append(1)\nGREETING = 'hi'", HELLO)
    live = Live(tmp_path / "app.ipynb")
    live.load()
    return live


def test_a_save_runs_only_the_cell_that_changed(live: Live) -> None:
    edited = HELLO.replace("return GREETING", "return [GREETING, len(RUNS)]")
    update = saved(live, "RUNS = []", "RUNS.append(1)\nGREETING = 'hi'", edited)
    assert (update.state, update.cells_run) == ("live", 1)
    assert get(live, "/hello") == (200, ["hi", 1])


def test_a_save_that_changes_nothing_runs_nothing(live: Live) -> None:
    update = saved(live, "RUNS = []", "RUNS.append(1)\nGREETING = 'hi'", HELLO)
    assert (update.state, update.cells_run) == ("unchanged", 0)


def test_a_cell_moved_down_by_a_new_one_keeps_its_function(live: Live) -> None:
    update = saved(live, "md:# Title", "RUNS = []", "RUNS.append(1)\nGREETING = 'hi'", HELLO)
    assert update.state in {"live", "unchanged"}
    assert get(live, "/hello") == (200, "hi")


def test_a_mistake_keeps_the_last_good_version(live: Live) -> None:
    update = saved(live, "RUNS = []", "GREETING = 'new'", HELLO.replace("GET", "FETCH"))
    assert update.state == "serving previous"
    assert [(each.severity, each.cell) for each in update.diagnostics] == [("error", 3)]
    assert get(live, "/hello") == (200, "hi")


def test_a_mistake_is_told_once(live: Live) -> None:
    broken = ("RUNS = []", "GREETING = 'new'", HELLO.replace("GET", "FETCH"))
    assert saved(live, *broken).state == "serving previous"
    assert saved(live, *broken).state == "unchanged"


def test_a_cell_that_raises_runs_once_for_every_save(live: Live) -> None:
    log = live.root / "log"
    note = f"with open({str(log)!r}, 'a') as file:\n    file.write('1 ')\n1 / 0"
    raising = ("RUNS = []", note, HELLO)
    assert saved(live, *raising).state == "serving previous"
    assert anyio.run(live.refresh).state == "unchanged"
    assert log.read_text() == "1 "
    written_ns = live.path.stat().st_mtime_ns
    os.utime(live.path, ns=(written_ns + 1, written_ns + 1))
    assert anyio.run(live.refresh).state == "unchanged"
    assert log.read_text() == "1 1 "


def test_a_cell_that_raises_puts_every_name_back(live: Live) -> None:
    update = saved(live, "RUNS = []", "GREETING = 'new'\nEXTRA = 1", HELLO + "\n1 / 0\n")
    assert update.state == "serving previous"
    assert [
        (each.code, each.cell, each.span and each.span.line) for each in update.diagnostics
    ] == [("NL801", 3, 8)]
    assert get(live, "/hello") == (200, "hi")
    assert "EXTRA" not in live.mount.program.names("app")


LOW = (
    "from typing import Annotated\nfrom fastapi import Depends, Request\n"
    "def low(x=''): return x + GREETING"
)
SOCKET = '"""\n@WS /ws\n"""\ndef talk(event: str):\n    return event\n'
VALIDATED = '"Annotated[str, AfterValidator(low)]"'


@pytest.mark.parametrize(
    ("last", "beside"), [("LAST = 1", ""), ("LAST = 1", SOCKET), ("1 / 0", ""), ("1 / 0", SOCKET)]
)
@pytest.mark.parametrize(
    ("declared", "function"),
    [
        ("GET /hello", "def hello():\n    return GREETING"),
        ("GET /hello", "async def hello():\n    return GREETING"),
        ("GET /hello\nquery: n=5", "def hello(n):\n    return GREETING"),
        ("POST /hello\nbody: [n:int=5]", "def hello(n):\n    return GREETING"),
        ("GET /hello", "def hello(request: Request):\n    return GREETING"),
        ("GET /hello", 'def hello(it: "Annotated[str, Depends(low)]"):\n    return it'),
        (
            "GET /hello\nquery: x",
            f"from pydantic import AfterValidator\ndef hello(x: {VALIDATED}):\n    return x",
        ),
    ],
)
def test_calls_are_answered_by_the_version_before_until_the_next_is_sound(
    tmp_path: Path, declared: str, function: str, last: str, beside: str
) -> None:
    hello = f'"""\n@HTTP\n{declared}\n"""\n{function}\n'
    told: list[tuple[int, object]] = []

    def ask(_cell: object = None) -> None:
        told.append(called(served, declared))

    write(tmp_path / "app.ipynb", "GREETING = 'hi'", LOW, hello, "LAST = 0", beside)
    served = Live(tmp_path / "app.ipynb", on_cell=ask)
    served.load()
    told.clear()
    ask()
    update = saved(served, "GREETING = 'ho'", LOW, hello, last, beside)
    ask()
    after = "hi" if "/" in last else "ho"
    assert update.state == ("serving previous" if "/" in last else "live")
    assert told == [(200, "hi"), (200, "hi"), (200, "hi"), (200, after)]


@pytest.mark.parametrize("has_tools", [False, True])
def test_tools_are_described_by_the_names_of_their_own_version(
    tmp_path: Path, has_tools: bool
) -> None:
    path = write(tmp_path / "nb.ipynb", "Size = int", "x = 1")
    during: list[Service | None] = []

    def note(_cell: object) -> None:
        during.append(served.mount._service)

    served = Live(
        path,
        engine=Engine(MemoryBus(), mcp=Mcp("nb") if has_tools else None),
        on_cell=note,
    )
    served.load()
    before = served.mount._service
    during.clear()
    saved(served, "Size = float", "x = 1")
    # No function reads the name, but the type of an answer may be resolved only now.
    assert [each is before for each in during] == [not has_tools]


def called(live: Live, declared: str) -> tuple[int, object]:
    """Call `/hello` in a way that FastAPI answers itself, where there is a body."""
    verb = declared.partition(" ")[0]

    async def ask() -> tuple[int, object]:
        transport = httpx.ASGITransport(app=live)
        async with httpx.AsyncClient(transport=transport, base_url="http://app") as client:
            body = {"json": {"n": 5}, "headers": {"content-type": "application/vnd.x+json"}}
            given = body if verb == "POST" else {"params": {"x": ""}}
            response = await client.request(verb, "/hello", **given)
            return response.status_code, response.json()

    return anyio.run(ask)


def test_a_mended_notebook_comes_live_again(live: Live) -> None:
    saved(live, "RUNS = [", "GREETING = 'new'", HELLO)
    update = saved(live, "RUNS = []", "GREETING = 'new'", HELLO)
    assert update.state == "live"
    assert get(live, "/hello") == (200, "new")


def test_a_notebook_broken_from_the_start_answers_503_until_it_is_mended(tmp_path: Path) -> None:
    write(tmp_path / "app.ipynb", "GREETING = (", HELLO)
    live = Live(tmp_path / "app.ipynb")
    assert live.load().state == "not served"
    assert get(live, "/hello")[0] == 503
    assert saved(live, "GREETING = 'hi'", HELLO).state == "live"
    assert get(live, "/hello") == (200, "hi")


def test_an_endpoint_that_was_removed_is_gone(live: Live) -> None:
    saved(live, "RUNS = []", "RUNS.append(1)\nGREETING = 'hi'")
    assert get(live, "/hello")[0] == 404


def test_an_edited_module_is_imported_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "greetings_of_test.py").write_text("HI = 'one'\n")
    cells = ("from greetings_of_test import HI", HELLO.replace("GREETING", "HI"))
    write(tmp_path / "app.ipynb", *cells)
    live = Live(tmp_path / "app.ipynb")
    live.load()
    (tmp_path / "greetings_of_test.py").write_text("HI = 'another'\n")
    update = anyio.run(lambda: live.refresh(modules_changed=True))
    assert (update.state, update.cells_run) == ("live", 1)
    assert get(live, "/hello") == (200, "another")


def test_a_broken_module_keeps_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "modules_of_test.py").write_text("HI = 'one'\n")
    write(tmp_path / "app.ipynb", "from modules_of_test import HI", HELLO.replace("GREETING", "HI"))
    live = Live(tmp_path / "app.ipynb")
    live.load()
    (tmp_path / "modules_of_test.py").write_text("HI = \n")
    assert anyio.run(lambda: live.refresh(modules_changed=True)).state == "serving previous"
    assert get(live, "/hello") == (200, "one")


def test_modules_elsewhere_are_watched_whatever_becomes_of_an_edit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "lib" / "told_elsewhere.py"
    file.parent.mkdir()
    file.write_text("GREETING = 'hi'")
    monkeypatch.setattr("sys.path", [*sys.path])
    path = write(
        tmp_path / "notebooks" / "app.ipynb",
        f"import sys\nsys.path.append({str(file.parent)!r})",
        "from told_elsewhere import GREETING",
        HELLO,
    )

    def ask(_cell: object) -> None:
        asked.modules()

    asked = Live(path, on_cell=ask)
    asked.load()
    file.write_text("1 / 0")
    update = anyio.run(lambda: asked.refresh(modules_changed=True))
    assert (update.state, asked.modules()) == ("serving previous", [file])
    del sys.modules["told_elsewhere"]


def test_a_renamed_function_of_a_module_is_found_once_the_notebook_asks_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    module = tmp_path / "renamed_of_test.py"
    module.write_text("def old(): return 'old'\n")
    imports = "from renamed_of_test import old"
    shows = HELLO.replace("GREETING", "old()")
    write(tmp_path / "app.ipynb", imports, shows)
    live = Live(tmp_path / "app.ipynb")
    assert live.load().state == "live"
    module.write_text("def new(): return 'new, and of another length'\n")
    update = anyio.run(lambda: live.refresh(modules_changed=True))
    assert update.state == "serving previous"
    assert get(live, "/hello") == (200, "old")
    update = saved(live, imports.replace("old", "new"), shows.replace("old", "new"))
    assert update.state == "live"
    assert get(live, "/hello") == (200, "new, and of another length")


def test_a_notebook_that_is_gone_leaves_what_it_served(live: Live) -> None:
    text = live.path.read_text()
    live.path.unlink()
    update = anyio.run(live.refresh)
    assert update.state == "serving previous"
    assert [each.code for each in update.diagnostics] == ["NL001"]
    assert get(live, "/hello") == (200, "hi")
    live.path.write_text(text.replace("'hi'", "'back'"))
    assert anyio.run(live.refresh).state == "live"
    assert get(live, "/hello") == (200, "back")


def test_what_nobody_foresaw_is_told_and_the_version_before_goes_on(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RecursionError("too deep")

    monkeypatch.setattr(live.mount, "prepare", fail)
    update = saved(live, "RUNS = []", "RUNS.append(1)\nGREETING = 'new'", HELLO)
    assert update.state == "serving previous"
    assert [each.message for each in update.diagnostics] == [
        "The notebook could not be run: RecursionError: too deep"
    ]
    assert get(live, "/hello") == (200, "hi")


def test_handlers_of_kernel_gateway_do_not_run(tmp_path: Path) -> None:
    write(tmp_path / "app.ipynb", "# DELETE /contacts\nopen('ran', 'w')")
    live = Live(tmp_path / "app.ipynb")
    assert [each.code for each in live.load().diagnostics] == ["NL120"]
    assert not (tmp_path / "ran").exists()
