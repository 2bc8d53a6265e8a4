"""Plays one case of `cases.json` against a server and says what came of it."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.sync.client import ClientConnection, connect

Json = Any
Step = Mapping[str, Any]


def same(left: Json, right: Json) -> bool:
    """Equal as JSON, numbers within 1e-9."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, int | float) and isinstance(right, int | float):
        return abs(left - right) <= 1e-9
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[k], right[k]) for k in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    return bool(left == right)


def prepared(address: str, asked: Mapping[str, Any]) -> httpx.Request:
    return httpx.Request(
        asked["method"],
        f"http://{address}{asked['path']}",
        params=asked.get("query") or None,
        headers=asked.get("headers") or None,
        json=asked.get("body"),
    )


def request(address: str, asked: Mapping[str, Any]) -> httpx.Response:
    with httpx.Client(timeout=30) as client:
        return client.send(prepared(address, asked))


def answers(response: httpx.Response, expect: Mapping[str, Any]) -> None:
    """Compare a response with the `expect` of an http case."""
    text = response.text
    assert response.status_code == expect["status"], text
    if "json" in expect:
        assert same(response.json(), expect["json"]), text
    if "json_paths" in expect:
        assert set(expect["json_paths"]) <= set(response.json()["paths"]), text
    for part in expect.get("text_contains", []):
        assert part in text
    for part in expect.get("text_lacks", []):
        assert part not in text
    for name, value in expect.get("headers", {}).items():
        assert response.headers.get(name) == value, dict(response.headers)


class Conversation:
    """The named clients of one `ws` case."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._clients: dict[str, ClientConnection] = {}
        self._stack = ExitStack()

    def __enter__(self) -> Conversation:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def play(self, step: Step) -> None:
        play: Callable[[Step], None] = getattr(self, f"_{step['do']}")
        play(step)

    def _open(self, path: str) -> ClientConnection:
        return connect(f"ws://{self._address}{path}", close_timeout=1)

    def _connect(self, step: Step) -> None:
        self._clients[step["client"]] = self._stack.enter_context(self._open(step["path"]))

    def _refused(self, step: Step) -> None:
        try:
            self._open(step["path"]).close()
        except InvalidHandshake:
            return
        raise AssertionError(f"{step['path']} was accepted")

    def _send(self, step: Step) -> None:
        self._clients[step["client"]].send(step["text"])

    def _send_bytes(self, step: Step) -> None:
        self._clients[step["client"]].send(bytes.fromhex(step["hex"]))

    def _recv(self, step: Step) -> None:
        frame = self._clients[step["client"]].recv(timeout=step["within"])
        assert same(_parsed(frame), step["json"]), frame

    def _recv_contains(self, step: Step) -> None:
        frame = self._clients[step["client"]].recv(timeout=step["within"])
        assert step["text"] in str(frame)

    def _eventually(self, step: Step) -> None:
        self._skip_until(step, lambda frame: same(_parsed(frame), step["json"]))

    def _eventually_contains(self, step: Step) -> None:
        self._skip_until(step, lambda frame: step["text"] in str(frame))

    def _count(self, step: Step) -> None:
        frames = self._frames(step["client"], step["seconds"])
        assert step["min"] <= len(frames) <= step["max"], frames
        if "each_json" in step:
            assert all(same(_parsed(frame), step["each_json"]) for frame in frames), frames

    def _silent(self, step: Step) -> None:
        assert self._frames(step["client"], step["seconds"]) == []

    def _never(self, step: Step) -> None:
        frames = self._frames(step["client"], step["seconds"])
        assert not any(same(_parsed(frame), step["json"]) for frame in frames), frames

    def _closed(self, step: Step) -> None:
        client = self._clients[step["client"]]
        frames: list[str | bytes] = []
        deadline = time.monotonic() + step["within"]
        with pytest.raises(ConnectionClosed) as raised:
            _collect(client, frames, deadline)
        closed = raised.value.rcvd
        assert closed is not None, raised.value
        assert closed.code in step["codes"], closed
        said = [*map(str, frames), closed.reason]
        assert not any(step.get("frames_lack", "\0") in text for text in said), said

    def _disconnect(self, step: Step) -> None:
        self._clients.pop(step["client"]).close()

    def _sleep(self, step: Step) -> None:
        time.sleep(step["seconds"])

    def _http(self, step: Step) -> None:
        answers(request(self._address, step["request"]), step["expect"])

    def _skip_until(self, step: Step, fits: Callable[[str | bytes], bool]) -> None:
        deadline = time.monotonic() + step["within"]
        while not fits(
            self._clients[step["client"]].recv(timeout=max(0.0, deadline - time.monotonic()))
        ):
            pass

    def _frames(self, client: str, seconds: float) -> list[str | bytes]:
        """All frames that arrive in so many seconds."""
        frames: list[str | bytes] = []
        with contextlib.suppress(TimeoutError):
            _collect(self._clients[client], frames, time.monotonic() + seconds)
        return frames


def _collect(client: ClientConnection, frames: list[str | bytes], deadline: float) -> None:
    """Add all frames until the deadline, which raises TimeoutError, or until the end."""
    while True:
        frames.append(client.recv(timeout=max(0.0, deadline - time.monotonic())))


def _parsed(frame: str | bytes) -> Json:
    return json.loads(frame)
