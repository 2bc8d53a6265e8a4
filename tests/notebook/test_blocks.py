"""Cells in blocks: the same ones as long as somebody holds them, and asked once."""

from __future__ import annotations

from weakref import ref

import pytest

from neutrino_lab.notebook.blocks import SIZE, blocks_of, of_each
from neutrino_lab.notebook.memory import MOST_CHARACTERS
from neutrino_lab.notebook.model import Cell

CELLS = [Cell(f"id{n}", n, f"x = {n}", f"x = {n}") for n in range(1, 2 * SIZE + 2)]


def test_blocks_hold_all_cells_in_their_order() -> None:
    assert [each.cells for each in blocks_of(CELLS)] == [
        tuple(CELLS[:SIZE]),
        tuple(CELLS[SIZE : 2 * SIZE]),
        tuple(CELLS[2 * SIZE :]),
    ]
    assert [*blocks_of([])] == []


def test_a_block_is_another_one_only_where_a_cell_is() -> None:
    before = [*blocks_of(CELLS)]
    changed = CELLS.copy()
    changed[SIZE] = Cell("new", SIZE + 1, "x = 0", "x = 0")
    after = [*blocks_of(changed)]
    assert [old is new for old, new in zip(before, after, strict=True)] == [True, False, True]
    # An equal cell is not the same one.
    equal = [*CELLS[:-1], Cell(**{name: getattr(CELLS[-1], name) for name in Cell.__slots__})]
    assert [*blocks_of(equal)][-1] is not before[-1]


def test_only_the_cells_of_a_changed_block_are_asked_again() -> None:
    asked: list[int] = []

    @of_each
    def even(cell: Cell) -> bool:
        asked.append(cell.number)
        return cell.number % 2 == 0

    assert [cell.number for cell, _ in even(CELLS)] == [*range(2, 2 * SIZE + 2, 2)]
    changed = [*CELLS[:-1], Cell("new", 2, "", "")]
    assert [cell.number for cell, _ in even(changed)] == [*range(2, 2 * SIZE + 2, 2), 2]
    assert asked == [*range(1, 2 * SIZE + 2), 2]


@pytest.mark.parametrize(
    ("length", "is_kept"), [(MOST_CHARACTERS, True), (MOST_CHARACTERS + 1, False)]
)
def test_a_block_with_data_is_not_kept(length: int, is_kept: bool) -> None:
    @of_each
    def number(cell: Cell) -> int:
        return cell.number

    cells = [Cell("data", 1, "x" * length, "")]
    (block,) = blocks_of(cells)
    known = ref(block)
    assert [found for _, found in number(cells)] == [1]
    del block
    assert (known() is not None) == is_kept
