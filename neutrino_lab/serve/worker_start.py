"""What the guarded process of a worker does first: see whether this interpreter can serve at all.

Standard library only, and a syntax that Python 3.7 reads: guard.py says why.
"""

from __future__ import annotations

import importlib
import os
import sys
from contextlib import suppress
from typing import Any, Dict  # noqa: UP035 - guard.py says why

from . import runtime_requirements
from .control import Channel

# What only our own code reads, and not before it is told what to serve.
OWN_VARIABLES = "NEUTRINO_"


def run(channel: Channel, options: Dict[str, Any]) -> None:  # noqa: UP006
    """Serve, or tell what is missing. One that `waits` has all imported by the time that it is told
    what to serve, and knows nothing of any notebook until then."""
    if options.get("waits"):
        # First: what comes later may not be found by what is imported now.
        channel.send({"event": "stamps", "stamps": _stamps()})
    # Not at the top: it needs what may be missing.
    worker, lacking = runtime_requirements.load(f"{__package__}.worker", runtime_requirements.NEEDS)
    if lacking:
        channel.send({"event": "missing", **lacking})
        os._exit(0)
    if options.get("waits"):
        importlib.import_module(".warm_up", __package__).warm_up()
        options = _begin(channel, options)
    worker.run(channel, options)


def _stamps() -> Dict[str, int]:  # noqa: UP006
    """Tell of each folder with modules when something was put into it or taken away, in ns."""
    found = {}
    for folder in sys.path[1:]:  # the first is that of our own code
        with suppress(OSError):
            found[folder] = os.stat(folder).st_mtime_ns  # noqa: PTH116
    return found


def _begin(channel: Channel, options: Dict[str, Any]) -> Dict[str, Any]:  # noqa: UP006
    """Wait for the notebook, and be where a process would be that was started for it."""
    for message in channel:
        os.chdir(message["folder"])
        for name in [*os.environ]:
            if name.startswith(OWN_VARIABLES):
                del os.environ[name]
        os.environ.update(message["environment"])
        return {**options, **message}
    os._exit(0)
