"""A cell that an update has compiled, and what becomes of it."""

from __future__ import annotations

from dataclasses import dataclass
from types import CodeType
from typing import Literal, TypeAlias

from .cell_file import CodeCell

KeptFor: TypeAlias = Literal["", "clock", "sandbox"]


@dataclass(frozen=True, slots=True)
class Planned:
    """A cell that is about to run, or kept for a clock's or a sandbox's runs; `names` are those of
    its endpoints."""

    module: str
    cell: CodeCell
    code: CodeType
    names: tuple[str, ...] = ()
    kept_for: KeptFor = ""
