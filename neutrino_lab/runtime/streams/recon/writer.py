"""Values → Recon's text, which the reader gives back as they were."""

from __future__ import annotations

import base64
import math
import re

from .values import DIGITS, IDENT, SHORT, WORDS, Attr, Item, Record, Slot, Value

_ident = re.compile(IDENT)
_ESCAPED = {value: f"\\{name}" for name, value in SHORT.items()} | {'"': '\\"', "\\": "\\\\"}
_to_escape = re.compile(r'["\\\x00-\x1f\x7f]')


def write(value: Value) -> str:
    """Write a value so that `read` gives it back."""
    if isinstance(value, Record):
        return _write_record(value)
    return _write_simple(value)


def write_attr(attr: Attr, body: str = "") -> str:
    """Write an attribute in front of a body that `write` has made."""
    is_bare = bool(body) and body[0] not in '"{@'
    return f"{_write_attr(attr)}{' ' if is_bare else ''}{body}"


def _write_int(number: int) -> str:
    if number < 0:
        return f"-{_write_int(-number)}"
    # A digit has more than three bits.
    if number.bit_length() <= DIGITS * 3:
        return str(number)
    half = number.bit_length() // 7
    left, right = divmod(number, 10**half)
    return f"{_write_int(left)}{_write_int(right):0>{half}}"


def _write_float(number: float) -> str:
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    mantissa, _, exponent = repr(number).partition("e")
    if not exponent:
        return mantissa
    return f"{mantissa}{'' if '.' in mantissa else '.0'}E{int(exponent)}"


def _write_text(text: str) -> str:
    if text not in WORDS and _ident.fullmatch(text):
        return text
    return f'"{_to_escape.sub(_write_escape, text)}"'


def _write_escape(found: re.Match[str]) -> str:
    return _ESCAPED.get(found[0]) or f"\\u{ord(found[0]):04x}"


def _write_simple(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return _write_int(value)
    if isinstance(value, float):
        return _write_float(value)
    if isinstance(value, bytes):
        return f"%{base64.b64encode(value).decode()}"
    return _write_text(str(value))


def _write_attr(attr: Attr) -> str:
    name, value = _write_text(attr.name), attr.value
    if attr.name in WORDS:
        name = attr.name
    if value is None:
        return f"@{name}"
    is_one = not isinstance(value, Record) or value.attrs or len(value.items) < 2
    if isinstance(value, Record) and value.items and isinstance(value.items[0], Slot):
        is_one = bool(value.attrs)
    return f"@{name}({write(value) if is_one else _write_items(value.items)})"  # type: ignore[union-attr]


def _write_record(value: Record) -> str:
    attrs = "".join(_write_attr(attr) for attr in value.attrs)
    if attrs and not value.items:
        return attrs
    if attrs and len(value.items) == 1:
        alone = value.items[0]
        if alone is not None and not isinstance(alone, Slot | Record):
            body = _write_simple(alone)
            return f"{attrs}{body}" if body[0] == '"' else f"{attrs} {body}"
    return f"{attrs}{{{_write_items(value.items)}}}"


def _write_items(items: tuple[Item, ...]) -> str:
    # The last comma says that the empty place before it is an item.
    return ",".join(_write_item(item) for item in items) + ("," if items[-1:] == (None,) else "")


def _write_item(item: Item) -> str:
    if not isinstance(item, Slot):
        return write(item)
    return f"{write(item.key)}:{write(item.value)}"
