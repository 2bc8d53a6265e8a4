"""What holds for all tests."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Exports are locked by what uv has in its cache, if at all: tests do not wait for PyPI.

    `export/test_lock.py` is about the lock, and asks an index of its own and PyPI.
    """
    monkeypatch.setenv("UV_OFFLINE", "1")
