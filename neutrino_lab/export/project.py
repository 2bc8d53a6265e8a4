"""The pyproject.toml of a build folder: what was asked for, from which uv.lock follows."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from neutrino_lab.export.installed import Installed, normalise
from neutrino_lab.export.pip_lines import REQUIREMENT
from neutrino_lab.export.requirements import Requirement, Requirements

_VERSION = re.compile(
    r"(\d+!)?\d+(\.\d+)*((a|b|rc)\d+)?(\.post\d+)?(\.dev\d+)?", re.IGNORECASE | re.ASCII
)
_NAME = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be locked: the lines, and the versions that everything else is to have."""

    name: str
    python: str
    platform: str
    lines: tuple[str, ...]
    frozen: Mapping[str, str]

    def text(self, overridden: Collection[str] = (), among: Collection[str] | None = None) -> str:
        """Write pyproject.toml, with the versions of the packages `among` alone if these are told.

        What the kernel has besides is nobody's business once it is known not to be needed. A
        version that is `overridden` holds against what packages ask of each other.
        """
        frozen = sorted(n for n in self.frozen if among is None or n in among)
        constraints = [f"{n}=={self.frozen[n]}" for n in frozen if n not in overridden]
        # An override takes the place of a requirement, extras and all.
        overrides = [f"{n}{self._extras(n)}=={self.frozen[n]}" for n in frozen if n in overridden]
        major, minor = self.python.split(".")[:2]
        return "\n".join(
            [
                "# What `neutrino build` locked in uv.lock; build again rather than edit.",
                "[project]",
                f"name = {json.dumps(self.name)}",
                'version = "0"',
                f'requires-python = ">={self.python},<{major}.{int(minor) + 1}"',
                *_array("dependencies", self.lines),
                "",
                "[tool.uv]",
                "package = false",
                *_array("environments", self._environments()),
                *_array("constraint-dependencies", constraints),
                *(_array("override-dependencies", overrides) if overrides else ()),
                "",
            ]
        )

    def _extras(self, name: str) -> str:
        for line in self.lines:
            matched = REQUIREMENT.fullmatch(line)
            if matched and matched["extras"] and normalise(matched["name"]) == name:
                return matched["extras"]
        return ""

    def _environments(self) -> list[str]:
        """The image's platform, and the author's: the folder runs without Docker there."""
        return [f"sys_platform == '{each}'" for each in sorted({"linux", self.platform})]


def overridden(text: str) -> frozenset[str]:
    """Give the names of the packages that the text of such a file overrides."""
    block = text.partition("\noverride-dependencies = [\n")[2].partition("\n]")[0]
    return frozenset(re.findall(r'^  "([a-z0-9-]+)', block, re.MULTILINE))


def wanted(title: str, needs: Requirements, installed: Installed) -> Wanted:
    """Ask for the lines of requirements.txt in an environment like the kernel's."""
    said = {each.name for each in needs.lines if _is_own_choice(each, installed)}
    frozen = {
        normalise(one.name): one.release
        for name, one in installed.by_name.items()
        if one.is_released
        and name not in said
        and _NAME.fullmatch(name)
        and _VERSION.fullmatch(one.release)
    }
    taken = {*frozen, *installed.by_name, *(each.name for each in needs.lines)}
    name = title
    while name in taken:  # a project cannot depend on its own name
        name += "-app"
    lines = tuple(each.line for each in needs.lines)
    return Wanted(name, installed.python, installed.platform, lines, frozen)


def _is_own_choice(requirement: Requirement, installed: Installed) -> bool:
    """Whether a pip line asks for a version of its own, against what is installed."""
    matched = REQUIREMENT.fullmatch(requirement.line)
    found = installed.version_of(requirement.name)
    pinned = f"=={found.release}" if found else ""
    return matched is not None and bool(matched["versions"]) and matched["versions"] != pinned


def _array(key: str, items: Iterable[str]) -> list[str]:
    return [f"{key} = [", *(f"  {json.dumps(item)}," for item in items), "]"]
