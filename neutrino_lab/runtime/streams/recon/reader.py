"""Recon's text → values. Any text gives a value or a ReconError."""

from __future__ import annotations

import base64
import binascii
import math
import re
from collections.abc import Iterable

from .values import DIGITS, IDENT, SHORT, WORDS, Attr, Item, ReconError, Record, Slot, Value

# Deeper text is refused: it would end in Python's own limit.
MAX_DEPTH = 100

_NUMBER = r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?"
_BARE = r'[^"\\\x00-\x1f]*'

_ident = re.compile(IDENT)
_number = re.compile(_NUMBER)
_space = re.compile(r"[ \t]*")
_blank = re.compile(r"(?:[ \t\r\n]|#[^\r\n]*)*")
_text = {'"': re.compile(r'[^"\\]*'), "'": re.compile(r"[^'\\]*")}
_markup = re.compile(r"[^\\@{}\[\]]*")
_data = re.compile(r"%([A-Za-z0-9+/]*={0,2})")
# A slot as nearly all are: one match in place of six calls.
_slot = re.compile(rf'({IDENT}):(?:({_NUMBER})|"({_BARE})")(?=[,}})])')


def read(text: str) -> Value:
    """Read one value, or the items of a record without its braces. Raises ReconError."""
    reader = _Reader(text)
    items = reader.block("")
    return items[0] if len(items) == 1 and not isinstance(items[0], Slot) else _record(items)


def read_attr(text: str) -> tuple[Attr, str]:
    """Read one attribute, and give the text that follows it. Raises ReconError."""
    reader = _Reader(text)
    reader.skip(_blank)
    attr = reader.attr()
    reader.skip(_space)
    return attr, text[reader.at :]


def _record(items: Iterable[Item]) -> Value:
    made = tuple(items)
    return Record(items=made) if made else None


