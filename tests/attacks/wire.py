"""Requests that no well-behaved client would send, as bytes."""

from __future__ import annotations

import socket

WAIT_S = 60


def exchange(address: str, *pieces: str | bytes) -> bytes:
    """Send pieces one after the other, and read until the server closes."""
    host, _, port = address.rpartition(":")
    with socket.create_connection((host, int(port)), WAIT_S) as connection:
        for piece in pieces:
            connection.sendall(piece.encode("latin-1") if isinstance(piece, str) else piece)
        answer = b""
        while read := connection.recv(1 << 16):
            answer += read
    return answer


def status_of(address: str, line: str, *headers: str, body: str = "") -> int:
    """The status of the answer to `GET /path` with these headers alone, and what ends it."""
    head = [f"{line} HTTP/1.1", *headers, "Connection: close", f"Content-Length: {len(body)}"]
    return int(exchange(address, "\r\n".join([*head, "", body])).split(b" ", 2)[1])


def upgrade_status(address: str, path: str, *headers: str) -> int:
    """The status of the answer to a WebSocket's handshake."""
    host, _, port = address.rpartition(":")
    head = [
        f"GET {path} HTTP/1.1",
        *headers,
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ]
    with socket.create_connection((host, int(port)), WAIT_S) as connection:
        connection.sendall("\r\n".join([*head, "", ""]).encode("latin-1"))
        return int(connection.recv(1 << 16).split(b" ", 2)[1])
