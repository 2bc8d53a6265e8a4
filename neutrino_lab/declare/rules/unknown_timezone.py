'''The time zone does not exist.

Why: when the schedule is due cannot be told.

Example:
    """
    @SCHEDULE
    cron: 0 30 9 * * *
    timezone: Europe/Rom
    """
    def tick():
        print("tick")

Fix: write a name of the IANA database, such as `Europe/Rome`, `America/New_York` or `UTC`.
'''

from __future__ import annotations

import zoneinfo
from collections.abc import Iterator
from functools import cache
from typing import Final

from neutrino_lab.declare import edits
from neutrino_lab.declare.declared import Declared, Finding
from neutrino_lab.declare.nearest import nearest
from neutrino_lab.runtime import zones

CODE: Final = "NL505"
SEVERITY: Final = "error"
KINDS: Final = ("SCHEDULE",)
_SHORT: Final = 5


@cache
def _available() -> list[str]:
    """All zones of this system; to find them, its files are gone through."""
    return sorted(zoneinfo.available_timezones())


def check(declared: Declared) -> Iterator[Finding]:
    for entry in declared.tree.entries:
        key, zone = declared.kind.key(entry.name), entry.scalar
        if key is None or key.form != "timezone" or not zone or not zone.text or _exists(zone.text):
            continue
        known = _available()
        cities = {name.rpartition("/")[2].lower(): name for name in known}
        meant = nearest(zone.text.replace(" ", "_"), known, cities, most=len(known))
        if len(zone.text) <= _SHORT and zone.text.isupper():
            meant = ""  # an abbreviation stands for several zones, and its neighbour is hours away
        if known:
            yield Finding(
                f"there is no time zone `{zone.text}`",
                f"did you mean `{meant}`?" if meant else "write one such as `Europe/Rome` or `UTC`",
                zone.span,
                edits.replace(zone.span, meant),
            )


def _exists(name: str) -> bool:
    try:
        zones.zone(name)
    except ValueError:
        return False
    return True
