"""The one place that says which HTTP status an error has, and what its body is."""

from __future__ import annotations

import errno
from collections.abc import Mapping
from typing import Any, TypeGuard

from pydantic import ValidationError
from tornado.web import HTTPError

from neutrino_lab.declare.declaration_stub import UndeclarableError
from neutrino_lab.export import errors as export
from neutrino_lab.generate import errors as generate
from neutrino_lab.interpreters import KernelError
from neutrino_lab.kernels import errors as kernels
from neutrino_lab.lab import errors
from neutrino_lab.lab.protocol.problem import Problem
from neutrino_lab.runtime.errors import (
    BusError,
    CellError,
    EndpointError,
    NeutrinoError,
    SettingsError,
    ToolError,
)

# 4xx is the caller's to fix, 5xx is ours or the worker's.
STATUSES: Mapping[type[NeutrinoError], int] = {
    errors.MalformedError: 400,
    errors.PathRefusedError: 403,
    errors.NoNotebookError: 404,
    errors.NoCellError: 404,
    errors.UntrustedError: 403,
    KernelError: 409,
    errors.UnknownError: 404,
    errors.NotOwnerError: 403,
    errors.TooManyError: 429,
    errors.BusyError: 409,
    errors.UnsoundError: 422,
    errors.CheckFailedError: 422,
    errors.NotLiveError: 503,
    errors.WorkerFailedError: 502,
    errors.TooSlowError: 504,
    UndeclarableError: 422,
    export.ExportOptionError: 422,
    export.ExportSystemError: 422,
    export.ExportRefusedError: 409,
    export.ExportFailedError: 500,
    export.ExportCancelledError: 409,
    export.InterpreterError: 409,
    generate.NoModelError: 409,
    generate.ModelError: 502,
    generate.TaskError: 422,
    kernels.MalformedError: 400,
    kernels.UnknownKernelError: 400,
    kernels.FilePathError: 403,
    kernels.SessionExpiredError: 404,
    kernels.NoExecutionError: 404,
    kernels.NoFileError: 404,
    kernels.FileFailedError: 507,
    kernels.LimitReachedError: 429,
    kernels.IsolationError: 503,
    kernels.NoKernelError: 503,
    BusError: 503,
    CellError: 422,
    ToolError: 400,
    EndpointError: 422,
    SettingsError: 422,
}
# What the system refuses, and the user can do something about.
SYSTEM: Mapping[int, tuple[int, str, str]] = {
    errno.ENAMETOOLONG: (400, "path-too-long", "The path is longer than this system's may be."),
    errno.ELOOP: (400, "path-loops", "The path leads through links that lead back to themselves."),
    errno.EMFILE: (503, "no-descriptors", "The server has too many files open; stop something."),
    errno.ENFILE: (503, "no-descriptors", "The system has too many files open; stop something."),
    errno.EAGAIN: (503, "no-processes", "The system starts no more processes; stop something."),
    errno.ENOMEM: (503, "no-memory", "The system has no memory left; stop something."),
    errno.ENOSPC: (507, "disk-full", "The disk is full; make room on it and try again."),
    errno.EDQUOT: (507, "disk-full", "Your disk quota is used up; make room and try again."),
    errno.EROFS: (409, "read-only", "The disk can only be read from."),
}
# Of more errors than these none is looked at: it would take seconds.
_MOST_ERRORS = 100
INTERNAL = "Something went wrong in the server part of Neutrino Lab; the server's log says what."

_WORDS = {
    400: "The request is malformed.",
    401: "Log in first.",
    403: "That is not allowed: log in, and call it from this server's own pages.",
    404: "There is nothing here.",
    405: "This method is not known here.",
    413: "The request is too large.",
}


def problem(error: BaseException | None) -> tuple[int, Problem]:
    """Give the HTTP status and the body for an error; 500 for one that nobody expected."""
    if isinstance(error, NeutrinoError):
        status = next((STATUSES[c] for c in type(error).__mro__ if c in STATUSES), 500)
        if isinstance(error, export.ExportFailedError) and is_system(error.error):
            status = SYSTEM[error.error.errno or 0][0]
        context = getattr(error, "context", {})
        return status, Problem(code=error.code, message=str(error), context=context)
    if isinstance(error, ValidationError):
        return problem(malformed(error))
    if isinstance(error, HTTPError):
        return error.status_code, plain(error.status_code)
    if is_system(error):
        status, code, message = SYSTEM[error.errno or 0]
        return status, Problem(code=code, message=message)
    return 500, Problem(code="internal", message=INTERNAL)


def failure(error: Exception) -> dict[str, Any]:
    """Give the status and the body for an error in one, as an event tells of it."""
    status, body = problem(error)
    return {"status": status, **body.model_dump()}


def is_system(error: object) -> TypeGuard[OSError]:
    """Whether the system has refused what needs no look at our code."""
    return isinstance(error, OSError) and (error.errno or 0) in SYSTEM


def plain(status: int) -> Problem:
    """Give the body for an HTTP status without an error of ours."""
    return Problem(code=f"http-{status}", message=_WORDS.get(status, INTERNAL))


def malformed(error: ValidationError) -> errors.MalformedError:
    """Say what is wrong with a body, and where, without repeating what it held."""
    if error.error_count() > _MOST_ERRORS:
        text = f"The request does not fit: {error.error_count()} places of it are wrong."
        return errors.MalformedError(text)
    first = error.errors(include_input=False, include_url=False)[0]
    where = ".".join(map(str, first["loc"])) or "the body"
    return errors.MalformedError(f"The request does not fit: {where}: {first['msg']}.")
