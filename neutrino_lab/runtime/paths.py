"""Paths: those of every app that are ours, and which of two is asked first."""

from __future__ import annotations

from starlette.routing import compile_path

HEALTH = "/healthz"
READY = "/readyz"
HEALTH_PATHS = frozenset({HEALTH, READY})
DOCS = "/docs"
OPENAPI = "/openapi.json"
METRICS = "/metrics"
MCP = "/mcp"


def specificity(path: str) -> tuple[int, ...]:
    """Order paths so that one that says more comes before one that would swallow it."""
    try:
        converters = compile_path(path)[2]
    except (ValueError, AssertionError):
        return ()
    ranks = []
    for segment in path.split("/"):
        names = [name for name in converters if "{" + name in segment]
        kinds = {type(converters[name]).__name__ for name in names}
        if not names:
            ranks.append(0)
        elif kinds & {"PathConvertor"}:
            ranks.append(4)
        elif not (segment.startswith("{") and segment.endswith("}") and len(names) == 1):
            ranks.append(1)
        else:
            ranks.append(3 if kinds == {"StringConvertor"} else 2)
    return (*ranks, 5)
