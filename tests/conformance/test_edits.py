"""A save means the same under `neutrino run` and in JupyterLab: what a fresh start would give."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.sync.client import connect

from tests.conformance.servers import Target, serve
from tests.notebooks import write
from tests.wire import ask, until

MAKES = """
import asyncio
import os

class Store:
    def __init__(self):
        self.texts = []
    def log(self, text):
        self.texts.append(text)

def put(where, what):
    where.append(what)

async def load(what):
    return what

store, found = Store(), []
"""
EDITED = (
    "value = asyncio.get_event_loop().run_until_complete(load('one'))",
    "os.environ['NL_OF_TEST_EDITS'] = 'one'",
    "store.log('one')",
    "put(found, 'one')",
)
READS = "mode = os.environ['NL_OF_TEST_EDITS']"
STATE = '"""\n@HTTP\nGET /state\n"""\ndef state():\n    return [value, mode, store.texts, found]\n'


def changed(url: str, before: Any) -> Any:
    answer = httpx.get(url).json()
    return answer if answer != before else None


@pytest.mark.parametrize("target", ["run", "worker"])
def test_each_edit_gives_what_a_fresh_start_would(target: Target, tmp_path: Path) -> None:
    source = tmp_path / "app.ipynb"
    cells = [MAKES, *EDITED, READS, STATE]
    write(source, *cells)
    state = ["one", "one", ["one"], ["one"]]
    with serve(target, source, tmp_path) as served:
        url = f"http://{served.address}/state"
        assert httpx.get(url).json() == state
        for at, _ in enumerate(EDITED):
            cells[at + 1] = cells[at + 1].replace("one", "two")
            write(served.source, *cells)
            # Nothing is seen of a version that is half there.
            seen = until(partial(changed, url, state))
            state = [*state[:at], "two" if at < 2 else ["two"], *state[at + 1 :]]
            assert seen == state


WHO = "from contextvars import ContextVar\nwho = ContextVar('who', default='nobody')"
TALK = '"""\n@WS /talk\n"""\ndef talk(event: str):\n    return who.get()\n'
ASKED = '"""\n@HTTP\nGET /who\n"""\ndef asked():\n    return who.get()\n'


@pytest.mark.parametrize("target", ["run", "worker"])
def test_an_open_socket_finds_what_edited_cells_set(target: Target, tmp_path: Path) -> None:
    source = tmp_path / "app.ipynb"
    write(source, WHO, "who.set('one')", TALK, ASKED)
    with (
        serve(target, source, tmp_path) as served,
        connect(f"ws://{served.address}/talk") as socket,
    ):
        assert ask(socket, '"hi"') == "one"
        write(served.source, WHO, "who.set('two')", TALK, ASKED)
        until(partial(changed, f"http://{served.address}/who", "one"))
        assert ask(socket, '"hi"') == "two"


DECIMAL = "import decimal\nshort = decimal.Context(prec=2)"
THIRD = "return str(decimal.Decimal(1) / 3)\n"


# On the loop one context serves for as long as the connection is open.
@pytest.mark.parametrize("kind", ["def", "async def"])
@pytest.mark.parametrize("target", ["run", "worker"])
def test_an_open_socket_loses_what_only_an_edit_had_set(
    target: Target, kind: str, tmp_path: Path
) -> None:
    source = tmp_path / "app.ipynb"
    talk = f'"""\n@WS /talk\n"""\n{kind} talk(event: str):\n    {THIRD}'
    asked = f'"""\n@HTTP\nGET /third\n"""\ndef asked():\n    {THIRD}'
    write(source, DECIMAL, "x = 1", talk, asked)
    with (
        serve(target, source, tmp_path) as served,
        connect(f"ws://{served.address}/talk") as socket,
    ):
        url = f"http://{served.address}/third"
        long = httpx.get(url).json()
        assert ask(socket, '"hi"') == long
        for cell, was, now in (
            ("decimal.setcontext(short)", long, "0.33"),
            ("x = 2", "0.33", long),
        ):
            write(served.source, DECIMAL, cell, talk, asked)
            until(partial(changed, url, was))
            assert ask(socket, '"hi"') == now


@pytest.mark.parametrize("target", ["run", "worker"])
def test_names_that_no_code_tells_go_with_their_cell(target: Target, tmp_path: Path) -> None:
    source = tmp_path / "app.ipynb"
    names = '"""\n@HTTP\nGET /names\n"""\ndef names():\n    return sorted(' + (
        "n for n in globals() if n.startswith('of_'))\n"
    )
    sets = "for name in ('one', 'two'): globals()[f'of_{name}'] = 1"
    write(source, sets, names)
    with serve(target, source, tmp_path) as served:
        url = f"http://{served.address}/names"
        assert httpx.get(url).json() == ["of_one", "of_two"]
        write(served.source, sets.replace("one", "three"), names)
        assert until(partial(changed, url, ["of_one", "of_two"])) == ["of_three", "of_two"]
