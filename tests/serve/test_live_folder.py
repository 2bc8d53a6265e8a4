"""A folder of notebooks that are edited while they are served."""

from __future__ import annotations

import asyncio
from pathlib import Path

import anyio

from neutrino_lab import listing
from neutrino_lab.serve.live import Live
from tests.notebooks import write
from tests.serve.test_live import HELLO, get


def test_scratch_notebooks_of_a_folder_stop_no_other(tmp_path: Path) -> None:
    write(tmp_path / "app.ipynb", "GREETING = 'hi'", HELLO)
    write(tmp_path / "broken.ipynb", "x = (")
    write(tmp_path / "raises.ipynb", "1 / 0")
    (tmp_path / "half.ipynb").write_text('{"cells": [')
    live = Live(tmp_path)
    update = live.load()
    assert update.state == "live"
    assert get(live, "/hello") == (200, "hi")
    assert update.app.modules == ("app",)
    assert {(each.severity, each.code, each.notebook) for each in update.diagnostics} == {
        ("note", "NL012", "broken.ipynb"),
        ("note", "NL101", "broken.ipynb"),
        ("note", "NL012", "raises.ipynb"),
        ("warning", "NL002", "half.ipynb"),
    }
    shown = listing.overview(update.app, "http://localhost", update.diagnostics)
    assert "not run, as nothing is declared there: broken.ipynb, raises.ipynb" in shown


def test_a_notebook_may_join_while_names_of_another_change(tmp_path: Path) -> None:
    write(tmp_path / "one.ipynb", "GREETING = 'hi'", HELLO)
    live = Live(tmp_path)
    live.load()
    write(tmp_path / "one.ipynb", "GREETING = 'hello'", HELLO)
    write(tmp_path / "two.ipynb", "GREETING = 'bye'", HELLO.replace("/hello", "/bye"))
    assert anyio.run(live.refresh).state == "live"
    assert (get(live, "/hello"), get(live, "/bye")) == ((200, "hello"), (200, "bye"))


def test_a_notebook_that_is_served_may_not_become_unreadable(tmp_path: Path) -> None:
    write(tmp_path / "app.ipynb", "GREETING = 'hi'", HELLO)
    write(tmp_path / "other.ipynb", HELLO.replace("/hello", "/other").replace("GREETING", "'ho'"))
    live = Live(tmp_path)
    live.load()
    (tmp_path / "other.ipynb").write_text('{"cells": [')
    update = asyncio.run(live.refresh())
    assert (update.state, [each.code for each in update.diagnostics]) == (
        "serving previous",
        ["NL002"],
    )
    assert get(live, "/other") == (200, "ho")
