"""Why a build folder was not written.

NeutrinoError
├── ExportOptionError      an option that means nothing; nothing was touched
├── ExportSystemError      a file cannot be read, or nothing be started; nothing was touched
├── ExportRefusedError     the target or the plan is wrong; nothing was touched
├── ExportFailedError      the disk said no; the old folder is as it was
├── ExportCancelledError   the user said no; nothing was touched
└── InterpreterError       the kernel's Python cannot be asked what it has installed
"""

from __future__ import annotations

from pathlib import Path

from neutrino_lab.runtime.errors import NeutrinoError


class ExportOptionError(NeutrinoError):
    """An option of the export cannot be meant; the message says which and why."""

    code = "export-option"


class ExportSystemError(NeutrinoError):
    """The operating system failed what comes before the writing; `error` is its own account."""

    code = "export-system"

    def __init__(self, error: OSError):
        self.error = error
        super().__init__(f"nothing was written: {_account(error)}")


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
        super().__init__(f"{out} was not written, and stays as it was: {_account(error)}")


class ExportCancelledError(NeutrinoError):
    """The user cancelled before anything was written."""

    code = "export-cancelled"

    def __init__(self) -> None:
        super().__init__("The export was cancelled; nothing was written.")


class InterpreterError(NeutrinoError):
    """The interpreter of the kernel is gone, hangs, is broken or too old."""

    code = "interpreter-unusable"

    def __init__(self, python: str, reason: str):
        self.python = python
        self.reason = reason
        super().__init__(
            f"The kernel's interpreter {python} {reason}. Choose another kernel for the notebook, "
            "or reinstall this one."
        )


def _account(error: OSError) -> str:
    where = f" ({error.filename})" if error.filename else ""
    return f"{error.strerror or type(error).__name__}{where}"
