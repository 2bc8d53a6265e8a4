"""An endpoint's HTTP response as the answer of a tool."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any

from .definition import Tool, ToolResult, shortened

# More than a model reads; what exceeds it is not waited for.
MOST_BYTES = 2_000_000
# So long an answer may go on after it has begun: one without an end is told as far as it came.
MOST_STREAM_S = 10.0

_PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")
_MOST_CHARACTERS = 20_000
_MOST_PICTURE_BYTES = 750_000
_TEXTS = ("application/json", "application/xml", "application/javascript", "application/x-ndjson")


@dataclass(frozen=True, slots=True)
class Reply:
    """A response. `is_cut` says that there was more of it."""

    status: int
    media: str
    body: bytes
    location: str = ""
    is_cut: bool = False


def answer(tool: Tool, reply: Reply) -> ToolResult:
    """Say what a model can read of a response; 400 and above is an error that it may fix."""
    media = reply.media.partition(";")[0].strip().lower()
    if 300 <= reply.status < 400:
        return ToolResult(f"{reply.status}: it is at {reply.location or 'another place'}.")
    is_error = not 200 <= reply.status < 300
    if media in _PICTURES and not is_error and not reply.is_cut:
        size = len(reply.body)
        if size <= _MOST_PICTURE_BYTES:
            picture = (media, base64.b64encode(reply.body).decode())
            return ToolResult(f"A picture: {media}, {size:,} bytes.", pictures=(picture,))
    text = _text(media, reply)
    if is_error:
        return ToolResult(f"{reply.status}: {text}", is_error=True)
    if tool.output is None:
        return ToolResult(text)
    data = _object(reply)
    if data is None:
        return ToolResult(f"This is not the declared answer: {text}", is_error=True)
    return ToolResult(text, data=data)


def _text(media: str, reply: Reply) -> str:
    if not reply.body:
        return "There is no content."
    is_text = media.startswith("text/") or media in _TEXTS or media.endswith(("+json", "+xml"))
    if not is_text:
        return f"{len(reply.body):,} bytes of {media or 'an unknown kind'}, which are no text."
    text = shortened(reply.body.decode(errors="replace"), _MOST_CHARACTERS)
    return f"{text}\n[… it went on …]" if reply.is_cut else text


def _object(reply: Reply) -> dict[str, Any] | None:
    try:
        found = json.loads(reply.body)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
