"""Which bus the environment asks for."""

from __future__ import annotations

from importlib import import_module
from typing import TypeAlias

from . import redis_address
from .contract import Bus, Identity
from .memory import MemoryBus
from .redis_address import Address

MEMORY = "memory"

Choice: TypeAlias = str | Address
"""`memory`, or where the Redis is."""


def read(text: str) -> Choice:
    """Check what names a bus. Raises ValueError with those that there are."""
    if text == MEMORY:
        return text
    scheme, mark, _ = text.partition("://")
    if mark and scheme in redis_address.SCHEMES:
        return redis_address.read(text)
    # What may hold a password is not repeated.
    named = "" if "@" in text else f" `{text}`"
    raise ValueError(f"there is no bus{named}; write `memory`, or a URL such as redis://host:6379")


def connect(chosen: Choice, service: str, identity: Identity | None = None) -> Bus:
    """Make the bus of a service, which is not started yet.

    Raises BusError where a shared one answers and will not do.
    """
    if not isinstance(chosen, Address):
        return MemoryBus(service)
    identity = identity or Identity(service)
    redis_address.check(chosen, service, identity)
    module = import_module(".redis_bus", __package__)
    bus: Bus = module.RedisBus(chosen, service, identity)
    return bus
