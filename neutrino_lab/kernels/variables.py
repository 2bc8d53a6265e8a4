"""What a session's kernel holds: names, types and shapes for a model, and no values."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from neutrino_lab.kernels import bootstrap_text
from neutrino_lab.kernels.sessions import Session

_WITHIN_S = 5.0
_MOST_CHARACTERS = 20_000


async def describe(session: Session) -> dict[str, Any]:
    """Describe each variable: `type`, and `shape`, `length`, `dtype` or `columns` if it has them.

    Empty where the kernel runs another language or does not say it in time. Nothing of this is
    kept in the session's notebook. Raises NoKernelError.
    """
    kernel = await session.kernel()
    if kernel.language != "python":
        return {}
    printed: list[str] = []

    def take(message: Mapping[str, Any]) -> bool:
        if message["msg_type"] == "stream" and message["content"]["name"] == "stdout":
            printed.append(message["content"]["text"])
        return sum(map(len, printed)) <= _MOST_CHARACTERS

    async with session.lock:
        await kernel.run(
            bootstrap_text.program("describing.py"),
            take,
            timeout_s=_WITHIN_S,
            stop=asyncio.Event(),
            is_silent=True,
        )
    try:
        found = json.loads("".join(printed))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
