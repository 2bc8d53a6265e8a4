"""Notebook files to `Notebook`: the versions of nbformat, and every broken file, end here."""

from __future__ import annotations

import hashlib
import json
import logging
import re
import warnings
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Any

import orjson

from neutrino_lab.notebook import disk, magics, provenance
from neutrino_lab.notebook.memory import remembered, uncollected
from neutrino_lab.notebook.model import Cell, Magic, Notebook, Unreadable
from neutrino_lab.notebook.project import Project

SKIP_TAG = "neutrino-skip"
# Outputs count, and are dropped; a notebook of some ten MB is nothing unusual.
MOST_BYTES = 256_000_000
# Of what is larger most is outputs, and memory is saved by dropping them while reading.
_MOST_AT_ONCE = 16_000_000
_MOST_EXACT = 2**63

_HEADING = re.compile(r"#[ \t]+(?=\S)")
_SURROGATE = re.compile("[\ud800-\udfff]")
_CONFLICT = re.compile(rb"^(?:<{7}|>{7}) ", re.MULTILINE)
_RESAVE = "Open it in JupyterLab and save it again, or export it again."


class _RefusedError(Exception):
    """Carries the reason out of the depths of this module; never leaves it."""

    def __init__(self, code: str, message: str, hint: str):
        self.code = code
        self.message = message
        self.hint = hint
        super().__init__(message)


def read_all(project: Project) -> list[Notebook | Unreadable]:
    """Read the notebooks of a project, and say which of its files cannot be read."""
    return [*project.unreadable, *(read(s.path, s.relative, s.module) for s in project.sources)]


def read(path: Path, relative: PurePosixPath, module: str) -> Notebook | Unreadable:
    """Read a notebook file; whatever is wrong with it comes back as `Unreadable`."""
    try:
        content = disk.read(path, MOST_BYTES)
    except (OSError, ValueError) as error:
        message, hint = _refusal(path, error)
        return Unreadable(relative, "NL001", message, hint)
    return parse(content, relative, module)


def _refusal(path: Path, error: OSError | ValueError) -> tuple[str, str]:
    """Say why a file cannot be read, and what to do."""
    reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
    match error:
        case FileNotFoundError():
            return "There is no such file.", "Check the path."
        case disk.NotRegularError() if path.is_dir():
            return "This is a folder, not a notebook.", "Name a file that ends in .ipynb."
        case disk.NotRegularError():
            hint = "Put a notebook in its place, or leave it out with a line in .neutrinoignore."
        case disk.TooLargeError():
            return f"The notebook is too large: {reason}.", "Clear its outputs and save it again."
        case _:
            hint = "Check the path and the permissions of the file."
    return f"The file cannot be read: {reason}.", hint


def parse(text: bytes | str, relative: PurePosixPath, module: str) -> Notebook | Unreadable:
    """Read a notebook from memory, as `read` does from a file."""
    with uncollected():
        return _parsed(text, relative, module)


def _parsed(text: bytes | str, relative: PurePosixPath, module: str) -> Notebook | Unreadable:
    try:
        document = _document(text)
        version = _version(document)
        if version < 4:
            document = _upgraded(document, version)
        raw = _cells(document)
        if version < 4:
            # The upgrade gives each cell a new id at every reading, and none would be the same.
            raw = [{**cell, "id": None} for cell in raw]
        metadata = document.get("metadata")
        metadata = metadata if isinstance(metadata, dict) else {}
        _check_language(metadata)
        title, description = _title(raw, relative)
        return Notebook(
            path=relative,
            module=module,
            cells=tuple(_code_cells(raw)),
            title=title,
            description=description,
            metadata=metadata,
            upgraded_from=version if version < 4 else 0,
        )
    except _RefusedError as refused:
        return Unreadable(relative, refused.code, refused.message, refused.hint)


