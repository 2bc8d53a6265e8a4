"""The paths of every app that are ours, unless a notebook declares them itself."""

from __future__ import annotations

HEALTH = "/healthz"
DOCS = "/docs"
OPENAPI = "/openapi.json"
METRICS = "/metrics"
