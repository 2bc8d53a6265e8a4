"""From one version of the cells to the next: which ones run again, and which names go.

The namespace shall be what running all cells from top to bottom would leave, as far as the code
tells, while as few of them as possible run.
"""

from __future__ import annotations

import re
from bisect import bisect_left, insort
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from neutrino_lab.notebook.facts import Facts
from neutrino_lab.notebook.graph import Flow
from neutrino_lab.runtime.program import Changes

_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Version:
    """A cell in one version of a notebook. `key` stays with it across edits and moves; the body of
    a task is run by its schedule and not when the notebook is loaded."""

    key: str
    code: str
    facts: Facts
    is_task: bool = False


class Cells(tuple[Version, ...]):
    """The cells of a notebook in one version, in order."""

    _flow: Flow | None = None

    def flow(self, before: Flow | None = None) -> Flow:
        """How they hang together: worked out once, and asked for by two updates. `before` is the
        flow of an earlier version."""
        if self._flow is None:
            tasks = [index for index, cell in enumerate(self) if cell.is_task]
            self._flow = Flow([cell.facts for cell in self], tasks, before=before)
        return self._flow


def plan(
    before: Mapping[str, Sequence[Version]],
    after: Mapping[str, Sequence[Version]],
    *,
    stale: frozenset[tuple[str, str]] = frozenset(),
) -> Changes:
    """Tell what to run so that a namespace that `before` left becomes that of `after`.

    `stale` is what the update that led to `before` said of its names.
    """
    run: set[tuple[str, str]] = set()
    forget: set[tuple[str, str]] = set()
    remove_after_swap: set[tuple[str, str]] = set()
    left: set[tuple[str, str]] = set()
    emptied: set[tuple[str, frozenset[str]]] = set()
    for module, cells in after.items():
        names = frozenset(name for where, name in stale if where == module)
        update = _Update(before.get(module, ()), cells, names)
        update.plan()
        run.update((module, cells[index].key) for index in update.run)
        unseen = update.unseen()
        forget.update((module, name) for name in update.forget - unseen)
        remove_after_swap.update((module, name) for name in unseen)
        left.update((module, name) for name in update.stale())
        if update.may_leave_names():
            emptied.add((module, update.settable_names()))
    return Changes(
        run=frozenset(run),
        forget=frozenset(forget),
        stale=frozenset(left),
        remove_after_swap=frozenset(remove_after_swap),
        emptied=frozenset(emptied),
    )


