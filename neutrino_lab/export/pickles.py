"""Which modules a pickle will import when it is loaded. None is ever loaded here: its opcodes are
listed, and whatever they are, nothing of them runs."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import pickletools
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from neutrino_lab.notebook import disk

ENDINGS = frozenset(
    {".pkl", ".pickle", ".pck", ".pcl", ".p", ".sav", ".joblib", ".jbl", ".dill", ".cloudpickle"}
    | {".pt", ".pth", ".npy", ".npz"}
)
# How much of a file is looked at, unpacked: a small file may unpack to no end.
MOST_BYTES = 64_000_000

_PROTOCOL = re.compile(rb"\x80[\x02-\x05]")
_MODULE = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")
# Runs of a text's characters, each taken whole: the names of a class stand alone in two lines.
_RUN = re.compile(rb"[\w.]+")
_NAMED = re.compile(rb"\x8c.([A-Za-z_][\w.]{0,99})(?=\x94\x8c.[A-Za-z_])", re.DOTALL)
# Listing more of them takes seconds; what comes later is looked for as above.
_MOST_OPCODES = 500_000
# How a file says that it is not what it looks like.
_BROKEN = (
    OSError,
    EOFError,
    ValueError,
    lzma.LZMAError,
    zlib.error,
    zipfile.BadZipFile,
    RuntimeError,
)
_PACKED: Mapping[bytes, Callable[[BinaryIO], io.BufferedIOBase]] = {
    b"\x1f\x8b": lambda file: gzip.GzipFile(fileobj=file),
    b"BZh": bz2.BZ2File,
    b"\xfd7zXZ": lzma.LZMAFile,
}
_TEXTS = frozenset({"SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8", "UNICODE"})


def modules(path: Path, is_known: Callable[[str], bool]) -> frozenset[str]:
    """Name the modules that a file imports if it is a pickle; none where it is not one.

    Where opcodes cannot be listed, as between the arrays of joblib, what looks like a module counts
    if it `is_known`.
    """
    found: set[str] = set()
    is_named = not ENDINGS.isdisjoint(each.lower() for each in path.suffixes[-2:])
    with suppress(*_BROKEN), disk.opened(path) as file:
        for content in _contents(file):
            if _PROTOCOL.match(content) or is_named:
                found |= {each for each in _listed(content) if _MODULE.fullmatch(each)}
                found |= {each for each in _seen(content) if is_known(each)}
    return frozenset(found)


def _contents(file: BinaryIO) -> Iterator[bytes]:
    """The pickles in a file, however they are packed."""
    start = file.read(8)
    file.seek(0)
    if start.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(file) as archive:
            for member in archive.infolist()[:1000]:
                if member.filename.endswith((".pkl", ".npy")):
                    with archive.open(member) as packed:
                        yield _without_header(packed.read(MOST_BYTES))
        return
    for magic, unpacked in _PACKED.items():
        if start.startswith(magic):
            with unpacked(file) as content:
                yield content.read(MOST_BYTES)
            return
    if start[:1] == b"\x78":  # zlib, as joblib compresses
        yield zlib.decompressobj().decompress(file.read(MOST_BYTES), MOST_BYTES)
        return
    yield _without_header(file.read(MOST_BYTES))


def _without_header(content: bytes) -> bytes:
    """Take off what numpy writes before the pickle of an array of objects."""
    if not content.startswith(b"\x93NUMPY"):
        return content
    found = _PROTOCOL.search(content)
    return content[found.start() :] if found and b"'|O'" in content[: found.start()] else b""


def _listed(content: bytes) -> set[str]:
    """List the modules up to where the opcodes end or break."""
    found: set[str] = set()
    stream = io.BytesIO(content)
    texts: tuple[str, ...] = ()
    memo: dict[int, str | None] = {}
    top: str | None = None
    try:
        for opcode, argument, _ in islice(pickletools.genops(stream), _MOST_OPCODES):
            name, below, top = opcode.name, top, None
            if name in {"GLOBAL", "INST"}:
                found.add(str(argument).partition(" ")[0])
            elif name == "STACK_GLOBAL":
                found.update(texts[:1])
            elif name in _TEXTS:
                top = str(argument)
            elif name in {"BINGET", "LONG_BINGET", "GET"}:
                top = memo.get(int(argument or 0))
            elif name == "MEMOIZE":
                memo[len(memo)] = below
            elif name in {"BINPUT", "LONG_BINPUT", "PUT"}:
                memo[int(argument or 0)] = below
            if top is not None:
                texts = (*texts[-1:], top)
    except (ValueError, IndexError, KeyError, OverflowError, MemoryError, TypeError):
        pass  # no pickle from here on
    return found


def _seen(content: bytes) -> Iterator[str]:
    """Look for the names of classes among data that is not opcodes."""
    for match in _NAMED.finditer(content):
        yield match[1].decode("ascii", "replace")
    for run in _RUN.finditer(content):
        if content[run.end() : run.end() + 1] == b"\n":
            # `c` says that a module follows; other opcodes may stand before it.
            yield run[0].partition(b"c")[2][:100].decode("ascii", "replace")
