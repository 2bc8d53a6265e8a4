"""Sends saved examples to an app that runs beside: one request, or one WebSocket, for each."""

from __future__ import annotations

import http.client
import json
import socket
import sys
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.sync.client import ClientConnection, connect, unix_connect

from neutrino_lab.export.examples import Example

ANSWER_S = 60.0
# A socket need not answer: it may speak to others only, or rarely.
SILENCE_S = 5.0
# How long a stream is listened to for an error about what it was sent.
STREAM_S = 1.0
# What a stream goes on sending is read no more, and with it the end of the connection.
CLOSE_S = 0.1

_MOST_BYTES = 1 << 20
_ACCEPTED = 101


@dataclass(frozen=True, slots=True)
class ReplayResult:
    """What came back; `status` is of HTTP or the code that closed a WebSocket, 0 where there was
    none. `text` tells of a failure, or what is remarkable."""

    ok: bool
    status: int
    text: str = ""


class Address:
    """Where the app listens: a socket that only its owner reaches, where there are such.

    `options` are those of `uvicorn.run`.
    """

    def __init__(self, folder: Path) -> None:
        self._path = str(folder / "check.sock")
        self._port = 0
        self.options: dict[str, object] = {"uds": self._path}
        if sys.platform == "win32":
            self._path = ""
            with socket.create_server(("127.0.0.1", 0)) as free:
                self._port = free.getsockname()[1]
            self.options = {"host": "127.0.0.1", "port": self._port}

    def ask(self, example: Example, timeout_s: float = ANSWER_S) -> ReplayResult:
        """Send a request, and give the answer's body as text. Raises OSError, HTTPException."""
        connection = _Connection("127.0.0.1", self._port, self._path, timeout_s)
        try:
            connection.request(example.verb, example.target, example.body, dict(example.headers))
            response = connection.getresponse()
            body = response.read(_MOST_BYTES).decode("utf-8", "replace")
            return ReplayResult(200 <= response.status < 400, response.status, body)
        finally:
            connection.close()

    def dial(self, example: Example) -> ClientConnection:
        """Open the WebSocket of an example. Raises OSError, WebSocketException."""
        uri = f"ws://127.0.0.1:{self._port or 80}{example.target}"
        dial = partial(unix_connect, self._path) if self._path else partial(connect, proxy=None)
        return dial(
            uri=uri,
            additional_headers=dict(example.headers),
            max_size=None,
            open_timeout=ANSWER_S,
            close_timeout=CLOSE_S,
        )


def replay(example: Example, address: Address) -> ReplayResult:
    """Send an example and judge what comes back."""
    try:
        return _talk(example, address) if example.is_socket else _call(example, address)
    except (OSError, http.client.HTTPException, WebSocketException) as error:
        return ReplayResult(False, 0, str(error) or type(error).__name__)


def _call(example: Example, address: Address) -> ReplayResult:
    answer = address.ask(example)
    if example.expected is not None:
        error = example.expected.error(answer.status, answer.text)
        return ReplayResult(not error, answer.status, error)
    return ReplayResult(answer.ok, answer.status, "" if answer.ok else _detail(answer.text))


def _talk(example: Example, address: Address) -> ReplayResult:
    """Connect, say what there is to say, and listen for as long as an answer may take."""
    try:
        with address.dial(example) as client:
            if example.message is not None:
                client.send(example.message)
            refusal = _listen(client, stream_s=STREAM_S if example.streams else 0)
    except InvalidStatus as refused:
        return ReplayResult(False, refused.response.status_code, "the connection is refused")
    except ConnectionClosed as closed:
        code, reason = (closed.rcvd.code, closed.rcvd.reason) if closed.rcvd else (0, "")
        return ReplayResult(
            code == 1000, code, "" if code == 1000 else reason or "the app closed it"
        )
    if refusal is None:
        return ReplayResult(True, _ACCEPTED, f"no answer within {SILENCE_S:g} s")
    return ReplayResult(not refusal, _ACCEPTED, refusal)


def _listen(client: ClientConnection, *, stream_s: float) -> str | None:
    """Give what the app says went wrong, empty where it answers otherwise, None where it does not.

    Raises ConnectionClosed.
    """
    try:
        refusal = _refusal(client.recv(timeout=SILENCE_S))
    except TimeoutError:
        return None
    until = time.monotonic() + stream_s
    while not refusal and (left_s := until - time.monotonic()) > 0:
        try:
            refusal = _refusal(client.recv(timeout=left_s))
        except TimeoutError:
            break
    return refusal


def _refusal(frame: str | bytes) -> str:
    """What a frame says went wrong, as runtime/ writes it; empty where it is an answer."""
    try:
        content = json.loads(frame)
    except ValueError:
        return ""
    error = content.get("error") if isinstance(content, dict) and len(content) == 1 else None
    return error if isinstance(error, str) else ""


def _detail(text: str) -> str:
    try:
        content = json.loads(text)
        text = content["detail"] if isinstance(content, dict) and "detail" in content else text
    except ValueError:
        pass
    return (text if isinstance(text, str) else json.dumps(text))[:500]


class _Connection(http.client.HTTPConnection):
    """HTTP to a Unix socket, or, where its path is empty, to a port."""

    def __init__(self, host: str, port: int, path: str, timeout_s: float) -> None:
        super().__init__(host, port or None, timeout=timeout_s)
        self._path = path

    def connect(self) -> None:
        if not self._path:
            super().connect()
            return
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)
