"""What a notebook says of names, put together from what its cells say."""

from __future__ import annotations

import builtins
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from neutrino_lab.declare import view
from neutrino_lab.declare.declared import Declared, Scope
from neutrino_lab.notebook.facts import Facts
from neutrino_lab.notebook.model import Cell, Magic
from neutrino_lab.runtime.ipython import NAMES

# Also those of newer Pythons than the one that looks.
BUILT_IN: Final = frozenset(dir(builtins)) | {
    *("BaseExceptionGroup", "EncodingWarning", "ExceptionGroup", "PythonFinalizationError"),
    *("WindowsError", "aiter", "anext"),
}
_GIVEN: Final = BUILT_IN | NAMES
_NOTHING: Final[frozenset[str]] = frozenset()

_Read: TypeAlias = Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Names:
    """What some cells in a row say of names; a `Scope` is made of those of a whole notebook.

    `binds` are the names that they set while they run, `changed` those that functions of theirs
    change: they may also set them, through `global`. `wanted` are those that functions, and cells
    that are tasks, read and that neither these cells nor Python set.
    """

    binds: frozenset[str]
    changed: frozenset[str]
    wanted: frozenset[str]
    annotated: frozenset[str]
    guarded: frozenset[str]
    deleted: Mapping[str, int]
    reads: _Read
    magics: tuple[Magic, ...]
    is_opaque: bool
    is_broken: bool


def names_of(cells: Sequence[tuple[Cell, Facts, Sequence[Declared]]]) -> Names:
    """Put together what cells say of names, each given with its facts and what it declares."""
    facts = [each for _, each, _ in cells]
    lazy = [each.lazy for each in facts if each.lazy]
    binds = _NOTHING.union(*(each.binds for each in facts))
    changed = _NOTHING.union(*(n for each in facts if each.changes for n in each.changes.values()))
    read = _NOTHING.union(
        *(names for each in lazy for names in each.values()),
        *(each.reads for _, _, declared in cells for each in declared),
    )
    return Names(
        binds=binds,
        changed=changed,
        wanted=_not_given(read - binds - changed),
        annotated=_NOTHING.union(*(view.annotated_names(cell.code) for cell, _, _ in cells)),
        guarded=_NOTHING.union(*(each.guarded for each in facts)),
        deleted=_deleted(cells) if any(each.deletes for each in facts) else {},
        reads=_together(lazy),
        magics=tuple(magic for cell, _, _ in cells for magic in cell.magics),
        is_opaque=any(each.opaque for each in facts),
        is_broken=any(each.error for each in facts),
    )


def scope_of(parts: Sequence[Names]) -> Scope:
    """Put together what a whole notebook says of names, given part by part."""
    changed = _NOTHING.union(*(each.changed for each in parts))
    names = changed.union(*(each.binds for each in parts))
    deleted: dict[str, int] = {}
    for part in parts:
        for name in part.binds & deleted.keys() if deleted else ():
            del deleted[name]
        deleted |= part.deleted
    for name in changed & deleted.keys() if deleted else ():
        del deleted[name]
    guarded = _NOTHING.union(*(each.guarded for each in parts))
    wanted = _NOTHING.union(*(each.wanted for each in parts))
    unset = ((wanted - names) | _not_given(deleted)) - guarded
    reads = _together([each.reads for each in parts])
    return Scope(
        names=names,
        annotated=_NOTHING.union(*(each.annotated for each in parts)),
        is_opaque=any(each.is_opaque for each in parts),
        is_broken=any(each.is_broken for each in parts),
        reads=reads,
        magics=tuple(magic for each in parts for magic in each.magics),
        deleted=deleted,
        unset=unset,
        leading=_leading(unset, reads),
    )


def _not_given(names: Iterable[str]) -> frozenset[str]:
    """Leave out the names that Python, or IPython, sets itself."""
    return frozenset(n for n in names if n not in _GIVEN and not n.startswith("__"))


def _deleted(cells: Iterable[tuple[Cell, Facts, Sequence[Declared]]]) -> dict[str, int]:
    deleted: dict[str, int] = {}
    for cell, facts, declared in cells:
        for name in facts.binds & deleted.keys() if deleted else ():
            del deleted[name]
        if facts.deletes and all(each.function for each in declared):
            deleted |= dict.fromkeys(facts.deletes, cell.number)
    return deleted


def _together(read: Sequence[_Read]) -> dict[str, frozenset[str]]:
    """Put together what is read by functions of several places, by their names."""
    together: dict[str, frozenset[str]] = {}
    for each in read:
        if together.keys().isdisjoint(each):
            together.update(each)
            continue
        for name, names in each.items():
            together[name] = together[name] | names if name in together else names
    return together


def _leading(unset: frozenset[str], reads: _Read) -> frozenset[str]:
    """Find the names that lead to one of these, and these: functions that read it, and so on."""
    if not unset:
        return _NOTHING  # as nearly always
    readers: dict[str, list[str]] = {}
    for reader, names in reads.items():
        for name in names:
            readers.setdefault(name, []).append(reader)
    found, pending = set(unset), list(unset)
    while pending:
        for reader in readers.get(pending.pop(), ()):
            if reader not in found:
                found.add(reader)
                pending.append(reader)
    return frozenset(found)
