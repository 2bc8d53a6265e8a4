"""How a save is noticed."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

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
