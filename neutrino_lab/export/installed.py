"""Which installed distribution provides which module, read from the records pip leaves behind.

`importlib.metadata.packages_distributions` is not enough: on Python 3.10 it misses every wheel
without `top_level.txt`, and it cannot tell the distributions of one namespace package apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import metadata

_HEADER = re.compile(r"^(Name|Version): *(\S+) *$", re.MULTILINE)
# The first part of a path that leads to something importable: a folder, or a file.
_FIRST = re.compile(r"^(?:(\w+)/[^,\n]*\.(?:pyi?|so|pyd)|([^/,\n]+\.(?:py|so|pyd))),", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Distribution:
    """A distribution that is installed; `version` without a local label such as `+cu118`."""

    name: str
    version: str

    @property
    def pin(self) -> str:
        return f"{self.name}=={self.version}" if self.version else self.name


@dataclass(frozen=True, slots=True)
class Installed:
    """The distributions of one environment: by normalised name, and by the modules they hold."""

    by_name: Mapping[str, Distribution]
    by_top: Mapping[str, frozenset[str]]
    records: Mapping[str, str]

    def version_of(self, name: str) -> Distribution | None:
        return self.by_name.get(normalise(name))

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
                holders = [
                    self.by_name[name]
                    for name in candidates
                    if length == 1 or self._holds(name, "/".join(parts[:length]))
                ]
                if holders:
                    best = best + holders if length == depth else holders
                    depth = length
                    break
        return tuple(dict.fromkeys(best))

    def _holds(self, name: str, path: str) -> bool:
        """Whether the distribution's RECORD, whose lines start with a path, has the module."""
        record = self.records[name]
        return any(f"\n{path}{end}" in record for end in ("/", ".py", ".cpython", ".abi3", ".pyd"))


def scan() -> Installed:
    """Read the environment of this interpreter."""
    by_name: dict[str, Distribution] = {}
    by_top: dict[str, set[str]] = {}
    records: dict[str, str] = {}
    for found in metadata.distributions():
        name, version = _name_and_version(found)
        key = normalise(name)
        if not name or key in by_name:
            continue  # the first on sys.path is what Python imports
        by_name[key] = Distribution(name, version.partition("+")[0])
        records[key] = "\n" + (found.read_text("RECORD") or "")
        for top in _tops(records[key]) or (found.read_text("top_level.txt") or "").split():
            by_top.setdefault(top, set()).add(key)
    return Installed(by_name, {top: frozenset(names) for top, names in by_top.items()}, records)


def normalise(name: str) -> str:
    """Write a distribution's name as PyPI compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _name_and_version(found: metadata.Distribution) -> tuple[str, str]:
    """Read two headers, empty in a broken installation; `found.metadata` parses all of them."""
    text = found.read_text("METADATA") or found.read_text("PKG-INFO") or ""
    headers = dict(_HEADER.findall(text.partition("\n\n")[0]))
    return headers.get("Name", ""), headers.get("Version", "")


def _tops(record: str) -> set[str]:
    """The modules and packages at the top of a RECORD."""
    names = {folder or file.partition(".")[0] for folder, file in set(_FIRST.findall(record))}
    return {name for name in names if name.isidentifier()}
