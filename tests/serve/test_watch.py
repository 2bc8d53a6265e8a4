"""How a save is noticed."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from neutrino_lab.serve import watch
from neutrino_lab.serve.listeners import new_loop
from neutrino_lab.serve.written import Written
from tests.notebooks import write

# Only a guard: what is waited for comes at once, or never.
_GUARD_S = 120


@pytest.mark.skipif(sys.platform != "linux", reason="the system's own word is Linux's alone")
@pytest.mark.parametrize("is_renamed", [True, False], ids=["by a rename", "in place"])
def test_the_system_tells_of_a_save(tmp_path: Path, is_renamed: bool) -> None:
    async def told() -> None:
        is_told = asyncio.Event()
        written = Written(is_told.set)
        written.watch([tmp_path])
        try:
            if is_renamed:
                write(tmp_path / "app.ipynb", "1")
            else:
                (tmp_path / "app.ipynb").write_text("{}")
            await asyncio.wait_for(is_told.wait(), _GUARD_S)
        finally:
            written.close()

    loop = new_loop()
    try:
        loop.run_until_complete(told())
    finally:
        loop.close()


@pytest.mark.skipif(sys.platform != "linux", reason="the system's own word is Linux's alone")
@pytest.mark.parametrize("is_told", [True, False])
def test_notebooks_are_looked_at_often_where_the_system_does_not_tell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_told: bool
) -> None:
    # As in a folder of the network, where a watch is set and nothing comes.
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    set_watch = Written.watch
    monkeypatch.setattr(
        Written,
        "watch",
        lambda own, folders: set_watch(own, folders if is_told else [elsewhere]),
    )

    async def found() -> tuple[bool, bool]:
        paths = [write(tmp_path / "app.ipynb", "1")]
        saved: asyncio.Queue[watch.Saved | None] = asyncio.Queue()
        poll = watch._Poll(lambda: paths, saved, watch._POLL_S, 1, is_prompt=True)
        try:
            poll.look()
            is_slow = poll.pause_s > watch._POLL_S
            write(paths[0], "2")
            assert await asyncio.wait_for(saved.get(), _GUARD_S) == frozenset(paths)
            return is_slow, poll.pause_s > watch._POLL_S
        finally:
            poll.stop()

    loop = new_loop()
    try:
        assert loop.run_until_complete(found()) == (True, is_told)
    finally:
        loop.close()
