"""The one description of an app: plain frozen data that says what to serve, never how.

An exported `main.py` is a literal of these classes; `create_app` alone turns them into behaviour.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar, Literal, TypeAlias, TypeVar

from . import arguments
from .arguments import Argument, Place

Verb: TypeAlias = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
SocketType: TypeAlias = Literal["event", "stream"]
Misfire: TypeAlias = Literal["skip", "once", "all"]
OnCrash: TypeAlias = Literal["rerun", "drop"]
Recipients: TypeAlias = Literal["all", "room", "sender"]


@dataclass(frozen=True, slots=True)
class Field:
    """One declared value: a query parameter, header, body field, response field or message field.

    `type` is the text of a Python annotation; empty, the function's own annotation decides.
    `default` is a literal of JSON's types, `...` where none is declared. `optional` (a `?` in the
    declaration) allows the value to be left out: the function then gets its own default, or None.
    """

    name: str
    type: str = ""
    optional: bool = False
    default: Any = ...

    @property
    def required(self) -> bool:
        """Whether a call without it is refused."""
        return self.default is ... and not self.optional


Fields: TypeAlias = tuple[Field, ...]
E = TypeVar("E", bound="Endpoint")


class Endpoint:
    """What every declaration shares; `kind` names its kind wherever an app is told of.

    `function` is `"module:name"`; for a schedule without a function it is `"module"` alone and the
    cell's own body is what runs. `cell` is the number of the cell in its notebook, counted from 1
    over all cells: it tells apart two functions of one name and is what errors point at.
    """

    __slots__ = ()

    kind: ClassVar[str]
    function: str
    cell: int

    runs_by_itself: ClassVar[bool] = False
    """Whether it does its work without being called."""

    supplies: ClassVar[frozenset[str]] = frozenset()
    """The parameters that the endpoint itself supplies to its function."""

    @property
    def is_sandboxed(self) -> bool:
        """Whether its cell runs in a sandbox alone, and never in the process that serves."""
        return False

    @property
    def key(self) -> str:
        """Name it as it is looked up: `POST /items`, `WS /ws`, `SCHEDULE nb:tidy`."""
        raise NotImplementedError

    @property
    def counted(self) -> str:
        """The key of the count of its calls: `key`, and for a WebSocket `in` or `out`, which says
        whose messages count."""
        return self.key

    @property
    def declared(self) -> tuple[Field, ...]:
        """All fields that it declares, in any place."""
        listed = (getattr(self, each.name) for each in fields(self))  # type: ignore[arg-type]
        return tuple(f for each in listed if isinstance(each, tuple) for f in each)

    @property
    def module(self) -> str:
        """The module of the notebook that declares it: what stands before the colon of
        `function`."""
        return self.function.partition(":")[0]

    @property
    def name(self) -> str:
        """The function's name, empty where the cell's body is scheduled."""
        return self.function.partition(":")[2]

    def numbered(self, nth: int) -> Endpoint:
        """Give it as the `nth` of its kind whose function has this name; what is known by something
        else stays as it is."""
        del nth
        return self

    @property
    def runs(self) -> str:
        """What does its work, as people read it."""
        return self.name or "the cell's body"


class Routed(Endpoint):
    """What every endpoint with a path shares."""

    __slots__ = ()

    path: str

    @property
    def arguments(self) -> tuple[Argument, ...]:
        """What its caller sends, in the order of the declaration."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Http(Routed):
    """A function behind a verb and a path. `media` is a full media type, empty for JSON."""

    verb: Verb
    path: str
    function: str
    cell: int
    query: Fields = ()
    headers: Fields = ()
    body: Fields = ()
    resp: Fields = ()
    media: str = ""

    kind = "http"

    @property
    def key(self) -> str:
        return f"{self.verb} {self.path}"

    @property
    def arguments(self) -> tuple[Argument, ...]:
        return (
            *arguments.of_path(self.path),
            *taken("query", self.query),
            *taken("header", self.headers),
            *taken("body", self.body),
        )


@dataclass(frozen=True, slots=True)
class WebSocket(Routed):
    """A function that answers events, or a generator that streams to each client.

    With `validate`, a frame that does not fit `message` is answered with an error.
    `to` names who receives a plain return value. Without `repeat` a stream whose generator ends
    closes its connection.
    """

    path: str
    function: str
    cell: int
    type: SocketType = "event"
    message: Fields = ()
    validate: bool = False
    query: Fields = ()
    headers: Fields = ()
    to: Recipients = "all"
    repeat: bool = True

    kind = "websocket"
    supplies = frozenset({"event"})

    @staticmethod
    def key_of(path: str) -> str:
        """Give the key of the WebSocket at a path."""
        return f"WS {path}"

    @property
    def key(self) -> str:
        return self.key_of(self.path)

    @property
    def counted(self) -> str:
        # An event socket is called by what comes in, a stream calls itself.
        return f"{self.key} {'in' if self.type == 'event' else 'out'}"

    @property
    def arguments(self) -> tuple[Argument, ...]:
        return (
            *arguments.of_path(self.path),
            *taken("query", self.query),
            *taken("header", self.headers),
            *taken("message", self.message),
        )


