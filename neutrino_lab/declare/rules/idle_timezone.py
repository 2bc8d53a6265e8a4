'''A time zone stands beside an interval.

Why: an interval is the same in every zone, so the line does nothing.

Example:
    """
    @SCHEDULE
    interval: 1d
    timezone: Europe/Rome
    """
    def tick():
        print("tick")

Fix: take the line out, or write a `cron` line if a time of day is meant.
'''

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from neutrino_lab.declare import edits
from neutrino_lab.declare.declared import Declared, Finding
from neutrino_lab.notebook.wording import say

CODE: Final = "NL506"
SEVERITY: Final = "warning"
KINDS: Final = ("SCHEDULE",)


def check(declared: Declared) -> Iterator[Finding]:
    tree = declared.tree
    zone = tree.entry("timezone")
    if zone is not None and tree.entry("interval") and not tree.entry("cron"):
        yield Finding(
            say("`timezone` does nothing beside `interval`"),
            say("take it out, or write a `cron` line if you mean a time of day"),
            zone.key.span,
            edits.remove_entry(declared, zone),
        )
