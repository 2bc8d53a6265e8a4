"""How the cells of one notebook hang together by the names that they bind and read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from neutrino_lab.notebook.facts import Facts
from neutrino_lab.notebook.known_objects import KnownObjects
from neutrino_lab.notebook.objects import RANDOM
from neutrino_lab.notebook.settings import Setting

_NOTHING: frozenset[str] = frozenset()
_SEED = ".seed("


@dataclass(frozen=True, slots=True)
class Step:
    """One cell as it runs from top to bottom: where the names that it reads come from.

    `sources` gives for every name that the cell reads, also through the functions that it may call,
    the index of the cell that set it last, None where no cell above does. `settings` are the
    imported modules that it reads and the cell that last changed something in them (`os.environ`):
    importing again would not bring back what was before, so nothing is restored for their sake.
    `sets` are those in which it sets something itself, and `made` what that is.
    """

    sources: Mapping[str, int | None] = field(default_factory=dict)
    settings: Mapping[str, int | None] = field(default_factory=dict)
    writes: frozenset[str] = frozenset()
    sets: frozenset[str] = frozenset()
    made: frozenset[Setting] = frozenset()
    needs: frozenset[str] = frozenset()
    is_opaque: bool = False


class Flow:
    """The steps of a notebook's cells, in order, and an index of the names in them.

    A cell in `tasks` (by index) does not run from top to bottom; its body is run later, so its
    names count as read lazily. An opaque cell may have set any name. What `before`, the flow of an
    earlier version, has worked out of the same cells above the first that differs is taken over.
    """

    def __init__(
        self, cells: Sequence[Facts], tasks: Iterable[int] = (), *, before: Flow | None = None
    ) -> None:
        self.tasks = frozenset(tasks)
        self._cells = tuple(cells)
        self._is_seeded = any(_seeds(each) for each in cells)
        # How the walk stood before a cell that was edited: it is often the next that is edited.
        self._at_edit: tuple[int, _Walk] = (0, _Walk())
        self.steps = self._walked(before)
        self.writers: dict[str, list[int]] = {}
        self.readers: dict[tuple[str, int], list[int]] = {}
        self.observers: dict[tuple[str, int], list[int]] = {}
        for index, step in enumerate(self.steps):
            for name in step.writes:
                self.writers.setdefault(name, []).append(index)
            for name, source in step.sources.items():
                if source is not None:
                    self.readers.setdefault((name, source), []).append(index)
            for name, source in step.settings.items():
                if source is not None:
                    self.observers.setdefault((name, source), []).append(index)
        self._opaque = [index for index, step in enumerate(self.steps) if step.is_opaque]
        self.read_later = frozenset(_read_later(cells, self.tasks))

    def _walked(self, before: Flow | None) -> tuple[Step, ...]:
        steps: list[Step] = []
        same = self._same_as(before) if before is not None else 0
        if before is not None and before._at_edit[0] <= same:
            steps = [*before.steps[: before._at_edit[0]]]
            self._at_edit = before._at_edit
        walk = self._at_edit[1].copy()
        for index in range(len(steps), len(self._cells)):
            if index == same != self._at_edit[0]:
                self._at_edit = index, walk.copy()
            is_task = index in self.tasks
            steps.append(
                Step() if is_task else walk.step(index, self._cells[index], self._is_seeded)
            )
        return tuple(steps)

    def _same_as(self, before: Flow) -> int:
        """How many cells from the top are as they were."""
        if before._is_seeded != self._is_seeded:
            return 0
        pairs = enumerate(zip(self._cells, before._cells, strict=False))
        for index, (own, other) in pairs:
            if own is not other or (index in self.tasks) != (index in before.tasks):
                return index
        return min(len(self._cells), len(before._cells))

    def last_writer(self, name: str) -> int | None:
        """Give the cell that a name has its value from when all have run."""
        last = max(self.writers.get(name, [-1])[-1], self._opaque[-1] if self._opaque else -1)
        return None if last < 0 else last

    def is_read_at_the_end(self, name: str) -> bool:
        """Tell whether the value that is left of a name at the end is ever read."""
        last = self.last_writer(name)
        return name in self.read_later or (last is not None and (name, last) in self.readers)


def _later(cell: Facts) -> frozenset[str]:
    return _NOTHING.union(*(cell.lazy or {}).values())


def _read_later(cells: Sequence[Facts], tasks: frozenset[int]) -> Iterator[str]:
    for index, cell in enumerate(cells):
        yield from _later(cell)
        if index in tasks:
            yield from cell.eager


class _Walk:
    """What is known when the cells so far have run."""

    def __init__(self) -> None:
        self._definitions = _Definitions()
        self._objects = KnownObjects()
        self._last: dict[str, int] = {}
        self._last_setting: dict[str, int] = {}
        self._opaque: int | None = None

    def copy(self) -> _Walk:
        """Make another that goes on by itself."""
        copied = _Walk()
        copied._definitions, copied._objects = self._definitions.copy(), self._objects.copy()
        copied._last, copied._last_setting = dict(self._last), dict(self._last_setting)
        copied._opaque = self._opaque
        return copied

    def step(self, index: int, cell: Facts, is_seeded: bool) -> Step:
        """Run the next cell."""
        definitions, opaque = self._definitions, self._opaque
        reads, changes, calls_opaque = definitions.reached(cell)
        self._objects.learn(cell.objects, binds=cell.binds, eager=cell.eager, reads=reads)
        changes = self._objects.changed(cell.objects, reads, changes)
        if not is_seeded:
            # Each run draws other numbers anyway.
            changes.discard(RANDOM)
        reads |= changes & self._last.keys()
        modules = definitions.imported | cell.imported
        made = frozenset(each for each in definitions.made(cell, reads) if each.name in modules)
        sets = frozenset(each.name for each in made)
        writes = (cell.binds - (sets - cell.imported)) | (changes - modules)
        sources: dict[str, int | None] = {}
        for name in reads:
            known = self._last.get(name)
            sources[name] = known if opaque is None or known is None else max(known, opaque)
            if known is None:
                sources[name] = opaque
        step = Step(
            sources=sources,
            settings={
                name: self._last_setting.get(name)
                for name in (reads & definitions.imported) | cell.observes
            },
            writes=writes,
            sets=sets,
            made=made,
            needs=cell.needs,
            is_opaque=cell.opaque or calls_opaque,
        )
        self._last.update(dict.fromkeys(writes, index))
        self._last_setting.update(dict.fromkeys(sets, index))
        if step.is_opaque:
            self._opaque = index
        definitions.learn(cell, writes)
        return step


def _seeds(cell: Facts) -> bool:
    return any(_SEED in each.place for made in (cell.settings or {}).values() for each in made)


class _Definitions:
    """What is known, from the cells so far, of the functions, classes and modules behind names."""

    def __init__(self) -> None:
        self.imported: set[str] = set()
        self._reads: dict[str, frozenset[str]] = {}
        self._changes: dict[str, frozenset[str]] = {}
        self._settings: dict[str, frozenset[Setting]] = {}
        self._opaque: set[str] = set()

    def copy(self) -> _Definitions:
        """Make another that learns by itself."""
        copied = _Definitions()
        copied.imported, copied._opaque = set(self.imported), set(self._opaque)
        copied._reads, copied._changes = dict(self._reads), dict(self._changes)
        copied._settings = dict(self._settings)
        return copied

    def reached(self, cell: Facts) -> tuple[set[str], set[str], bool]:
        """Give the names that a cell reads and those that it changes, also in what it may call."""
        lazy, own_changes = cell.lazy or {}, cell.changes or {}
        changes = set(own_changes.get("", ()))
        reads: set[str] = set()
        pending = list(cell.eager)
        while pending:
            name = pending.pop()
            if name in reads:
                continue
            reads.add(name)
            # A function from above may call one that this cell defines again before calling it.
            pending += self._reads.get(name, _NOTHING) | lazy.get(name, _NOTHING)
            changes |= self._changes.get(name, _NOTHING) | own_changes.get(name, _NOTHING)
        return reads, changes, not self._opaque.isdisjoint(reads)

    def made(self, cell: Facts, reads: Iterable[str]) -> set[Setting]:
        """Give what a cell sets that reads these names, also in the functions behind them."""
        own = cell.settings or {}
        found = {*own.get("", ())}
        for name in reads:
            found |= self._settings.get(name, frozenset()) | own.get(name, frozenset())
        return found

    def learn(self, cell: Facts, writes: Iterable[str]) -> None:
        """Take in what a cell defines."""
        lazy, changes = cell.lazy or {}, cell.changes or {}
        for name in writes:
            if name in cell.imported:
                self.imported.add(name)
            # Bound on some paths only, or changed in place.
            keeps = name in cell.eager or name not in cell.binds
            if not keeps and name not in cell.imported:
                self.imported.discard(name)
            for known, found in ((self._reads, lazy), (self._changes, changes)):
                old = known.get(name, _NOTHING) if keeps else _NOTHING
                if new := old | found.get(name, _NOTHING):
                    known[name] = new
                else:
                    known.pop(name, None)
            if not keeps or (cell.settings or {}).get(name):
                self._settings[name] = (cell.settings or {}).get(name, frozenset())
            if cell.opaque and name in lazy:
                self._opaque.add(name)
            elif not keeps:
                self._opaque.discard(name)
