"""What the texts of environment variables may be: text in, a value or a ValueError out."""

from __future__ import annotations

import math
from importlib import import_module
from importlib.util import find_spec
from typing import Any

MB = 1 << 20
# What uvicorn takes as one message, unless it is told otherwise.
MOST_MESSAGE_MB = 16
MOST_HISTORY = 100_000
LONGEST_SERVICE = 200


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


def history(text: str) -> int:
    """Read how many runs are kept. Raises ValueError."""
    number = int(text) if text.isascii() and text.isdecimal() and len(text) <= 9 else -1
    if not 0 <= number <= MOST_HISTORY:
        raise ValueError(f"{text!r} is not a whole number of 0 to {MOST_HISTORY:,}")
    return number


def service(text: str) -> str:
    """Read the name of a service, which is short and printable. Raises ValueError."""
    if len(text) > LONGEST_SERVICE or not text.isprintable():
        raise ValueError(f"a name has at most {LONGEST_SERVICE} printable characters")
    return text
