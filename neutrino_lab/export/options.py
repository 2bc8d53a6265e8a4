"""What a user may choose about an export: the same words in the pane, on the command line and in
the notebook's `metadata.neutrino_lab.export`."""

from __future__ import annotations

import re
import shlex
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from neutrino_lab.export import ray_options
from neutrino_lab.export.errors import ExportOptionError
from neutrino_lab.export.ray_options import ENGINE

PORT = 8000
# What is larger is not taken along because a cell opens it, only where an option names it.
MAX_FILE_MB = 100
METADATA = "neutrino_lab"

_PYTHON = re.compile(r"3\.(?:[1-9][0-9])", re.ASCII)
# Debian's rule for the name of a package; with it nothing else can stand in the apt line.
_PACKAGE = re.compile(r"[a-z0-9][a-z0-9.+-]{1,99}", re.ASCII)
# Control characters, halves of characters, and what ends a line or a paragraph.
_UNWRITABLE = frozenset({"Cc", "Cs", "Zl", "Zp"})


@dataclass(frozen=True, slots=True)
class BuildOptions:
    """`title` names the app, empty for the name of the notebook or the folder. `python` is a minor
    version such as `3.12`, empty for that of the interpreter. `excluded` are ids of cells to leave
    out, `files` further paths of the project, `packages` Debian's. `max_file_mb` is the size up to
    which files are taken along that cells open. `replicas` adds what runs many of it, and the
    `engine` `ray` what runs it on a cluster of Ray Serve, which is told what stands in `ray`. What
    the notebooks' metadata keep is added unless this `is_whole`."""

    title: str = ""
    python: str = ""
    port: int = PORT
    only_needed: bool = False
    excluded: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    replicas: bool = False
    engine: str = ""
    ray: tuple[str, ...] = ()
    is_whole: bool = False
    max_file_mb: int = MAX_FILE_MB

    @classmethod
    def of(cls, said: Mapping[str, Any], *, is_whole: bool = False) -> BuildOptions:
        """Pick the options from a mapping that has all of them, by their names."""
        values = {each.name: said[each.name] for each in OPTIONS}
        lists = {name: tuple(value) for name, value in values.items() if isinstance(value, list)}
        return cls(**{**values, **lists}, is_whole=is_whole)

    def to_dict(self) -> dict[str, Any]:
        """Give them as `of` takes them, in JSON's types."""
        values = {each.name: getattr(self, each.name) for each in OPTIONS}
        lists = {name: list(value) for name, value in values.items() if isinstance(value, tuple)}
        return {**values, **lists}

    def checked(self) -> BuildOptions:
        """Give the options in their one form. Raises ExportOptionError."""
        title = self.title.strip()
        if any(unicodedata.category(each) in _UNWRITABLE for each in title):
            raise ExportOptionError(
                f"{title!r} is no name for an app; it is one line, without control characters"
            )
        if self.python and not _PYTHON.fullmatch(self.python):
            raise ExportOptionError(
                f"{self.python!r} is no version of Python that can be exported to; "
                "give one such as 3.12"
            )
        if not 1 <= self.port <= 65535:
            raise ExportOptionError(f"{self.port} is no port; choose one from 1 to 65535")
        if self.max_file_mb < 0:
            raise ExportOptionError("the largest size of a file cannot be negative")
        for package in self.packages:
            if not _PACKAGE.fullmatch(package):
                raise ExportOptionError(
                    f"{package!r} is no name of a Debian package; they look like `libgomp1`"
                )
        for file in self.files:
            path = PurePosixPath(file)
            if not file.strip() or "\0" in file or path.is_absolute() or ".." in path.parts:
                raise ExportOptionError(
                    f"{file!r} is no path inside the project, such as `data/model.bin`"
                )
        if self.engine not in {"", ENGINE}:
            raise ExportOptionError(f"there is no engine {self.engine!r}; the one is `{ENGINE}`")
        ray_options.read(self.ray)
        return replace(
            self,
            title=title,
            excluded=_once(self.excluded),
            files=_once(self.files),
            packages=_once(self.packages),
            ray=_once(self.ray),
        )

    def arguments(self) -> list[str]:
        """Give them as the command line takes them; what is the default is left out."""
        words: list[str] = []
        for each in OPTIONS:
            value = getattr(self, each.name)
            if value == each.default:
                continue
            if value is True:
                words.append(each.flag)
            else:
                # With `=`: a value that begins with a dash is no option.
                said = value if isinstance(value, tuple) else (value,)
                words += [f"{each.flag}={one}" for one in said]
        return words


