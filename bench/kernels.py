"""Code on kernels: what the pool saves, and what the service costs beside bare jupyter_client."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from statistics import median

import aiohttp
from jupyter_client.manager import start_new_async_kernel

from bench.table import percentile, ratio, show
from neutrino_lab.kernels import local
from neutrino_lab.kernels.isolation import Isolation
from neutrino_lab.kernels.service import Request, Service
from neutrino_lab.kernels.settings import Settings

ROUNDS = 40
COLD = 5
OPENED = 50
TOKEN = "bench"
CODE = "1 + 1"
BARE = "bare AsyncKernelClient"
OURS = "the service, in a session"
GATEWAY = "Kernel Gateway's WebSocket"

Call = Callable[[], Awaitable[None]]


def main() -> None:
    asyncio.run(measure())


async def measure() -> None:
    settings = Settings(isolation=Isolation(kind="process"), pool=4, per_minute=0, concurrent=0)
    async with local.service(settings) as service:
        await first(service)
        await round_trips(service)
        await many(service)
        await killed(service)


async def first(service: Service) -> None:
    """The first execution: in a kernel that has to be started, and in a session of the pool."""
    cold, pooled = [], []
    for _ in range(COLD):
        began = time.perf_counter()
        manager, client = await start_new_async_kernel()
        await bare(client)()
        cold.append(since(began))
        client.stop_channels()
        await manager.shutdown_kernel(now=True)
        await full(service)
        began = time.perf_counter()
        session = await service.open_session("")
        await ours(service, session.id)()
        pooled.append(since(began))
        await service.end_session(session.id, "")
    show(
        "Kernels: first execution, milliseconds",
        ("", "median", "over cold"),
        [
            ("a kernel that is started (jupyter_client)", median(cold), 1.0),
            ("a session of the pool, opened and used", median(pooled), ratio(pooled, cold)),
        ],
    )


async def round_trips(service: Service) -> None:
    """A warm execution, side by side."""
    manager, client = await start_new_async_kernel()
    session = await service.open_session("")
    async with gateway() as through:
        calls: dict[str, Call] = {
            BARE: bare(client),
            OURS: ours(service, session.id),
            GATEWAY: through,
        }
        taken: dict[str, list[float]] = {name: [] for name in calls}
        for turn in range(ROUNDS + 5):
            for name, call in calls.items():
                began = time.perf_counter()
                await call()
                if turn >= 5:
                    taken[name].append(since(began))
    client.stop_channels()
    await manager.shutdown_kernel(now=True)
    await service.end_session(session.id, "")
    show(
        "Kernels: a warm execution, milliseconds",
        ("", "median", "p95", f"over {BARE}", f"over {OURS}"),
        [
            (
                name,
                median(found),
                percentile(found, 95),
                ratio(found, taken[BARE]),
                ratio(found, taken[OURS]),
            )
            for name, found in taken.items()
        ],
    )


async def many(service: Service) -> None:
    """Sessions that are opened at once, until each of them is there, and has answered."""
    await full(service)

    async def one() -> tuple[float, float]:
        began = time.perf_counter()
        session = await service.open_session("")
        opened = since(began)
        await ours(service, session.id)()
        answered = since(began)
        await service.end_session(session.id, "")
        return opened, answered

    taken = await asyncio.gather(*(one() for _ in range(OPENED)))
    show(
        f"Kernels: {OPENED} sessions opened at once, pool of 4, milliseconds",
        ("", "median", "p95"),
        [
            ("until it is opened", *of([each[0] for each in taken])),
            ("until it has run its first code", *of([each[1] for each in taken])),
        ],
    )


async def killed(service: Service) -> None:
    """From kill -9 to the answer."""
    taken = []
    session = await service.open_session("")
    for _ in range(COLD):
        told = await run(service, "import os; os.getpid()", session.id)
        execution = await service.execute(
            "", Request("print(1)\nimport time; time.sleep(60)", session_id=session.id)
        )
        async for event in execution.read():
            if event.kind == "output":
                break
        began = time.perf_counter()
        os.kill(int(told.split()[0]), signal.SIGKILL)
        assert (await execution.finished()).status == "killed"
        taken.append(since(began))
    show("Kernels: kill -9 to the answer, milliseconds", ("", "median"), [("", median(taken))])


async def run(service: Service, code: str, session_id: str) -> str:
    execution = await service.execute("", Request(code, session_id=session_id))
    return (await execution.finished()).text


def ours(service: Service, session_id: str) -> Call:
    async def call() -> None:
        assert (await run(service, CODE, session_id)).startswith("2")

    return call


def bare(client: object) -> Call:
    """As jupyter_client's own users do it: the reply, and all outputs up to idle."""

    async def call() -> None:
        reply = await client.execute_interactive(CODE, output_hook=lambda _: None)  # type: ignore[attr-defined]
        assert reply["content"]["status"] == "ok"

    return call


@asynccontextmanager
async def gateway() -> AsyncIterator[Call]:
    """A kernel of a Kernel Gateway, over its WebSocket."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "kernel_gateway", f"--KernelGatewayApp.port={port}"]
    command += [f"--KernelGatewayApp.auth_token={TOKEN}"]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, stdout=quiet, stderr=quiet) as process:  # noqa: ASYNC220
        async with aiohttp.ClientSession(headers={"Authorization": f"token {TOKEN}"}) as http:
            url = f"http://127.0.0.1:{port}/api/kernels"
            while True:
                try:
                    made = await (await http.post(url, json={})).json()
                    break
                except aiohttp.ClientError:
                    await asyncio.sleep(0.1)
            async with http.ws_connect(f"{url}/{made['id']}/channels") as channels:
                yield over(channels)
        process.kill()


def over(channels: aiohttp.ClientWebSocketResponse[bool]) -> Call:
    number = 0

    async def call() -> None:
        nonlocal number
        number += 1
        id_ = f"m{number}"
        header = {"msg_id": id_, "msg_type": "execute_request", "session": "s"}
        header |= {"username": "", "version": "5.3", "date": ""}
        content = {"code": CODE, "silent": False, "allow_stdin": False}
        message = {"channel": "shell", "header": header, "content": content}
        await channels.send_str(json.dumps({**message, "parent_header": {}, "metadata": {}}))
        left = {"execute_reply", "idle"}
        while left:
            told = json.loads((await channels.receive()).data)
            if told["parent_header"].get("msg_id") == id_:
                left -= {told["msg_type"], told["content"].get("execution_state")}

    return call


async def full(service: Service) -> None:
    """Wait until as many kernels are idle as the pool keeps."""
    service.pool.fill("python3")
    while service.pool.idle < service.pool.size:  # noqa: ASYNC110
        await asyncio.sleep(0.01)


def of(taken: list[float]) -> tuple[float, float]:
    return median(taken), percentile(taken, 95)


def since(began: float) -> float:
    return (time.perf_counter() - began) * 1000
