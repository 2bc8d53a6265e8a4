"""Calling an endpoint in the notebook's own kernel.

The server prepares an expression, the front end has the kernel evaluate it, and the kernel displays
a `KernelAnswer` under the media type of `serve.live_kernel.loader`.
"""

from __future__ import annotations

from typing import Any, Literal

from neutrino_lab.lab.protocol.base import Message, SourceCell
from neutrino_lab.lab.protocol.journal import Call


class KernelCall(Message):
    """A request: `target` is the path with its query, headers are pairs, `body` is base64."""

    id: str
    method: str
    target: str
    headers: list[list[str]]
    body: str = ""


class KernelRequest(Message):
    """Ask how the endpoints of the open document stand and, where there is a `key`, how that one is
    described; or call it."""

    path: str
    cells: list[SourceCell]
    key: str = ""
    call: KernelCall | None = None


class KernelCode(Message):
    """An expression for the kernel: it holds what was asked for as one literal."""

    expression: str


class KernelNeed(Message):
    """A name that a declaration relies on, and the cell that defines it."""

    name: str
    cell: int
    cell_id: str


class KernelStatus(Message):
    """Whether the kernel can answer for an endpoint as its cell stands now.

    `undefined`: run the cell of `need` first. `elsewhere`: so too, as the cell with the number
    `holder` has defined the function since. `edited`: the cell was changed since it ran.
    """

    key: str
    state: Literal["ready", "edited", "elsewhere", "undefined"]
    need: KernelNeed
    holder: int = 0


class KernelLack(Message):
    """What the kernel's environment lacks, and the command that mends it."""

    reason: str
    command: str


class KernelResponse(Message):
    """What the endpoint answered; `status` is 0 where an interrupt came first.

    `body` is base64, and shorter than `size` bytes where it was too long to be sent. `call` is what
    a worker would have noted of it.
    """

    status: int
    status_text: str
    headers: list[list[str]]
    body: str
    size: int
    duration_ms: float
    is_interrupted: bool
    call: Call | None


class KernelAnswer(Message):
    """What a kernel tells. `has_run` says that it has run any cell, `openapi` is the description of
    the endpoint that was asked for, and `refused` why it cannot be built from its function."""

    statuses: list[KernelStatus] = []
    has_run: bool = False
    openapi: dict[str, Any] | None = None
    lacking: KernelLack | None = None
    refused: str = ""
    response: KernelResponse | None = None
