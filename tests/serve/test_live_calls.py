"""Calls that are under way, or wait for a thread, while a save is being brought up."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import anyio
import httpx
import pytest

from neutrino_lab.runtime.cell_file import CodeCell
from neutrino_lab.serve import mount
from neutrino_lab.serve.live import Live, Update
from tests.notebooks import write
from tests.serve.test_live import HELLO, SOCKET


# What goes on meanwhile is built once more where there is a socket.
@pytest.mark.parametrize("others", [[], [SOCKET]], ids=["alone", "beside a socket"])
def test_a_call_that_waits_for_a_thread_is_one_of_the_version_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, others: list[str]
) -> None:
    monkeypatch.setenv("NEUTRINO_THREADS", "1")
    setup = "import threading\nBEGUN, GATE = threading.Event(), threading.Event()"
    waits = "    it = GREETING\n    BEGUN.set()\n    GATE.wait(30)\n    return it\n"
    hello = HELLO.replace("    return GREETING\n", waits)
    write(tmp_path / "app.ipynb", setup, "GREETING = 'hi'", hello, "LAST = 0", *others)
    answered = threading.Event()
    begun: list[int] = []

    def on_cell(cell: CodeCell) -> None:
        begun.append(cell.number)
        if begun[-2:] == [2, 4]:  # in the names of the cells the greeting is another by now
            served.mount.program.names("app")["GATE"].set()
            assert answered.wait(30)

    served = Live(tmp_path / "app.ipynb", on_cell=on_cell)
    served.load()

    async def test() -> list[object]:
        transport = httpx.ASGITransport(app=served)
        async with httpx.AsyncClient(transport=transport, base_url="http://app") as client:
            calls = [asyncio.ensure_future(client.get("/hello")) for _ in range(2)]
            await asyncio.to_thread(served.mount.program.names("app")["BEGUN"].wait, 30)
            write(served.path, setup, "GREETING = 'ho'", hello, "LAST = 1", *others)
            saving = asyncio.ensure_future(served.refresh())
            answers = await asyncio.gather(*calls)
            answered.set()
            await saving
            return [each.json() for each in (*answers, await client.get("/hello"))]

    assert asyncio.run(test()) == ["hi", "hi", "ho"]


def test_a_call_under_way_does_not_meet_what_a_save_is_about_to_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mount, "SETTLE_S", 60)
    hello = '"""\n@HTTP\nGET /hello\n"""\ndef hello():\n    begun.set()\n    changed.wait(0.2)\n'
    events = "import threading\nbegun, changed = threading.Event(), threading.Event()"
    write(tmp_path / "app.ipynb", events, "NAME = 'old'", f"{hello}    return NAME")
    live = Live(tmp_path / "app.ipynb")
    live.load()

    async def save_meanwhile() -> tuple[object, Update]:
        transport = httpx.ASGITransport(app=live)
        async with httpx.AsyncClient(transport=transport, base_url="http://app") as client:
            asking = asyncio.ensure_future(client.get("/hello"))
            await asyncio.to_thread(live.mount.program.names("app")["begun"].wait)
            write(live.path, events, "NAME = 'new'\nchanged.set()", f"{hello}    return NAME")
            update = await live.refresh()
            return (await asking).json(), update

    answer, update = anyio.run(save_meanwhile)
    assert (answer, update.state) == ("old", "live")
