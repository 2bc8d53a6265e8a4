"""What an export tells Ray Serve: how many replicas, and what each of them is given."""

from __future__ import annotations

import re
from collections.abc import Iterable

from neutrino_lab.export.errors import ExportOptionError

ENGINE = "ray"
REPLICAS = "num_replicas"
RESOURCES = ("num_cpus", "num_gpus")
_MOST_REPLICAS = 1000
_NUMBER = re.compile(r"\d{1,6}(?:\.\d{1,4})?", re.ASCII)


def read(said: Iterable[str]) -> dict[str, float]:
    """Read `num_replicas=2` and what each of them is given. Raises ExportOptionError."""
    found: dict[str, float] = {}
    for each in said:
        name, _, value = (part.strip() for part in each.partition("="))
        if name not in (REPLICAS, *RESOURCES) or not _NUMBER.fullmatch(value):
            raise ExportOptionError(
                f"{each!r} is nothing that Ray is told of a service; write such as "
                "`num_replicas=2`, `num_cpus=1` or `num_gpus=0.5`"
            )
        found[name] = float(value)
    replicas = found.get(REPLICAS, 1.0)
    if not (replicas.is_integer() and 1 <= replicas <= _MOST_REPLICAS):
        raise ExportOptionError(f"`{REPLICAS}` is a whole number from 1 to {_MOST_REPLICAS}")
    gpus = found.get("num_gpus", 0.0)
    if gpus > 1 and not gpus.is_integer():
        raise ExportOptionError("`num_gpus` is a part of one, such as 0.5, or a whole number")
    return found
