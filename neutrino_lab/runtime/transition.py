"""From one version of the namespaces to the next: what serves meanwhile, and the way back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .rebinding import Rebinding, Snapshot

Space = dict[str, Any]
_GONE: Any = object()


class Transition:
    """The namespaces of a program while cells run in them.

    The version before can go on in twins of them, which see the names as they were. What its calls
    set there is carried over in the end, where the cells have not set the same name.
    """

    def __init__(self, spaces: Mapping[str, Space]) -> None:
        self._spaces = spaces
        self._before = {name: dict(space) for name, space in spaces.items()}
        self._theirs: dict[tuple[str, str], Any] = {}
        self._twins: dict[str, Space] = {}
        self._given: dict[str, Space] = {}
        self.rebinding = Rebinding({})

    def twins(self, live: Mapping[str, frozenset[str]]) -> dict[str, Space]:
        """Make the twins. The names in `live` are looked up in the namespace itself."""
        made: dict[str, Space] = {}
        for name in self._before:  # the version before knows none of a notebook that joins it
            space = self._spaces[name]
            seen = live.get(name, frozenset())
            made[name] = Snapshot(space, seen) if seen else dict(space)
        self.rebinding = Rebinding({id(self._spaces[name]): twin for name, twin in made.items()})
        for twin in made.values():
            twin.update({name: self.rebinding.of(value) for name, value in twin.items()})
        self._twins, self._given = made, {name: dict(twin) for name, twin in made.items()}
        return made

    def record(self, module: str, names: Iterable[str] | None) -> None:
        """Note what a cell has set: these names, or all that are not as they were."""
        space = self._spaces[module]
        if names is None:
            before = self._before.get(module, {})
            both = {*space, *before}
            names = [n for n in both if space.get(n, _GONE) is not before.get(n, _GONE)]
        for name in names:
            self._theirs[module, name] = space.get(name, _GONE)

    def carry_over(self) -> None:
        """Keep what calls of the version before have set in its twins."""
        for module, twin in self._twins.items():
            space, before, given = self._spaces[module], self._before[module], self._given[module]
            for name, value in list(twin.items()):
                is_set = value is not given.get(name, _GONE)
                if is_set and space.get(name, _GONE) is before.get(name, _GONE):
                    space[name] = before[name] = self.rebinding.original(value)

    def restore(self) -> None:
        """Take back what cells have set, where nobody else has set it since."""
        for (module, name), theirs in self._theirs.items():
            space, old = self._spaces[module], self._before.get(module, {}).get(name, _GONE)
            twin, given = self._twins.get(module, {}), self._given.get(module, {})
            if twin.get(name, _GONE) is not given.get(name, _GONE):
                old = self.rebinding.original(twin[name])
            if space.get(name, _GONE) is not theirs:
                continue
            if old is _GONE:
                space.pop(name, None)
            else:
                space[name] = old
