"""What is sent through Jupyter's event stream, and what is received there."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from jupyter_events import EventLogger

from neutrino_lab.lab.protocol import SCHEMA_ID
from neutrino_lab.lab.protocol.served import ServedEvent
from neutrino_lab.lab.registry import Registry

CONTENTS = "https://events.jupyter.org/jupyter_server/contents_service/v1"

LOGGER = logging.getLogger(__name__)

# Checked on every event: the types of the protocol are checked where they are made already.
SCHEMA: dict[str, Any] = {
    "$id": SCHEMA_ID,
    "version": "1",
    "title": "Served notebooks",
    "personal-data": True,
    "description": "The state of a served notebook has changed, or its endpoints were used.",
    "type": "object",
    "properties": {
        "served": {"type": ["object", "null"]},
        "id": {"type": "string"},
        "stats": {"type": "array"},
        "progress": {"type": ["object", "null"]},
    },
}


def teller(logger: EventLogger) -> Callable[[ServedEvent], None]:
    """Register our events, and return what emits them."""
    if SCHEMA_ID not in logger.schemas:
        logger.register_event_schema(SCHEMA)

    def tell(event: ServedEvent) -> None:
        try:
            logger.emit(schema_id=SCHEMA_ID, data=event.model_dump(mode="json"))
        except Exception:
            # It calls whatever other extensions have asked it to call.
            LOGGER.exception("an event of a served notebook was not told")

    return tell


def listen(logger: EventLogger, registry: Registry) -> Callable[[], None]:
    """Tell the registry of every save, rename and delete that goes through Jupyter; returns what
    ends that."""

    async def on_event(logger: EventLogger, schema_id: str, data: dict[str, Any]) -> None:  # noqa: ARG001
        await _pass_on(data, registry)

    logger.add_listener(schema_id=CONTENTS, listener=on_event)
    return lambda: logger.remove_listener(schema_id=CONTENTS, listener=on_event)


async def _pass_on(data: dict[str, Any], registry: Registry) -> None:
    path = data["path"].strip("/")
    action = data["action"]
    if action in {"save", "upload"}:
        registry.saved(path)
    elif action == "rename":
        registry.renamed(data["source_path"].strip("/"), path)
    elif action == "delete":
        await registry.deleted(path)
