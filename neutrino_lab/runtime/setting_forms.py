"""What the texts of environment variables may be: text in, a value or a ValueError out."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any

MB = 1 << 20
# What uvicorn takes as one message, unless it is told otherwise.
MOST_MESSAGE_MB = 16
LONGEST_SERVICE = 200
ALL = "*"
"""What stands for every host, or for every origin."""

_SEPARATORS = re.compile(r"[\s,]+")
_ORIGIN = re.compile(r"([a-z][a-z0-9+.-]*)://(\[[0-9a-f:.]+\]|[^\s/?#@*:\\\[\]]+)(:\d{1,5})?")
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}
_HOST = re.compile(r"(?:\*\.)?[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?|\[[0-9a-f:.]+\]")


def number(text: str) -> float:
    """Read a finite number of 0 or more. Raises ValueError."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 <= number < math.inf:
        raise ValueError(f"{text!r} is not a number of 0 or more")
    return number


def megabytes(text: str) -> int:
    """Read a size in MB, as bytes. Raises ValueError."""
    return math.ceil(number(text) * MB)


def message(text: str) -> int:
    """Read the size in MB of a message, as bytes. Raises ValueError."""
    size_mb = number(text)
    if not 0 < size_mb <= MOST_MESSAGE_MB:
        raise ValueError(f"{text!r} is not above 0 and at most {MOST_MESSAGE_MB}")
    return math.ceil(size_mb * MB)


def switch(text: str) -> bool:
    """Read `1` as True and `0` as False. Raises ValueError."""
    if text not in ("0", "1"):
        raise ValueError(f"{text!r} is neither 0 nor 1")
    return text == "1"


def mcp(text: str) -> bool:
    """Read 0 or 1, which needs a package. Raises ValueError."""
    if switch(text) and find_spec("mcp") is None:
        raise ValueError("needs a package that is missing: pip install 'mcp>=2.3,<3'")
    return text == "1"


def rates(text: str) -> tuple[Any, ...]:
    """Read rates, as items of the library `limits`. Raises ValueError."""
    if not text:
        return ()
    try:
        library = import_module("limits")
        items = library.parse_many(text)
    except ImportError:
        raise ValueError("needs a package that is missing: pip install 'limits>=4'") from None
    except ValueError:
        items = []
    if not items or not all(item.amount for item in items):
        raise ValueError(f"{text!r} is no rate; write such as 100/minute or 5/second; 1000/hour")
    return tuple(items)


def whole_number(text: str, least: int, most: int) -> int:
    """Read a whole number within bounds, of which `least` is 0 or more. Raises ValueError."""
    number = int(text) if text.isascii() and text.isdecimal() and len(text) <= 9 else -1
    if not least <= number <= most:
        raise ValueError(f"{text!r} is not a whole number of {least} to {most:,}")
    return number


def service(text: str) -> str:
    """Read the name of a service, which is short and printable. Raises ValueError."""
    if len(text) > LONGEST_SERVICE or not text.isprintable():
        raise ValueError(f"a name has at most {LONGEST_SERVICE} printable characters")
    return text


def entries(text: str, what: str, if_empty: str) -> list[str]:
    """Split at commas and spaces; `if_empty` says what no text at all is for. Raises ValueError for
    a text with nothing between them."""
    listed = [each for each in _SEPARATORS.split(text) if each]
    if text and not listed:
        raise ValueError(f"there is no {what} in it; leave it empty {if_empty}")
    return listed


def hosts(text: str) -> tuple[str, ...]:
    """Read names of hosts, or `*` for all. Raises ValueError."""
    return _allowed(text, "host", "for the default", _host)


def origins(text: str) -> tuple[str, ...]:
    """Read origins of web pages, or `*` for all. Raises ValueError."""
    return _allowed(text, "origin", "to allow none", _origin)


def _allowed(text: str, what: str, if_empty: str, read: Callable[[str], str]) -> tuple[str, ...]:
    listed = entries(text.lower(), what, if_empty)
    if ALL not in listed:
        return tuple(dict.fromkeys(map(read, listed)))
    if len(listed) > 1:
        raise ValueError(f"`*` allows every {what}, so it stands alone")
    return (ALL,)


def _host(text: str) -> str:
    if not _HOST.fullmatch(text):
        raise ValueError(
            f"{text!r} is no host; write names without scheme and port, such as "
            "api.example.com, *.example.com or [::1]"
        )
    return text


def _origin(text: str) -> str:
    found = _ORIGIN.fullmatch(text)
    if found is None:
        raise ValueError(
            f"{text!r} is no origin; write scheme, host and port alone, such as "
            "https://app.example.com or http://localhost:3000"
        )
    scheme, host, port = found.groups(default="")
    # Browsers leave it out.
    return f"{scheme}://{host}{'' if port == _DEFAULT_PORTS.get(scheme) else port}"
