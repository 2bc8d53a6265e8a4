"""Why a language model gave no answer.

NeutrinoError
├── NoModelError        none is configured, or the package that calls it is missing
├── ModelError          it was called and did not answer; `retry_after_s` says when to try again
└── TaskError           what is to be drafted cannot be: its declaration is wrong, or no sandbox is
"""

from __future__ import annotations

from typing import Any

from neutrino_lab.runtime.errors import NeutrinoError


class NoModelError(NeutrinoError):
    """No model can be called. The message says what to set or to install."""

    code = "no-model"


class ModelError(NeutrinoError):
    """The model's server did not answer as it should. No message holds the key."""

    code = "model-failed"

    def __init__(
        self, message: str, *, retry_after_s: float | None = None, status: int | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.retry_after_s = retry_after_s
        self.context: dict[str, Any] = (
            {} if retry_after_s is None else {"retry_after_s": retry_after_s}
        )


class TaskError(NeutrinoError):
    """Nothing can be drafted for this cell, or tried here. The message says why."""

    code = "no-draft"
