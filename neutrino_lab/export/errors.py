"""Why a build folder was not written.

NeutrinoError
├── ExportRefusedError   the target or the plan is wrong; nothing was touched
└── ExportFailedError    the disk said no; the old folder is as it was
"""

from __future__ import annotations

from pathlib import Path

from neutrino_lab.runtime.errors import NeutrinoError


class ExportRefusedError(NeutrinoError):
    """Writing there would destroy something, or there is nothing sound to write."""

    code = "export-refused"

    def __init__(self, out: Path, reason: str):
        self.out = out
        self.reason = reason
        super().__init__(f"{out} was not written: {reason}")


class ExportFailedError(NeutrinoError):
    """The operating system failed a write; `error` is its own account."""

    code = "export-failed"

    def __init__(self, out: Path, error: OSError):
        self.out = out
        self.error = error
        what = error.strerror or type(error).__name__
        where = f" ({error.filename})" if error.filename else ""
        super().__init__(f"{out} was not written, and stays as it was: {what}{where}")
