"""Which bus the environment asks for."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from .contract import Bus
from .memory import MemoryBus

BUSES: Mapping[str, Callable[[str], Bus]] = {"memory": MemoryBus}


def read(text: str) -> str:
    """Check the name of a bus. Raises ValueError with those that there are."""
    if text not in BUSES:
        listed = " or ".join(f"`{each}`" for each in BUSES)
        raise ValueError(f"there is no bus `{text}`; write {listed}")
    return text


def connect(name: str, service: str) -> Bus:
    """Make the bus of a service, which is not started yet."""
    return BUSES[name](service)
