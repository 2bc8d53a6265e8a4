"""What the scalars and defaults of a declaration mean: text in, a value or None out."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from neutrino_lab.declare import expression
from neutrino_lab.declare.tree import FieldTree
from neutrino_lab.notebook.wording import Worded, say
from neutrino_lab.runtime.schedules.cron import parse_interval
from neutrino_lab.runtime.schedules.job import MOST_RETRIES
from neutrino_lab.runtime.spec import Field

BOOLS: Mapping[str, bool] = {
    "true": True,
    "yes": True,
    "on": True,
    "false": False,
    "no": False,
    "off": False,
}

MEDIA: Mapping[str, str] = {
    "html": "text/html",
    "text": "text/plain",
    "csv": "text/csv",
    "json": "application/json",
    "png": "image/png",
    "svg": "image/svg+xml",
    "xml": "application/xml",
    "sse": "text/event-stream",
    "event-stream": "text/event-stream",
}

_MEDIA_TYPE = re.compile(r"[a-z0-9][\w.+-]*/[a-z0-9*][\w.+-]*(\s*;\s*[\w-]+=[\w.\"+-]+)*", re.ASCII)
_VARIABLE = re.compile(r"\$[A-Za-z_]\w*", re.ASCII)
_INTERVAL = re.compile(r"(?<!\d)(\d+)\s*([smhd])", re.ASCII)
_FIELD_NAME = re.compile(r"\w[\w.-]*")

# What a Python literal holds that JSON has no type for, by the name of its type.
_NAMES = {
    "bytes": say("bytes"),
    "complex": say("a complex number"),
    "ellipsis": say("`...`"),
    "tuple": say("a tuple"),
    "set": say("a set"),
}


class NotJsonError(ValueError):
    """A Python literal that JSON has no type for; `name` says what it holds."""

    def __init__(self, name: Worded) -> None:
        super().__init__(name)
        self.name = name


def is_field_name(text: str) -> bool:
    """Tell whether a text can name a field: word characters, dots and hyphens."""
    return _FIELD_NAME.fullmatch(text) is not None


def read_bool(text: str) -> bool | None:
    """Read a truth value, in any case of letters; None for what is none."""
    return BOOLS.get(text.casefold())


def read_media(text: str) -> str | None:
    """Give the full media type of a short word such as `html`, or of a media type; None for
    neither."""
    folded = text.casefold()
    if folded in MEDIA:
        return MEDIA[folded]
    return folded if _MEDIA_TYPE.fullmatch(folded) else None


def read_interval(text: str) -> str | None:
    """Give a number and its unit without space between; a zero is none."""
    try:
        parse_interval(text)
    except ValueError:
        return None
    number, unit = _INTERVAL.findall(text.lower())[0]
    return f"{int(number)}{unit}"


def read_count(text: str) -> int | None:
    """Read how often a run is repeated; None for what is no such number."""
    is_number = text.isascii() and text.isdecimal() and len(text) <= 3
    return int(text) if is_number and int(text) <= MOST_RETRIES else None


def read_webhook(text: str) -> str | None:
    """Give a URL, or the name of the environment variable that holds it after a `$`."""
    if text.startswith("$"):
        return text if _VARIABLE.fullmatch(text) else None
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return None
    is_url = parts.scheme in ("http", "https") and bool(parts.hostname)
    return text if is_url and not any(c.isspace() for c in text) else None


def read_default(text: str) -> Any:
    """Evaluate a literal of JSON's types. Raises ValueError: NotJsonError for other literals."""
    if text.isascii() and text.isdigit() and text[0] != "0":
        return int(text) if len(text) < 300 else float("inf")
    tree = expression.parse(text)
    if tree is None:
        raise ValueError(text)
    try:
        value = ast.literal_eval(tree)
    except (TypeError, MemoryError, RecursionError):
        raise ValueError(text) from None
    _check_json(value)
    return value


def to_fields(trees: tuple[FieldTree, ...]) -> tuple[Field, ...]:
    """Convert fields whose parts are sound: types and defaults can be read."""
    return tuple(
        Field(
            name=tree.name.text,
            type=tree.type.text if tree.type else "",
            optional=tree.mark is not None,
            default=read_default(tree.default.text) if tree.default else ...,
        )
        for tree in trees
    )


def _check_json(value: Any) -> None:
    if isinstance(value, dict):
        for key, each in value.items():
            if not isinstance(key, str):
                raise NotJsonError(say("a key that is no text"))
            _check_json(each)
    elif isinstance(value, list):
        for each in value:
            _check_json(each)
    elif isinstance(value, float) and not math.isfinite(value):
        raise NotJsonError(say("an infinite number"))
    elif value is not None and type(value) not in (str, int, float, bool):
        name = type(value).__name__
        raise NotJsonError(_NAMES.get(name) or say("a {name}", name=name))
