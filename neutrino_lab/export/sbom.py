"""The bill of materials: uv's CycloneDX, without what differs from one run to the next."""

from __future__ import annotations

import json
import uuid
from typing import Any

# Names the serial numbers, so that equal contents have equal ones.
_NAMESPACE = uuid.UUID("6a4dc9c0-4a43-5c7e-9a5c-1f3f3a3a0d1e")


def stable(text: str) -> str:
    """Give the same bill with a serial number made from its contents, and no time.

    Both are optional in CycloneDX; the version of uv is left out because it says nothing about
    what is in the image.
    """
    bill: dict[str, Any] = json.loads(text)
    bill.pop("serialNumber", None)
    about = bill.get("metadata", {})
    about.pop("timestamp", None)
    for tool in about.get("tools", ()):
        tool.pop("version", None)
    about.get("component", {})["type"] = "application"
    serial = uuid.uuid5(_NAMESPACE, json.dumps(bill, sort_keys=True))
    head = {key: bill.pop(key) for key in ("bomFormat", "specVersion", "version")}
    return json.dumps({**head, "serialNumber": f"urn:uuid:{serial}", **bill}, indent=2) + "\n"
