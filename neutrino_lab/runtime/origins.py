"""Which cell a piece of code was written in, and which names functions of a notebook use."""

from __future__ import annotations

from collections.abc import Collection, Set
from types import CodeType
from weakref import WeakKeyDictionary, ref

from . import bytecode, cell_code
from .cell_file import CodeCell


class Origins:
    """The code of the cells that were compiled, for as long as anybody holds it."""

    def __init__(self) -> None:
        self._cells: WeakKeyDictionary[CodeType, tuple[str, CodeCell]] = WeakKeyDictionary()
        # Hardly any code does: to look for it in all of it would take long at each edit.
        self._setting: WeakKeyDictionary[CodeType, tuple[str, frozenset[str]]] = WeakKeyDictionary()
        # By identity: of two pieces of equal code, one may be held for longer than the other.
        self._held: dict[int, tuple[ref[CodeType], str]] = {}
        self._runs_text = False

    def add(self, code: CodeType, module: str, cell: CodeCell) -> None:
        """Take in a cell's code, with all that is defined in it."""
        self._runs_text |= bytecode.runs_text(code)
        for each in bytecode.all_code(code):
            self._hold(each)
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

    def may_read(self, names: Set[str], *, besides: Collection[CodeType] = ()) -> bool:
        """Tell whether any code that somebody holds may look up one of these names, `besides` left
        out: the functions of the cells that have run, and what these have been replaced by since.
        """
        if self._runs_text:
            return True  # what it has defined is not among the code
        left_out = {id(each) for each in besides}
        return any(
            (code := held()) is not None and bytecode.may_read(code, text, names)
            for key, (held, text) in self._held.copy().items()
            if key not in left_out
        )

    def _hold(self, code: CodeType) -> None:
        key, held = id(code), self._held
        held[key] = ref(code, lambda _: held.pop(key, None) and None), bytecode.texts(code)
