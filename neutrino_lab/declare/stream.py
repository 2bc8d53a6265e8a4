"""The kind @STREAM: values of a live source that go through an operator to subscribers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, get_args

from neutrino_lab.declare.kind import Cell, Code, Key, Kind, Moment, Sample, Table
from neutrino_lab.declare.tree import Tree
from neutrino_lab.declare.values import to_fields
from neutrino_lab.runtime.language_model import PACKAGE
from neutrino_lab.runtime.spec import Stream
from neutrino_lab.runtime.streams.contract import Overflow
from neutrino_lab.runtime.streams.direct import DIRECT, MODES
from neutrino_lab.runtime.streams.operator import ALL_EMITTED, BUS, KINDS, RUNS, words
from neutrino_lab.runtime.streams.operators import BUILTINS
from neutrino_lab.runtime.streams.sources import table
from neutrino_lab.runtime.streams.sources.location import PARAMETER

OPERATORS = (*KINDS, *BUILTINS)

_WORD = re.compile(r"[A-Za-z_]\w*")


def build(tree: Tree, function: str, cell: int) -> Stream:
    """Give the endpoint of a declaration, with the defaults of `Stream` for what it leaves out."""
    default = {each.name: each.default for each in fields(Stream)}

    def scalar(name: str) -> str:
        return tree.scalar(name) or str(default[name])

    return Stream(
        function=function,
        cell=cell,
        stream=name_of(tree, function.partition(":")[2]),
        source=" ".join(tree.scalar("source").split()),
        path=tree.path.text if tree.path else "",
        op=tree.scalar("op"),
        select=to_fields(tree.fields("select")),
        on_null=scalar("on_null").casefold(),
        window=tree.scalar("window"),
        key_field=tree.scalar("key"),
        state=to_fields(tree.fields("state")),
        params=to_fields(tree.fields("params")),
        emit=", ".join(words(scalar("emit"))),
        overflow=tree.scalar("overflow").casefold(),
        buffer=int(scalar("buffer")),
        rate=float(scalar("rate")),
        on_error=scalar("on_error").casefold(),
        snapshot=scalar("snapshot"),
        timeout=scalar("timeout"),
        run=scalar("run").casefold(),
        mode=scalar("mode").casefold(),
        budget=tree.scalar("budget"),
        was=tree.scalar("was"),
        migrate=tree.scalar("migrate"),
        describe=tree.scalar("describe"),
    )


def name_of(tree: Tree, function: str) -> str:
    """The name of a stream: what it says, or that of its function, or of its path, or operator."""
    path = tree.path.text.replace("-", "_") if tree.path else ""
    in_path = _WORD.findall(re.sub(r"\{[^{}]*\}", "", path))
    return tree.scalar("name") or function or (in_path[-1] if in_path else tree.scalar("op"))


def is_whole(tree: Tree) -> bool:
    """A built-in operator needs no function, nor does one that asks a model; of an operator that
    there is not, something else is told."""
    op = tree.scalar("op")
    return (bool(op) and op not in KINDS) or tree.scalar("mode").casefold() == DIRECT


def addresses(tree: Tree) -> tuple[tuple[str, str], ...]:
    """List the verbs and paths that a declared stream answers at."""
    if tree.path is None:
        return ()
    path = tree.path.text
    emitted = words(tree.scalar("emit")) or ALL_EMITTED
    ways = (("ws", "WS", path), ("sse", "GET", path), ("latest", "GET", f"{path}/latest"))
    found = [(verb, at) for way, verb, at in ways if way in emitted]
    return (*found, ("GET", f"{path}/state"))


def listed(endpoint: Stream, url: str) -> tuple[str, str]:
    """Give `STREAM`, and its URL, or `stream:NAME` where it has no path."""
    return "STREAM", f"{url}{endpoint.path}" if endpoint.path else f"stream:{endpoint.stream}"


def packages(endpoint: Stream) -> tuple[str, ...]:
    """Give what its sources need installed, and what asking a model does, as pip is told."""
    found = [table.package(table.locate(uri)) for uri in endpoint.source.split()]
    asked = [PACKAGE] if endpoint.mode == DIRECT else []
    return tuple(each for each in (*found, *asked) if each)


def files(endpoint: Stream) -> tuple[str, ...]:
    """Those that do not depend on the path's parameters: of the others all would be needed."""
    located = (table.locate(uri) for uri in endpoint.source.split())
    named = (each.about for each in located if each.scheme == "file")
    return tuple(each for each in named if not PARAMETER.search(each))


def row(endpoint: Stream) -> tuple[Cell, ...]:
    """Give its path or name, its sources, its operator, and how that is run."""
    operator = endpoint.op or endpoint.name
    where = Code(endpoint.path or endpoint.stream)
    run = "sandboxed" if endpoint.is_sandboxed else ""
    if endpoint.mode == DIRECT:
        run = "asks a model"
    return where, Code(endpoint.source), Code(operator), run


def panel_fields(endpoint: Stream, _moment: Moment) -> Mapping[str, Any]:
    """Give what the panel shows: path, source, operator, where values go, and the path's
    parameters."""
    return {
        "badge": "STREAM",
        "path": endpoint.path,
        "source": endpoint.source,
        "operator": endpoint.runs,
        "emit": [e for e in words(endpoint.emit) if endpoint.path or e.startswith(BUS)],
        "inputs": [
            {
                "name": name,
                "place": "path",
                "type": "str",
                "required": True,
                "json_schema": {"type": "string"},
            }
            for name in PARAMETER.findall(endpoint.path)
        ],
    }


