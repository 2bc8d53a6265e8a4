'''A text begins with `@WORD`, but there is no such declaration.

Why: the cell is then ordinary code, and nothing of it is served.

Example:
    """
    @HTPP
    GET /items
    """
    def items():
        return []

Fix: write `@HTTP`, `@WS` or `@SCHEDULE`, in capitals.
'''

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from neutrino_lab.declare import edits
from neutrino_lab.declare.declared import Finding, View
from neutrino_lab.declare.find_declarations import Text
from neutrino_lab.declare.grammar import KIND_ALIASES, KINDS
from neutrino_lab.declare.nearest import nearest
from neutrino_lab.notebook.wording import code_words, say

CODE: Final = "NL102"
SEVERITY: Final = "warning"


def check(view: View) -> Iterator[Finding]:
    for text in view.texts:
        word = text.word.text[1:]
        if text.kind is not None:
            continue
        message = say("there is no declaration `@{word}`, so this cell is ordinary code", word=word)
        span, meant = text.word.span, _meant(text, word)
        if meant:
            hint = say("did you mean `@{meant}`?", meant=meant)
            yield Finding(message, hint, span, edits.replace(span, f"@{meant}"))
        elif text.form == "string" and text.leads and word.isupper():
            hint = say("there are {known}", known=code_words(f"@{kind.word}" for kind in KINDS))
            yield Finding(message, hint, span)


def _meant(text: Text, word: str) -> str:
    """A comment may begin with any `@word`: there, only what is nearly a kind counts."""
    is_shouted = word.isupper()
    aliases = KIND_ALIASES if is_shouted or text.form == "string" else {}
    if not text.leads and not is_shouted:
        return ""
    return nearest(word.rstrip(":"), [kind.word for kind in KINDS], aliases)
