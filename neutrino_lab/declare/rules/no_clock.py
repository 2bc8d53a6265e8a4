'''A schedule does not say when.

Why: it would never run.

Example:
    """
    @SCHEDULE
    """
    def tick():
        print("tick")

Fix: add a line such as `interval: 10s` or `cron: 0 30 9 * * 1-5`.
'''

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from neutrino_lab.declare import edits
from neutrino_lab.declare.declared import Declared, Finding
from neutrino_lab.notebook.wording import say

CODE: Final = "NL502"
SEVERITY: Final = "error"
KINDS: Final = ("SCHEDULE",)


def check(declared: Declared) -> Iterator[Finding]:
    tree = declared.tree
    unsaid = tree.entry("cron") is None and tree.entry("interval") is None
    is_mistyped = any(declared.kind.key(entry.name) is None for entry in tree.entries)
    is_inline = any(problem.slip == "stray" for problem in tree.problems)
    if unsaid and not is_mistyped and not is_inline:
        yield Finding(
            say("the schedule does not say when it runs"),
            say("add a line such as `interval: 10s` or `cron: 0 30 9 * * 1-5`"),
            tree.kind.span,
            edits.add_line(declared, "interval: 10s"),
        )
