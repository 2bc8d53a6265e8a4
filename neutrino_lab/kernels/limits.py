"""What one kernel may use, and what keeps it within that."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from neutrino_lab.kernels.errors import MalformedError


@dataclass(frozen=True, slots=True)
class Limits:
    """What one kernel may use; 0 is no limit.

    `cpu_s` counts over the life of a kernel's process. `folder_mb` is looked at between executions.
    """

    memory_mb: int = 2048
    cpu_s: int = 0
    processes: int = 256
    open_files: int = 1024
    file_mb: int = 1024
    folder_mb: int = 1024

    def lowered(self, asked: dict[str, Any]) -> Limits:
        """Give these limits with some of them lowered: nobody raises his own.

        Raises MalformedError for an unknown name, for no whole number above 0, and for a rise.
        """
        known = {each.name: getattr(self, each.name) for each in fields(self)}
        for name, value in asked.items():
            if name not in known:
                raise MalformedError(
                    f"There is no limit `{name}`; there are {', '.join(known)}.", name=name
                )
            if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
                raise MalformedError(
                    f"The limit `{name}` has to be a whole number above 0.", name=name
                )
            if known[name] and value > known[name]:
                raise MalformedError(
                    f"The limit `{name}` is {known[name]} here and can only be lowered.", name=name
                )
        return replace(self, **asked)

    def as_dict(self) -> dict[str, int]:
        """Give them by their names, in the units that the names state."""
        return asdict(self)
