"""The frames of WARP: a tag, the address of a lane, and a body in Recon."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from ..recon.json_types import plain
from ..recon.reader import read, read_attr
from ..recon.values import Attr, ReconError, Record, Slot
from ..recon.writer import write_attr

SUBPROTOCOL = "warp0"

# The envelope of nearly every frame, without the way through the reader.
_HEAD = re.compile(
    r'@([a-z]+)\(node:"([^"\\]*)",lane:(?:"([^"\\]*)"|([A-Za-z_][A-Za-z0-9_-]*))\)[ \t]*'
)


@dataclass(frozen=True, slots=True)
class Envelope:
    """One frame. `body` is text: what cannot be read is the fault of one lane and not of all."""

    tag: str
    node: str = ""
    lane: str = ""
    body: str = ""

    def __str__(self) -> str:
        slots = (Slot("node", self.node), Slot("lane", self.lane))
        address = Record(items=slots) if self.node or self.lane else None
        return write_attr(Attr(self.tag, address), self.body)


def parse(frame: str) -> Envelope:
    """Read a frame up to its body. Raises ReconError."""
    found = _HEAD.match(frame)
    if found is not None:
        tag, node, quoted, lane = found.groups()
        return Envelope(tag, node, lane if quoted is None else quoted, frame[found.end() :])
    attr, body = read_attr(frame)
    content = plain(attr.value)
    address = content if isinstance(content, dict) else {}
    node, lane = address.get("node", ""), address.get("lane", "")
    if not isinstance(node, str) or not isinstance(lane, str):
        raise ReconError("the address is no text", 0)
    return Envelope(attr.name, node, lane, body)


def change(body: str) -> dict[str, Any] | None:
    """Read what happened to a map or list lane; None where the body is no change of one.

    `op` is update, remove, clear, drop or take; a list's `key` is its index. Raises ReconError.
    """
    if not body.startswith("@"):
        return None
    attr, rest = read_attr(body)
    argument = plain(attr.value)
    where = argument if isinstance(argument, dict) else {}
    key = where.get("index", where.get("key"))
    match attr.name:
        case "update":
            return {"op": "update", "key": key, "value": plain(read(rest))}
        case "remove":
            return {"op": "remove", "key": key}
        case "clear":
            return {"op": "clear"}
        case "drop" | "take":
            return {"op": attr.name, "count": argument}
    return None
