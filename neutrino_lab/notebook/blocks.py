"""Cells that follow each other as one thing: what they say together is worked out again only where
one of them has changed, and a cell that stays as it is costs nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, wraps
from typing import TypeVar
from weakref import WeakValueDictionary

from neutrino_lab.notebook.memory import MOST_CHARACTERS
from neutrino_lab.notebook.model import Cell

# Few enough that a block with an edit in it is soon done again, and enough to make few blocks.
SIZE = 64
# As many are remembered where what they say is: 32,768 cells.
_MOST_BLOCKS = 512

Answer = TypeVar("Answer")


class Block:
    """Some cells in a row. The same cells are the same block, as long as anybody holds it; it is
    hashed and compared as the object that it is."""

    __slots__ = ("__weakref__", "cells")

    def __init__(self, cells: tuple[Cell, ...]) -> None:
        self.cells = cells


def remembered_of_block(function: Callable[[Block], Answer]) -> Callable[[Block], Answer]:
    """Remember what a function gives for the blocks that were asked about last, but for those with
    a cell that is data: each reading makes it anew, and all of them would be kept."""
    known = lru_cache(maxsize=_MOST_BLOCKS)(function)

    @wraps(function)
    def of_block(block: Block) -> Answer:
        is_short = all(len(cell.source) <= MOST_CHARACTERS for cell in block.cells)
        return known(block) if is_short else function(block)

    return of_block


# By the ids of the cells. A block holds its cells, so no others can get their ids meanwhile.
_known: WeakValueDictionary[tuple[int, ...], Block] = WeakValueDictionary()


def blocks_of(cells: Sequence[Cell]) -> Iterator[Block]:
    """Yield the cells of a notebook, in their order, in blocks."""
    for start in range(0, len(cells), SIZE):
        part = tuple(cells[start : start + SIZE])
        ids = tuple(map(id, part))
        block = _known.get(ids)
        if block is None:
            block = _known[ids] = Block(part)
        yield block


def of_each(
    ask: Callable[[Cell], Answer | None],
) -> Callable[[Sequence[Cell]], Iterator[tuple[Cell, Answer]]]:
    """Make a function of one cell one of all cells of a notebook: it yields those that have an
    answer that is not empty, with it. The answer must depend on the cell alone."""

    @remembered_of_block
    def of_block(block: Block) -> tuple[tuple[Cell, Answer], ...]:
        return tuple((cell, answer) for cell in block.cells if (answer := ask(cell)))

    def of_cells(cells: Sequence[Cell]) -> Iterator[tuple[Cell, Answer]]:
        for block in blocks_of(cells):
            yield from of_block(block)

    return of_cells