class _Update:
    """One notebook's update; `run` are indices of the new cells.

    A name that several cells set and that nobody reads at the end (`i`, `fig`, `start`) is not
    restored: setting it right would run cells that have nothing to do with the change. It is
    `stale` from then on, until a later update needs it and sets it right.
    """

    def __init__(
        self, before: Sequence[Version], after: Sequence[Version], stale: frozenset[str]
    ) -> None:
        self.run: set[int] = set()
        self.forget: set[str] = set()
        self._before = before
        self._after = after
        self._old = flow_of(before)
        self._new = flow_of(after, before=self._old)
        self._places = {cell.key: index for index, cell in enumerate(before)}
        self._running: dict[str, list[int]] = {}
        self._pending: list[int] = []
        self._runs_whole = False
        self._stale = stale
        self._declared = _Words(after)
        # The names whose last cell is another one than before.
        self._moved = {
            name
            for name in self._new.writers
            if self._key(after, self._new.last_writer(name))
            != self._key(before, self._old.last_writer(name))
        }

    def plan(self) -> None:
        """Work out `run` and `forget`."""
        self._forget_unbound()
        for index, cell in enumerate(self._after):
            if self._is_changed(cell) or self._reads_from_elsewhere(index):
                self._add(index)
        self._fall_back()
        self._restore_ends()
        while self._pending:
            self._follow(self._pending.pop())
            if not self._pending:
                self._restore_ends()

    def unseen(self) -> set[str]:
        """Find the names to forget that no cell that runs could notice: the version before, which
        goes on serving meanwhile, may keep them to its end."""
        steps = [self._new.steps[index] for index in self.run]
        if any(step.is_opaque for step in steps):
            return set()
        seen = self._new.read_later.union(*({*each.sources, *each.writes} for each in steps))
        return {name for name in self.forget if name not in seen}

    def may_leave_names(self) -> bool:
        """Whether the version before may have set names that nothing tells, and all cells run."""
        is_whole = len(self.run) == len(self._after)
        return is_whole and any(step.is_opaque for step in self._old.steps)

    def settable_names(self) -> frozenset[str]:
        """Give the names that some new cell sets, or a function that may be called later."""
        names = [each for cell in self._after for each in (cell.facts.changes or {}).values()]
        return frozenset(self._new.writers).union(*(c.facts.binds for c in self._after), *names)

    def stale(self) -> Iterator[str]:
        """Give the names that do not hold what their last cell gives them."""
        for name in self._doubtful():
            last = self._new.last_writer(name)
            if self._holder(name, len(self._after)) != self._key(self._after, last):
                yield name

    def _is_changed(self, cell: Version) -> bool:
        place = self._places.get(cell.key)
        if place is None:
            return True
        old = self._before[place]
        return (old.code, old.is_task) != (cell.code, cell.is_task)

    def _reads_from_elsewhere(self, index: int) -> bool:
        """Tell whether another cell than before sets what an unchanged cell reads."""
        old = self._old.steps[self._places[self._after[index].key]]
        new = self._new.steps[index]
        return any(
            self._key(self._after, source) != self._key(self._before, was.get(name))
            for was, now in ((old.sources, new.sources), (old.settings, new.settings))
            for name, source in now.items()
        )

    @staticmethod
    def _key(cells: Sequence[Version], index: int | None) -> str | None:
        return None if index is None else cells[index].key

    def _forget_unbound(self) -> None:
        kept = set(self._new.writers).union(*(cell.facts.binds for cell in self._after))
        found = set(self._old.writers).union(*(cell.facts.binds for cell in self._before))
        self.forget = {name for name in found - kept if not name.startswith("__")}

    def _fall_back(self) -> None:
        """With a cell that cannot be analysed, run all from the change on; it never runs alone."""
        old, new = self._old.steps, self._new.steps
        if not any(step.is_opaque for step in (*old, *new)):
            return
        same = 0
        while (
            same < min(len(old), len(new))
            and self._before[same].key == self._after[same].key
            and same not in self.run
        ):
            same += 1
        if same == len(old) == len(new):
            return
        opaque = any(step.is_opaque for step in (*old[same:], *new[same:]))
        for index in range(0 if opaque else same, len(new)):
            self._add(index)

    def _add(self, index: int) -> None:
        if index in self.run:
            return
        self.run.add(index)
        for name in self._new.steps[index].writes:
            insort(self._running.setdefault(name, []), index)
        self._pending.append(index)
        if self._new.steps[index].is_opaque and not self._runs_whole:
            self._runs_whole = True
            for other in range(len(self._after)):
                self._add(other)

    def _follow(self, index: int) -> None:
        """Draw the conclusions from running a cell."""
        step = self._new.steps[index]
        for name in step.writes:
            for reader in self._new.readers.get((name, index), ()):
                self._add(reader)
            self._restore_for_readers(name, index)
        for name in step.sets:
            for reader in self._new.observers.get((name, index), ()):
                self._add(reader)
        for name in step.sources:
            self._restore(name, index)

    def _restore(self, name: str, reader: int) -> None:
        """See to it that a cell that runs finds in a name what it would find at its place."""
        step = self._new.steps[reader]
        source = step.sources[name]
        if source is None:
            # What only some later cell sets stays: a decorated function is free to mention it.
            misses = (name in step.needs or name in step.writes) and name[:2] != "__"
            if misses and name in self._old.writers and name not in self.forget:
                self.forget.add(name)
                self._pending += [each for each in self.run if name in self._sources(each)]
        elif source not in self.run and self._holder(name, reader) != self._after[source].key:
            self._add(source)

    def _sources(self, index: int) -> Mapping[str, int | None]:
        return self._new.steps[index].sources

    def _restore_for_readers(self, name: str, index: int) -> None:
        """A cell that runs sets the name: the next ones have to set it again for their readers."""
        writers = self._new.writers[name]
        for later in writers[bisect_left(writers, index + 1) :]:
            if later in self.run:
                return
            if any(each in self.run for each in self._new.readers.get((name, later), ())):
                self._add(later)
                return

    def _restore_ends(self) -> None:
        """See to it that the names end up with the values that their last cells give them."""
        for name in self._doubtful():
            last = self._new.last_writer(name)
            if last is None or last in self.run:
                continue
            holder = self._holder(name, len(self._after))
            if holder != self._after[last].key and self._must_be_right(name):
                self._add(last)

    def _doubtful(self) -> list[str]:
        """Find the names that may hold something else than what their last cells give them: all
        others hold what they held before, which is the same."""
        found = self._moved.union(self._running, self.forget, self._stale)
        return [name for name in self._new.writers if name in found]

    def _must_be_right(self, name: str) -> bool:
        if name in self.forget or self._new.is_read_at_the_end(name) or name in self._declared:
            return True
        keys = {self._after[index].key for index in self._new.writers[name]}
        were = {self._before[index].key for index in self._old.writers.get(name, ())}
        return len(keys) <= 1 or not were <= keys

    def _holder(self, name: str, place: int) -> str | None:
        """Give the key of the cell whose value a name holds when a cell's turn comes."""
        running = self._running.get(name, ())
        above = bisect_left(running, place)
        if above:
            return self._after[running[above - 1]].key
        if name in self.forget or name in self._stale:
            return None
        return self._key(self._before, self._old.last_writer(name))


class _Words:
    """The words of comments and of strings that stand alone: a declaration may name a model."""

    def __init__(self, cells: Sequence[Version]) -> None:
        self._cells = cells
        self._found: frozenset[str] | None = None

    def __contains__(self, name: str) -> bool:
        if self._found is None:
            self._found = frozenset(word for cell in self._cells for word in _declared(cell))
        return name in self._found


def _declared(cell: Version) -> Iterator[str]:
    lines = cell.code.split("\n")
    for span in cell.facts.texts:
        for line in lines[span.line - 1 : span.end_line]:
            yield from _WORD.findall(line)
    for line in lines:
        if line.startswith("#"):
            yield from _WORD.findall(line)


def flow_of(cells: Sequence[Version], *, before: Flow | None = None) -> Flow:
    """Tell how the cells of a notebook hang together; see `Cells.flow`."""
    return (cells if isinstance(cells, Cells) else Cells(cells)).flow(before)