def _document(text: bytes | str) -> dict[str, Any]:
    if not text.strip():
        raise _RefusedError("NL002", "The file is empty.", _RESAVE)
    if isinstance(text, str):
        text = text.removeprefix("\ufeff")
    try:
        document = _loaded(text)
    except UnicodeDecodeError as error:
        raise _RefusedError(
            "NL002",
            f"The file is not UTF-8 text (byte {error.start} is not), so it is no notebook.",
            "If it is a notebook, save it as UTF-8.",
        ) from error
    except json.JSONDecodeError as error:
        raw = text if isinstance(text, bytes) else text.encode("utf-8", "replace")
        if _CONFLICT.search(raw):
            hint = "It holds the marks of a merge conflict: resolve it first."
        else:
            hint = _RESAVE
        raise _RefusedError(
            "NL002",
            f"The file is not JSON: {error.msg} at line {error.lineno}, column {error.colno}.",
            hint,
        ) from error
    except (ValueError, RecursionError, MemoryError) as error:
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise _RefusedError(
            "NL002", f"The JSON of the file cannot be read: {reason}.", _RESAVE
        ) from error
    if not isinstance(document, dict):
        raise _RefusedError("NL003", "This is JSON, but no notebook: it is not an object.", _RESAVE)
    return document


def _loaded(text: bytes | str) -> Any:
    if len(text) <= _MOST_AT_ONCE:
        # Takes half the time. What it refuses, such as half a character, the other one may take;
        # and that says what is wrong.
        with suppress(ValueError):
            document = orjson.loads(text)
            if not (isinstance(document, dict) and _is_rounded(document.get("metadata"))):
                return document
    return json.loads(text, object_hook=_without_outputs)


def _is_rounded(metadata: object) -> bool:
    """Whether a number may have been rounded: orjson reads integers of 64 bits, and an example may
    hold an id that is longer."""
    pending = [metadata]
    while pending:
        each = pending.pop()
        if isinstance(each, float) and abs(each) >= _MOST_EXACT:
            return True
        if isinstance(each, dict):
            pending += each.values()
        elif isinstance(each, list):
            pending += each
    return False


def _without_outputs(parsed: dict[str, Any]) -> dict[str, Any]:
    # Dropped while reading: halves the time and keeps 50 MB of outputs from piling up in memory.
    if "outputs" in parsed:
        parsed["outputs"] = []
    return parsed


def _version(document: dict[str, Any]) -> int:
    version = document.get("nbformat")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        # Version 1 had no number, only cells of its own form; nothing in the wild is in it.
        raise _RefusedError(
            "NL003", "This is JSON, but no notebook: `nbformat` is missing.", _RESAVE
        )
    if version > 4:
        raise _RefusedError(
            "NL004",
            f"The notebook is in format {version}, which is newer than this version knows (4).",
            "Upgrade neutrino-lab, or save the notebook in format 4.",
        )
    return version


def _upgraded(document: dict[str, Any], version: int) -> dict[str, Any]:
    # Imported here because it takes up to a second, and hardly any notebook is that old.
    import nbformat  # noqa: PLC0415

    log = logging.getLogger("traitlets")
    disabled, log.disabled = log.disabled, True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return dict(nbformat.reads(json.dumps(document), as_version=4))  # type: ignore[no-untyped-call]
    except Exception as error:
        # nbformat meets broken files with whatever happens to be raised.
        raise _RefusedError(
            "NL005",
            f"The notebook is in the old format {version} and cannot be upgraded: {error!r}.",
            "Run `jupyter nbconvert --to notebook --nbformat 4` on it.",
        ) from error
    finally:
        log.disabled = disabled


def _check_language(metadata: dict[str, Any]) -> None:
    languages = []
    for section, key in (("kernelspec", "language"), ("language_info", "name")):
        block = metadata.get(section)
        name = block.get(key) if isinstance(block, dict) else None
        if isinstance(name, str) and name.strip():
            languages.append(name.strip())
    if languages and not any("python" in name.lower() for name in languages):
        raise _RefusedError(
            "NL006",
            f"The notebook is written in {languages[0]}; only Python notebooks can be served.",
            "Choose a Python kernel, or leave the notebook out with a line in .neutrinoignore.",
        )


