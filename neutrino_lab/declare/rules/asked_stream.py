'''A stream asks a model for each value, and what is declared beside that cannot hold.

Why: a model goes by words, not by a function, and what it costs is bounded by the budget.

Example:
    """
    @STREAM /mood
    source: sse+https://example.org/posts
    mode: direct
    budget: 10/min, 100 total
    """

Fix: say in `describe` what the model has to do, and leave the function out; `op` is map, filter or
accumulate.
'''

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from neutrino_lab.declare.declared import Declared, Finding
from neutrino_lab.notebook.wording import code_words, say
from neutrino_lab.runtime.streams.direct import DIRECT, SHAPES

CODE: Final = "NL906"
SEVERITY: Final = "error"
KINDS: Final = ("STREAM",)


def check(declared: Declared) -> Iterator[Finding]:
    tree = declared.tree
    mode, budget = tree.entry("mode"), tree.entry("budget")
    if mode is None or tree.scalar("mode").casefold() != DIRECT:
        if budget is not None:
            hint = say("take it out, or write `mode: direct`")
            yield Finding(
                say("`budget` has a meaning with `mode: direct` alone"), hint, budget.key.span
            )
        return
    if not tree.scalar("describe"):
        yield Finding(
            say("`mode: direct` needs the words for the model"),
            say("write them into `describe`"),
            mode.key.span,
        )
    if declared.function is not None:
        yield Finding(
            say(
                "`mode: direct` asks a model, and `{function}` would not be used",
                function=declared.function.name,
            ),
            say("take `mode` out, or put the function into a cell of its own"),
            declared.function.span,
        )
    op = tree.entry("op")
    if op is not None and op.scalar is not None and op.scalar.text not in SHAPES:
        yield Finding(
            say("`op: {op}` is nothing that a model is asked for", op=op.scalar.text),
            say("write one of {names}", names=code_words(SHAPES)),
            op.scalar.span,
        )
