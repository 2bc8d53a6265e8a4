"""Why the service refuses a call.

NeutrinoError
├── MalformedError         a value that cannot be meant
├── SessionExpiredError    a session that is not there, or is not the caller's
├── NoExecutionError       an execution that is not there, or is not the caller's
├── FilePathError          a path that leaves the folder of its session, or names no file there
├── NoFileError            there is no such file
├── FileFailedError        the system fails to write a file: the disk is full
├── UnknownKernelError     a name that is no kernel here
├── LimitReachedError      more than a user may ask for; `retry_after_s` says when to come back
├── NoKernelError          no kernel could be had in time
└── IsolationError         the isolation that was asked for does not work on this machine
"""

from __future__ import annotations

from typing import Any

from neutrino_lab.runtime.errors import NeutrinoError


class KernelsError(NeutrinoError):
    """The base of these; `context` says which one of many it was."""

    def __init__(self, message: str, **context: Any) -> None:
        self.context = context
        super().__init__(message)


class MalformedError(KernelsError):
    """A value that no call takes, such as a limit above what is allowed."""

    code = "malformed"


class SessionExpiredError(KernelsError):
    """There is no such session, or it is somebody else's, which nobody is told."""

    code = "session_expired"

    def __init__(self, session_id: str) -> None:
        super().__init__(
            "There is no such session: it has ended, and its variables and files with it. "
            "Leave `session_id` out to run in a fresh kernel, or open a new session.",
            session_id=session_id,
        )


class NoExecutionError(KernelsError):
    """There is no such execution, or it is somebody else's."""

    code = "no-execution"

    def __init__(self, execution_id: str) -> None:
        super().__init__(
            "There is no such execution; results are kept for a while only.",
            execution_id=execution_id,
        )


class FilePathError(KernelsError):
    """A path that leaves the folder of its session, or names no file there."""

    code = "path-refused"


class NoFileError(KernelsError):
    """There is no such file in the session's folder."""

    code = "no-file"


class FileFailedError(KernelsError):
    """The system fails to read or write a file; what was there stays as it was."""

    code = "file-failed"


class UnknownKernelError(KernelsError):
    """No kernel of this name is installed."""

    code = "no-kernelspec"


class LimitReachedError(KernelsError):
    """More than a user may ask for."""

    code = "too-many"

    def __init__(self, message: str, retry_after_s: int) -> None:
        self.retry_after_s = retry_after_s
        super().__init__(message, retry_after_s=retry_after_s)


class NoKernelError(KernelsError):
    """No kernel could be started or reached in time."""

    code = "no-kernel-available"


class IsolationError(KernelsError):
    """The isolation that was asked for does not work on this machine."""

    code = "isolation-unavailable"