KIND = Kind(
    word="STREAM",
    spec=Stream,
    about="Values of a live source go through the function, or a built-in operator, to whoever "
    "subscribes: by WebSocket, as server-sent events, or the newest alone.",
    example="@STREAM /streams/{symbol}/sma\n"
    "source: warp://localhost:9001/stock/{symbol}#status\n"
    "select: price:float\nstate: values:list[float]\nparams: window_size:int=5",
    has_path=True,
    root="/streams/",
    aliases=("streams", "streaming", "source", "feed", "operator", "pipeline"),
    keys=(
        Key(
            "source",
            "source",
            "Where the values come from; several sources are apart by spaces.",
            "source: sim:random-walk?symbols=AAAA,BBBB&every=500ms",
        ),
        Key(
            "name",
            "name",
            "What its state, its versions and other streams know it by; the function's name is the "
            "default.",
            "name: prices",
        ),
        Key(
            "select",
            "fields",
            "The fields that the operator gets, each a dotted path: one gives its value, several a "
            "dict.",
            "select: price:float",
            each="A field of what comes in.",
        ),
        Key(
            "on_null",
            "choice",
            "What becomes of a value in which a selected field is null or missing: it is skipped "
            "(the default), passed on as None, or an error.",
            "on_null: error",
            choices=("skip", "pass", "error"),
        ),
        Key(
            "op",
            "operator",
            "What the function is, where its parameters do not tell; or the name of a built-in "
            "operator, in place of a function.",
            "op: sma",
            choices=OPERATORS,
        ),
        Key(
            "window",
            "window",
            "The values that the operator gets together: so many, of a time, or of a session.",
            "window: 10s every 2s",
        ),
        Key(
            "key",
            "path",
            "A field of what comes in; state and order are kept for each of its values.",
            "key: symbol",
        ),
        Key(
            "state",
            "fields",
            "The fields of the state that an accumulating function keeps, with their first values.",
            "state: values:list[float], n:int=0",
            each="A field of the state.",
        ),
        Key(
            "params",
            "fields",
            "What can be changed while it runs, without a new version.",
            "params: window_size:int=5",
            each="A param of the operator.",
        ),
        Key(
            "emit",
            "words",
            "How its values can be had: `ws`, `sse`, `latest`; all of them by default. `bus:` and "
            "the path of a `@WS` cell sends them to the clients of that, too, on all replicas.",
            "emit: ws, latest, bus:/board",
            choices=ALL_EMITTED,
        ),
        Key(
            "overflow",
            "choice",
            "What becomes of values that come faster than they are taken: the newest of each key "
            "is kept, the oldest are dropped, the source waits, or it is closed. Sources say what "
            "suits them by default.",
            "overflow: drop-oldest",
            choices=get_args(Overflow),
        ),
        Key("buffer", "number", "How many values may wait, 256 by default.", "buffer: 1000"),
        Key(
            "rate",
            "number",
            "How many values a second each subscriber gets at most; 0, the default, is no limit.",
            "rate: 10",
        ),
        Key(
            "on_error",
            "choice",
            "What an exception of the operator does: the value is noted and skipped (the default), "
            "or the stream is paused.",
            "on_error: pause",
            choices=("skip", "pause"),
        ),
        Key(
            "snapshot",
            "duration",
            "How often the state is stored; every 5 seconds by default.",
            "snapshot: 30s",
        ),
        Key(
            "timeout",
            "duration",
            "How long the operator may take for one value, 10 seconds by default.",
            "timeout: 2s",
        ),
        Key(
            "run",
            "choice",
            "Where the function runs: among the other cells (`inline`, the default), or with its "
            "own cell alone in a process that reads no files and has no network.",
            "run: sandboxed",
            choices=RUNS,
        ),
        Key(
            "mode",
            "choice",
            "Whether the function is called for each value (`code`, the default), or a language "
            "model is asked what `describe` says, without a function.",
            "mode: direct",
            choices=MODES,
        ),
        Key(
            "budget",
            "budget",
            "How often a model may be asked with `mode: direct`; 30 times a minute and 500 times "
            "in all by default. Beyond it the stream pauses.",
            "budget: 30/min, 500 total",
        ),
        Key("was", "name", "The older name of a renamed stream, whose state it takes.", "was: avg"),
        Key(
            "migrate",
            "name",
            "A function that makes the new state of the old one; or `reset`, which starts over.",
            "migrate: reset",
        ),
        Key(
            "describe",
            "prose",
            "Plain words about it, for people; with `mode: direct` they are what a model is told.",
            "describe: the mean price",
        ),
    ),
    sample=Sample(
        "stream",
        "Prices as they come, with their moving average.",
        "@STREAM /streams/average\nsource: sim:random-walk?symbols=AAAA&every=500ms\n"
        "select: price:float\nparams: window_size:int=5",
        "def average(acc: dict, value: float, params: dict):\n"
        '    values = (acc.get("values", []) + [value])[-params["window_size"]:]\n'
        '    return {"values": values}, sum(values) / len(values)',
    ),
    table=Table("Streams", ("where", "source", "operator", "run")),
    build=build,
    listed=listed,
    row=row,
    panel_fields=panel_fields,
    is_whole=is_whole,
    addresses=addresses,
    packages=packages,
    files=files,
)
