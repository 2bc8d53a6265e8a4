'''A stream has no source, or one that cannot be told.

Why: no value would ever come.

Example:
    """
    @STREAM /prices
    source: smtp://localhost/prices
    """
    def prices(value):
        return value

Fix: write the URI of a source, such as `ws://host/path`, or `stream:` and the name of another
stream. What stands in braces is a parameter of the path.
'''

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from neutrino_lab.declare import edits
from neutrino_lab.declare.declared import Declared, Finding
from neutrino_lab.declare.tree import Token
from neutrino_lab.notebook.model import Span
from neutrino_lab.notebook.wording import quote, say
from neutrino_lab.runtime.streams.sources import table
from neutrino_lab.runtime.streams.sources.location import PARAMETER

CODE: Final = "NL901"
SEVERITY: Final = "error"
KINDS: Final = ("STREAM",)


def check(declared: Declared) -> Iterator[Finding]:
    entry = declared.tree.entry("source")
    if entry is None:
        yield Finding(
            say("the stream has no source"),
            say("write where its values come from, as in `source: sim:random-walk?symbols=AAAA`"),
            declared.tree.kind.span,
            edits.add_line(declared, "source: sim:random-walk?symbols=AAAA"),
        )
        return
    if entry.scalar is None:
        return
    named = {each.name.text for each in declared.path_parameters}
    for uri, span in words(entry.scalar):
        try:
            table.locate(uri)
        except ValueError as error:
            reason, _, hint = str(error).partition("; ")
            yield Finding(
                quote(reason),
                quote(hint) or say("write it as the reference's table of sources does"),
                span,
            )
            continue
        for name in PARAMETER.findall(uri):
            if name not in named:
                yield Finding(
                    say("`{{{name}}}` is no parameter of the path", name=name),
                    say("put `{{{name}}}` into the path, or a value in its place", name=name),
                    span,
                )


def words(token: Token) -> Iterator[tuple[str, Span]]:
    """Yield the words of a scalar, each with its place."""
    column = 0
    for word in token.text.split():
        start = token.text.index(word, column)
        column = start + len(word)
        yield word, token.span.part(start, column)
