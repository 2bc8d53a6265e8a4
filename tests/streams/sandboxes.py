"""Sandboxed operators in a test: written as a cell, run in each way that works here."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from neutrino_lab.runtime.cell_file import CodeCell
from neutrino_lab.runtime.sandbox.function import SandboxedFunction, outlined
from neutrino_lab.runtime.sandbox.levels import Level
from neutrino_lab.runtime.streams.process import Process
from neutrino_lab.runtime.streams.remote import Remote
from tests.streams.flows import operator

SIZE = [("window_size", "int", False, 5)]
SMA = """
def work(acc: dict, value: float, params: dict):
    values = (acc.get("values", []) + [value])[-params["window_size"]:]
    return {"values": values}, sum(values) / len(values)
"""


def function(code: str) -> SandboxedFunction:
    """Take the function `work` of a cell, as a program does."""
    cell = CodeCell(2, textwrap.dedent(code).strip(), "2", "/nb/cell 2", 5)
    found = outlined("work", cell, 0)
    assert found is not None
    return found


@contextmanager
def sandboxed(level: Level, code: str, **declared: Any) -> Iterator[Process]:
    made = operator(function(code), **declared)
    process = Process(made, remote=Remote(made, level))
    try:
        yield process
    finally:
        process.close()
