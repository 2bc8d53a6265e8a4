"""What is said of a kind of declaration: how it is written, built and shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, Literal, TypeAlias, TypeVar

from neutrino_lab.declare.tree import Tree
from neutrino_lab.runtime.arguments import Place
from neutrino_lab.runtime.spec import Endpoint, Fields

E = TypeVar("E", bound=Endpoint)

Form: TypeAlias = Literal[
    "fields",
    "bool",
    "choice",
    "media",
    "cron",
    "interval",
    "timezone",
    "source",
    "name",
    "operator",
    "window",
    "path",
    "words",
    "number",
    "budget",
    "duration",
    "prose",
    "count",
    "webhook",
]


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
        """The value in the example: what stands behind its colon."""
        return self.example.partition(":")[2].strip()


@dataclass(frozen=True, slots=True)
class Sample:
    """A cell that works as it stands; `function` is the code below the declaration."""

    title: str
    description: str
    declaration: str
    function: str

    @property
    def source(self) -> str:
        """The text of the cell, with the declaration as its first string."""
        return f'"""\n{self.declaration}\n"""\n{self.function}'


@dataclass(frozen=True, slots=True)
class Code:
    """Text that is shown as code."""

    text: str


Cell: TypeAlias = str | Code | Fields
"""A cell of a table: a word, code, or fields as they are declared."""


@dataclass(frozen=True, slots=True)
class Table:
    """A section of an export's README: a row for each endpoint, told of after its `columns`."""

    title: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Exchange:
    """How a caller reaches an endpoint: by a request with a `verb`, or without one by a WebSocket,
    which may speak before it is spoken to where it `streams`."""

    verb: str = ""
    streams: bool = False


@dataclass(frozen=True, slots=True)
class Moment:
    """When and for whom an endpoint is described: `timezone` is that of schedules that name none,
    empty for UTC."""

    now: datetime
    timezone: str = ""


def _address(tree: Tree) -> tuple[tuple[str, str], ...]:
    verb = tree.verb.text if tree.verb else tree.word
    return ((verb, tree.path.text),) if tree.path else ()


@dataclass(frozen=True, slots=True)
class Kind(Generic[E]):
    """One kind of declaration, whose endpoints `spec` describes.

    | | |
    | --- | --- |
    | `build(tree, function, cell)` | the endpoint of a declaration without mistakes |
    | `listed(endpoint, url)` | for a terminal: a word, and where or when it answers |
    | `row(endpoint)` | its row of `table`, in the README of an export |
    | `panel_fields(endpoint, moment)` | for the panel: its badge, and what its wire type adds |
    | `exchange(endpoint)` | how saved examples are sent to it, None where nobody calls it |
    | `needs(tree)` | the parameters without which its function cannot be called |
    | `packages(endpoint)` | what it needs installed, beside what every app runs on |
    | `files(endpoint)` | what it reads beside its notebook |
    | `is_whole(tree)` | whether it needs no function, nor statements, for what it says |
    | `addresses(tree)` | the verbs, or `WS`, and paths that it answers |

    `root` is where paths of its kind usually begin, `routing` are path parameters with a meaning of
    their own, which the function need not take.
    """

    word: str
    spec: type[E]
    about: str
    example: str
    keys: tuple[Key, ...]
    sample: Sample
    table: Table
    build: Callable[[Tree, str, int], E]
    listed: Callable[[E, str], tuple[str, str]]
    row: Callable[[E], tuple[Cell, ...]]
    panel_fields: Callable[[E, Moment], Mapping[str, Any]]
    exchange: Callable[[E], Exchange | None] = lambda _: None
    needs: Callable[[Tree], frozenset[str]] = lambda _: frozenset()
    packages: Callable[[E], tuple[str, ...]] = lambda _: ()
    files: Callable[[E], tuple[str, ...]] = lambda _: ()
    verbs: Mapping[str, str] = field(default_factory=dict)
    has_path: bool = False
    root: str = "/"
    routing: Mapping[str, str] = field(default_factory=dict)
    needs_function: bool = True
    is_whole: Callable[[Tree], bool] = lambda _: False
    addresses: Callable[[Tree], tuple[tuple[str, str], ...]] = _address
    aliases: tuple[str, ...] = ()

    def key(self, name: str) -> Key | None:
        """Find a key by its name in lower case, None where the kind has none of it."""
        for key in self.keys:
            if key.name == name:
                return key
        return None


QUERY = Key(
    "query",
    "fields",
    "Values from the query string. A list takes a repeated parameter.",
    "query: q:str, limit:int=10, tag:list[str]?",
    each="A value from the query string.",
    place="query",
)
HEADERS = Key(
    "headers",
    "fields",
    "Headers that must be sent. One reaches the function if it has a parameter of that name in "
    "snake case: `X-Api-Key` is `x_api_key`.",
    "headers: X-Api-Key:str",
    each="A header of the request.",
    place="header",
)
