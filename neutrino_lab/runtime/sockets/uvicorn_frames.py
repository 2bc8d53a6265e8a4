"""Whole frames straight to and from uvicorn's transport, past its queue and its parser.

Making the same frame again for each client of a broadcast costs the server more than all
else it does in user space. So for a connection of uvicorn's default implementation the frame is
made once here (RFC 6455, 5.2) and written as uvicorn would write it: at once, only while the
transport takes more and the socket is open. Everything else goes by ASGI, and so do large frames
where messages may be compressed, as browsers ask for: small ones need not be (RFC 7692, 6).

Nor does a frame that comes in as a whole need what uvicorn does for each: several generators to
parse it, a queue, a wake-up of who waits there, and reading stopped and begun again meanwhile.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, MutableMapping
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from websockets.utils import apply_mask
else:
    try:
        from websockets.frames import apply_mask  # in C, where that is installed
    except ImportError:  # uvicorn serves WebSockets otherwise, or not at all
        apply_mask = None

Write: TypeAlias = Callable[[bytes], bool]
Take: TypeAlias = Callable[[MutableMapping[str, Any]], bool]
Put: TypeAlias = Callable[[MutableMapping[str, Any]], None]

_PROTOCOL = "WebSocketsSansIOProtocol"
# A final frame of text or of bytes, with nothing reserved set.
_KINDS = {0x81: "text", 0x82: "bytes"}
_MASKED = 0x80
_IN_TWO_BYTES = 126
# A frame that compression would not save a packet: it takes ten times what else is done for one.
_SMALL = 1_024


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
    if type(protocol).__name__ != _PROTOCOL:
        return None
    try:
        state, is_open = protocol.conn, protocol.conn.state
        is_known = is_open.name == "OPEN" and not protocol.disconnected
        extensions = [type(each).__name__ for each in state.extensions]
        is_writable, write_out = protocol.writable.is_set, protocol.transport.write
    except AttributeError:
        return None
    if not is_known or extensions not in ([], ["PerMessageDeflate"]):
        return None
    most = _SMALL if extensions else sys.maxsize

    def write(whole: bytes) -> bool:
        if (
            len(whole) > most
            or protocol.disconnected
            or state.state is not is_open
            or not is_writable()
        ):
            return False
        write_out(whole)
        return True

    return write


def listen(receive: Any, take: Take) -> Put | None:
    """Offer `take` each frame that comes in whole and alone while nothing waits to be received.

    What `take` refuses, and all else, is received as ever. Gives what puts a message in the way of
    `receive`; None where uvicorn is not as it has to be, and `take` is never called.
    """
    protocol: Any = getattr(receive, "__self__", None)
    if apply_mask is None or type(protocol).__name__ != _PROTOCOL:
        return None
    try:
        state, queue, received = protocol.conn, protocol.queue, protocol.data_received
        is_open, parser, most = state.state, state.parser.gi_yieldfrom, protocol.config.ws_max_size
        is_known = is_open.name == "OPEN" and state.extensions == [] and not state.debug
        # The one is the name in versions of websockets before 16.
        part = "cur_size" if hasattr(state, "cur_size") else "current_size"
        is_known = is_known and _is_between(parser) and getattr(state, part) is None
        is_empty, put = queue.empty, queue.put_nowait
    except AttributeError:
        return None
    if not is_known:
        return None

    def data_received(data: bytes) -> None:
        if (
            is_empty()
            and state.state is is_open
            and getattr(state, part) is None  # no message has come in part
            and _is_between(parser)
        ):
            message = _message(data, most)
            if message is not None and take(message):
                return
        received(data)

    protocol.data_received = data_received
    # A transport may keep the method.
    protocol.transport.set_protocol(protocol)
    return put  # type: ignore[no-any-return]


def _is_between(parser: Any) -> bool:
    """Whether a parser of `websockets` waits for the first byte of a frame, and has none of it."""
    return parser.gi_yieldfrom.__name__ == "at_eof"  # type: ignore[no-any-return]


def _message(data: bytes, most: int) -> MutableMapping[str, Any] | None:
    """Read one whole frame of up to `most` bytes as a message of ASGI; None for anything else."""
    if len(data) < 6:
        return None
    kind, length, start = _KINDS.get(data[0]), data[1] - _MASKED, 6
    if length == _IN_TWO_BYTES:
        length, start = int.from_bytes(data[2:4], "big"), 8
    if kind is None or length > most or len(data) != start + length:
        return None
    content: Any = apply_mask(data[start:], data[start - 4 : start])
    if kind == "text":
        try:
            content = content.decode()
        except UnicodeDecodeError:
            return None
    return {"type": "websocket.receive", kind: content}
