"""Which cells of a notebook its endpoints cannot do without, and why.

What is not certain stays: leaving a cell out must not change an answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from neutrino_lab.notebook import effects, harmless
from neutrino_lab.notebook.effects import Effects
from neutrino_lab.notebook.facts import Facts
from neutrino_lab.notebook.graph import Flow
from neutrino_lab.notebook.syntax import parse_or_empty


@dataclass(frozen=True, slots=True)
class Need:
    """Why a cell is needed: it sets or may change `name` for the cell with the index `by`; a root,
    and what cannot be analysed, have no name."""

    name: str = ""
    by: int = -1


class Dependence:
    """How the cells of one notebook depend on one another.

    `tasks` are the cells whose bodies run later, and `words` names that a cell's declarations read.
    """

    def __init__(
        self,
        codes: Sequence[str],
        facts: Sequence[Facts],
        *,
        tasks: Iterable[int] = (),
        words: Mapping[int, frozenset[str]] | None = None,
    ) -> None:
        self._facts = facts
        self._tasks = frozenset(tasks)
        self._words = words or {}
        bound = frozenset().union(*(each.binds for each in facts))
        trees = [parse_or_empty(code) for code in codes]
        known = harmless.names_of(trees, bound)
        self._effects = [effects.of(tree, known) for tree in trees]
        self._bodies = effects.called(self._effects)
        self._flow = Flow(facts)
        self._touched = [self._reached(each) for each in self._effects]
        self._groups = self._grouped(known.names)
        self._touching = _bits_by_name(touched for touched, _, _ in self._touched)
        self._writing = {name: _bits(listed) for name, listed in self._flow.writers.items()}
        self._group_bits: dict[int, int] = {}
        self._wants: dict[int, int] = {}
        self._closures: dict[int, int] = {}
        self._closed = 0
        self.uses_reflection = any(each.uses_reflection for each in self._effects)
        self.always = frozenset(self._unanalysable(known.names))

    def needed_by(self, roots: Iterable[int]) -> dict[int, Need]:
        """Give the cells that these depend on, themselves included, with a reason for each."""
        found = {index: Need() for index in sorted(roots)}
        known = _bits(found)
        pending = list(found)
        while pending:
            by = pending.pop()
            for name, wanted in self._wanted(by):
                for index in _indexes(wanted & ~known):
                    found[index] = Need(name, by)
                    pending.append(index)
                known |= wanted
        return found

    def needing(self, roots: Iterable[int]) -> list[tuple[int, ...]]:
        """Give for each cell those of the roots that depend on it, in their order.

        Cells that the same roots need share one tuple: of thousands of cells that hang together,
        each may be needed by thousands.
        """
        alike: dict[int, list[int]] = {}
        for root in roots:
            alike.setdefault(self._closure(root), []).append(root)
        groups: list[list[int]] = [[] for _ in self._facts]
        for number, closure in enumerate(alike):
            for index in _indexes(closure):
                groups[index].append(number)
        listed = list(alike.values())
        merged = {
            numbers: tuple(sorted(root for number in numbers for root in listed[number]))
            for numbers in {tuple(each) for each in groups}
        }
        return [merged[tuple(each)] for each in groups]

    def _closure(self, root: int) -> int:
        """The cells that one depends on, itself included, as bits."""
        if root in self._closures:
            return self._closures[root]
        found = pending = 1 << root
        while pending:
            # Where a closure that is known can be joined on, nothing behind it is walked again.
            index = ((pending & self._closed) or pending).bit_length() - 1
            reached = self._closures.get(index)
            if reached is None:
                wanted = self._wants.get(index)
                if wanted is None:
                    wanted = _union(each for _, each in self._wanted(index))
                    self._wants[index] = wanted
                pending = (pending & ~(1 << index)) | (wanted & ~found)
                found |= wanted
            else:
                found |= reached
                pending &= ~reached
        self._closures[root] = found
        self._closed |= 1 << root
        return found

    def _wanted(self, by: int) -> Iterable[tuple[str, int]]:
        """What a cell needs directly: for each name, the cells as bits."""
        step = self._flow.steps[by]
        later = set().union(*(self._facts[by].lazy or {}).values())
        later |= self._effects[by].annotations | self._words.get(by, frozenset())
        if by in self._tasks:
            later |= self._facts[by].eager
        for name, source in step.sources.items():
            if source is not None:
                yield name, 1 << source
        for name in sorted(later):
            yield name, self._writing.get(name, 0)
        read = {*step.sources, *later, *step.writes}
        for name in sorted(read):
            yield name, self._group_touching(name)

    def _group_touching(self, name: str) -> int:
        """The cells that may change what a name stands for, by that name or by another one."""
        group = self._groups.get(name)
        if group is None:
            return self._touching.get(name, 0)
        if id(group) not in self._group_bits:
            self._group_bits[id(group)] = _union(self._touching.get(each, 0) for each in group)
        return self._group_bits[id(group)]

    def _unanalysable(self, imported: frozenset[str]) -> Iterable[int]:
        read = set().union(*(each.eager for each in self._facts))
        read |= set().union(*(n for each in self._facts for n in (each.lazy or {}).values()))
        seeds_rng = any(seeds_rng for _, _, seeds_rng in self._touched)
        for index, facts in enumerate(self._facts):
            touched, has_side_effects, _ = self._touched[index]
            unused = facts.imported & imported - read
            if (
                self.uses_reflection
                or facts.opaque
                or facts.error
                or has_side_effects
                or self._flow.steps[index].is_opaque
                # A module that nobody uses is imported for what its import does.
                or unused
                or self._flow.steps[index].sets
                # Every random number drawn moves those that come after.
                or (seeds_rng and self._effects[index].calls | touched)
            ):
                yield index

    def _reached(self, own: Effects) -> tuple[set[str], bool, bool]:
        """What a cell touches, and whether it acts or seeds, also in the functions it may call."""
        touched, has_side_effects, seeds_rng = set(own.touches), own.has_side_effects, own.seeds_rng
        pending, seen = list(own.calls), set()
        while pending:
            name = pending.pop()
            body = self._bodies.get(name)
            if name in seen or body is None:
                continue
            seen.add(name)
            touched |= body.touches
            has_side_effects |= body.has_side_effects
            seeds_rng |= body.seeds_rng
            pending += body.calls
        return touched, has_side_effects, seeds_rng

    def _grouped(self, imported: frozenset[str]) -> dict[str, set[str]]:
        """The names that may stand for parts of one object, by name."""
        groups: dict[str, set[str]] = {}
        shares = [share for each in self._effects for share in each.shares]
        shares += [share for each in self._bodies.values() for share in each.shares]
        for own, (touched, _, _) in zip(self._effects, self._touched, strict=True):
            # A function that is given an object may keep it in what it changes.
            if own.calls & self._bodies.keys():
                shares.append(frozenset(touched))
        for share in shares:
            names = share - imported
            known = {id(groups[name]): groups[name] for name in names if name in groups}
            # The largest is kept, and only those of the others are told of it.
            merged = max(known.values(), key=len, default=set())
            joining = names.union(*(each for each in known.values() if each is not merged)) - merged
            merged |= joining
            groups.update(dict.fromkeys(joining, merged))
        return groups


def _bits(indexes: Iterable[int]) -> int:
    """A set of cells as the bits of a number: thousands of them are joined in one step."""
    return _union(1 << index for index in indexes)


def _union(sets: Iterable[int]) -> int:
    found = 0
    for each in sets:
        found |= each
    return found


def _indexes(bits: int) -> Iterator[int]:
    """The cells of a set, from the first on."""
    text = bin(bits)[:1:-1]
    index = text.find("1")
    while index >= 0:
        yield index
        index = text.find("1", index + 1)


def _bits_by_name(names: Iterable[Iterable[str]]) -> dict[str, int]:
    listed: dict[str, int] = {}
    for index, each in enumerate(names):
        for name in each:
            listed[name] = listed.get(name, 0) | 1 << index
    return listed