@dataclass(frozen=True, slots=True)
class Schedule(Endpoint):
    """A function, or a cell's body, that runs by the clock: `cron` or `interval`, never both.

    `cron` has six fields, seconds first, or the classic five. `interval` is a number and one of
    `s m h d`. `timezone` is an IANA name; empty, the app's setting decides. Of several schedules
    whose functions have one name, this is the `nth`.

    `misfire` says which of the times are run that have passed while nothing could run, `on_crash`
    what becomes of a run whose replica died. `timeout` and `jitter` are durations as `interval` is,
    empty for none. A run that has failed `retries` more times is told to the URL `on_failure`.
    """

    function: str
    cell: int
    cron: str = ""
    interval: str = ""
    timezone: str = ""
    nth: int = 1
    misfire: Misfire = "once"
    timeout: str = ""
    retries: int = 0
    jitter: str = ""
    on_failure: str = ""
    on_crash: OnCrash = "rerun"

    kind = "schedule"
    runs_by_itself = True
    supplies = frozenset({"tick"})

    @property
    def key(self) -> str:
        return f"SCHEDULE {self.label}"

    @property
    def timing(self) -> str:
        """What says when it runs, on one line."""
        return f"{self.cron or self.interval} {self.timezone}".strip()

    @property
    def label(self) -> str:
        """What people and stats know it by, and what is its own in an app."""
        if not self.name:
            return f"{self.module}, cell {self.cell}"
        return self.function if self.nth == 1 else f"{self.function} ({self.nth})"

    def numbered(self, nth: int) -> Schedule:
        """Give the `nth` schedule of the same function; bodies of cells have no number."""
        return replace(self, nth=nth) if self.name and nth != self.nth else self


@dataclass(frozen=True, slots=True)
class Stream(Endpoint):
    """Values of a source that go through a function, or a built-in operator, to subscribers.

    `stream` is its name: state and versions hang on it. `source` are one or more URIs, apart by
    spaces. `select` are the fields that the operator gets, each a dotted path. `state` and `params`
    are declared with their first values. Texts that are empty mean what `runtime.streams.operator`
    says; `rate` 0 is no limit.
    """

    stream: str
    source: str
    function: str
    cell: int
    path: str = ""
    op: str = ""
    select: Fields = ()
    on_null: str = "skip"
    window: str = ""
    key_field: str = ""
    state: Fields = ()
    params: Fields = ()
    emit: str = "ws, sse, latest"
    overflow: str = ""
    buffer: int = 256
    rate: float = 0.0
    on_error: str = "skip"
    snapshot: str = "5s"
    timeout: str = "10s"
    run: str = "inline"
    mode: str = "code"
    budget: str = ""
    was: str = ""
    migrate: str = ""
    describe: str = ""

    kind = "stream"
    runs_by_itself = True

    @property
    def key(self) -> str:
        return f"STREAM {self.stream}"

    @property
    def is_sandboxed(self) -> bool:
        """Whether its function runs in a process of its own."""
        return self.run == "sandboxed" and bool(self.name)

    @property
    def runs(self) -> str:
        """The name of its function, or of its operator."""
        return self.name or self.op


@dataclass(frozen=True, slots=True)
class App:
    """Everything that one server serves, in the order of the notebooks and their cells."""

    title: str
    modules: tuple[str, ...]
    endpoints: tuple[Endpoint, ...]
    description: str = ""

    def of(self, kind: type[E]) -> tuple[E, ...]:
        """List the endpoints of one kind."""
        return tuple(each for each in self.endpoints if isinstance(each, kind))


def to_json(app: App) -> dict[str, Any]:
    """Describe the app in JSON types; `kinds.from_json` reads it back to an equal App."""
    return {
        "title": app.title,
        "description": app.description,
        "modules": list(app.modules),
        "endpoints": [{"kind": each.kind, **_plain(each)} for each in app.endpoints],
    }


def taken(place: Place, declared: Fields) -> Iterator[Argument]:
    """Describe the fields that a caller sends in one place. Without a type, a number or bool as
    default decides the fallback of what travels as text."""
    for f in declared:
        name = arguments.parameter_name(place, f.name)
        fallback = arguments.FALLBACKS.get(place, "")
        if fallback and not f.type and isinstance(f.default, (bool, int, float)):
            fallback = type(f.default).__name__  # `n=10` is a number, though it travels as text
        yield Argument(place, f.name, name, f.type, fallback, f.optional, f.default)


def _plain(value: Endpoint | Field) -> dict[str, Any]:
    """The fields that differ from their defaults, declared fields as objects of their own."""
    plain: dict[str, Any] = {}
    for f in fields(value):  # type: ignore[arg-type]
        content = getattr(value, f.name)
        if content == f.default and type(content) is type(f.default):
            continue
        is_fields = isinstance(content, tuple)
        plain[f.name] = [_plain(each) for each in content] if is_fields else content
    return plain
