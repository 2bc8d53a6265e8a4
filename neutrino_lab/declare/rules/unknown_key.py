'''The declaration has no such key.

Why: what the line asks for would silently not happen.

Example:
    """
    @HTTP
    POST /items
    bdoy: name:str
    """
    def add(name: str):
        return name

Fix: write one of the keys of this kind of declaration; indent a line that belongs to the key above.
'''

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from neutrino_lab.declare import edits, grammar
from neutrino_lab.declare.declared import Declared, Finding
from neutrino_lab.declare.grammar import KEY_ALIASES
from neutrino_lab.declare.grammar import KINDS as ALL_KINDS
from neutrino_lab.declare.nearest import nearest
from neutrino_lab.declare.tree import Entry
from neutrino_lab.notebook.wording import code_words, say

CODE: Final = "NL107"
SEVERITY: Final = "error"
KINDS: Final = grammar.ALL


def check(declared: Declared) -> Iterator[Finding]:
    before: Entry | None = None
    for entry in declared.tree.entries:
        if declared.kind.key(entry.name) is None:
            yield _finding(declared, entry, before)
        else:
            before = entry


def _finding(declared: Declared, entry: Entry, before: Entry | None) -> Finding:
    kind, span = declared.kind, entry.key.span
    known = [key.name for key in kind.keys]
    message = say("`@{kind}` has no key `{key}`", kind=kind.word, key=entry.key.text)
    listed = say("the keys are {known}", known=code_words(known))
    aliases = {alias: name for alias, name in KEY_ALIASES.items() if name in known}
    meant = nearest(entry.name, known, aliases)
    if meant:
        return Finding(
            message, say("did you mean `{meant}`?", meant=meant), span, edits.replace(span, meant)
        )
    owners = [other.word for other in ALL_KINDS if other.key(entry.name)]
    if owners:
        return Finding(
            say(
                "`@{kind}` has no key `{key}`; it belongs to `@{owner}`",
                kind=kind.word,
                key=entry.key.text,
                owner=owners[0],
            ),
            listed,
            span,
        )
    if before is not None and not before.fields and before.scalar is None:
        hint = say(
            "indent the line if it is a field of `{before}`; {listed}",
            before=before.name,
            listed=listed,
        )
        return Finding(message, hint, span)
    return Finding(message, listed, span)