@dataclass(frozen=True, slots=True)
class Option:
    """One option: its name as a field, in the metadata and on the wire, and its flag on the command
    line, which is given once for each item of a list."""

    name: str
    flag: str
    metavar: str
    about: str

    @property
    def default(self) -> str | int | tuple[str, ...]:
        """What holds where the option is not given; its type is that of any value."""
        return getattr(_DEFAULTS, self.name)  # type: ignore[no-any-return]

    @property
    def form(self) -> str:
        """What a value of it must be, in words for a message."""
        match self.default:
            case bool():
                return "true or false"
            case int():
                return "a whole number"
            case str():
                return "a text"
        return "a list of texts"

    def fits(self, value: object) -> bool:
        """Whether a value of JSON has the type of this option."""
        if isinstance(self.default, tuple):
            return isinstance(value, list) and all(isinstance(each, str) for each in value)
        return type(value) is type(self.default)


_DEFAULTS = BuildOptions()
# THE table: the command line, the notebook's metadata and the wire go by it.
OPTIONS = (
    Option("title", "--title", "NAME", "name of the app (default: the notebook's)"),
    Option("python", "--python", "3.X", "Python of the image (default: the kernel's)"),
    Option("port", "--port", "PORT", "port that Compose publishes (%(default)s)"),
    Option("only_needed", "--only-needed", "", "leave out cells that no endpoint depends on"),
    Option("excluded", "--exclude", "CELL-ID", "leave this cell out"),
    Option("files", "--file", "PATH", "take this file, folder or pattern along"),
    Option(
        "max_file_mb",
        "--max-file-mb",
        "MB",
        "the size up to which files go along that cells open (%(default)s)",
    ),
    Option("packages", "--package", "NAME", "a Debian package it needs"),
    Option(
        "replicas",
        "--replicas",
        "",
        "add what runs it as many replicas: Compose with Redis and HAProxy, and Kubernetes",
    ),
    Option("engine", "--engine", "NAME", "add what runs it on an engine: ray, for Ray Serve"),
    Option(
        "ray",
        "--ray",
        "NAME=VALUE",
        "tell Ray of it: num_replicas, and num_cpus and num_gpus of each",
    ),
)


def merged(options: BuildOptions, metadata: Mapping[str, Any]) -> BuildOptions:
    """Fill in what the notebook's own metadata say. Raises ExportOptionError where they are odd."""
    own = metadata.get(METADATA)
    said = own.get("export") if isinstance(own, dict) else None
    if not isinstance(said, dict):
        return options
    found: dict[str, Any] = {}
    for each in OPTIONS:
        if each.name not in said:
            continue
        value, given = said[each.name], getattr(options, each.name)
        if not each.fits(value):
            raise ExportOptionError(f"`{each.name}` is {each.form} in the notebook's metadata")
        if isinstance(given, tuple):
            found[each.name] = (*given, *value)
        elif given == each.default:
            found[each.name] = value
    return replace(options, **found)


def command_line(
    path: Path, out: Path, options: BuildOptions, *, executable: str = "", check: bool = False
) -> str:
    """Give the command that does the same, for a POSIX shell in any folder.

    `executable` is the interpreter that versions come from, empty for the notebook's kernel's.
    """
    words = ["neutrino", "build", str(path), "--out", str(out), *options.arguments()]
    words += ["--python-executable", executable] if executable else []
    return shlex.join([*words, "--check"] if check else words)


def _once(texts: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))
