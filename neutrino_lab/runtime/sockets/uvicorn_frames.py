"""Whole frames straight to uvicorn's transport, where nothing about them depends on the client.

Making the same frame again for each client of a broadcast costs the server more than all
else it does in user space. So for a connection of uvicorn's default implementation without
compression, the frame is made once here (RFC 6455, 5.2) and written as uvicorn would write it: at
once, only while the transport takes more and the socket is open. Everything else goes by ASGI.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

Write: TypeAlias = Callable[[bytes], bool]


def frame(payload: str | bytes) -> bytes:
    """Give the bytes of one final, unmasked frame: a text frame for str, a binary one for bytes."""
    is_text = isinstance(payload, str)
    content = payload.encode() if isinstance(payload, str) else payload
    head = b"\x81" if is_text else b"\x82"
    length = len(content)
    if length < 126:
        return head + length.to_bytes(1, "big") + content
    if length < 1 << 16:
        return head + b"\x7e" + length.to_bytes(2, "big") + content
    return head + b"\x7f" + length.to_bytes(8, "big") + content


def find(send: Any) -> Write | None:
    """Find the way past ASGI for an accepted connection; None where there is none to be sure of.

    What is found writes a frame and tells whether it did.
    """
    protocol: Any = getattr(send, "__self__", None)
    if type(protocol).__name__ != "WebSocketsSansIOProtocol":
        return None
    try:
        state, is_open = protocol.conn, protocol.conn.state
        is_known = is_open.name == "OPEN" and state.extensions == [] and not protocol.disconnected
        is_writable, write_out = protocol.writable.is_set, protocol.transport.write
    except AttributeError:
        return None

    def write(whole: bytes) -> bool:
        if protocol.disconnected or state.state is not is_open or not is_writable():
            return False
        write_out(whole)
        return True

    return write if is_known else None
