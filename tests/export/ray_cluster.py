"""`make ray`: an export on a cluster of two Ray nodes on loopback, started by the Python that is
named, which has Ray."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path
from tempfile import TemporaryDirectory

CELLS = (
    '"""\n@HTTP GET /pid\n"""\nimport os\n\ndef pid():\n    return os.getpid()',
    '"""\n@WS /chat/{room_id}\nto: room\n"""\ndef chat(event: str):\n    return event',
)
WAIT_S = 120
MEMORY_BYTES = 80_000_000


def main(python: str) -> None:
    """Build two replicas, and try them beside a Redis of their own."""
    from tests.conformance.servers import build
    from tests.notebooks import write
    from tests.streams.servers import broker

    with TemporaryDirectory() as name, broker("redis-server", Path(name)) as redis:
        notebook = write(Path(name) / "shop.ipynb", *CELLS)
        out = build(notebook, "--engine=ray", "--ray=num_replicas=2", "--ray=num_cpus=0.1")
        needed = [python, "-m", "pip", "install", "-q", "-r", str(out / "requirements-ray.txt")]
        subprocess.run(needed, check=True)
        environment = {
            **os.environ,
            "NEUTRINO_BUS": f"redis://127.0.0.1:{redis.port}",
            "RAY_SERVE_PROXY_PREFER_LOCAL_NODE_ROUTING": "0",
        }
        command = [python, str(Path(__file__).resolve()), "--inside"]
        subprocess.run(command, cwd=out, env=environment, check=True)


def inside() -> None:
    """Serve the build in the working folder: both replicas answer, and their rooms are one."""
    sys.path[0] = str(Path.cwd())
    import ray  # type: ignore[import-not-found]
    from ray import serve
    from ray.cluster_utils import Cluster  # type: ignore[import-not-found]

    node = {"num_cpus": 1, "object_store_memory": MEMORY_BYTES}
    cluster = Cluster(initialize_head=True, head_node_args={**node, "include_dashboard": False})
    cluster.add_node(**node)
    ray.init(address=cluster.address, runtime_env={"working_dir": str(Path.cwd())})
    try:
        assert len(ray.nodes()) == 2
        port = _free_port()
        serve.start(http_options={"host": "127.0.0.1", "port": port, "location": "HeadOnly"})
        from serve_ray import app  # type: ignore[import-not-found]

        serve.run(app, name="shop", route_prefix="/")
        url = f"http://127.0.0.1:{port}/pid"
        pids = {urllib.request.urlopen(url).read() for _ in range(200)}
        assert len(pids) == 2, pids
        asyncio.run(_talk(f"ws://127.0.0.1:{port}/chat/red"))
    finally:
        serve.shutdown()
        ray.shutdown()
        cluster.shutdown()
    print("two Ray nodes: both replicas answered, and a room reached all of its clients")  # noqa: T201


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


async def _talk(url: str) -> None:
    import websockets

    clients = [await websockets.connect(url) for _ in range(8)]
    await clients[0].send("hello")
    heard = [await asyncio.wait_for(each.recv(), WAIT_S) for each in clients]
    assert heard == ['"hello"'] * len(clients), heard
    for each in clients:
        await each.close()


if __name__ == "__main__":
    if sys.argv[1:] == ["--inside"]:
        inside()
    else:
        main(sys.argv[1])
