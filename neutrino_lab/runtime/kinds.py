"""The table of kinds: what describes the endpoints of each, and what serves them.

A new kind is a row here; all who handle endpoints know them by what spec.Endpoint and parts.Part
promise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .spec import App, Endpoint, Field, Http, Schedule, Stream, WebSocket


@dataclass(frozen=True, slots=True)
class Kind:
    """`spec` describes an endpoint; the `folder` beside this module has `part.py`, whose `make`
    gives the part of an engine that serves them. It is loaded where something is served."""

    spec: type[Endpoint]
    folder: str


KINDS: tuple[Kind, ...] = (
    Kind(Http, "http"),
    Kind(WebSocket, "sockets"),
    Kind(Schedule, "schedules"),
    Kind(Stream, "streams"),
)

SPECS: Mapping[str, type[Endpoint]] = {each.spec.kind: each.spec for each in KINDS}


def from_json(data: Mapping[str, Any]) -> App:
    """Read what `spec.to_json` wrote. Raises KeyError or TypeError on anything else."""
    return App(
        title=data["title"],
        description=data["description"],
        modules=tuple(data["modules"]),
        endpoints=tuple(_endpoint(dict(entry)) for entry in data["endpoints"]),
    )


def _endpoint(entry: dict[str, Any]) -> Endpoint:
    spec = SPECS[entry.pop("kind")]
    values: dict[str, Any] = {
        name: tuple(Field(**each) for each in value) if isinstance(value, list) else value
        for name, value in entry.items()
    }
    return spec(**values)
