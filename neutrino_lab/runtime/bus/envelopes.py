"""Envelopes as bytes: many of them go in one message of a wire, which then costs as much as one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from .contract import Envelope

MOST_IN_ONE = 100
MOST_BYTES_IN_ONE = 1 << 20
_LENGTH = 4


def encode(replica: str, number: int, envelope: Envelope) -> bytes:
    """Write one, with its length in front and the number that its replica gives it."""
    payload = envelope.payload
    is_text = isinstance(payload, str)
    head = [
        replica,
        number,
        is_text,
        envelope.path,
        envelope.room_id,
        envelope.client_id,
        envelope.connection,
        envelope.closing,
    ]
    body = payload.encode("utf-8", "surrogatepass") if isinstance(payload, str) else payload
    whole = json.dumps(head).encode() + b"\n" + body
    return len(whole).to_bytes(_LENGTH, "big") + whole


def joined(envelopes: Iterable[bytes]) -> Iterator[bytes]:
    """Put envelopes together into messages of a moderate length."""
    parts: list[bytes] = []
    length = 0
    for each in envelopes:
        if parts and (len(parts) >= MOST_IN_ONE or length + len(each) > MOST_BYTES_IN_ONE):
            yield b"".join(parts)
            parts, length = [], 0
        parts.append(each)
        length += len(each)
    yield b"".join(parts)


def parts(data: bytes) -> Iterator[bytes]:
    """Give the envelopes of one message, each without its length in front, as `decode` takes
    them."""
    at = 0
    while at < len(data):
        end = at + _LENGTH + int.from_bytes(data[at : at + _LENGTH], "big")
        yield data[at + _LENGTH : end]
        at = end


def decode(data: bytes) -> tuple[str, int, Envelope]:
    """Read one, without the length in front: who sent it, its number, and what it is. Raises
    ValueError, TypeError or KeyError for what is no envelope."""
    head, _, body = data.partition(b"\n")
    replica, number, is_text, path, room_id, client_id, connection, closing = json.loads(head)
    payload = body.decode("utf-8", "surrogatepass") if is_text else body
    closing = (int(closing[0]), str(closing[1])) if closing else None
    return replica, int(number), Envelope(path, payload, room_id, client_id, connection, closing)
