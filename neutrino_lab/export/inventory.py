"""What an interpreter has installed, as JSON: run inside a kernel's own Python, whatever its age.

The text of this file is piped to that interpreter. It needs nothing but the standard library, and
keeps to syntax that Pythons too old to serve a notebook parse as well, so that they can say so.
"""

from __future__ import annotations

import ast
import json
import os
import re
import sys
from collections import Counter
from functools import lru_cache
from importlib import metadata
from typing import Any

# What stands before the answer on stdout, where a sitecustomize may have printed already.
MARK = "neutrino-inventory:"

# The files of a distribution that are read.
_READ = ("METADATA", "PKG-INFO", "RECORD", "top_level.txt", "direct_url.json", "INSTALLER")

_HEADER = re.compile(r"^(Name|Version): *(\S+) *$", re.MULTILINE)
_REQUIRES = re.compile(r"^Requires-Dist: *([\w.-]+) *(\[[\w., -]*\])?(.*)$", re.MULTILINE)
_EXTRA = re.compile(r"""extra *== *['"]([\w.-]+)""")
# The path of something importable in a RECORD, without what follows its name.
_MODULE = re.compile(r"^((?:\w+/)*)([^/,\n.]+)(?:\.[^/,\n]*)?\.(?:pyi?|so|pyd),", re.MULTILINE)
_MAPPING = re.compile(r"^MAPPING[^=\n]*= (\{.*\})", re.MULTILINE)


def inventory() -> dict[str, Any]:
    """Describe the interpreter and every distribution that it would import from."""
    found = []
    seen: set[str] = set()
    for each in metadata.distributions():
        one = _remembered(each)
        if one and one["key"] not in seen:  # the first on sys.path is what Python imports
            seen.add(one["key"])
            found.append(dict(one))
    holders = Counter(top for one in found for top in one["tops"])
    for one in found:
        # Only modules below a name that several distributions share need telling apart.
        shared = {top for top in one["tops"] if holders[top] > 1}
        modules = one["modules"] if shared else ()
        one["modules"] = sorted(m for m in modules if m.partition(".")[0] in shared)
    return {
        "python": sys.version.split()[0].rstrip("+"),
        "platform": sys.platform,
        "distributions": found,
    }


def _remembered(found: metadata.Distribution) -> dict[str, Any] | None:
    """One distribution, read again where one of its files has changed."""
    place = str(getattr(found, "_path", "")) if type(found) is metadata.PathDistribution else ""
    one = None
    if place and (stamp := _stamp(place)):
        stamps = tuple(_stamp(os.path.join(place, name)) for name in _READ)  # noqa: PTH118
        one = _at(place, (stamp, *stamps))
    # One that is editable depends on its sources, too.
    return one if one and one["origin"] != "editable" else _described(found)


@lru_cache(maxsize=4096)
def _at(place: str, _stamps: tuple[Any, ...]) -> dict[str, Any] | None:
    return _described(metadata.Distribution.at(place))


def _stamp(path: str) -> tuple[int, ...]:
    try:
        status = os.stat(path)  # noqa: PTH116
    except OSError:
        return ()
    return status.st_mtime_ns, status.st_size, status.st_ino


def _described(found: metadata.Distribution) -> dict[str, Any] | None:
    """One distribution, None where its installation is broken."""
    text = found.read_text("METADATA") or found.read_text("PKG-INFO") or ""
    # `found.metadata` would parse all of it.
    head = text.partition("\n\n")[0]
    headers = dict(_HEADER.findall(head))
    name = headers.get("Name", "")
    if not name:
        return None
    record = found.read_text("RECORD") or ""
    origin = _origin(found)
    modules = _modules(record)
    if origin == "editable":
        modules |= _of_editable(found, record)
    if not modules:
        modules = set((found.read_text("top_level.txt") or "").split())
    return {
        "key": re.sub(r"[-_.]+", "-", name).lower(),
        "name": name,
        "version": headers.get("Version", ""),
        "origin": origin,
        "tops": sorted({module.partition(".")[0] for module in modules}),
        "modules": modules,
        "requires": _requires(head),
    }


def _requires(head: str) -> dict[str, list[str]]:
    """What it requires, as `name[extras]`, by the extra that asks for it: "" for always."""
    requires: dict[str, list[str]] = {}
    for name, extras, rest in _REQUIRES.findall(head):
        # Whatever else the condition may say: what is not installed does not matter.
        for extra in _EXTRA.findall(rest) or [""]:
            requires.setdefault(extra, []).append(name + extras.replace(" ", ""))
    return requires


def _modules(record: str) -> set[str]:
    """The dotted names that a RECORD's files may be imported by, packages included."""
    modules: set[str] = set()
    for folders, stem in _MODULE.findall(record):
        parts = folders.split("/")[:-1]
        if stem.isidentifier() and stem != "__init__":
            parts.append(stem)
        if all(part.isidentifier() for part in parts):
            modules.update(".".join(parts[: n + 1]) for n in range(len(parts)))
    return modules


def _origin(found: metadata.Distribution) -> str:
    """Where it was installed from: "index", "editable", "vcs", or a "file" or "url" of its own."""
    try:
        direct = json.loads(found.read_text("direct_url.json") or "{}")
        url = direct.get("url", "")
    except (ValueError, AttributeError):
        direct, url = {}, ""
    if direct.get("dir_info", {}).get("editable"):
        return "editable"
    if "vcs_info" in direct:
        return "vcs"
    if url and (found.read_text("INSTALLER") or "").strip() != "conda":
        # conda notes the folder of its own build farm for packages that are ordinary releases.
        return "file" if url.startswith("file:") else "url"
    place = str(getattr(found, "_path", ""))
    if (
        place.endswith(".egg-info")
        and "site-packages" not in place
        and "dist-packages" not in place
    ):
        return "editable"  # by `setup.py develop`, which leaves no other trace
    return "index"


def _of_editable(found: metadata.Distribution, record: str) -> set[str]:
    """The modules that an editable installation leads to: through a .pth file, or a finder."""
    modules = set((found.read_text("top_level.txt") or "").split())
    for line in record.splitlines():
        path = line.partition(",")[0]
        text = _text(str(found.locate_file(path))) if path.endswith((".pth", "_finder.py")) else ""
        if path.endswith(".pth"):
            for folder in text.splitlines():
                modules.update(_listed(folder))
        else:
            for mapping in _MAPPING.findall(text):
                modules.update(ast.literal_eval(mapping))
    return {module for module in modules if module.partition(".")[0].isidentifier()}


def _listed(folder: str) -> list[str]:
    """The modules and packages at the top of a source folder."""
    if not os.path.isdir(folder):  # noqa: PTH112 - an old pathlib is slow to import
        return []
    names = []
    for entry in os.scandir(folder):
        if entry.name.endswith(".py"):
            names.append(entry.name[:-3])
        elif os.path.isfile(os.path.join(entry.path, "__init__.py")):  # noqa: PTH113, PTH118
            names.append(entry.name)
    return names


def _text(path: str) -> str:
    try:
        with open(path, encoding="utf-8") as file:  # noqa: PTH123
            return file.read()
    except (OSError, ValueError):
        return ""


if __name__ == "__main__":
    # The folder of this process is not where a kernel would find modules.
    sys.path[:] = [path for path in sys.path if path]
    sys.stdout.write("\n" + MARK + json.dumps(inventory()) + "\n")
