"""What several files of tests of the runtime begin with."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi import FastAPI

from neutrino_lab.runtime.app import create_app
from neutrino_lab.runtime.http.compiled import Dispatch
from neutrino_lab.runtime.http.uvicorn_protocol import Protocol
from tests.runtime.ways import CELLS, SETUP, Way, serving
from tests.served import program_of


@pytest.fixture(scope="module")
def ways() -> Iterator[dict[str, Way]]:
    def api() -> FastAPI:
        return create_app(*program_of(*CELLS, setup=SETUP)).asgi

    reference = api()
    reference.user_middleware = [
        each for each in reference.user_middleware if getattr(each, "cls", None) is not Dispatch
    ]
    reference.fast_table = None  # type: ignore[attr-defined]
    with (
        serving(reference, "httptools") as plain,
        serving(api(), "httptools") as compiled,
        serving(api(), Protocol) as ahead,
    ):
        yield {"FastAPI": plain, "compiled": compiled, "protocol": ahead}
