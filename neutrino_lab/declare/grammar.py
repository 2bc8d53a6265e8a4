"""The table of declarations: kinds, their keys, the form of each value, one example of each.

The parser, the rules and the reference page all read it. A new key is a row here and a line where
its value is used; a new kind is a row here and a module with its `build`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from neutrino_lab.declare import http, schedule, ws
from neutrino_lab.declare.tree import Tree
from neutrino_lab.runtime.arguments import Place
from neutrino_lab.runtime.spec import Http, Recipients, Schedule, SocketType, Verb, WebSocket

Form: TypeAlias = Literal["fields", "bool", "choice", "media", "cron", "interval", "timezone"]

FORMS: Mapping[Form, str] = {
    "fields": "`name: type = default`, separated by commas; `?` after the name or the type means "
    "that it may be left out",
    "bool": "`true` or `false`",
    "choice": "one of the words",
    "media": "`html`, `text`, `csv`, `json`, `png`, `svg`, `xml`, `sse`, or a media type such as "
    "`application/pdf`",
    "cron": "`second minute hour day month weekday`, or the classic five without seconds",
    "interval": "a whole number and `s`, `m`, `h` or `d`",
    "timezone": "a name such as `Europe/Rome`",
}


VERBS: Mapping[Verb, str] = {
    "GET": "Reads something. Its values come from the path and the query.",
    "POST": "Adds or works out something. Its values come in the body.",
    "PUT": "Replaces what is at the path by what is in the body.",
    "PATCH": "Changes a part of what is at the path.",
    "DELETE": "Removes what is at the path.",
}


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a kind; `choices` are the words of the form of that name. `instead_of` is the key
    that it cannot stand beside. Of fields, `each` says what one is, and `place` where its value
    travels if a caller sends it."""

    name: str
    form: Form
    about: str
    example: str
    choices: tuple[str, ...] = ()
    instead_of: str = ""
    each: str = ""
    place: Place | None = None

    @property
    def sample(self) -> str:
        """The value in the example."""
        return self.example.partition(":")[2].strip()


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of declaration, and what builds the description of its endpoint.

    `build(tree, function, cell)` is called for declarations without mistakes only.
    """

    word: str
    about: str
    example: str
    build: Callable[[Tree, str, int], Http | WebSocket | Schedule]
    keys: tuple[Key, ...]
    verbs: tuple[str, ...] = ()
    has_path: bool = False
    needs_function: bool = True
    aliases: tuple[str, ...] = ()

    def key(self, name: str) -> Key | None:
        """Find a key by its lower-case name."""
        for key in self.keys:
            if key.name == name:
                return key
        return None


_QUERY = Key(
    "query",
    "fields",
    "Values from the query string. A list takes a repeated parameter.",
    "query: q:str, limit:int=10, tag:list[str]?",
    each="A value from the query string.",
    place="query",
)
_HEADERS = Key(
    "headers",
    "fields",
    "Headers that must be sent. One reaches the function if it has a parameter of that name in "
    "snake case: `X-Api-Key` is `x_api_key`.",
    "headers: X-Api-Key:str",
    each="A header of the request.",
    place="header",
)

KINDS: tuple[Kind, ...] = (
    Kind(
        word="HTTP",
        about="Answers a request: the function gets the declared values and returns the response.",
        example="@HTTP\nPOST /api/linear-regression\nbody: x:list[float], y:list[float]",
        build=http.build,
        verbs=tuple(VERBS),
        has_path=True,
        aliases=("api", "rest", "route", "endpoint", *(verb.lower() for verb in get_args(Verb))),
        keys=(
            Key(
                "body",
                "fields",
                "The fields of the JSON object that is sent.",
                "body: rows:list[dict[str, float]], n:int=3",
                each="A field of the JSON object that is sent.",
                place="body",
            ),
            _QUERY,
            Key(
                "resp",
                "fields",
                "The fields of the answer: documented, converted, and the others dropped.",
                "resp: correlation:float",
                each="A field of the answer.",
            ),
            _HEADERS,
            Key(
                "media",
                "media",
                "How a returned text or bytes is sent; without it, results are JSON.",
                "media: html",
            ),
        ),
    ),
    Kind(
        word="WS",
        about="A WebSocket: the function answers each message, or is a generator that streams.",
        example="@WS /ws/chat/{room_id}\nmessage: user:str, text:str\nvalidate: true\nto: room",
        build=ws.build,
        has_path=True,
        aliases=("websocket", "websockets", "socket", "wss"),
        keys=(
            Key(
                "type",
                "choice",
                "Whether the function answers each message (`event`, the default) or is a "
                "generator that is iterated for each client (`stream`).",
                "type: stream",
                choices=get_args(SocketType),
            ),
            Key(
                "message",
                "fields",
                "The fields of a message, which is then parsed JSON.",
                "message: event:str, ticker:str",
                each="A field of each message.",
                place="message",
            ),
            Key(
                "validate",
                "bool",
                "Whether a message that does not fit `message` is answered with an error.",
                "validate: true",
            ),
            _QUERY,
            _HEADERS,
            Key(
                "to",
                "choice",
                "Who receives a plain return value: every client of the endpoint (the default), "
                "those in the sender's `{room_id}`, or the sender.",
                "to: room",
                choices=get_args(Recipients),
            ),
        ),
    ),
    Kind(
        word="SCHEDULE",
        about="Runs a function by the clock; without a function, the cell's own statements.",
        example="@SCHEDULE\ncron: 0 30 9 * * 1-5\ntimezone: Europe/Rome",
        build=schedule.build,
        needs_function=False,
        aliases=("cron", "interval", "job", "task", "timer", "scheduler", "every"),
        keys=(
            Key(
                "cron",
                "cron",
                "When it runs. 0 and 7 are Sunday; names such as `MON` and `JAN` are fine.",
                "cron: 0 30 9 * * 1-5",
                instead_of="interval",
            ),
            Key(
                "interval",
                "interval",
                "The time between two runs; the first run comes after one interval.",
                "interval: 10s",
                instead_of="cron",
            ),
            Key(
                "timezone",
                "timezone",
                "The zone that `cron` is read in; without it, UTC or the server's setting.",
                "timezone: Europe/Rome",
            ),
        ),
    ),
)

# What other tools call these keys; offered as the correction of an unknown key.
KEY_ALIASES: Mapping[str, str] = {
    "response": "resp",
    "returns": "resp",
    "result": "resp",
    "params": "query",
    "parameters": "query",
    "args": "query",
    "payload": "body",
    "json": "body",
    "data": "body",
    "header": "headers",
    "content-type": "media",
    "msg": "message",
    "mode": "type",
    "every": "interval",
    "tz": "timezone",
    "zone": "timezone",
}

_BY_WORD: Mapping[str, Kind] = {kind.word: kind for kind in KINDS}
KIND_ALIASES: Mapping[str, str] = {alias: kind.word for kind in KINDS for alias in kind.aliases}


def kind_of(word: str) -> Kind | None:
    """Find a kind by its word, which is upper case exactly."""
    return _BY_WORD.get(word)
