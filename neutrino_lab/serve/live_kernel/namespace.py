"""What a live kernel holds of a notebook: its functions, and which cell each of them is from.

Shipped to the kernel's interpreter with kernel.py. A cell that ran is known by its text, which
IPython keeps in `linecache` under a file name of its own; the text in the document may be newer.
"""

from __future__ import annotations

import inspect
import linecache
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from types import CodeType
from typing import Any, Literal, TypeAlias

from ...runtime.cell_context import NO_VARIABLES, Variables
from ...runtime.cell_file import CodeCell
from ...runtime.errors import EndpointError
from ...runtime.spec import Endpoint, Http

State: TypeAlias = Literal["ready", "edited", "elsewhere", "undefined"]


@dataclass(frozen=True, slots=True)
class Need:
    """A name that a declaration relies on, and the cell that defines it."""

    name: str
    cell: int
    cell_id: str


@dataclass(frozen=True, slots=True)
class CellStatus:
    """Whether an endpoint can be called as its cell stands now.

    `undefined`: the name of `need` is missing, so its cell is to be run first. `elsewhere`: the
    cell with the number `holder` has defined the function since. `edited`: the cell is another
    since it ran.
    """

    key: str
    state: State
    need: Need
    holder: int = 0

    @property
    def is_callable(self) -> bool:
        """Whether what would be called is the endpoint's own function."""
        return self.state in {"ready", "edited"}


class Namespace:
    """A kernel's namespace: the `Functions` that its cells have left there.

    `ran` are the texts that the kernel has run, `transform` makes Python of one with magics.
    """

    variables: Variables = NO_VARIABLES  # the kernel's own context has them

    def __init__(
        self,
        names: Mapping[str, Any],
        cells: Sequence[CodeCell],
        needs: Mapping[str, Sequence[Need]],
        *,
        ran: Collection[str],
        transform: Callable[[str], str],
    ) -> None:
        self._names = names
        self._cells = {cell.number: cell for cell in cells}
        self._needs = needs
        self._ran = ran
        self._transform = transform
        self._texts: dict[int, list[str]] = {}
        self._endpoints: dict[str, Http] = {}

    def function(self, endpoint: Endpoint) -> Callable[..., Any]:
        """The function that has the name now. Raises EndpointError where it is none."""
        found = self._names.get(endpoint.name)
        if not callable(found):
            reason = f"`{endpoint.name}` is not a function in the kernel; run its cell again"
            raise EndpointError(endpoint.module, endpoint.cell, reason)
        return found  # type: ignore[no-any-return]

    def names(self, module: str) -> Mapping[str, Any]:
        """Give the user's variables by their names."""
        del module  # a kernel has one namespace
        return self._names

    def origin(self, code: CodeType) -> tuple[int, CodeCell] | None:
        """Find the cell that code was written in. One that no longer reads as it did when it ran
        is told with number 0: lines of it would point at other lines."""
        if not _is_typed_in(code.co_filename):
            return None
        cell = self._as_run(code.co_filename, first=0)
        if cell is not None:
            return cell.number, cell
        file = code.co_filename
        owner = next((e for e in self._endpoints.values() if self._file(e) == file), None)
        name = "a cell that was edited or removed since it ran"
        if owner is not None:
            name = f"cell {owner.cell} as it was when it ran, not its current text"
        return 0, CodeCell(0, "".join(linecache.getlines(file)), "", name)

    def cell_status(self, endpoint: Http) -> CellStatus:
        """Compare what the kernel holds with what the document says."""
        declaring = self._cells[endpoint.cell]
        own = Need(endpoint.name, declaring.number, declaring.key)
        needed = [own, *self._needs.get(endpoint.key, ())]
        missing = next((each for each in needed if each.name not in self._names), None)
        if missing is not None:
            return CellStatus(endpoint.key, "undefined", missing)
        self._endpoints[endpoint.key] = endpoint
        file = self._file(endpoint)
        if not file or not _is_typed_in(file):
            # What a library's decorator has made tells of no cell; nor does a name that was never
            # the user's, such as IPython's own `open`.
            has_run = declaring.code.rstrip("\n") in self._ran
            return CellStatus(endpoint.key, "ready" if has_run else "undefined", own)
        cell = self._as_run(file, first=endpoint.cell)
        if cell is None:
            return CellStatus(endpoint.key, "edited", own)
        if cell.number != endpoint.cell:
            return CellStatus(endpoint.key, "elsewhere", own, holder=cell.number)
        return CellStatus(endpoint.key, "ready", own)

    def _file(self, endpoint: Http) -> str:
        """Name the file of a function's code; empty where it has none, as a class has not."""
        found = self._names.get(endpoint.name)
        try:
            code = getattr(inspect.unwrap(found), "__code__", None)  # type: ignore[arg-type]
        except ValueError:  # wrapped in itself
            code = None
        return code.co_filename if isinstance(code, CodeType) else ""

    def _as_run(self, file: str, *, first: int) -> CodeCell | None:
        """Find the cell of the document that still has the text that ran; of several alike the
        one with the number `first`."""
        ran = _trimmed("".join(linecache.getlines(file)))
        alike = {cell.number: cell for cell in self._cells.values() if self._text(cell) == ran}
        return alike.get(first) or next(iter(alike.values()), None)

    def _text(self, cell: CodeCell) -> list[str]:
        """The lines of a cell as IPython runs them: magics are calls there."""
        if cell.number not in self._texts:
            try:
                text = self._transform(cell.code)
            except Exception:  # noqa: BLE001 - a transformer of the user's may raise anything
                text = cell.code
            self._texts[cell.number] = _trimmed(text)
        return self._texts[cell.number]


def cell_of(number: int, id_: str, source: str, path: str) -> CodeCell:
    """Make a cell of the document; IPython takes away blank lines at its beginning."""
    stripped = source.lstrip()
    blank = source[: len(source) - len(stripped)].count("\n") if stripped else 0
    return CodeCell(number, source, id_, f"{path}, cell {number}", first_line=1 - blank)


def _is_typed_in(file: str) -> bool:
    """Whether this is the text of a cell, and no file on the disk."""
    known = linecache.cache.get(file)
    return known is not None and len(known) > 1 and known[1] is None


def _trimmed(text: str) -> list[str]:
    """Lines without what is blank at either end."""
    return text.strip("\n").rstrip().splitlines()
