"""What a user may choose about an export: the same words in the pane, on the command line and in
the notebook's `metadata.neutrino_lab.export`."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from neutrino_lab.export.errors import ExportOptionError

PORT = 8000
# What is larger is not taken along because a cell opens it, only where an option names it.
MAX_FILE_MB = 100
METADATA = "neutrino_lab"

_PYTHON = re.compile(r"3\.(?:[1-9][0-9])", re.ASCII)
# Debian's rule for the name of a package; with it nothing else can stand in the apt line.
_PACKAGE = re.compile(r"[a-z0-9][a-z0-9.+-]{1,99}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Options:
    """`python` is a minor version such as `3.12`, empty for that of the interpreter. `excluded` are
    ids of cells to leave out, `files` further paths of the project, `packages` Debian's.
    `max_file_mb` is the size up to which files are taken along that cells open. What the notebooks'
    metadata keep is added unless this `is_whole`."""

    python: str = ""
    port: int = PORT
    only_needed: bool = False
    excluded: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    is_whole: bool = False
    max_file_mb: int = MAX_FILE_MB

    def checked(self, python: str = "") -> Options:
        """Give the options in their one form, for this Python where they name none.

        Raises ExportOptionError.
        """
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
        return replace(
            self,
            python=self.python or python,
            excluded=_once(self.excluded),
            files=_once(self.files),
            packages=_once(self.packages),
        )

    def arguments(self) -> list[str]:
        """Give them as the command line takes them; what is the default is left out."""
        words = ["--python", self.python] if self.python else []
        words += ["--port", str(self.port)] if self.port != PORT else []
        words += ["--only-needed"] if self.only_needed else []
        if self.max_file_mb != MAX_FILE_MB:
            words += ["--max-file-mb", str(self.max_file_mb)]
        for name in ("excluded", "files", "packages"):
            for each in getattr(self, name):
                # With `=`: a value that begins with a dash is no option.
                words.append(f"--{_FLAGS[name]}={each}")
        return words


_FLAGS = {"excluded": "exclude", "files": "file", "packages": "package"}


def merged(options: Options, metadata: Mapping[str, Any]) -> Options:
    """Fill in what the notebook's own metadata say. Raises ExportOptionError where they are odd."""
    own = metadata.get(METADATA)
    said = own.get("export") if isinstance(own, dict) else None
    if not isinstance(said, dict):
        return options
    python = said.get("python", "")
    port = _number(said, "port", PORT)
    size = _number(said, "max_file_mb", MAX_FILE_MB)
    if not isinstance(python, str):
        raise ExportOptionError("`python` is a text in the notebook's metadata")
    lists = {name: _texts(said, name) for name in _FLAGS}
    return replace(
        options,
        python=options.python or python,
        port=port if options.port == PORT else options.port,
        max_file_mb=size if options.max_file_mb == MAX_FILE_MB else options.max_file_mb,
        only_needed=options.only_needed or said.get("only_needed") is True,
        is_whole=options.is_whole,
        **{name: (*getattr(options, name), *texts) for name, texts in lists.items()},
    )


def command_line(
    path: Path, out: Path, options: Options, *, executable: str = "", check: bool = False
) -> str:
    """Give the command that does the same, for a POSIX shell in any folder.

    `executable` is the interpreter that versions come from, empty for the notebook's kernel's.
    """
    words = ["neutrino", "build", str(path), "--out", str(out), *options.arguments()]
    words += ["--python-executable", executable] if executable else []
    return shlex.join([*words, "--check"] if check else words)


def _number(said: Mapping[str, Any], name: str, default: int) -> int:
    number = said.get(name, default)
    if not isinstance(number, int) or isinstance(number, bool):
        raise ExportOptionError(f"`{name}` is a whole number in the notebook's metadata")
    return number


def _texts(said: Mapping[str, Any], name: str) -> Sequence[str]:
    listed = said.get(name, [])
    if not isinstance(listed, list) or not all(isinstance(each, str) for each in listed):
        raise ExportOptionError(f"`{name}` is a list of texts in the notebook's metadata")
    return listed


def _once(texts: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))
