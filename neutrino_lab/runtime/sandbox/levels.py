"""The ways in which a process may be kept apart, the strongest first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias, get_args

Level: TypeAlias = Literal["bubblewrap", "landlock", "limits"]
LEVELS: tuple[Level, ...] = get_args(Level)
DEFAULT: Level = "landlock"
"""What is weaker is no isolation, and needs a yes."""

ABOUT: Mapping[Level, str] = {
    "bubblewrap": "isolated by bubblewrap: no files but the system's and Python's, no network",
    "landlock": "isolated by Landlock and seccomp: no files but the system's and Python's, no "
    "network",
    "limits": "NOT ISOLATED: within limits of memory alone, it may do what the service may",
}


def read(text: str) -> Level:
    """Read the weakest level that is accepted. Raises ValueError."""
    for level in LEVELS:
        if text == level:
            return level
    raise ValueError(f"{text!r} is none of {', '.join(LEVELS)}")
