"""An exception of the user's code, taken apart for its author: which cell, which line.

Shipped to the kernel's interpreter with the worker. Nothing of the exception itself is kept, or
whatever its frames refer to would be kept with it.
"""

from __future__ import annotations

import linecache
import traceback
from collections.abc import Callable
from types import CodeType, FrameType
from typing import Any

from ..runtime import problems
from ..runtime.cell_file import CodeCell

FRAMES = 50
MESSAGE_CHARACTERS = 2_000
TEXT_CHARACTERS = 20_000

Origin = Callable[[CodeType], "tuple[int, CodeCell] | None"]


def failure(error: BaseException, origin: Origin) -> dict[str, Any]:
    """Describe an exception in the protocol's shape; `origin` tells which cell code is from."""
    walked = list(traceback.walk_tb(error.__traceback__))
    first = (
        n for n, (f, _) in enumerate(walked) if not problems.is_framework(f.f_code.co_filename)
    )
    shown = walked[next(first, 0) :]
    if len(shown) > FRAMES:  # of a recursion, how it began and where it ended
        shown = [*shown[: FRAMES // 5], *shown[-FRAMES * 4 // 5 :]]
    frames = [_frame(*each, origin) for each in shown]
    described = traceback.TracebackException(type(error), error, None)
    described.stack = traceback.StackSummary.from_list(
        [(each["file"], each["line"], each["function"], each["text"]) for each in frames]
    )
    return {
        "type": type(error).__qualname__,
        "message": message(error),
        "frames": frames,
        "text": cut("".join(described.format()).rstrip(), TEXT_CHARACTERS),
    }


def innermost(frame: FrameType | None, origin: Origin) -> tuple[str, int] | None:
    """Find the innermost line of a cell in a stack that runs; None where there is none."""
    while frame is not None:
        if origin(frame.f_code) is not None:
            found = _frame(frame, frame.f_lineno, origin)
            return found["file"], found["line"]
        frame = frame.f_back
    return None


def message(error: BaseException) -> str:
    """Give an exception's own text, as far as it has one."""
    try:
        return cut(str(error), MESSAGE_CHARACTERS)
    except Exception:  # noqa: BLE001 - it is the user's class
        return ""


def cut(text: str, limit: int) -> str:
    """Leave out the middle: how it began and how it ended matter most."""
    if len(text) <= limit:
        return text
    half = limit // 2
    return f"{text[:half]}\n… {len(text) - 2 * half:,} characters left out …\n{text[-half:]}"


def _frame(frame: FrameType, line: int, origin: Origin) -> dict[str, Any]:
    code = frame.f_code
    found = origin(code)
    place = {"cell": 0, "cell_id": "", "file": code.co_filename, "line": line}
    if found is None:
        text = linecache.getline(code.co_filename, line, frame.f_globals)
    else:
        number, cell = found
        inner = line - cell.first_line + 1
        lines = cell.code.split("\n")
        text = lines[inner - 1] if 0 < inner <= len(lines) else ""
        notebook = cell.filename.rpartition(", cell ")[0]
        place = {"cell": number, "cell_id": cell.key, "line": inner}
        place["file"] = f"{notebook}, cell {number}" if notebook and number else cell.filename
    return {**place, "function": code.co_name, "text": text.strip()}
