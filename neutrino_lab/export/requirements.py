"""The lines of requirements.txt: what the app needs, and what the cells import or install."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from pathlib import PurePosixPath
from typing import Literal, TypeAlias

from neutrino_lab.declare.diagnostics import Diagnostic
from neutrino_lab.export import package_findings
from neutrino_lab.export.imports import Use
from neutrino_lab.export.indexes import redacted
from neutrino_lab.export.installed import Installed, normalise, scan
from neutrino_lab.export.location import CodeLocation
from neutrino_lab.export.pip_lines import REQUIREMENT, words_of
from neutrino_lab.notebook.model import Magic, Notebook, Span
from neutrino_lab.notebook.wording import say

# What runtime/ runs on. Versions are those installed here, so none are said twice.
RUNTIME = (
    *("apscheduler", "cronsim", "fastapi", "limits", "orjson", "tzdata", "uvicorn[standard]"),
)

# What FastAPI reads forms and files with, and what in the cells asks for that.
FORMS = "python-multipart"
FORM_WORDS = frozenset({"fastapi.File", "fastapi.Form", "fastapi.UploadFile"})

# Where the module and its distribution are named differently; only asked when it is not installed.
# The first is what a server wants, the others provide the module as well.
DISTRIBUTIONS: Mapping[str, tuple[str, ...]] = {
    "attr": ("attrs",),
    "bs4": ("beautifulsoup4",),
    "cv2": (
        "opencv-python-headless",
        "opencv-python",
        "opencv-contrib-python",
        "opencv-contrib-python-headless",
    ),
    "Crypto": ("pycryptodome",),
    "dateutil": ("python-dateutil",),
    "docx": ("python-docx",),
    "dotenv": ("python-dotenv",),
    "faiss": ("faiss-cpu", "faiss-gpu"),
    "fitz": ("PyMuPDF",),
    "git": ("GitPython",),
    "google.protobuf": ("protobuf",),
    "igraph": ("python-igraph", "igraph"),
    "jose": ("python-jose",),
    "jwt": ("PyJWT",),
    "kafka": ("kafka-python",),
    "MySQLdb": ("mysqlclient",),
    "OpenSSL": ("pyOpenSSL",),
    "PIL": ("pillow",),
    "pptx": ("python-pptx",),
    "psycopg2": ("psycopg2-binary", "psycopg2"),
    "serial": ("pyserial",),
    "skimage": ("scikit-image",),
    "sklearn": ("scikit-learn",),
    "slugify": ("python-slugify",),
    "snowflake": ("snowflake-connector-python",),
    "telegram": ("python-telegram-bot",),
    "umap": ("umap-learn",),
    "usb": ("pyusb",),
    "yaml": ("PyYAML",),
    "zmq": ("pyzmq",),
}

# Their distributions are named like the whole path: google.cloud.storage.
NAMESPACES = frozenset({"azure", "google"})


Origin: TypeAlias = Literal["import", "pip", "app"]


def reserved(environment: Installed) -> frozenset[str]:
    """Name the modules that runtime/ imports, in turn too; no file of a build may be called so.

    Where the environment lacks them, those of this interpreter.
    """
    return (environment if environment.has(RUNTIME) else scan()).tops_of(RUNTIME)


@dataclass(frozen=True, slots=True)
class Requirement:
    """One line of requirements.txt, where it came from, and the places that ask for it."""

    name: str
    line: str
    origin: Origin
    places: tuple[CodeLocation, ...] = ()


@dataclass(frozen=True, slots=True)
class Requirements:
    """What an export needs, sorted by name, and what could not be said in requirements.txt."""

    lines: tuple[Requirement, ...]
    diagnostics: tuple[Diagnostic, ...]

    @property
    def text(self) -> str:
        """The text of requirements.txt: a section for the app, one for what cells import."""
        own = [each.line for each in self.lines if each.origin == "app"]
        cells = [each.line for each in self.lines if each.origin != "app"]
        sections = [("What the app runs on", own), ("What the cells import", cells)]
        return "\n".join(
            "\n".join([f"# {title}", *lines, ""]) for title, lines in sections if lines
        )


def gather(
    uses: Sequence[Use],
    notebooks: Iterable[Notebook],
    installed: Installed,
    *,
    declared: Iterable[str] = (),
) -> Requirements:
    """Find the distributions that an export needs: pip lines win, then what is installed there.

    `declared` are those that its endpoints need, such as `redis>=5`.

    What is neither is never asked of an index by the name of its module: that may be anybody's.
    """
    listed = list(notebooks)
    said, problems = _said(listed, installed)
    inferred, guesses = _inferred(uses, said, installed, _written(listed))
    cells = dict(inferred)
    for name, one in said.items():
        places = (*one.places, *(inferred[name].places if name in inferred else ()))
        cells[name] = replace(one, places=tuple(dict.fromkeys(places)))
    own = {}
    takes_forms = any(not FORM_WORDS.isdisjoint(each.dotted) for each in uses)
    ranges = {name: least for name, _, least in (each.partition(">=") for each in declared)}
    for each in (*RUNTIME, *([FORMS] if takes_forms else []), *ranges):
        name, bracket, extra = each.partition("[")
        found = installed.version_of(name)
        least = f">={ranges[name]}" if name in ranges else ""
        pinned = f"=={found.release}" if found and found.is_released else least
        line = f"{name}{bracket}{extra}{pinned}"
        key = normalise(name)
        asked = cells.pop(key, None)
        if asked and asked.origin == "pip":
            line = _with_extras(asked.line, line)
        own[key] = Requirement(key, line, "app", asked.places if asked else ())
    lines = (*(own[n] for n in sorted(own)), *(cells[n] for n in sorted(cells)))
    return Requirements(lines, (*problems, *guesses))


def _with_extras(line: str, own: str) -> str:
    _, bracket, rest = own.partition("[")
    if not bracket or "[" in line:
        return line
    matched = REQUIREMENT.fullmatch(line)
    assert matched is not None
    return f"{matched['name']}[{rest.partition(']')[0]}]{line[matched.end('name') :]}"


def _inferred(
    uses: Sequence[Use],
    said: Mapping[str, Requirement],
    installed: Installed,
    written: Mapping[str, int],
) -> tuple[dict[str, Requirement], list[Diagnostic]]:
    pins: dict[str, str] = {}
    places: dict[str, dict[CodeLocation, None]] = {}
    found: list[Diagnostic] = []
    reported: set[str] = set()

    # A finding is told once for a distribution, so the imports that must not fail come first.
    for use in sorted(uses, key=lambda use: (use.guarded, bool(use.asked_by))):
        if not use.module:
            found.append(package_findings.unknown(use))
            continue
        providing = installed.providing(use.dotted)
        for each in providing:
            name = normalise(each.name)
            if name in said or each.is_released:
                pins[name] = each.pin
                places.setdefault(name, {})[use.place] = None
            if name in said or name in reported:
                continue
            if each.origin != "index":
                reported.add(name)
                found.append(package_findings.unreleased(each, use))
            elif each.version != each.release:
                reported.add(name)
                found.append(package_findings.labelled(each, use))
        names = _usual_names(use)
        if providing or names[0] in reported:
            continue
        reported.add(names[0])
        if any(_may_provide(name, use.top, names) for name in said):
            continue
        if use.guarded:
            found.append(package_findings.left_out(use))
        elif use.asked_by:
            found.append(package_findings.asked_later(use, names[0]))
        else:
            found.append(package_findings.absent(use, names[0], written.get(use.top, 0)))
    lines = {
        name: Requirement(name, line, "import", tuple(places[name])) for name, line in pins.items()
    }
    return lines, found


def _written(notebooks: Iterable[Notebook]) -> dict[str, int]:
    """The cells that write modules, by the name of the module."""
    found: dict[str, int] = {}
    for notebook in notebooks:
        for cell in notebook.cells:
            for magic in cell.magics:
                words = magic.text.split()
                if words and words[0] in {"%%writefile", "%%file"}:
                    path = PurePosixPath(words[-1].strip("'\""))
                    module = path.parent.name if path.stem == "__init__" else path.stem
                    found.setdefault(module, cell.number)
    return found


def _usual_names(use: Use) -> tuple[str, ...]:
    """Guess the distribution of a module that is not installed."""
    if use.top in NAMESPACES:
        # A class at the end, as in google.cloud.storage.Client, is no part of the name.
        words = list(takewhile(str.islower, max(use.dotted, key=len).split(".")))
        return DISTRIBUTIONS.get(".".join(words[:2]), ("-".join(words[:3]).replace("_", "-"),))
    return DISTRIBUTIONS.get(use.top, (use.top.replace("_", "-"),))


def _may_provide(name: str, module: str, usual: Sequence[str]) -> bool:
    """Whether a distribution of a pip line is likely the one behind a module: discord.py."""
    if name in map(normalise, usual):
        return True
    word = normalise(module)
    return word in name.split("-") or name in {f"py{word}", f"{word}py"}


def _said(
    notebooks: Iterable[Notebook], installed: Installed
) -> tuple[dict[str, Requirement], list[Diagnostic]]:
    lines: dict[str, Requirement] = {}
    problems: list[Diagnostic] = []
    for place, magic in _magics(notebooks):
        for word, is_name in words_of(magic.text):
            matched = REQUIREMENT.fullmatch(word) if is_name else None
            if matched is None:
                problems.append(_lost(word, place, magic))
            elif matched["versions"] or normalise(matched["name"]) not in lines:
                name = normalise(matched["name"])
                lines[name] = Requirement(name, _pinned(matched, installed), "pip", (place,))
    return lines, problems


def _magics(notebooks: Iterable[Notebook]) -> Iterator[tuple[CodeLocation, Magic]]:
    for notebook in notebooks:
        for cell in notebook.cells:
            for magic in cell.magics:
                if magic.kind in {"line", "shell"} and not cell.skipped:
                    yield CodeLocation.of(notebook, cell), magic


def _pinned(matched: re.Match[str], installed: Installed) -> str:
    """The line as written; where it leaves the version open, the one that is installed here."""
    found = installed.version_of(matched["name"])
    if matched["versions"] or found is None or not found.is_released:
        return matched[0].strip()
    extras, marker = matched["extras"] or "", matched["marker"] or ""
    return f"{matched['name']}{extras}=={found.release}{marker}"


def _lost(word: str, place: CodeLocation, magic: Magic) -> Diagnostic:
    # The address of an index may hold a password.
    place = replace(place, source=redacted(place.source))
    return place.finding(
        "NL722",
        "warning",
        say(
            "`{redacted}` of this install line is not carried into the export",
            redacted=redacted(word),
        ),
        hint=say(
            "only names and versions go into requirements.txt; no URLs, paths or other indexes"
        ),
        span=Span(magic.line, 0, magic.line, len(place.source.split("\n")[magic.line - 1])),
    )
