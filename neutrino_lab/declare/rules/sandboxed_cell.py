'''A sandboxed operator reads a name of another cell.

Why: its cell runs alone, in a process that shares no memory with the others.

Example:
    """
    @STREAM /prices
    source: every:1s
    run: sandboxed
    """
    def prices():
        return math.pi

Fix: import or define what it reads in its own cell, or take `run` out.
'''

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from neutrino_lab.declare.declared import Finding, View
from neutrino_lab.declare.scope import BUILT_IN
from neutrino_lab.declare.stream import KIND
from neutrino_lab.notebook.wording import say
from neutrino_lab.runtime.streams.operator import SANDBOXED

CODE: Final = "NL905"
SEVERITY: Final = "error"


def check(view: View) -> Iterator[Finding]:
    facts = view.facts
    for declared in view.declared:
        if declared.kind is not KIND or declared.tree.scalar("run").casefold() != SANDBOXED:
            continue
        if declared.function is None or facts.opaque:
            continue
        read = facts.eager.union(*(facts.lazy or {}).values()) - facts.binds - BUILT_IN
        for name in sorted(each for each in read if not each.startswith("__")):
            yield Finding(
                say(
                    "`{function}` runs sandboxed, and this cell does not set `{name}`",
                    function=declared.function.name,
                    name=name,
                ),
                say(
                    "import or define `{name}` in this cell: no other one runs in the sandbox",
                    name=name,
                ),
                declared.function.span,
            )
