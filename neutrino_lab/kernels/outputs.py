"""What a kernel says while it runs a cell, as the outputs of a notebook, up to a size."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from neutrino_lab.kernels.bootstrap_text import SUMMARY

_TABLE = {"rows": int, "columns": int, "dtypes": Mapping, "head": str}

KernelMessage = Mapping[str, Any]
Output = dict[str, Any]


class Outputs:
    """Collects outputs, and tells of each change as an event.

    An event is `{"index", "output"}`, where a stream's output is the text that was added;
    `replace` says that the output takes the place of an earlier one, `clear` that all are gone.
    """

    def __init__(self, most_bytes: int, tell: Callable[[dict[str, Any]], None]) -> None:
        self.listed: list[Output] = []
        self.size = 0
        self.dropped = 0
        self._most_bytes = most_bytes
        self._tell = tell
        self._displayed: dict[str, list[int]] = {}
        self._clears_next = False

    @property
    def is_full(self) -> bool:
        """Whether something was dropped because the limit was reached."""
        return self.dropped > 0

    def take(self, message: KernelMessage) -> None:
        """Keep what a message of iopub shows; what is no output is passed over.

        Raises AttributeError, TypeError or ValueError where it is one that is malformed: then
        nothing of it is kept.
        """
        kind, content = message["msg_type"], message["content"]
        if kind == "clear_output":
            self._clears_next = bool(content.get("wait"))
            if not self._clears_next:
                self._clear()
            return
        if kind not in {"stream", "display_data", "execute_result", "error", "update_display_data"}:
            return
        if self.is_full and kind != "error":
            self.dropped += _size(content)
            return
        if self._clears_next:
            self._clears_next = False
            self._clear()
        if kind == "stream":
            self._stream(str(content["name"]), content["text"])
        elif kind == "update_display_data":
            self._update(content)
        else:
            self._show(kind, content)

    def _stream(self, name: str, text: str) -> None:
        room = self._most_bytes - self.size
        encoded = text.encode("utf-8", "replace")
        if len(encoded) > room:
            self.dropped += len(encoded) - max(room, 0)
        text = encoded[: max(room, 0)].decode("utf-8", "ignore")
        if not text:
            return
        self.size += min(len(encoded), room)
        last = self.listed[-1] if self.listed else None
        if last is not None and last["output_type"] == "stream" and last["name"] == name:
            last["text"] += text
        else:
            self.listed.append({"output_type": "stream", "name": name, "text": text})
        added = {"output_type": "stream", "name": name, "text": text}
        self._tell({"index": len(self.listed) - 1, "output": added})

    def _show(self, kind: str, content: KernelMessage) -> None:
        made, size = _output(kind, content)
        display_id = _display_id(content)
        if size > self._most_bytes - self.size:
            self.dropped += size
            if kind != "error":
                return
            made, size = _shortened(made), 0
        self.size += size
        self.listed.append(made)
        index = len(self.listed) - 1
        if display_id:
            self._displayed.setdefault(display_id, []).append(index)
        self._tell({"index": index, "output": made})

    def _update(self, content: KernelMessage) -> None:
        places = self._displayed.get(_display_id(content), [])
        for index in places:
            old = self.listed[index]
            shown, _ = _output("display_data", content)
            made = {**shown, "output_type": old["output_type"]}
            if "execution_count" in old:
                made["execution_count"] = old["execution_count"]
            grown = _size(made) - _size(old)
            if grown > self._most_bytes - self.size:
                self.dropped += grown
                return
            self.size += max(grown, 0)
            self.listed[index] = made
            self._tell({"index": index, "output": made, "replace": True})

    def _clear(self) -> None:
        if self.listed:
            # What was shown once counts on: a loop of clearing and printing is a flood too.
            self.listed.clear()
            self._displayed.clear()
            self._tell({"clear": True})


def tables(output: Output) -> Mapping[str, Any] | None:
    """Give what an output tells of a table, None where it shows none."""
    found = output.get("data", {}).get(SUMMARY)
    if not isinstance(found, Mapping):
        return None
    # User code may write anything of this type.
    is_whole = all(isinstance(found.get(name), kind) for name, kind in _TABLE.items())
    return found if is_whole and isinstance(found.get("csv", ""), str) else None


def _output(kind: str, content: KernelMessage) -> tuple[Output, int]:
    """Give what a message shows, and its size in bytes."""
    if kind == "error":
        raised = {key: str(content.get(key, "")) for key in ("ename", "evalue")}
        trace = [str(line) for line in content.get("traceback") or []]
        return _measured({"output_type": "error", **raised, "traceback": trace})
    made: Output = {
        "output_type": kind,
        "data": {str(media): _form(media, each) for media, each in content["data"].items()},
        "metadata": dict(content.get("metadata") or {}),
    }
    if kind == "execute_result":
        made["execution_count"] = content.get("execution_count")
    return _measured(made)


def _form(media: str, content: Any) -> Any:
    """Give one form of an output: JSON is any value, all others are text."""
    return content if "json" in media or isinstance(content, str) else json.dumps(content)


def _measured(output: Output) -> tuple[Output, int]:
    """Put a question mark for each half of a character, which no answer can hold, and count."""
    text = json.dumps(output, ensure_ascii=False)
    try:
        return output, len(text.encode())
    except UnicodeEncodeError:
        encoded = text.encode("utf-8", "replace")
        return json.loads(encoded), len(encoded)


def _display_id(content: KernelMessage) -> str:
    return str((content.get("transient") or {}).get("display_id") or "")


def _shortened(error: Output) -> Output:
    return {**error, "evalue": error["evalue"][:1000], "traceback": []}


def _size(content: Any) -> int:
    return len(json.dumps(content, ensure_ascii=False, default=str).encode("utf-8", "replace"))
