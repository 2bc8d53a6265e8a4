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
from difflib import get_close_matches
from functools import cache
from typing import Final

from neutrino_lab.declare import edits
from neutrino_lab.declare.declared import Declared, Finding
from neutrino_lab.declare.nearest import did_you_mean
from neutrino_lab.notebook.wording import say
from neutrino_lab.runtime import zones

CODE: Final = "NL505"
SEVERITY: Final = "error"
KINDS: Final = ("SCHEDULE",)
# Abbreviations stand for several zones, and their neighbours are hours away.
_SHORT: Final = 5
_SEPARATORS: Final = str.maketrans("", "", " ._-/")
_CONTINENTS: Final = (
    *("Africa/", "America/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/", "Pacific/"),
)


@cache
def _available() -> list[str]:
    """All zones of this system; to find them, its files are gone through."""
    return sorted(zoneinfo.available_timezones())


def check(declared: Declared) -> Iterator[Finding]:
    for key, zone in declared.scalars():
        if key.form != "timezone" or _exists(zone.text):
            continue
        known = _available()
        meant = _meant(zone.text, known)
        if known:
            yield Finding(
                say("there is no time zone `{zone}`", zone=zone.text),
                did_you_mean(meant, say("write one such as `Europe/Rome` or `UTC`")),
                zone.span,
                edits.replace(zone.span, meant),
            )


def _meant(text: str, known: list[str]) -> str:
    """Give the zone, or the zone of the city, that was written with one slip at most: a wrong one
    would be hours off, and nobody would notice."""
    cities = [name for name in known if name.startswith(_CONTINENTS)]
    spelled = {_folded(name.rpartition("/")[2]): name for name in cities}
    spelled |= {_folded(name): name for name in known}
    folded = _folded(text)
    if folded in spelled:
        return spelled[folded]
    if len(text) <= _SHORT:
        return ""
    close = get_close_matches(folded, spelled, cutoff=0.8)
    found = {spelled[each] for each in close if _is_slip(folded, each)}
    return found.pop() if len(found) == 1 else ""


def _folded(name: str) -> str:
    return name.casefold().translate(_SEPARATORS)


def _is_slip(one: str, other: str) -> bool:
    """Whether two words differ by one letter, or by two that have changed places."""
    while one and other and one[0] == other[0]:
        one, other = one[1:], other[1:]
    while one and other and one[-1] == other[-1]:
        one, other = one[:-1], other[:-1]
    return max(len(one), len(other)) <= 1 or (len(one) == 2 and one == other[::-1])


def _exists(name: str) -> bool:
    try:
        zones.zone(name)
    except ValueError:
        return False
    return True
