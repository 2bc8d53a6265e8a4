"""The lines of requirements.txt: what the app needs, and what the cells import or install."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile

from neutrino_lab.declare.diagnostics import Diagnostic
from neutrino_lab.export.imports import Place, Use
from neutrino_lab.export.installed import Installed, normalise
from neutrino_lab.export.pip_lines import REQUIREMENT, words_of
from neutrino_lab.notebook.model import Magic, Notebook, Span

# What runtime/ runs on. Versions are those installed here, so none are said twice.
RUNTIME = ("apscheduler", "cronsim", "fastapi", "tzdata", "uvicorn[standard]")

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


@dataclass(frozen=True, slots=True)
class Requirements:
    """The text of requirements.txt, and what could not be said in it."""

    text: str
    diagnostics: tuple[Diagnostic, ...]


def gather(
    uses: Sequence[Use], notebooks: Iterable[Notebook], installed: Installed
) -> Requirements:
    """Find the distributions that an export needs: pip lines win, then what is installed here."""
    said, problems = _said(notebooks, installed)
    inferred, guesses = _inferred(uses, said, installed)
    own = {}
    for each in RUNTIME:
        name, bracket, extra = each.partition("[")
        found = installed.version_of(name)
        pinned = f"=={found.version}" if found and found.version else ""
        own[normalise(name)] = f"{name}{bracket}{extra}{pinned}"
    cells = {**inferred, **said}
    for name, line in own.items():
        asked = cells.pop(name, "")
        own[name] = _with_extras(asked, line) if name in said else line
    sections = [("What the app runs on", own), ("What the cells import", cells)]
    text = "\n".join(
        "\n".join([f"# {title}", *(lines[name] for name in sorted(lines)), ""])
        for title, lines in sections
        if lines
    )
    return Requirements(text, (*problems, *guesses))


def _with_extras(line: str, own: str) -> str:
    _, bracket, rest = own.partition("[")
    if not bracket or "[" in line:
        return line
    matched = REQUIREMENT.fullmatch(line)
    assert matched is not None
    return f"{matched['name']}[{rest.partition(']')[0]}]{line[matched.end('name') :]}"


def _inferred(
    uses: Sequence[Use], said: Mapping[str, str], installed: Installed
) -> tuple[dict[str, str], list[Diagnostic]]:
    lines: dict[str, str] = {}
    guesses: list[Diagnostic] = []
    asked: set[str] = set()
    for use in uses:
        providing = installed.providing(use.dotted)
        lines |= {normalise(each.name): each.pin for each in providing}
        names = _usual_names(use)
        if providing or use.guarded or names[0] in asked:
            continue
        asked.add(names[0])
        if any(_may_provide(name, use.top, names) for name in said):
            continue
        lines[normalise(names[0])] = names[0]
        guesses.append(
            use.place.finding(
                "NL721",
                "warning",
                f"`{use.module}` is not installed here, so its version is not known",
                hint=f"requirements.txt names `{names[0]}` without one; install it here, "
                "or say what you mean with a line such as `%pip install`",
                span=use.span,
            )
        )
    return lines, guesses


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
) -> tuple[dict[str, str], list[Diagnostic]]:
    lines: dict[str, str] = {}
    problems: list[Diagnostic] = []
    for place, magic in _magics(notebooks):
        for word, is_name in words_of(magic.text):
            matched = REQUIREMENT.fullmatch(word) if is_name else None
            if matched is None:
                problems.append(_lost(word, place, magic))
            elif matched["versions"] or normalise(matched["name"]) not in lines:
                lines[normalise(matched["name"])] = _pinned(matched, installed)
    return lines, problems


def _magics(notebooks: Iterable[Notebook]) -> Iterator[tuple[Place, Magic]]:
    for notebook in notebooks:
        for cell in notebook.cells:
            place = Place(str(notebook.path), cell.number, cell.id, cell.source)
            for magic in cell.magics:
                if magic.kind in {"line", "shell"} and not cell.skipped:
                    yield place, magic


def _pinned(matched: re.Match[str], installed: Installed) -> str:
    """The line as written; where it leaves the version open, the one that is installed here."""
    found = installed.version_of(matched["name"])
    if matched["versions"] or found is None or not found.version:
        return matched[0].strip()
    extras, marker = matched["extras"] or "", matched["marker"] or ""
    return f"{matched['name']}{extras}=={found.version}{marker}"


def _lost(word: str, place: Place, magic: Magic) -> Diagnostic:
    return place.finding(
        "NL722",
        "warning",
        f"`{word}` of this install line is not carried into the export",
        hint="only names and versions go into requirements.txt; no URLs, paths or other indexes",
        span=Span(magic.line, 0, magic.line, len(place.source.split("\n")[magic.line - 1])),
    )
