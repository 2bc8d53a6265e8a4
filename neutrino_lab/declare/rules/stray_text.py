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
from neutrino_lab.notebook.wording import say

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
                say("`{shown}` must stand on a line of its own", shown=shown),
                say("put it on the next line"),
                problem.token.span,
            )
            continue
        word = text.split(maxsplit=1)[0]
        if declared.kind.key(word.lower()) and not problem.key:
            yield Finding(
                say("`{word}` has no colon behind it", word=word),
                say("write `{meant}`", meant=f"{word.lower()}: {text[len(word) :].strip()}"),
                problem.token.span,
            )
            continue
        yield Finding(
            say(
                "`{shown}` under `{key}` says nothing that a declaration understands",
                shown=shown,
                key=problem.key,
            )
            if problem.key
            else say("`{shown}` says nothing that a declaration understands", shown=shown),
            say(
                "settings are `key: value` lines; begin a remark with `#`, and end the "
                "declaration before ordinary comments with an empty line"
            ),
            problem.token.span,
        )
