"""The marker inside a build folder: which files are ours, and what they held when we wrote them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

from neutrino_lab.export.planned import PlannedFile
from neutrino_lab.notebook import disk

MARKER = PurePosixPath(".neutrino-build")
FORMAT = 1
_MOST_BYTES = 64_000_000


def render(files: Iterable[PlannedFile]) -> bytes:
    """Write the marker of a folder that holds these files."""
    listed = {str(file.path): file.digest() for file in files}
    return (
        json.dumps({"format": FORMAT, "files": listed}, indent=1, sort_keys=True) + "\n"
    ).encode()


def read(folder: Path) -> Mapping[PurePosixPath, str] | None:
    """Return the digests by path, empty where the marker is damaged, None where there is none.

    Raises OSError where it cannot be read.
    """
    try:
        text = disk.read(folder / MARKER, _MOST_BYTES)
    except (FileNotFoundError, NotADirectoryError, disk.NotRegularError):
        return None
    except disk.TooLargeError:
        return {}
    try:
        listed = json.loads(text)["files"]
        return {PurePosixPath(path): str(known) for path, known in listed.items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}
