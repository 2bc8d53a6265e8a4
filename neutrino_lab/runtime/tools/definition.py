"""What a model is told of a tool, in every dialect, and what a tool answers."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

MOST_CHARACTERS = 10_000


@dataclass(frozen=True, slots=True)
class Tool:
    """One tool. `schema` is the JSON Schema of its arguments, `output` that of an answer which is
    an object, None where nothing is declared of it.

    `reads` says that it changes nothing, `destroys` that what it changes may be lost, and
    `reaches_out` that it may have to do with the world outside of this service. `page` is the URI
    of what hosts of MCP Apps show with its answers.
    """

    name: str
    title: str
    description: str
    schema: Mapping[str, Any]
    output: Mapping[str, Any] | None = None
    reads: bool = False
    destroys: bool = True
    reaches_out: bool = False
    page: str = ""


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a call of a tool gives. `pictures` are pairs of a media type and base64."""

    text: str
    is_error: bool = False
    pictures: tuple[tuple[str, str], ...] = ()
    data: Mapping[str, Any] | None = None


@dataclass(slots=True)
class Progress:
    """What the client of a call is told while it is under way: what is being done, and the seconds
    since `began` after which it is over at the latest, where that is known."""

    message: str = "running"
    total_s: float | None = None
    began: float = field(default_factory=time.monotonic)


def definitions(style: str, tools: Sequence[Tool]) -> Any:
    """Write tools in the dialect of one of FORMATS, as JSON types. Raises KeyError for another
    one."""
    return _DIALECTS[style](tools)


def shortened(text: str, most: int = MOST_CHARACTERS) -> str:
    """Keep the head and the tail of a long text, and say how much was between them."""
    if len(text) <= most:
        return text
    half = (most - 80) // 2
    left_out = len(text) - 2 * half
    return f"{text[:half]}\n[… {left_out:,} characters left out …]\n{text[-half:]}"


def _openai(tools: Sequence[Tool]) -> Any:
    return [
        {
            "type": "function",
            "function": {
                "name": each.name,
                "description": _described(each),
                "parameters": each.schema,
            },
        }
        for each in tools
    ]


def _anthropic(tools: Sequence[Tool]) -> Any:
    return [
        {"name": each.name, "description": _described(each), "input_schema": each.schema}
        for each in tools
    ]


def _ai_sdk(tools: Sequence[Tool]) -> Any:
    return {
        each.name: {
            "description": each.description,
            "inputSchema": each.schema,
            **({"outputSchema": each.output} if each.output is not None else {}),
        }
        for each in tools
    }


def _mcp(tools: Sequence[Tool]) -> Any:
    return [
        {
            "name": each.name,
            "title": each.title,
            "description": each.description,
            "inputSchema": each.schema,
            **({"outputSchema": each.output} if each.output is not None else {}),
            "annotations": {
                "title": each.title,
                "readOnlyHint": each.reads,
                "destructiveHint": each.destroys and not each.reads,
                "openWorldHint": each.reaches_out,
            },
            **({"_meta": {"ui": {"resourceUri": each.page}}} if each.page else {}),
        }
        for each in tools
    ]


def _described(tool: Tool) -> str:
    """Tell what it answers too: these dialects have no other place for that."""
    if tool.output is None:
        return tool.description
    return f"{tool.description}\n\nIt answers JSON of this schema: {json.dumps(tool.output)}"


_DIALECTS: Mapping[str, Callable[[Sequence[Tool]], Any]] = {
    "openai": _openai,
    "anthropic": _anthropic,
    "ai-sdk": _ai_sdk,
    "mcp": _mcp,
}
FORMATS = tuple(_DIALECTS)
