"""Which cell a piece of code was written in, and what a notebook's code sets through `global`."""

from __future__ import annotations

from types import CodeType
from weakref import WeakKeyDictionary

from . import bytecode, cell_code
from .cell_file import CodeCell


class Origins:
    """The code of the cells that were compiled, for as long as anybody holds it."""

    def __init__(self) -> None:
        self._cells: WeakKeyDictionary[CodeType, tuple[str, CodeCell]] = WeakKeyDictionary()
        # Hardly any code does: to look for it in all of it would take long at each edit.
        self._setting: WeakKeyDictionary[CodeType, tuple[str, frozenset[str]]] = WeakKeyDictionary()

    def add(self, code: CodeType, module: str, cell: CodeCell) -> None:
        """Take in a cell's code, with all that is defined in it."""
        for each in bytecode.all_code(code):
            # Equal code of an earlier run is the same key, and would take the entry with it.
            self._cells.pop(each, None)
            self._setting.pop(each, None)
            self._cells[each] = module, cell
            if names := frozenset(bytecode.sets_globally(each)):
                self._setting[each] = module, names
            cell_code.remember(each, cell)

    def of(self, code: CodeType) -> tuple[str, CodeCell] | None:
        """Give the module and the cell that code was written in; None where it is no cell's."""
        return self._cells.get(code)

    def set_globally(self, module: str) -> set[str]:
        """Give the names that functions of a notebook set through `global`."""
        found = [*self._setting.values()]
        return {name for where, names in found if where == module for name in names}
