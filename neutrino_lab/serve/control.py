"""The private line between a worker and who supervises it: JSON objects, one to a line.

Needs only the standard library: it is shipped to the kernel's interpreter with the worker.
"""

from __future__ import annotations

import json
import socket
import threading
from io import BufferedReader
from typing import Any, Dict, Iterator, Mapping  # noqa: UP035 - guard.py says why

ControlMessage = Dict[str, Any]  # noqa: UP006


class Channel:
    """A connected socket that carries messages; any thread may send."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._lines: BufferedReader | None = None
        self._sending = threading.Lock()

    def send(self, message: Mapping[str, Any]) -> None:
        """Send a message; without anyone at the other end it is dropped."""
        line = json.dumps(message).encode() + b"\n"
        try:
            with self._sending:
                self._connection.sendall(line)
        except OSError:
            return

    def __iter__(self) -> Iterator[ControlMessage]:
        """Give the messages that come in, until the other end is gone. Whoever stops taking them
        may go on later."""
        if self._lines is None:
            self._lines = self._connection.makefile("rb")
        try:
            for line in iter(self._lines.readline, b""):
                yield json.loads(line)
        except OSError:
            pass
        self._lines.close()
