'''A declaration stands where it declares nothing.

Why: only the first statement of a cell declares. Elsewhere the text is an ordinary string, and
nothing is served.

Example:
    limit = 10

    """
    @HTTP
    GET /items
    """
    def items():
        return list(range(limit))

Fix: begin the cell with the declaration, or move it and its function to a cell of their own.
'''

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from neutrino_lab.declare.declared import Finding, View
from neutrino_lab.declare.grammar import kind_of
from neutrino_lab.notebook.wording import say

CODE: Final = "NL103"
SEVERITY: Final = "warning"


def check(view: View) -> Iterator[Finding]:
    for text in view.texts:
        word = text.word.text
        if text.kind is None:
            continue
        if text.form == "format":
            yield Finding(
                say(
                    "this `{word}` declares nothing: an f-string or bytes is no declaration",
                    word=word,
                ),
                say("write it as a plain string, without a letter before the quotes"),
                text.word.span,
            )
        elif not view.declared:
            yield Finding(
                say(
                    "this `{word}` declares nothing: it is not the first statement of its cell",
                    word=word,
                ),
                say("begin the cell with it, or give it and its function a cell of their own"),
                text.word.span,
            )
    for function in view.facts.functions:
        words = function.docstring.split(maxsplit=1)
        if words and words[0][:1] == "@" and kind_of(words[0][1:]):
            yield Finding(
                say(
                    "this `{words}` declares nothing: it stands inside `{function}`",
                    words=words[0],
                    function=function.name,
                ),
                say("move the text in front of the `def`, as the first statement of the cell"),
                function.span,
            )
