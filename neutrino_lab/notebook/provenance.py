"""Where a cell that a model drafted comes from: its metadata, with the hash that was accepted."""

from __future__ import annotations

import hashlib

KEY = "neutrino_lab"
GENERATED = "generated"


def accepted_hash(metadata: object) -> str:
    """Give the hash that a person accepted; empty where the cell was not drafted by a model."""
    ours = metadata.get(KEY) if isinstance(metadata, dict) else None
    generated = ours.get(GENERATED) if isinstance(ours, dict) else None
    found = generated.get("hash") if isinstance(generated, dict) else None
    return found if isinstance(found, str) else ""


def hash_of(source: str) -> str:
    """Tell cells apart by what they say: white space at the ends of lines is nothing."""
    lines = [line.rstrip() for line in source.strip().splitlines()]
    return hashlib.sha256("\n".join(lines).encode(errors="replace")).hexdigest()
