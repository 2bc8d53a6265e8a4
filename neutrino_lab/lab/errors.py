"""Why the server part refuses a call.

NeutrinoError
├── MalformedError       the body is not what the protocol says
├── PathRefusedError     a path that leaves the contents root, or is none
├── NoNotebookError      nothing there that could be served
├── NoCellError          a cell that the document does not have
├── UntrustedError       the user has not said that this notebook may run
├── UnknownError         an id that is not being served
├── NotOwnerError        somebody else serves it
├── TooManyError         as many notebooks are served as may be
├── BusyError            the same is under way already
├── UnsoundError         the notebook has errors, so there is nothing to export
├── CheckFailedError     it failed in a process of its own, so nothing was exported
├── NotLiveError         the notebook does not answer at the moment
├── WorkerFailedError    its process broke off before it had answered
└── TooSlowError         it did not answer within the time limit
"""

from __future__ import annotations

from typing import Any

from neutrino_lab.runtime.errors import NeutrinoError


class LabError(NeutrinoError):
    """The base of these; `context` says which one of many it was."""

    def __init__(self, message: str, **context: Any) -> None:
        self.context = context
        super().__init__(message)


class MalformedError(LabError):
    """The body of a call is not what the protocol says."""

    code = "malformed"


class PathRefusedError(LabError):
    """A path that leaves where it has to stay."""

    code = "path-refused"


class NoNotebookError(LabError):
    """There is no such notebook among the contents."""

    code = "no-notebook"


class NoCellError(LabError):
    """There is no such code cell in the document."""

    code = "no-cell"


class UntrustedError(LabError):
    """The notebook is not trusted, and the call does not say that the user trusts it."""

    code = "untrusted"


class UnknownError(LabError):
    """There is nothing served under this id."""

    code = "unknown"


class NotOwnerError(LabError):
    """Another user serves it."""

    code = "not-owner"


class TooManyError(LabError):
    """As many notebooks are served as may be."""

    code = "too-many"


class BusyError(LabError):
    """The same is under way already."""

    code = "busy"


class UnsoundError(LabError):
    """The notebook has errors."""

    code = "unsound"


class CheckFailedError(LabError):
    """The app failed in a process of its own; `context` holds the `Check`."""

    code = "check-failed"


class NotLiveError(LabError):
    """It does not answer at the moment; `context` says in which state it is."""

    code = "not-live"


class WorkerFailedError(LabError):
    """The process behind it broke off before it had answered."""

    code = "worker-failed"


class TooSlowError(LabError):
    """It did not begin to answer within the time that a request may take."""

    code = "too-slow"
