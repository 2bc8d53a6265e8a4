'''A schedule has both `cron` and `interval`.

Why: they would be two schedules, and one declaration is one.

Example:
    """
    @SCHEDULE
    cron: * * * * * *
    interval: 10s
    """
    def tick():
        print("tick")

Fix: keep one of the two lines.
'''

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from neutrino_lab.declare import edits
from neutrino_lab.declare.declared import Declared, Finding
from neutrino_lab.notebook.wording import say

CODE: Final = "NL501"
SEVERITY: Final = "error"
KINDS: Final = ("SCHEDULE",)


def check(declared: Declared) -> Iterator[Finding]:
    cron, interval = declared.tree.entry("cron"), declared.tree.entry("interval")
    if cron is not None and interval is not None:
        later = max(cron, interval, key=lambda entry: entry.key.span)
        yield Finding(
            say("a schedule has either `cron` or `interval`, and this one has both"),
            say("keep one of the two lines"),
            later.key.span,
            (
                *edits.remove_entry(declared, interval, say("keep `cron`")),
                *edits.remove_entry(declared, cron, say("keep `interval`")),
            ),
        )
