"""The notebooks' code at run time: cells run in order, each notebook in a module of its own.

Live and exported code run through here alike. An exported notebook is a plain Python file whose
cells stand under `# %% cell N` lines; `join` writes that form and `split` reads it.
"""

from __future__ import annotations
import __future__

import ast
import asyncio
import inspect
import linecache
import os
import re
import sys
import threading
import traceback
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any
from weakref import WeakKeyDictionary

from . import forks
from .errors import CellError, EndpointError
from .spec import App, Endpoint

PACKAGE = "cells"
MARKER = re.compile(r"^# %% cell (\d+)$", re.MULTILINE)

_FUTURE = 0
for _name in __future__.all_feature_names:
    _FUTURE |= getattr(__future__, _name).compiler_flag


@dataclass(frozen=True, slots=True)
class CodeCell:
    """A cell as it is run. `key` stays with it across edits; `filename` is what tracebacks name,
    and `first_line` is where in that file its code begins."""

    number: int
    code: str
    key: str
    filename: str
    first_line: int = 1


@dataclass(frozen=True, slots=True)
class Changes:
    """What an update runs: `(module, cell key)` pairs, after taking away `(module, name)` pairs.

    `remove_after_swap` are names that no cell of `run` could see. They are taken away when the
    version is adopted, so that the one before has them for as long as it serves.

    `stale` are names that nobody reads and that are left with another value than running
    everything would give them: what the next update must not rely on.
    """

    run: frozenset[tuple[str, str]]
    forget: frozenset[tuple[str, str]] = frozenset()
    stale: frozenset[tuple[str, str]] = frozenset()
    remove_after_swap: frozenset[tuple[str, str]] = frozenset()


class Program:
    """Runs cells and keeps what they defined.

    Every notebook gets a module `cells.<name>` in `sys.modules`, so that pickling and type hints
    find what it defines. A declared function is captured when its cell has run: a later cell may
    define another function of the same name without taking the endpoint over.
    """

    def __init__(self) -> None:
        self._modules: dict[str, ModuleType] = {}
        self._flags: dict[str, int] = {}
        self._captured: dict[tuple[str, str], dict[str, Any]] = {}
        self._keys: dict[tuple[str, int], str] = {}
        self._remove_after_swap: frozenset[tuple[str, str]] = frozenset()
        self._origins: WeakKeyDictionary[CodeType, tuple[str, CodeCell]] = WeakKeyDictionary()

    def update(
        self,
        app: App,
        cells: Mapping[str, Sequence[CodeCell]],
        changes: Changes | None = None,
        *,
        on_cell: Callable[[CodeCell], None] | None = None,
    ) -> None:
        """Run the cells of `changes`, or all of them, so that the app's functions are the newest.

        Raises CellError with everything as it was before: names are put back, though not the
        insides of objects that a cell changed in place.
        """
        forks.watched()
        if os.environ.get("MPLBACKEND", "module://").startswith("module://"):
            # A service draws off screen; a kernel's inline backend is a module:// that it may lack.
            os.environ["MPLBACKEND"] = "Agg"
        wanted: dict[tuple[str, int], list[str]] = {}
        for endpoint in app.endpoints:
            wanted.setdefault((endpoint.module, endpoint.cell), []).append(endpoint.name)
        with self.restored_on_error():
            keys: dict[tuple[str, int], str] = {}
            if changes is not None:
                for module, name in changes.forget:
                    vars(self._module(module)).pop(name, None)
            for module, listed in cells.items():
                for cell in listed:
                    keys[module, cell.number] = cell.key
                    if changes is not None and (module, cell.key) not in changes.run:
                        continue
                    if on_cell is not None:
                        on_cell(cell)
                    names = wanted.get((module, cell.number), [])
                    self._run(module, cell, names, is_body=bool(names) and not any(names))
            self._keys = keys
            self._remove_after_swap = changes.remove_after_swap if changes else frozenset()

    def commit(self) -> None:
        """Take away what only the version before the newest had use for."""
        removed, self._remove_after_swap = self._remove_after_swap, frozenset()
        for module, name in removed:
            vars(self._module(module)).pop(name, None)

    def function(self, endpoint: Endpoint) -> Callable[..., Any]:
        """The function behind an endpoint, or what runs the body of its cell."""
        key = self._keys.get((endpoint.module, endpoint.cell), "")
        found = self._captured.get((endpoint.module, key), {}).get(endpoint.name)
        if not callable(found):
            raise EndpointError(
                endpoint.module,
                endpoint.cell,
                f"`{endpoint.name}` is not a function once the cell has run; "
                "define it in this cell and leave the name to it",
            )
        return found  # type: ignore[no-any-return]

    def origin(self, code: CodeType) -> tuple[int, CodeCell] | None:
        """Find the cell that a piece of code was written in: its number now, 0 if it is gone, and
        what it was when it ran. File names do not tell: cells move without running again."""
        module, cell = self._origins.get(code, ("", None))
        if cell is None:
            return None
        places = self._keys.items()
        found = (n for (where, n), key in places if (where, key) == (module, cell.key))
        return next(found, 0), cell

    def names(self, module: str) -> Mapping[str, Any]:
        """The live namespace of a notebook."""
        return vars(self._module(module))

    def _module(self, name: str) -> ModuleType:
        if name not in self._modules:
            package = sys.modules.setdefault(PACKAGE, ModuleType(PACKAGE))
            module = ModuleType(f"{PACKAGE}.{name}")
            sys.modules[module.__name__] = module
            setattr(package, name, module)
            self._modules[name] = module
        return self._modules[name]

    def _run(self, module: str, cell: CodeCell, names: list[str], *, is_body: bool) -> None:
        namespace = vars(self._module(module))
        namespace["__file__"] = cell.filename
        if cell.first_line == 1:
            lines = [line + "\n" for line in cell.code.split("\n")]
            linecache.cache[cell.filename] = (len(cell.code), None, lines, cell.filename)
        try:
            code = self._compile(module, cell)
            if is_body:
                self._captured[module, cell.key] = {"": _task(code, namespace, cell.number)}
                return
            _execute(code, namespace)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            raise _cell_error(module, cell, error) from error
        self._captured[module, cell.key] = {name: namespace.get(name) for name in names}

    def _compile(self, module: str, cell: CodeCell) -> CodeType:
        # Blank lines in front make line numbers those of the file; they cost nothing to compile.
        code: CodeType = compile(
            "\n" * (cell.first_line - 1) + cell.code,
            cell.filename,
            "exec",
            flags=self._flags.get(module, 0) | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT,
            dont_inherit=True,
        )
        for each in _all_code(code):
            # Equal code of an earlier run is the same key, and would take the entry with it.
            self._origins.pop(each, None)
            self._origins[each] = module, cell
        # As in IPython, `from __future__` holds for the cells that follow.
        self._flags[module] = self._flags.get(module, 0) | (code.co_flags & _FUTURE)
        return code

    @contextmanager
    def restored_on_error(self) -> Iterator[None]:
        """Put names and functions back as they were if the block raises."""
        before = {name: dict(vars(module)) for name, module in self._modules.items()}
        captured, keys, flags = dict(self._captured), dict(self._keys), dict(self._flags)
        removed = self._remove_after_swap
        try:
            yield
        except BaseException:
            for name, module in self._modules.items():
                namespace = vars(module)
                old = before.get(name, {})
                # Put back first, take away then: requests being served never miss a name.
                namespace.update(old)
                for added in [key for key in namespace if key not in old and key[:2] != "__"]:
                    del namespace[added]
            self._captured, self._keys, self._flags = captured, keys, flags
            self._remove_after_swap = removed
            raise


