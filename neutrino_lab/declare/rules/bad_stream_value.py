'''A key of a stream has a value that cannot be told.

Why: a setting that is not understood would silently not hold.

Example:
    """
    @STREAM /prices
    source: every:1s
    window: ten seconds
    """
    def prices(values):
        return len(values)

Fix: write what the message asks for.
'''

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from neutrino_lab.declare.declared import Declared, Finding
from neutrino_lab.declare.kind import Form, Key
from neutrino_lab.declare.nearest import nearest
from neutrino_lab.notebook.wording import quote, say
from neutrino_lab.runtime.streams import direct, windows
from neutrino_lab.runtime.streams.operator import BUS, words
from neutrino_lab.runtime.streams.sources.location import number, seconds

CODE: Final = "NL902"
SEVERITY: Final = "error"
KINDS: Final = ("STREAM",)


def check(declared: Declared) -> Iterator[Finding]:
    for key, scalar in declared.scalars():
        if key.form not in _READ:
            continue
        try:
            _READ[key.form](key, scalar.text)
        except ValueError as error:
            reason, _, hint = str(error).partition("; ")
            yield Finding(
                say("`{key}`: {reason}", key=key.name, reason=quote(reason)),
                quote(hint) or say("write such as `{example}`", example=key.example),
                scalar.span,
            )


def _name(_: Key, text: str) -> None:
    if not text.isidentifier():
        raise ValueError(f"`{text}` is no name; use letters, digits and underscores")


def _path(_: Key, text: str) -> None:
    if not all(text.split(".")) or " " in text:
        raise ValueError(f"`{text}` is no path to a field; write names with dots between them")


def _words(key: Key, text: str) -> None:
    for word in words(text):
        if word not in key.choices and not (key.name == "emit" and word.startswith(f"{BUS}/")):
            meant = nearest(word, key.choices)
            listed = ", ".join(f"`{each}`" for each in key.choices)
            if key.name == "emit":
                listed += f", or `{BUS}` and the path of a `@WS` cell"
            hint = f"did you mean `{meant}`? " if meant else ""
            raise ValueError(f"`{word}` is none of its words; {hint}there are {listed}")


def _number(key: Key, text: str) -> None:
    if key.name == "buffer" and not (text.isascii() and text.isdigit() and 0 < int(text) <= 10**6):
        raise ValueError(f"`{text}` is no whole number from 1 to 1000000")
    number(text)


def _duration(_: Key, text: str) -> None:
    if text != "off":
        seconds(text)


_READ: Final[Mapping[Form, Callable[[Key, str], object]]] = {
    "name": _name,
    "path": _path,
    "words": _words,
    "number": _number,
    "duration": _duration,
    "budget": lambda _, text: direct.read_budget(text),
    "window": lambda _, text: windows.parse(text),
}
