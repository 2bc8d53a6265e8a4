"""One table says what a client gets to see of an exception."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any

import pytest
from fastapi import HTTPException, WebSocketException
from fastapi.exceptions import RequestValidationError

from neutrino_lab.runtime.problems import (
    Closing,
    ErrorResponse,
    answer,
    closing,
    log,
    response,
    trace,
)

INTERNAL = ErrorResponse(500, "Internal Server Error", expected=False)
FAILED = Closing(1011, expected=False)


class OutOfStockError(Exception):
    status_code = 409
    message = "out of stock"


class OwnError(Exception):
    def __init__(self, status_code: Any, message: Any) -> None:
        super().__init__("secret")
        self.status_code = status_code
        self.message = message


class ComputedError(Exception):
    @property
    def status_code(self) -> int:
        return 404

    @property
    def message(self) -> str:
        return "not here"


class HostileError(Exception):
    @property
    def status_code(self) -> int:
        raise RuntimeError("no")

    message = "never seen"


class HostileTextError(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no")


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (HTTPException(404, "none", {"x-a": "1"}), ErrorResponse(404, "none", {"x-a": "1"})),
        (HTTPException(400, {"why": 1}), ErrorResponse(400, {"why": 1})),
        (RequestValidationError([{"loc": ["a"]}]), ErrorResponse(422, [{"loc": ["a"]}])),
        (OutOfStockError(), ErrorResponse(409, "out of stock")),
        (OwnError(HTTPStatus.CONFLICT, "m"), ErrorResponse(409, "m")),
        (ComputedError(), ErrorResponse(404, "not here")),
        (OwnError(99, "m"), INTERNAL),
        (OwnError(1008, "m"), INTERNAL),
        (OwnError(True, "m"), INTERNAL),
        (OwnError("400", "m"), INTERNAL),
        (OwnError(400, None), INTERNAL),
        (HostileError(), INTERNAL),
        (HostileTextError(), INTERNAL),
        (ValueError("secret"), INTERNAL),
        (SystemExit(1), INTERNAL),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else "",
)
def test_http(error: BaseException, expected: ErrorResponse) -> None:
    assert answer(error) == expected


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (WebSocketException(1008, "why"), Closing(1008, reason="why")),
        (WebSocketException(1006), FAILED),
        (OutOfStockError(), Closing(4409, "out of stock")),
        (HTTPException(404, "none"), Closing(4404, "none")),
        (HTTPException(404, {"a": 1}), FAILED),
        (OwnError(1003, "m"), Closing(1003, "m")),
        (OwnError(1014, "m"), Closing(1014, "m")),
        (OwnError(4999, "m"), Closing(4999, "m")),
        (OwnError(3000, "m"), Closing(3000, "m")),
        (OwnError(1005, "m"), FAILED),
        (OwnError(1015, "m"), FAILED),
        (OwnError(2000, "m"), FAILED),
        (OwnError(5000, "m"), FAILED),
        (OwnError(99, "m"), FAILED),
        (OwnError(599, "m"), Closing(4599, "m")),
        (HostileError(), FAILED),
        (ValueError("secret"), FAILED),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else "",
)
def test_sockets(error: BaseException, expected: Closing) -> None:
    assert closing(error) == expected


def test_an_answer_has_fastapis_shape() -> None:
    made = response(ErrorResponse(404, "none", {"x-a": "1"}))
    assert (made.status_code, made.body, made.headers["x-a"]) == (404, b'{"detail":"none"}', "1")
    assert response(ErrorResponse(304, "none")).body == b""
    odd = response(ErrorResponse(400, {"raw": b"\xff", "nan": float("nan")}))
    assert odd.body == b'{"detail":{"raw":"/w==","nan":null}}'


def test_a_trace_begins_with_the_users_code() -> None:
    namespace: dict[str, Any] = {}
    exec(compile("def f(): raise ValueError('secret')", "<cell 3>", "exec"), namespace)
    try:
        namespace["f"]()
    except ValueError as error:
        told = trace(error)
    lines = told.splitlines()
    assert lines[0] == "Traceback (most recent call last):"
    assert '"<cell 3>", line 1, in f' in told
    assert lines[-1] == "ValueError: secret"


def test_the_log_names_the_place(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR, "neutrino"):
        log("GET /a", HostileTextError())
    (record,) = caplog.records
    assert record.getMessage().startswith("GET /a failed\n")
    assert "HostileTextError" in record.getMessage()
