"""Which installed distribution provides which module, in a kernel's interpreter or in this one.

`importlib.metadata.packages_distributions` is not enough: on Python 3.10 it misses every wheel
without `top_level.txt`, and it cannot tell the distributions of one namespace package apart.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from neutrino_lab.export.inventory import inventory

Origin: TypeAlias = Literal["index", "editable", "vcs", "file", "url"]


@dataclass(frozen=True, slots=True)
class Distribution:
    """A distribution that is installed. `version` may end in a local label such as `+cu118`;
    `origin` is where it was installed from, if not from an index."""

    name: str
    version: str
    origin: Origin = "index"

    @property
    def release(self) -> str:
        """The version without its label: no index of the public takes one."""
        return self.version.partition("+")[0]

    @property
    def pin(self) -> str:
        """The line of a requirements file; without a version where none is known."""
        return f"{self.name}=={self.release}" if self.version else self.name

    @property
    def is_released(self) -> bool:
        """Whether an index may have this version: what is under work has none that means it."""
        return bool(self.version) and self.origin not in {"editable", "vcs"}


@dataclass(frozen=True, slots=True)
class Installed:
    """The distributions of one environment: by normalised name, and by the modules they hold.

    `modules` are the dotted names below those top-level names that several distributions share,
    `requires` what each asks for, as `name[extras]`, by its own extra ("" for always).
    `python` is the full version of the interpreter, `executable` its path if it is another one.
    """

    by_name: Mapping[str, Distribution]
    by_top: Mapping[str, frozenset[str]]
    modules: Mapping[str, frozenset[str]] = field(default_factory=dict)
    requires: Mapping[str, Mapping[str, Sequence[str]]] = field(default_factory=dict)
    python: str = sys.version.split()[0].rstrip("+")
    platform: str = sys.platform
    executable: str = sys.executable

    @property
    def minor(self) -> str:
        """The version of Python that names a base image, such as `3.12`."""
        return ".".join(self.python.split(".")[:2])

    def version_of(self, name: str) -> Distribution | None:
        """Find a distribution, however its name is spelled; None where it is not installed."""
        return self.by_name.get(normalise(name))

    def has(self, requirements: Iterable[str]) -> bool:
        """Whether all of these, as `name[extras]`, are installed."""
        return all(self.version_of(each.partition("[")[0]) for each in requirements)

    def tops_of(self, requirements: Iterable[str]) -> frozenset[str]:
        """Name the top-level modules of these, as `name[extras]`, and of all that they require."""
        pending = list(requirements)
        reached: set[tuple[str, str]] = set()
        while pending:
            name, _, extras = pending.pop().rstrip("]").partition("[")
            key = normalise(name)
            for extra in {"", *filter(None, extras.split(","))}:
                if (key, extra) not in reached:
                    reached.add((key, extra))
                    pending += self.requires.get(key, {}).get(extra, ())
        names = {name for name, _ in reached}
        return frozenset(top for top, holders in self.by_top.items() if holders & names)

    def providing(self, modules: Iterable[str]) -> tuple[Distribution, ...]:
        """Find who provides any of these dotted modules: the longest match, all where it ties."""
        best: list[Distribution] = []
        depth = 0
        for module in sorted(set(modules)):
            parts = module.split(".")
            candidates = sorted(self.by_top.get(parts[0], ()))
            for length in range(len(parts), 0, -1):
                if length < depth:
                    break
                dotted = ".".join(parts[:length])
                holders = [
                    self.by_name[name]
                    for name in candidates
                    if length == 1 or dotted in self.modules.get(name, ())
                ]
                if holders:
                    best = best + holders if length == depth else holders
                    depth = length
                    break
        return tuple(dict.fromkeys(best))


def scan() -> Installed:
    """Read what is installed in the environment of this interpreter."""
    return of(inventory(), sys.executable)


def of(data: Mapping[str, Any], executable: str) -> Installed:
    """Read the inventory of the interpreter at `executable`, as `inventory` gives it."""
    by_name: dict[str, Distribution] = {}
    by_top: dict[str, set[str]] = {}
    modules: dict[str, frozenset[str]] = {}
    requires: dict[str, dict[str, list[str]]] = {}
    for one in data["distributions"]:
        by_name[one["key"]] = Distribution(one["name"], one["version"], one["origin"])
        modules[one["key"]] = frozenset(one["modules"])
        requires[one["key"]] = one["requires"]
        for top in one["tops"]:
            by_top.setdefault(top, set()).add(one["key"])
    tops = {top: frozenset(names) for top, names in by_top.items()}
    return Installed(by_name, tops, modules, requires, data["python"], data["platform"], executable)


def normalise(name: str) -> str:
    """Write a distribution's name as PyPI compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()