def _cells(document: dict[str, Any]) -> list[dict[str, Any]]:
    cells = document.get("cells")
    if not isinstance(cells, list):
        raise _RefusedError("NL003", "This is JSON, but no notebook: it has no cells.", _RESAVE)
    return [_checked(number, cell) for number, cell in enumerate(cells, 1)]


def _checked(number: int, cell: object) -> dict[str, Any]:
    """Give the cell with its source as one string."""
    if not isinstance(cell, dict):
        raise _RefusedError("NL003", f"Cell {number} of the notebook is not an object.", _RESAVE)
    source = given = cell.get("source")
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    if source is None:
        source = ""
    if not isinstance(source, str):
        raise _RefusedError("NL003", f"The source of cell {number} is not text.", _RESAVE)
    if "\r" in source:
        source = source.replace("\r\n", "\n").replace("\r", "\n")
    if not source.isascii():
        # Half a character can be written in JSON, but neither printed nor saved.
        source = _SURROGATE.sub("\ufffd", source)
    if source is not given:
        cell["source"] = source
    return cell


def _code_cells(raw: list[dict[str, Any]]) -> Iterator[Cell]:
    taken: dict[str, int] = {}
    for number, cell in enumerate(raw, 1):
        if cell.get("cell_type") != "code":
            continue
        source = cell["source"]
        identity = _identity(cell.get("id"), source, taken)
        metadata = cell.get("metadata")
        if not isinstance(metadata, dict) or not metadata:
            yield _cell(source, identity, number, "")
            continue
        tags = metadata.get("tags")
        if isinstance(tags, list) and SKIP_TAG in tags:
            yield Cell(identity, number, source, code="", skipped=True)
        elif language := _foreign(metadata):
            magic = Magic(kind="cell", line=1, text=f"%%{language}")
            yield Cell(identity, number, source, code="", magics=(magic,))
        else:
            yield _cell(source, identity, number, provenance.accepted_hash(metadata))


@remembered
def _cell(source: str, identity: str, number: int, generated: str) -> Cell:
    """A cell of Python, the same object as long as it stays as it is: what is known of it stays."""
    code, found = magics.strip(source)
    return Cell(identity, number, source, code, found, generated=generated)


def _foreign(metadata: dict[str, Any]) -> str:
    """Give the language of a cell that VS Code does not send to the Python kernel."""
    editor = metadata.get("vscode")
    language = editor.get("languageId") if isinstance(editor, dict) else None
    return language if isinstance(language, str) and language.lower() != "python" else ""


def _identity(given: object, source: str, taken: dict[str, int]) -> str:
    """Give the cell's id; before nbformat 4.5 there is none, and its text stands in for it.

    So an untouched cell keeps its id when others come and go around it.
    """
    if isinstance(given, str) and given:
        wanted = given if given.isascii() else _SURROGATE.sub("\ufffd", given)
    else:
        wanted = f"cell-{hashlib.blake2b(source.encode(), digest_size=6).hexdigest()}"
    identity = wanted
    while identity in taken:
        taken[wanted] += 1
        identity = f"{wanted}-{taken[wanted]}"
    taken[identity] = 1
    return identity


def _title(raw: list[dict[str, Any]], relative: PurePosixPath) -> tuple[str, str]:
    for cell in raw:
        if cell.get("cell_type") != "markdown":
            continue
        lines = cell["source"].split("\n")
        fenced = False
        for index, line in enumerate(lines):
            if line.lstrip().startswith(("```", "~~~")):
                fenced = not fenced
            heading = None if fenced else _HEADING.match(line)
            if heading:
                rest = "\n".join(lines[:index] + lines[index + 1 :])
                return _without_closing(line[heading.end() :]), rest.strip()
        return relative.stem, cell["source"].strip()
    return relative.stem, ""


def _without_closing(heading: str) -> str:
    """Take the marks off that may close a heading: `# Title ##`."""
    text = heading.rstrip()
    unmarked = text.rstrip("#")
    return unmarked.rstrip() if unmarked[-1:] in (" ", "\t") else text
