"""Time zones by name."""

from __future__ import annotations

from datetime import timezone, tzinfo
from zoneinfo import ZoneInfo

UTC = timezone.utc


def zone(name: str) -> tzinfo:
    """Look a time zone up. Raises ValueError for a name that is none."""
    if name.upper() in {"UTC", "Z"}:
        return UTC
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown, a path that leads outside, a folder
        raise ValueError(
            f"{name!r} is not a known time zone; use a name such as Europe/Rome "
            "(`pip install tzdata` where the system has no zones)"
        ) from None
