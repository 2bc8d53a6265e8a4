"""Answers that may be given again: of the same user, code, kernel, files and limits."""

from __future__ import annotations

import hashlib
import json
import time
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from neutrino_lab.kernels.executions import Result

_MOST = 256


class Cache:
    """The newest results, by `key`; the oldest are dropped where there are too many."""

    def __init__(self) -> None:
        self._held: OrderedDict[str, tuple[float, Result]] = OrderedDict()

    def get(self, key: str, most_s: float) -> Result | None:
        """Give a result that is at most `most_s` seconds old, None where there is none."""
        found = self._held.get(key)
        if found is None or time.monotonic() - found[0] > most_s:
            return None
        return found[1]

    def put(self, key: str, result: Result) -> None:
        """Keep a result under a key, now as the newest; the oldest go where there are too many."""
        self._held[key] = (time.monotonic(), result)
        self._held.move_to_end(key)
        while len(self._held) > _MOST:
            self._held.popitem(last=False)


def key(owner: str, code: str, kernel_name: str, files: Mapping[str, bytes], limits: Any) -> str:
    """Give the SHA-256 of all that a result depends on."""
    digests = {path: hashlib.sha256(each).hexdigest() for path, each in files.items()}
    parts = json.dumps([owner, code, kernel_name, digests, limits], sort_keys=True)
    return hashlib.sha256(parts.encode(errors="replace")).hexdigest()
