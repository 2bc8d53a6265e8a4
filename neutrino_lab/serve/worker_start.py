"""What the guarded process of a worker does first: see whether this interpreter can serve at all.

Standard library only, and a syntax that Python 3.7 reads: guard.py says why.
"""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any, Dict, List  # noqa: UP035 - guard.py says why

from . import runtime_requirements
from .control import Channel


def run(channel: Channel, options: Dict[str, Any]) -> None:  # noqa: UP006
    """Serve, or tell what is missing."""
    missing = runtime_requirements.absent(runtime_requirements.NEEDS)
    if sys.version_info < runtime_requirements.OLDEST or missing:
        _lack(channel, missing, "")
    try:
        # Not at the top: it needs what may be missing.
        worker = importlib.import_module(".worker", __package__)
    except ImportError as error:
        _lack(channel, [], str(error))
    worker.run(channel, options)


def _lack(channel: Channel, missing: List[str], detail: str) -> None:  # noqa: UP006
    told = runtime_requirements.lack(runtime_requirements.NEEDS, missing, detail)
    channel.send({"event": "missing", **told})
    os._exit(0)
