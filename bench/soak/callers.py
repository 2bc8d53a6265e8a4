"""Calls that go on all the time, whatever happens to the notebook meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import httpx

from bench.soak.servers import Server

# What a call may be answered while a process is killed and started again.
_WHILE_DOWN = {502, 503, 504}


class Callers:
    """A thread for each server that asks which version answers: never an older one than before,
    never another answer than that, or that there is none at the moment."""

    def __init__(self, servers: Sequence[Server]) -> None:
        self.faults: list[str] = []
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=self._call, args=(each,)) for each in servers]

    def __enter__(self) -> Callers:
        for each in self._threads:
            each.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        self._ended.set()
        for each in self._threads:
            each.join()

    def _call(self, server: Server) -> None:
        newest = 0
        while not self._ended.wait(0.02):
            try:
                answer = httpx.get(
                    f"{server.http.base_url}wait?seconds=0.05",
                    headers=server.http.headers,
                    timeout=60,
                )
            except httpx.HTTPError:
                continue  # killed: connections break
            if answer.status_code in _WHILE_DOWN:
                continue
            if answer.status_code != 200 or answer.json() < newest:
                self.faults.append(f"{server.name}: {answer.status_code} {answer.text[:200]}")
                return
            newest = answer.json()
