'''A key has a value that it does not take.

Why: a setting that is not understood would silently not hold.

Example:
    """
    @WS /echo
    type: pubsub
    """
    def echo(event: str):
        return event

Fix: write one of the values that the message lists.
'''

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from neutrino_lab.declare import edits, grammar
from neutrino_lab.declare.declared import Declared, Finding
from neutrino_lab.declare.kind import Key
from neutrino_lab.declare.nearest import nearest
from neutrino_lab.declare.tree import Token
from neutrino_lab.declare.values import MEDIA, read_bool, read_media
from neutrino_lab.notebook.wording import Worded, code_words, say

CODE: Final = "NL112"
SEVERITY: Final = "error"
KINDS: Final = grammar.ALL


def check(declared: Declared) -> Iterator[Finding]:
    for key, scalar in declared.scalars():
        if key.form == "choice" and scalar.text.casefold() not in key.choices:
            yield _finding(key, scalar, key.choices)
        elif key.form == "bool" and read_bool(scalar.text) is None:
            yield _finding(key, scalar, ("true", "false"))
        elif key.form == "media" and read_media(scalar.text) is None:
            yield _finding(key, scalar, tuple(MEDIA))


def _finding(key: Key, scalar: Token, words: tuple[str, ...]) -> Finding:
    meant = nearest(scalar.text, words)
    listed = say("{names} or `{last}`", names=code_words(words[:-1]), last=words[-1])
    return Finding(
        say("`{key}` cannot be `{scalar}`", key=key.name, scalar=scalar.text),
        _hint(key, meant, listed),
        scalar.span,
        edits.replace(scalar.span, meant),
    )


def _hint(key: Key, meant: str, listed: Worded) -> Worded:
    if key.form != "media":
        if meant:
            return say("did you mean `{meant}`? write {listed}", meant=meant, listed=listed)
        return say("write {listed}", listed=listed)
    if meant:
        return say(
            "did you mean `{meant}`? write {listed}, or a media type such as `application/pdf`",
            meant=meant,
            listed=listed,
        )
    return say("write {listed}, or a media type such as `application/pdf`", listed=listed)
