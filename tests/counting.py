"""Counts what code does, so that no clock has to tell whether it is linear."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any


def lines(work: Callable[[], object]) -> int:
    """How many lines of Python some work runs through: each turn of a loop and each call count."""
    count = 0

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal count
        count += 1
        return trace

    before = sys.gettrace()  # of coverage
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return count
