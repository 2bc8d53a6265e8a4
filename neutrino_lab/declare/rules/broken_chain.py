'''A stream follows one that there is not, or itself, has the name of another, or sends to nobody.

Why: it would get no values, or get them round and round; state hangs on the name; and what `bus:`
sends to a path where no WebSocket is would be lost without a word.

Example:
    """
    @STREAM /mean
    source: stream:prices
    op: mean
    """

Fix: name a stream, or after `bus:` the path of a `@WS` cell, of the same project; and each stream
once.
'''

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from neutrino_lab.declare import ws
from neutrino_lab.declare.declared import Finding, Placed, Project
from neutrino_lab.declare.nearest import did_you_mean, nearest
from neutrino_lab.declare.rules import bad_source
from neutrino_lab.declare.stream import KIND, name_of
from neutrino_lab.notebook.model import Span
from neutrino_lab.notebook.wording import code_words, say
from neutrino_lab.runtime.streams.operator import BUS, emitted_paths
from neutrino_lab.runtime.streams.sources.table import STREAM

CODE: Final = "NL904"
SEVERITY: Final = "error"

_PREFIX: Final = f"{STREAM}:"


def check(project: Project) -> Iterator[tuple[Placed, Finding]]:
    streams: dict[str, Placed] = {}
    for placed in project.placed:
        if placed.declared.kind is not KIND:
            continue
        first = streams.setdefault(_name(placed), placed)
        if first is not placed:
            yield placed, _repeated(placed, first)
    sockets = [
        each.declared.tree.path.text
        for each in project.placed
        if each.declared.kind is ws.KIND and each.declared.tree.path
    ]
    for placed in streams.values():
        for finding in _judge_emit(placed, sockets):
            yield placed, finding
        for name, span in _followed(placed):
            for finding in _judge(placed, name, span, streams):
                yield placed, finding


def _repeated(placed: Placed, first: Placed) -> Finding:
    tree, name, where = placed.declared.tree, _name(placed), first.seen_from(placed)
    entry = tree.entry("name")
    return Finding(
        say("a stream `{name}` is already declared in {where}", name=name, where=where),
        say("give one of them another `name`"),
        entry.scalar.span if entry and entry.scalar else tree.kind.span,
    )


def _judge(
    placed: Placed, name: str, span: Span, streams: Mapping[str, Placed]
) -> Iterator[Finding]:
    other = streams.get(name)
    if other is None:
        known = say("there are {known}", known=code_words(streams))
        hint = did_you_mean(nearest(name, list(streams)), known)
        yield Finding(say("there is no stream `{name}`", name=name), hint, span)
        return
    if _reaches(other, _name(placed), streams):
        message = say("`{name}` follows itself", name=_name(placed))
        yield Finding(message, say("let it follow another one"), span)
        return
    mine = {each.name.text for each in placed.declared.path_parameters}
    for each in other.declared.path_parameters:
        if each.name.text not in mine:
            hint = say("put `{{{name}}}` into the path of this one, too", name=each.name.text)
            message = say("`{stream}` needs `{{{name}}}`", stream=name, name=each.name.text)
            yield Finding(message, hint, span)


def _judge_emit(placed: Placed, sockets: Sequence[str]) -> Iterator[Finding]:
    entry = placed.declared.tree.entry("emit")
    if entry is None or entry.scalar is None:
        return
    for path in emitted_paths(entry.scalar.text):
        if path.startswith("/") and path not in sockets:
            meant = nearest(path, sockets)
            otherwise = say("write the path of a `@WS` cell")
            hint = did_you_mean(f"{BUS}{meant}" if meant else "", otherwise)
            yield Finding(say("no WebSocket is at `{path}`", path=path), hint, entry.scalar.span)


def _reaches(start: Placed, wanted: str, streams: Mapping[str, Placed]) -> bool:
    todo, seen = [start], set()
    while todo:
        one = todo.pop()
        if _name(one) == wanted:
            return True
        seen.add(_name(one))
        followed = [streams[name] for name, _ in _followed(one) if name in streams]
        todo += [each for each in followed if _name(each) not in seen]
    return False


def _followed(placed: Placed) -> Iterator[tuple[str, Span]]:
    entry = placed.declared.tree.entry("source")
    for uri, span in bad_source.words(entry.scalar) if entry and entry.scalar else ():
        if uri.startswith(_PREFIX):
            yield uri.removeprefix(_PREFIX), span


def _name(placed: Placed) -> str:
    function = placed.declared.function
    return name_of(placed.declared.tree, function.name if function else "")
