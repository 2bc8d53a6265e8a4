"""One event for each execution, for audit logs: through jupyter_events."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from jupyter_events import EventLogger

LOGGER = logging.getLogger(__name__)

SCHEMA_ID = "https://neutrino-lab.org/events/execution/v1"
SCHEMA: dict[str, Any] = {
    "$id": SCHEMA_ID,
    "version": "1",
    "title": "Executions",
    "personal-data": True,
    "description": "Code was run, or refused. It holds no output and no token.",
    "type": "object",
    "required": ["user", "execution_id", "session_id", "code_sha256", "status", "duration_ms"],
    "properties": {
        "user": {"type": "string", "description": "Empty where all users share a token."},
        "execution_id": {"type": "string"},
        "session_id": {"type": "string", "description": "Empty for a fresh kernel."},
        "kernel_name": {"type": "string"},
        "code": {"type": "string", "description": "Left out where only its hash is kept."},
        "code_sha256": {"type": "string"},
        "code_characters": {"type": "integer"},
        "status": {"type": "string", "description": "Which limit was hit is said by this word."},
        "duration_ms": {"type": "integer"},
        "output_characters": {"type": "integer"},
        "dropped_bytes": {"type": "integer"},
        "state_lost": {"type": "boolean"},
    },
}


def teller(logger: EventLogger) -> Callable[[dict[str, Any]], None]:
    """Register the event, and return what emits it."""
    if SCHEMA_ID not in logger.schemas:
        logger.register_event_schema(SCHEMA)

    def tell(entry: dict[str, Any]) -> None:
        try:
            logger.emit(schema_id=SCHEMA_ID, data=entry)
        except Exception:
            # It calls whatever other extensions have asked it to call.
            LOGGER.exception("an execution was not recorded")

    return tell
