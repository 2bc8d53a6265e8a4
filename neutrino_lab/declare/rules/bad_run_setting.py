'''How often a failed run is repeated, or who is told of it, cannot be read.

Why: a schedule that is to be watched over would fail, and nobody would hear of it.

Example:
    """
    @SCHEDULE
    interval: 1h
    retries: twice
    """
    def report():
        print("done")

Fix: write a whole number for `retries`, and a URL that begins with `https://` for `on_failure`, or
`$NAME` for an environment variable that holds it.
'''

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from neutrino_lab.declare import edits
from neutrino_lab.declare.declared import Declared, Finding
from neutrino_lab.declare.nearest import did_you_mean
from neutrino_lab.declare.tree import Token
from neutrino_lab.declare.values import read_count, read_webhook
from neutrino_lab.notebook.wording import say
from neutrino_lab.runtime.schedules.job import MOST_RETRIES

CODE: Final = "NL507"
SEVERITY: Final = "error"
KINDS: Final = ("SCHEDULE",)

_COUNTED = re.compile(r"(\d{1,2})\s*(?:x|times?)", re.I | re.ASCII)
_HOST = re.compile(r"[\w-]+(?:\.[\w-]+)+(?::\d+)?(?:/\S*)?", re.ASCII)


def check(declared: Declared) -> Iterator[Finding]:
    for key, scalar in declared.scalars():
        if key.form == "count" and read_count(scalar.text) is None:
            yield _count(scalar)
        elif key.form == "webhook" and read_webhook(scalar.text) is None:
            yield _webhook(scalar)


def _count(scalar: Token) -> Finding:
    counted = _COUNTED.fullmatch(scalar.text)
    meant = str(int(counted[1])) if counted and int(counted[1]) <= MOST_RETRIES else ""
    return Finding(
        say("`{scalar}` is no number of retries", scalar=scalar.text),
        did_you_mean(meant, say("write a whole number from 0 to {most}", most=MOST_RETRIES)),
        scalar.span,
        edits.replace(scalar.span, meant),
    )


def _webhook(scalar: Token) -> Finding:
    text = scalar.text
    meant = f"https://{text}" if _HOST.fullmatch(text) else ""
    # It may hold a password or a token, and what is told may end in a log.
    shown = f"`{urlsplit(text).scheme}://…`" if "://" in text else "this"
    return Finding(
        say("{shown} is no URL of a webhook", shown=shown),
        say("write `https://` in front of it")
        if meant
        else say(
            "write such as `https://hooks.example.com/failed`, or `$ALERT_URL` for a variable"
        ),
        scalar.span,
        edits.replace(scalar.span, meant),
    )