def load(app: App, folder: Path) -> Program:
    """Run the exported notebooks `folder/<module>.py` in the app's order."""
    cells = {}
    for module in app.modules:
        path = folder / f"{module}.py"
        cells[module] = split(path.read_text(encoding="utf-8"), str(path))
    program = Program()
    program.update(app, cells)
    return program


def join(cells: Iterable[tuple[int, str]]) -> str:
    """Write numbered cells as one Python file."""
    return "\n".join(f"# %% cell {number}\n{code}\n" for number, code in cells)


def split(text: str, filename: str) -> list[CodeCell]:
    """Read the cells of a file that `join` wrote; what stands before the first is left out."""
    marks = list(MARKER.finditer(text))
    ends = [mark.start() - 1 for mark in marks[1:]] + [len(text)]
    return [
        CodeCell(
            number=int(mark[1]),
            code=text[mark.end() + 1 : end - 1],
            key=mark[1],
            filename=filename,
            first_line=text.count("\n", 0, mark.end()) + 2,
        )
        for mark, end in zip(marks, ends, strict=True)
    ]


def _execute(code: CodeType, namespace: dict[str, Any]) -> None:
    """Run a cell, one that awaits at its top level as well."""
    if not code.co_flags & inspect.CO_COROUTINE:
        exec(code, namespace)  # noqa: S102 - running the user's cells is what this module is for
        return
    _run_apart(eval(code, namespace))  # noqa: S307 - gives the coroutine of the cell


def _run_apart(coroutine: Coroutine[Any, Any, Any]) -> None:
    """Finish a coroutine on a loop of its own: the server's loop may already run in this thread."""
    failed: list[BaseException] = []

    def run() -> None:
        try:
            asyncio.run(coroutine)
        except BaseException as error:  # noqa: BLE001 - carried over to the calling thread
            failed.append(error)

    thread = threading.Thread(target=run, name="cell")
    thread.start()
    thread.join()
    if failed:
        raise failed[0]


def _all_code(code: CodeType) -> Iterator[CodeType]:
    """Give a piece of code and all that is defined in it."""
    yield code
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield from _all_code(each)


def _task(code: CodeType, namespace: dict[str, Any], number: int) -> Callable[[], Any]:
    if code.co_flags & inspect.CO_COROUTINE:

        async def body() -> None:
            await eval(code, namespace)  # noqa: S307
    else:

        def body() -> None:  # type: ignore[misc]
            exec(code, namespace)  # noqa: S102

    body.__name__ = body.__qualname__ = f"cell_{number}"
    return body


def _cell_error(module: str, cell: CodeCell, error: BaseException) -> CellError:
    trace = error.__traceback__
    while trace and trace.tb_frame.f_code.co_filename != cell.filename:
        trace = trace.tb_next
    if isinstance(error, SyntaxError) and trace is None:
        line = error.lineno or cell.first_line
    else:
        line = trace.tb_lineno if trace else cell.first_line - 1
    detail = "".join(traceback.format_exception(type(error), error, trace))
    return CellError(module, cell.number, line - cell.first_line + 1, error, detail)
