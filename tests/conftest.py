"""What holds for all tests."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

# How long an example takes says more of the machine's other work than of the code.
settings.register_profile(
    "patient", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("patient")


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Exports are locked by what uv has in its cache, if at all: tests do not wait for PyPI.

    `export/test_lock.py` is about the lock, and asks an index of its own and PyPI.
    """
    monkeypatch.setenv("UV_OFFLINE", "1")


@pytest.fixture(autouse=True)
def own_main() -> Iterator[None]:
    """Cells that run in the process of a test take the place of its `__main__`."""
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main
