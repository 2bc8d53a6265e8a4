"""What all flows of a process share."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .operator import Operator
from .store import Store
from .workers import Workers


@dataclass(frozen=True, slots=True)
class Surroundings:
    """`find` gives the flow of another stream for the same parameters, until it is left, and raises
    SourceError; `on_error` hears of each exception of an operator."""

    workers: Workers
    store: Store
    loop: asyncio.AbstractEventLoop
    find: Callable[[str, Mapping[str, str]], Any]
    leave: Callable[[Any], None]
    on_error: Callable[[Operator, BaseException], None]
