"""Tells a URL of a run that has failed: what, when and why, without what the process knows else."""

from __future__ import annotations

import json
import logging
import os
import re
import urllib.request
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from .. import zones
from ..observe.journal import Run
from ..spec import Schedule

LOGGER = logging.getLogger("neutrino")

TIMEOUT_S = 10.0
MOST_CHARACTERS = 20_000
_SECRET = re.compile(r"KEY|TOKEN|SECRET|PASS|PWD|CREDENTIAL|AUTH|DSN|URL|COOKIE", re.IGNORECASE)
_SHORTEST = 6
# `https://user:password@host`
_IN_URL = re.compile(r"(?<=://)[^/\s:@'\"]*:[^/\s@'\"]+(?=@)")
_HIDDEN = "…"


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        """Go nowhere else: a redirected POST would arrive as a GET without its body."""


def url_of(schedule: Schedule, environment: Mapping[str, str]) -> str:
    """The URL: as it is written, or what an environment variable holds where `$NAME` is."""
    text = schedule.on_failure
    return environment.get(text[1:], "").strip() if text.startswith("$") else text


def send(schedule: Schedule, run: Run, attempts: int) -> None:
    """Post a run as JSON. Never raises; what goes wrong is in the log, without the URL, which often
    is a secret itself."""
    try:
        url = url_of(schedule, os.environ)
        if not url.startswith(("http://", "https://")):
            raise ValueError("its URL does not begin with http:// or https://")  # noqa: TRY301
        body = json.dumps(payload(schedule, run, attempts, os.environ)).encode()
        headers = {"Content-Type": "application/json", "User-Agent": "neutrino"}
        request = urllib.request.Request(url, body, headers, method="POST")  # noqa: S310
        opener = urllib.request.build_opener(_NoRedirects)
        opener.open(request, timeout=TIMEOUT_S).close()
    except Exception as error:  # noqa: BLE001 - a bad URL, a server that is not there or refuses
        reason = getattr(error, "reason", "") or getattr(error, "code", "") or type(error).__name__
        LOGGER.warning("on_failure of schedule %s: nobody was told: %s", schedule.label, reason)


def payload(
    schedule: Schedule, run: Run, attempts: int, environment: Mapping[str, str]
) -> dict[str, Any]:
    """What is posted. Values of variables that are likely to be secret are not in it."""
    text = hidden(run.error, environment)[-MOST_CHARACTERS:]
    return {
        "schedule": schedule.label,
        "due": _iso(run.due),
        "started": _iso(run.started),
        "duration_s": round(run.duration_s, 3),
        "outcome": run.outcome,
        "attempts": attempts,
        "error": (text.strip().splitlines() or [""])[-1],
        "traceback": text,
    }


def hidden(text: str, environment: Mapping[str, str]) -> str:
    """Leave out passwords in URLs, and what variables hold whose names tell of a secret."""
    secrets = {value for name, value in environment.items() if _SECRET.search(name)}
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= _SHORTEST:
            text = text.replace(secret, _HIDDEN)
    return _IN_URL.sub(_HIDDEN, text)


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, zones.UTC).isoformat()
