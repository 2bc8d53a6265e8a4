"""What a model reads of an execution: short, whole sentences, and never a picture's bytes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from neutrino_lab.kernels.outputs import Output, tables
from neutrino_lab.runtime.tools.definition import shortened

_MOST_OF_ONE = 6_000
_ANSI = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")
_DATA_URI = re.compile(r"data:[\w.+-]+/[\w.+-]+;base64,[A-Za-z0-9+/=]{40,}")
# How one cell shows, best first: what stands first is what is told.
_PICTURES = ("image/png", "image/jpeg", "image/gif", "image/svg+xml", "image/webp")
_TEXTS = ("text/markdown", "text/latex", "text/plain")

Link = Callable[[int, str], str]


def of_outputs(outputs: Sequence[Output], link: Link) -> str:
    """Tell of all outputs; `link` gives the address of one, by its index and media type."""
    parts = [_of_output(output, index, link) for index, output in enumerate(outputs)]
    return shortened("\n".join(part.rstrip("\n") for part in parts if part.strip()))


def plain(text: str) -> str:
    """Take colours out, and what a carriage return has overwritten."""
    text = _DATA_URI.sub("[data left out]", _ANSI.sub("", text)).replace("\r\n", "\n")
    if "\r" not in text:
        return text
    return "\n".join(_overwritten(line) for line in text.split("\n"))


def _overwritten(line: str) -> str:
    """Show a line of a progress bar as a terminal would: later text over earlier."""
    shown = ""
    for each in line.split("\r"):
        shown = each + shown[len(each) :]
    return shown


def _of_output(output: Output, index: int, link: Link) -> str:  # noqa: PLR0911 - a table
    kind = output["output_type"]
    if kind == "stream":
        return plain(output["text"])
    if kind == "error":
        return _of_error(output)
    data = output["data"]
    picture = next((each for each in _PICTURES if each in data), "")
    if picture:
        return _of_picture(data, picture, link(index, picture))
    if table := tables(output):
        return _of_table(table, link(index, "text/csv"))
    text = next((each for each in _TEXTS if each in data), "")
    if text:
        return shortened(plain(_joined(data[text])), _MOST_OF_ONE)
    if "application/json" in data:
        return shortened(json.dumps(data["application/json"], default=str), _MOST_OF_ONE)
    media = next(iter(data), "")
    return f"[{media}: {link(index, media)}]" if media else ""


def _of_error(output: Mapping[str, Any]) -> str:
    trace = "\n".join(plain(line) for line in output["traceback"])
    shown = trace or f"{output['ename']}: {output['evalue']}"
    return shortened(shown, _MOST_OF_ONE)


def _of_picture(data: Mapping[str, Any], media: str, address: str) -> str:
    # Such as <Figure size 640x480 with 1 Axes>.
    text = plain(_joined(data.get("text/plain", "")))
    about = f" {text}" if text and len(text) < 200 else ""
    return f"[picture{about} ({media}): {address}]"


def _of_table(table: Mapping[str, Any], address: str) -> str:
    types = ", ".join(f"{name}: {kind}" for name, kind in table["dtypes"].items())
    rows = table["rows"]
    head = f"table of {rows:,} rows and {table['columns']:,} columns ({shortened(types, 2000)})"
    shown = f"{head}\n{shortened(table['head'], _MOST_OF_ONE)}"
    if rows <= len(table["head"].splitlines()) - 1:
        return shown
    whole = (
        f"all of it as CSV: {address}"
        if "csv" in table
        else "too large to be sent whole: write it to a file with to_csv"
    )
    return f"{shown}\n[first rows; {whole}]"


def _joined(text: Any) -> str:
    return "".join(text) if isinstance(text, list) else str(text)