class _Reader:
    """Goes through a text once, from the left."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.depth = 0

    def skip(self, pattern: re.Pattern[str]) -> None:
        found = pattern.match(self.text, self.at)
        if found:
            self.at = found.end()

    @property
    def next(self) -> str:
        """The character that is next, empty at the end."""
        return self.text[self.at : self.at + 1]

    def fail(self, reason: str) -> ReconError:
        return ReconError(reason, self.at)

    def block(self, end: str) -> list[Item]:
        """Read items up to the closing character, and that too."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.fail("nested too deeply")
        items: list[Item] = []
        text = self.text
        while True:
            if end:
                while (found := _slot.match(text, self.at)) is not None:
                    key, number, string = found.groups()
                    value = string if number is None else _as_number(number)
                    items.append(Slot(WORDS.get(key, key), value))
                    self.at = found.end()
                    if text[self.at] != ",":
                        break
                    self.at += 1
            if self._separate(items, end):
                self.depth -= 1
                return items

    def _separate(self, items: list[Item], end: str) -> bool:
        """Read one item, if there is one, and what follows it; True at the end of the block."""
        text = self.text
        before = self.at
        self.skip(_blank)
        is_apart = before == 0 or text[before - 1] in "({[,;" or "\n" in text[before : self.at]
        is_apart = is_apart or "\r" in text[before : self.at]
        next_one = self.next
        if next_one == end or not next_one:
            if next_one != end:
                raise self.fail(f"`{end}` is missing")
            self.at += len(end)
            return True
        if next_one in ",;":
            if (before and text[before - 1] in "({[,;") or before == 0:
                items.append(None)
            self.at += 1
            return False
        if not is_apart:
            raise self.fail("a comma is missing")
        items.append(self._item())
        self.skip(_space)
        if self.next and self.next in ",;":
            self.at += 1
        return False

    def _item(self) -> Item:
        key = self.value()
        self.skip(_space)
        if self.next != ":":
            return key
        self.at += 1
        self.skip(_space)
        following = self.next
        if not following or following in ",;)}]\r\n#":
            return Slot(key)
        return Slot(key, self.value())

    def value(self) -> Value:
        attrs: list[Attr] = []
        while self.next == "@":
            attrs.append(self.attr())
            self.skip(_space)
        following = self.next
        if attrs and (not following or following in ",;:)}]\r\n#"):
            return Record(tuple(attrs))
        if following == "{":
            self.at += 1
            return self._postfix(Record(tuple(attrs), tuple(self.block("}"))))
        if following == "[":
            self.at += 1
            return self._postfix(Record(tuple(attrs), tuple(self._markup())))
        simple = self._simple()
        return self._postfix(Record(tuple(attrs), (simple,)) if attrs else simple)

    def _postfix(self, value: Value) -> Value:
        """Attributes after a value make both of them items of one record."""
        before = self.at
        self.skip(_space)
        if self.next != "@":
            self.at = before
            return value
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.fail("nested too deeply")
        after = self.value()
        self.depth -= 1
        return Record(items=(value, after))

    def attr(self) -> Attr:
        if self.next != "@":
            raise self.fail("`@` is missing")
        self.at += 1
        name = self._string() if self.next and self.next in "\"'" else self._name()
        if self.next != "(":
            return Attr(name)
        self.at += 1
        items = self.block(")")
        is_one = len(items) == 1 and not isinstance(items[0], Slot)
        return Attr(name, items[0] if is_one else _record(items))  # type: ignore[arg-type]

    def _name(self) -> str:
        found = _ident.match(self.text, self.at)
        if found is None:
            raise self.fail("a name is missing")
        self.at = found.end()
        return found[0]

    def _simple(self) -> Value:
        following = self.next
        if following and following in "\"'":
            return self._string()
        if following == "%":
            return self._bytes()
        found = _ident.match(self.text, self.at)
        if found is not None:
            self.at = found.end()
            return WORDS.get(found[0], found[0])
        if self.text.startswith("-Infinity", self.at):
            self.at += len("-Infinity")
            return -math.inf
        found = _number.match(self.text, self.at)
        if found is None:
            raise self.fail(f"{following!r} begins no value" if following else "a value is missing")
        self.at = found.end()
        return _as_number(found[0])

    def _bytes(self) -> bytes:
        found = _data.match(self.text, self.at)
        encoded = found[1] if found else ""
        try:
            content = base64.b64decode(encoded, validate=True)
        except binascii.Error as error:
            raise self.fail("no base64") from error
        self.at += 1 + len(encoded)
        return content

    def _string(self) -> str:
        quote = self.next
        self.at += 1
        parts: list[str] = []
        while True:
            self._take(_text[quote], parts)
            if self.next == quote:
                self.at += 1
                return "".join(parts)
            if not self.next:
                raise self.fail(f"`{quote}` is missing")
            parts.append(self._escape())

    def _take(self, pattern: re.Pattern[str], parts: list[str]) -> None:
        found = pattern.match(self.text, self.at)
        if found is not None and found[0]:
            parts.append(found[0])
            self.at = found.end()

    def _escape(self) -> str:
        letter = self.text[self.at + 1 : self.at + 2]
        if letter == "u":
            digits = self.text[self.at + 2 : self.at + 6]
            if not re.fullmatch("[0-9A-Fa-f]{4}", digits):
                raise self.fail("`\\u` needs four hexadecimal digits")
            self.at += 6
            return chr(int(digits, 16))
        if not letter:
            raise self.fail("the text ends in an escape")
        self.at += 2
        return SHORT.get(letter, letter)

    def _markup(self) -> list[Item]:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.fail("nested too deeply")
        items: list[Item] = []
        parts: list[str] = []
        while True:
            self._take(_markup, parts)
            following = self.next
            if following == "\\":
                parts.append(self._escape())
                continue
            if parts:
                items.append("".join(parts))
                parts.clear()
            if following == "]":
                self.at += 1
                self.depth -= 1
                return items
            if not following or following == "}":
                raise self.fail("`]` is missing")
            items.append(self._inline())

    def _inline(self) -> Value:
        """Read what stands in markup: an attribute takes braces or brackets that follow at once."""
        attrs: list[Attr] = []
        while self.next == "@":
            attrs.append(self.attr())
        if self.next == "{":
            self.at += 1
            return Record(tuple(attrs), tuple(self.block("}")))
        if self.next == "[":
            self.at += 1
            return Record(tuple(attrs), tuple(self._markup()))
        return Record(tuple(attrs))


def _as_number(text: str) -> int | float:
    if "." in text or "e" in text or "E" in text:
        return float(text)
    return _as_int(text)


def _as_int(text: str) -> int:
    """Read a whole number of any length exactly."""
    if len(text) <= DIGITS:
        return int(text)
    if text[0] == "-":
        return -_as_int(text[1:])
    half = len(text) // 2
    return _as_int(text[:-half]) * int(10**half) + _as_int(text[-half:])
