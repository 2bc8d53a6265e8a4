"""Which cells of a notebook its endpoints cannot do without, and why.

What is not certain stays: leaving a cell out must not change an answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
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
        self._touching: dict[str, list[int]] = {}
        for index, (touched, _, _) in enumerate(self._touched):
            for name in touched:
                self._touching.setdefault(name, []).append(index)
        self.uses_reflection = any(each.uses_reflection for each in self._effects)
        self.always = frozenset(self._unanalysable(known.names))

    def needed_by(self, roots: Iterable[int]) -> dict[int, Need]:
        """Give the cells that these depend on, themselves included, with a reason for each."""
        found = {index: Need() for index in sorted(roots)}
        pending = list(found)
        while pending:
            by = pending.pop()
            for name, index in self._wanted(by):
                if index not in found:
                    found[index] = Need(name, by)
                    pending.append(index)
        return found

    def _wanted(self, by: int) -> Iterable[tuple[str, int]]:
        step = self._flow.steps[by]
        later = set().union(*(self._facts[by].lazy or {}).values())
        later |= self._effects[by].annotations | self._words.get(by, frozenset())
        if by in self._tasks:
            later |= self._facts[by].eager
        for name, source in step.sources.items():
            if source is not None:
                yield name, source
        for name in sorted(later):
            for writer in self._flow.writers.get(name, ()):
                yield name, writer
        read = {*step.sources, *later, *step.writes}
        for name in sorted(read):
            for other in sorted(self._groups.get(name, {name})):
                for index in self._touching.get(other, ()):
                    yield name, index

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
            has_side_effects, seeds_rng = (
                has_side_effects or body.has_side_effects,
                seeds_rng or body.seeds_rng,
            )
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
            merged = set(share) - imported
            for name in share - imported:
                merged |= groups.get(name, set())
            for name in merged:
                groups[name] = merged
        return groups
