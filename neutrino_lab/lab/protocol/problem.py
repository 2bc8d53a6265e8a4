"""How a call fails."""

from __future__ import annotations

from typing import Any

from neutrino_lab.lab.protocol.base import Message


class Problem(Message):
    """Why a call failed: `code` is stable, `message` says what happened and what to do."""

    code: str
    message: str
    context: dict[str, Any] = {}
