'''A line of the declaration is neither verb and path nor `key: value`.

Why: what it asks for would silently not happen.

Example:
    """
    @SCHEDULE every morning
    cron: 0 0 8 * * *
    """
    def report():
        print("good morning")

Fix: write settings as `key: value` on lines of their own, and remarks as `# comments`.
'''

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from neutrino_lab.declare import grammar
from neutrino_lab.declare.declared import Declared, Finding

CODE: Final = "NL111"
SEVERITY: Final = "error"
KINDS: Final = grammar.ALL

_SETTING = re.compile(r"([^\W\d][\w-]*)\s*:")


def check(declared: Declared) -> Iterator[Finding]:
    for problem in declared.tree.problems:
        if problem.slip != "stray":
            continue
        text = problem.token.text
        shown = text if len(text) <= 60 else text[:57] + "…"
        setting = _SETTING.match(text)
        if setting and declared.kind.key(setting[1].lower()):
            yield Finding(
                f"`{shown}` must stand on a line of its own",
                "put it on the next line",
                problem.token.span,
            )
            continue
        word = text.split(maxsplit=1)[0]
        if declared.kind.key(word.lower()) and not problem.key:
            yield Finding(
                f"`{word}` has no colon behind it",
                f"write `{word.lower()}: {text[len(word) :].strip()}`",
                problem.token.span,
            )
            continue
        where = f" under `{problem.key}`" if problem.key else ""
        yield Finding(
            f"`{shown}`{where} says nothing that a declaration understands",
            "settings are `key: value` lines; begin a remark with `#`, and end the declaration "
            "before ordinary comments with an empty line",
            problem.token.span,
        )
