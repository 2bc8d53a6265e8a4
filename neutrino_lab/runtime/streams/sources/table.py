"""THE table of sources: what their URIs look like, and the module that opens each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from typing import get_args

from ..contract import Source
from ..warp.links import Kind
from .location import Location, fill, number, parse, seconds

STREAM = "stream"
"""The scheme that names another stream of the app."""


@dataclass(frozen=True, slots=True)
class Row:
    """A kind of source. `options` are those of its URI with an example of each; None where the
    query belongs to the address. `package` is what it needs besides, as pip is told."""

    schemes: tuple[str, ...]
    module: str
    about: str
    example: str
    options: Mapping[str, str] | None = field(default_factory=dict)
    package: str = ""
    needs_host: bool = True

    @property
    def imported(self) -> str:
        """The name that the package is imported by, where pip knows it by another one too."""
        name = self.package.partition(">")[0]
        return {"nats-py": "nats"}.get(name, name)


ROWS: tuple[Row, ...] = (
    Row(
        ("warp", "warps"),
        "warp",
        "a lane of SwimOS; `kind` is `value`, `map` or `event`",
        "warp://localhost:9001/stock/AAAA#status",
        {"kind": "map"},
    ),
    Row(("ws", "wss"), "websocket", "JSON over a WebSocket", "wss://example.com/ticks", None),
    Row(
        ("sse+http", "sse+https"),
        "sse",
        "server-sent events with JSON",
        "sse+https://example.com/events",
        None,
    ),
    Row(("every",), "interval", "a clock: the function makes the value", "every:1s", {}, "", False),
    Row(
        ("file",),
        "file",
        "the lines of a `.jsonl` or the rows of a `.csv` file; `time` is a field with seconds or "
        "milliseconds, played `speed` times as fast",
        "file:ticks.jsonl?time=timestamp&speed=10",
        {"time": "timestamp", "speed": "10"},
        needs_host=False,
    ),
    Row(
        ("sim",),
        "simulated",
        "simulated prices of some symbols, the same for the same `seed`",
        "sim:random-walk?symbols=AAAA,BBBB&every=500ms",
        {"symbols": "AAAA,BBBB", "every": "500ms", "seed": "1", "count": "100"},
        needs_host=False,
    ),
    Row(
        ("redis", "rediss"),
        "redis_stream",
        "a stream of Redis, read once by each `group`",
        "redis://localhost/ticks?group=charts",
        {"group": "charts"},
        "redis>=5",
    ),
    Row(
        ("nats",),
        "nats_subject",
        "a subject of NATS; with `durable`, a consumer of JetStream",
        "nats://localhost/ticks?durable=charts",
        {"durable": "charts"},
        "nats-py>=2.9",
    ),
    Row(
        ("kafka",),
        "kafka_topic",
        "a topic of Kafka, read once by each `group`",
        "kafka://localhost/ticks?group=charts",
        {"group": "charts"},
        "aiokafka>=0.12",
    ),
)

_BY_SCHEME: Mapping[str, Row] = {scheme: row for row in ROWS for scheme in row.schemes}


def locate(uri: str) -> Location:
    """Read and check a URI. Raises ValueError with what is wrong and what would be right."""
    location = parse(uri)
    if location.scheme == STREAM:
        if not location.about.isidentifier() or location.query:
            raise ValueError(f"`{uri}` is not `stream:` and the name of a stream")
        return location
    row = _BY_SCHEME.get(location.scheme)
    if row is None:
        kinds = ", ".join(f"`{scheme}`" for scheme in (*_BY_SCHEME, STREAM))
        raise ValueError(f"`{location.scheme}` is no kind of source; there are {kinds}")
    if row.needs_host and not location.host:
        raise ValueError(f"`{uri}` names no host; write such as `{row.example}`")
    unknown = [] if row.options is None else [o for o in location.options if o not in row.options]
    if unknown:
        known = ", ".join(f"`{name}`" for name in row.options or ()) or "none"
        raise ValueError(f"`{unknown[0]}` is no option of `{location.scheme}`; it has {known}")
    _check(location, row)
    return location


def missing(location: Location) -> str:
    """The command that installs what a source needs, empty where nothing is missing."""
    row = _BY_SCHEME.get(location.scheme)
    if row is None or not row.package or find_spec(row.imported) is not None:
        return ""
    return f"pip install '{row.package}'"


def package(location: Location) -> str:
    """The requirement of a source beside what every app needs, empty if none."""
    row = _BY_SCHEME.get(location.scheme)
    return row.package if row else ""


def make(location: Location, parameters: Mapping[str, str], name: str) -> Source:
    """Make the source, for the stream of that name. Raises ValueError or ImportError.

    Only its own module is imported, and with it what that needs.
    """
    module = import_module(f".{_BY_SCHEME[location.scheme].module}", __package__)
    return module.make(fill(location, parameters), name)  # type: ignore[no-any-return]


def _check(location: Location, row: Row) -> None:
    options = location.options
    match row.module:
        case "warp":
            kind = options.get("kind", "value")
            if kind not in get_args(Kind):
                raise ValueError(f"`kind` is `value`, `map` or `event`, not `{kind}`")
            if not location.fragment or len(location.path) < 2:
                raise ValueError(f"a node and its lane are missing; write such as `{row.example}`")
        case "interval":
            seconds(location.about)
        case "file":
            if not location.about:
                raise ValueError(f"the file is missing; write such as `{row.example}`")
            number(options.get("speed", "0"))
        case "simulated":
            if location.about != "random-walk":
                raise ValueError(f"the simulation is called `{row.example}`")
            seconds(options.get("every", "500ms"))
            number(options.get("count", "0"))
        case "redis_stream" | "nats_subject" | "kafka_topic":
            if len(location.path) < 2:
                raise ValueError(f"a name after the host is missing; write as `{row.example}`")
