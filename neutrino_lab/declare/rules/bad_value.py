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

CODE: Final = "NL112"
SEVERITY: Final = "error"
KINDS: Final = grammar.ALL


def check(declared: Declared) -> Iterator[Finding]:
    for entry in declared.tree.entries:
        key, scalar = declared.kind.key(entry.name), entry.scalar
        if key is None or scalar is None or not scalar.text:
            continue
        if key.form == "choice" and scalar.text.casefold() not in key.choices:
            yield _finding(key, scalar, key.choices)
        elif key.form == "bool" and read_bool(scalar.text) is None:
            yield _finding(key, scalar, ("true", "false"))
        elif key.form == "media" and read_media(scalar.text) is None:
            yield _finding(key, scalar, tuple(MEDIA))


def _finding(key: Key, scalar: Token, words: tuple[str, ...]) -> Finding:
    meant = nearest(scalar.text, words)
    listed = ", ".join(f"`{word}`" for word in words[:-1]) + f" or `{words[-1]}`"
    also = ", or a media type such as `application/pdf`" if key.form == "media" else ""
    hint = f"did you mean `{meant}`? " if meant else ""
    return Finding(
        f"`{key.name}` cannot be `{scalar.text}`",
        f"{hint}write {listed}{also}",
        scalar.span,
        edits.replace(scalar.span, meant),
    )
