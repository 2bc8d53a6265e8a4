"""A process that a notebook forks never serves, and says that it has ended."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from tests.attacks.wire import WAIT_S
from tests.conformance.servers import STANDALONE, Target, serve
from tests.jupyter import Lab
from tests.notebooks import write
from tests.supervised import is_gone
from tests.wire import until

COMMON = """
import asyncio, multiprocessing, os, threading
CHILDREN = []

def note(pid):
    if pid:
        CHILDREN.append(pid)
    return pid
"""
IN_CELL = "note(os.fork())"
ENDPOINTS = {
    "inline": "async def inline():\n    note(os.fork())\n    return os.getpid()",
    "waits": "async def waits():\n    if note(os.fork()) == 0:\n        await asyncio.sleep(0)\n"
    "    return os.getpid()",
    "raises": "async def raises():\n    if note(os.fork()) == 0:\n        raise ValueError\n"
    "    return os.getpid()",
    "threaded": "def threaded():\n    note(os.fork())\n    return os.getpid()",
    "inner": "def inner():\n    def below(): return note(os.fork())\n    below()\n"
    "    return os.getpid()",
    "pipes": "def pipes():\n    reads, writes = os.pipe()\n    if note(os.fork()) == 0:\n"
    "        os.write(writes, b'done')\n        return 0\n    os.read(reads, 4)\n"
    "    return os.getpid()",
    "streams": "async def streams():\n    note(os.fork())\n    yield str(os.getpid())",
    "pool": "def pool():\n    context = multiprocessing.get_context('fork')\n"
    "    with context.Pool(2) as workers:\n        assert workers.map(abs, [-1, -2]) == [1, 2]\n"
    "    return os.getpid()",
    "ended": "def ended():\n    context = multiprocessing.get_context('fork')\n"
    "    child = context.Process(target=threading.Event().wait)\n    child.start()\n"
    "    child.terminate()\n    child.join()\n    return os.getpid()",
    "looping": "async def looping():\n    context = multiprocessing.get_context('fork')\n"
    "    child = context.Process(target=print, args=('hi',))\n    child.start()\n    child.join()\n"
    "    return os.getpid()",
}
LISTED = '"""\n@HTTP\nGET /children\n"""\ndef children(): return [os.getpid(), CHILDREN]'
SOCKET = '"""\n@WS /ws\n"""\nasync def ws(event: str):\n    note(os.fork())\n    return os.getpid()'
TICKS = '"""\n@SCHEDULE\ninterval: 1s\n"""\ndef tick():\n    TICKS.append(os.getpid())'
TICKED = '"""\n@HTTP\nGET /ticked\n"""\ndef ticked(): return TICKS'
CELLS = (
    COMMON,
    IN_CELL,
    *(f'"""\n@HTTP\nGET /{name}\n"""\n{code}' for name, code in ENDPOINTS.items()),
    LISTED,
    SOCKET,
    "TICKS = []",
    TICKS,
    TICKED,
)


@pytest.mark.parametrize("target", STANDALONE)
def test_a_forked_child_never_serves(target: Target, tmp_path: Path) -> None:
    notebook = write(tmp_path / "a.ipynb", *CELLS)
    with (
        serve(target, notebook, tmp_path) as served,
        httpx.Client(base_url=f"http://{served.address}", timeout=WAIT_S) as http,
    ):
        server, _ = http.get("/children").json()
        for name in [*ENDPOINTS, *ENDPOINTS]:
            answer = http.get(f"/{name}")
            assert (answer.status_code, answer.json()) == (200, server), name
            # What is called next, on this connection and on new ones, is answered by the server.
            assert http.get("/children").json()[0] == server
            assert httpx.get(f"http://{served.address}/children").json()[0] == server
        _, children = http.get("/children").json()
        assert len(children) == 1 + 2 * (len(ENDPOINTS) - 3)
        assert [is_gone(pid) for pid in children] == [True] * len(children)
        until(lambda: len(http.get("/ticked").json()) > 1)
        assert set(http.get("/ticked").json()) == {server}
    log = "".join(served.log)
    assert log.count("its child has run to the end") == len(children)
    assert "Traceback" not in log


async def test_nor_in_jupyterlab(lab: Lab) -> None:
    id_ = await lab.serve("a.ipynb", *CELLS)
    server = (await lab.get(id_, "/children")).json[0]
    for name in ENDPOINTS:
        answer = await lab.get(id_, f"/{name}")
        assert (answer.status, answer.json) == (200, server), name
        assert (await lab.get(id_, "/children")).json[0] == server
    children = (await lab.get(id_, "/children")).json[1]
    assert [is_gone(pid) for pid in children] == [True] * len(children)
