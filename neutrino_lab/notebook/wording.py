"""Texts for people that can be said in other languages: a template in English, and its arguments.

A front end translates the template and puts the arguments in; everybody else reads the text, which
is a plain `str`. Templates are literals where `say` is called: that is where they are collected.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final


class Worded(str):
    """A text, made of a `template` in the syntax of `str.format`, and `arguments` by name.

    An argument that is a text for people itself is Worded as well. An empty template says that the
    words are another program's, in its own language.
    """

    __slots__ = ("arguments", "template")

    template: str
    arguments: Mapping[str, str]

    def __new__(cls, template: str, arguments: Mapping[str, str], text: str) -> Worded:
        worded = super().__new__(cls, text)
        worded.template = template
        worded.arguments = arguments
        return worded

    def __getnewargs__(self) -> tuple[str, Mapping[str, str], str]:  # type: ignore[override]
        return self.template, self.arguments, str(self)


def say(template: str, /, **arguments: object) -> Worded:
    """Word something: `say("`{name}` is not a type", name=name)`. The template is a literal."""
    texts = {
        name: each if isinstance(each, Worded) else str(each) for name, each in arguments.items()
    }
    return Worded(template, texts, template.format(**texts))


def quote(text: str) -> Worded:
    """Take over the words of another program: an exception's message, a log's line."""
    return Worded("", {}, text)


def code_words(words: Iterable[object]) -> str:
    """List words as code, which is the same in all languages."""
    return ", ".join(f"`{each}`" for each in words)


NOTHING: Final = quote("")
