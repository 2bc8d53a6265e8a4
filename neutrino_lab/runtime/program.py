"""The notebooks' code at run time: cells run in order, each notebook as a `__main__` of its own.

Live and exported code run through here alike.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import dataclass
from pathlib import Path
from types import CodeType
from typing import Any

from . import bytecode, cell_code, forks, ipython, numba_cache
from .cell_context import NO_VARIABLES, CellContext, Variables
from .cell_file import CodeCell, split
from .cell_loop import CellLoop
from .encoding import pyplot
from .errors import CellError, EndpointError
from .main_module import MainModule
from .origins import Origins
from .planned import KeptFor, Planned
from .sandbox.function import outlined
from .spec import App, Endpoint
from .transition import Transition

_LOGGERS = ("neutrino", "uvicorn", "uvicorn.access", "uvicorn.error")


@dataclass(frozen=True, slots=True)
class Changes:
    """What an update runs: `(module, cell key)` pairs, after taking away `(module, name)` pairs.

    `remove_after_swap` are names that no cell of `run` could see. They are taken away when the
    version is adopted, so that the one before has them for as long as it serves.

    `stale` are names that nobody reads and that are left with another value than running
    everything would give them: what the next update must not rely on.

    `emptied` are modules whose cells all run, and had set names that no code tells, each with the
    names that stay all the same.
    """

    run: frozenset[tuple[str, str]]
    forget: frozenset[tuple[str, str]] = frozenset()
    stale: frozenset[tuple[str, str]] = frozenset()
    remove_after_swap: frozenset[tuple[str, str]] = frozenset()
    emptied: frozenset[tuple[str, frozenset[str]]] = frozenset()


class Program:
    """Runs cells and keeps what they defined.

    A declared function is captured when its cell has run: a later cell may define another function
    of the same name without taking the endpoint over.
    """

    def __init__(self, *, names_are_read: bool = False) -> None:
        """`names_are_read`: by what is served, beside the functions, as long as that is served."""
        self._names_are_read = names_are_read
        self.loop = CellLoop()
        self.variables: Variables = NO_VARIABLES
        self._context = CellContext()
        self._spaces: dict[str, dict[str, Any]] = {}
        self._main = MainModule()
        self._flags: dict[str, int] = {}
        self._captured: dict[tuple[str, str], dict[str, Any]] = {}
        self._keys: dict[tuple[str, int], str] = {}
        self._remove_after_swap: frozenset[tuple[str, str]] = frozenset()
        self._origins = Origins()
        self._transition: Transition | None = None
        self._is_in_transition = False
        self.is_committed = True  # `commit` has nothing to do, and has ended in its thread
        self._postponed: tuple[App, Mapping[str, Sequence[CodeCell]]] | None = None

    def update(
        self,
        app: App,
        cells: Mapping[str, Sequence[CodeCell]],
        changes: Changes | None = None,
        *,
        on_cell: Callable[[CodeCell], None] | None = None,
        stand_in: Callable[[Program], None] | None = None,
    ) -> None:
        """Run the cells of `changes`, or all of them, so that the app's functions are the newest.

        `on_cell` is called with each before it runs. `stand_in` is given, before any of them runs,
        a program whose functions go on seeing names as they are now; what their calls set is kept
        by `commit`. It is not called where nothing could tell the difference. Raises CellError
        with everything as it was before: names are put back, though not the insides of objects
        that a cell changed in place.
        """
        forks.watched()
        numba_cache.prepare()
        with self.restored_on_error() as transition:
            planned = self._plan(app, cells, changes)
            if stand_in is not None and planned and self._is_noticed(planned, changes):
                stand_in(self._twin(transition, planned))
            self._forget(cells, changes)
            context = self._context.made() if self.loop.is_running else None
            run: Callable[..., None] = context.run if context else _call
            run(self._run, planned, transition, on_cell, is_around=context is None)
            self._main.share()

    def _run(
        self,
        planned: Sequence[Planned],
        transition: Transition,
        on_cell: Callable[[CodeCell], None] | None,
        *,
        is_around: bool,
    ) -> None:
        """Run cells one after the other, each in the context that those above it have left."""
        running = {(each.module, each.cell.key): each for each in planned}
        for (module, _), key in self._keys.items():
            each = running.get((module, key))
            if each is None:
                self._context.enter([(module, key)])
                continue
            self._context.left.pop((module, key), None)
            if on_cell is not None:
                on_cell(each.cell)
            if each.kept_for:
                self._keep(each)
                continue
            with self._running(each, transition) as namespace:
                before = copy_context()
                after = self.loop.run(each.code, namespace)
                self._context.record((module, key), before, after, is_around=is_around)
        self._keep_context()

    def _keep_context(self) -> None:
        keys = [(module, key) for (module, _), key in self._keys.items()]
        self._context.keep(keys)
        self.variables = self._context.variables(keys)

    def postpone(self, app: App, cells: Mapping[str, Sequence[CodeCell]]) -> None:
        """Leave the first update to `start`: its cells need a loop, which is yet to come."""
        self._postponed = (app, cells)

    @property
    def is_postponed(self) -> bool:
        """Whether the cells are yet to be run by `start`."""
        return self._postponed is not None

    async def start(self) -> None:
        """Run what was postponed, on the running loop and in its thread. Raises CellError."""
        postponed, self._postponed = self._postponed, None
        if postponed is None:
            return
        self.loop.use(asyncio.get_running_loop())
        app, cells = postponed
        with self.restored_on_error() as transition:
            planned = self._plan(app, cells, None)
            self._forget(cells, None)
            for each in planned:
                if each.kept_for:
                    self._keep(each)
                    continue
                with self._running(each, transition) as namespace:
                    before, key = copy_context(), (each.module, each.cell.key)
                    await self.loop.run_here(each.code, namespace)
                    self._context.record(key, before, copy_context(), is_around=False)
            self._keep_context()
            self._main.share()
        self.commit()

    def commit(self) -> None:
        """Take away what only the version before the newest had use for, and keep what calls of
        its functions have set meanwhile, where the cells that ran have not set it themselves."""
        transition, self._transition = self._transition, None
        if transition is not None:
            transition.carry_over()
        removed, self._remove_after_swap = self._remove_after_swap, frozenset()
        for module, name in removed:
            self._space(module).pop(name, None)
        self.is_committed = True

    def function(self, endpoint: Endpoint) -> Callable[..., Any]:
        """An endpoint's function, or what runs the body of its cell. Raises EndpointError."""
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
        found = self._origins.of(code)
        if found is None:
            return None
        module, cell = found
        places = self._keys.items()
        numbers = (n for (where, n), key in places if (where, key) == (module, cell.key))
        return next(numbers, 0), cell

    def names(self, module: str) -> Mapping[str, Any]:
        """The live namespace of a notebook, by its module: what its cells have set so far."""
        return self._space(module)

    @contextmanager
    def restored_on_error(self) -> Iterator[Transition]:
        """Put names and functions back as they were if the block raises.

        Only what cells of the block have set is put back, and not where others have set it since: a
        thread that an earlier cell started, or calls of the version before, which go on meanwhile.
        """
        if self._is_in_transition and self._transition is not None:
            yield self._transition  # inside of another such block, which sees to it
            return
        self._transition, self._is_in_transition = Transition(self._spaces), True
        self.is_committed = False
        captured, keys, flags = dict(self._captured), dict(self._keys), dict(self._flags)
        removed = self._remove_after_swap
        left, variables = dict(self._context.left), self.variables
        try:
            yield self._transition
        except BaseException:
            self._transition.carry_over()
            self._transition.restore()
            self._transition = None
            self._captured, self._keys, self._flags = captured, keys, flags
            self._remove_after_swap = removed
            self._context.left, self.variables = left, variables
            raise
        finally:
            self._is_in_transition = False

    def needs_loop(self, cells: Mapping[str, Sequence[CodeCell]]) -> bool:
        """Whether some cells can only run where a loop runs: they await, or start tasks and no
        loop runs here."""
        flags = dict(self._flags)
        is_running = asyncio._get_running_loop() is not None
        starting: set[str] = set() if is_running else {"create_task", "ensure_future"}
        try:
            codes = [self._compile(m, cell) for m, listed in cells.items() for cell in listed]
        except CellError:
            return False  # it is told when they run
        finally:
            self._flags = flags
        return any(
            each.co_flags & inspect.CO_COROUTINE or not starting.isdisjoint(each.co_names)
            for each in codes
        )

    def _space(self, module: str) -> dict[str, Any]:
        if module not in self._spaces:
            self._spaces[module] = space = self._main.add()
            space.update(ipython.names(space))
        return self._spaces[module]

    def _plan(
        self, app: App, cells: Mapping[str, Sequence[CodeCell]], changes: Changes | None
    ) -> list[Planned]:
        """Compile the cells that are to run, so that what they set is known before they do."""
        wanted: dict[tuple[str, int], list[str]] = {}
        apart: dict[tuple[str, int], KeptFor] = {
            (e.module, e.cell): "sandbox" for e in app.endpoints if e.is_sandboxed
        }
        for endpoint in app.endpoints:
            wanted.setdefault((endpoint.module, endpoint.cell), []).append(endpoint.name)
        planned = []
        for module, listed in cells.items():
            self._space(module)
            for cell in listed:
                if changes is not None and (module, cell.key) not in changes.run:
                    continue
                names = tuple(wanted.get((module, cell.number), ()))
                is_body = bool(names) and not any(names)
                kept_for: KeptFor = "clock" if is_body else apart.get((module, cell.number), "")
                code = self._compile(module, cell)
                planned.append(Planned(module, cell, code, names, kept_for))
        return planned

    def _forget(self, cells: Mapping[str, Sequence[CodeCell]], changes: Changes | None) -> None:
        pyplot.draw_off_screen()
        forget = [*changes.forget] if changes else []
        for module, kept in changes.emptied if changes else ():
            names = self._space(module).keys() - kept - ipython.NAMES
            forget += [(module, name) for name in names if not name.startswith("__")]
        for module, name in forget:
            self._space(module).pop(name, None)
            if self._transition is not None:
                self._transition.record(module, [name])
        self._keys = {(m, cell.number): cell.key for m, listed in cells.items() for cell in listed}
        self._remove_after_swap = changes.remove_after_swap if changes else frozenset()

    def _is_noticed(self, planned: Sequence[Planned], changes: Changes | None) -> bool:
        """Whether anything may read a name that the planned cells set, or one that goes."""
        if self._names_are_read or changes is None or changes.forget or changes.emptied:
            return True
        running = [each for each in planned if not each.kept_for]
        setting: set[str] = set()
        for each in running:
            names = bytecode.written(each.code, self._space(each.module))
            if names is None:
                return True
            setting |= names
        return self._origins.may_read(setting, besides=[each.code for each in running])

    def _twin(self, transition: Transition, planned: Sequence[Planned]) -> Program:
        """Make a program that goes on where this one stands, whatever the planned cells set.

        What functions set through `global`, and no planned cell can, goes on too: it may be set by
        a thread or a task that an earlier cell has started.
        """
        live = {}
        for module, space in self._spaces.items():
            going_on = self._origins.set_globally(module)
            for each in planned:
                if each.module == module:
                    names = bytecode.written(each.code, space)
                    going_on = set() if names is None else going_on - names
            live[module] = frozenset(going_on)
        twin = Program()
        twin._spaces = transition.twins(live)
        twin._captured = {
            key: {name: transition.rebinding.of(each) for name, each in found.items()}
            for key, found in self._captured.items()
        }
        twin._keys, twin._origins = dict(self._keys), self._origins
        twin.variables = self.variables
        return twin

    @contextmanager
    def _running(self, planned: Planned, transition: Transition) -> Iterator[dict[str, Any]]:
        """Run the cell in the block, in the namespace that it is given."""
        module, cell = planned.module, planned.cell
        namespace = self._space(module)
        self._main.be(namespace)
        cell_code.keep_lines(cell)
        try:
            yield namespace
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            raise cell_code.cell_error(module, cell, error) from error
        finally:
            # `logging.config` turns off all that it is not told of, a server's among them.
            for name in _LOGGERS:
                logging.getLogger(name).disabled = False
            transition.record(module, bytecode.written(planned.code, namespace))
            pyplot.end_cell()
        self._captured[module, cell.key] = {name: namespace.get(name) for name in planned.names}

    def _keep(self, planned: Planned) -> None:
        """Capture a cell that its schedule runs, or a sandbox."""
        cell = planned.cell
        cell_code.keep_lines(cell)
        if planned.kept_for == "sandbox":
            flags = self._flags[planned.module]
            self._captured[planned.module, cell.key] = {
                name: outlined(name, cell, flags) for name in planned.names
            }
            return
        task = cell_code.task(planned.code, self._space(planned.module), cell.number)
        self._captured[planned.module, cell.key] = {"": task}

    def _compile(self, module: str, cell: CodeCell) -> CodeType:
        flags = self._flags.get(module, 0)
        code = cell_code.compiled(module, cell, flags)
        self._origins.add(code, module, cell)
        # As in IPython, `from __future__` holds for the cells that follow.
        self._flags[module] = flags | (code.co_flags & cell_code.FUTURE)
        return code


def load(app: App, folder: Path) -> Program:
    """Run the exported notebooks `folder/<module>.py` in the app's order.

    Where cells await, that is left to the start of the server, on its loop: `uvicorn main:app`
    imports main in a running loop, which cannot go on meanwhile.
    """
    cells = {}
    for module in app.modules:
        path = folder / f"{module}.py"
        cells[module] = split(path.read_text(encoding="utf-8"), str(path))
    program = Program()
    if program.needs_loop(cells):
        program.postpone(app, cells)
    else:
        program.update(app, cells)
        program.commit()
    return program


def _call(function: Callable[..., None], *args: Any, **named: Any) -> None:
    function(*args, **named)
