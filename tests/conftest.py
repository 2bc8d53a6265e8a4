"""What holds for all tests."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

# How long an example takes says more of the machine's other work than of the code.
settings.register_profile(
    "patient", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("patient")


_CRASHED = pytest.StashKey[bool]()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """Note that a worker of xdist has crashed."""
    if error:
        node.config.stash[_CRASHED] = True


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Say after a crash that pytest has failed, not a test: what its file held has not run."""
    if session.config.stash.get(_CRASHED, False):
        session.exitstatus = pytest.ExitCode.INTERNAL_ERROR


@pytest.fixture(autouse=True, scope="session")
def offline() -> Iterator[None]:
    """Exports are locked by what uv has in its cache, if at all: tests do not wait for PyPI.

    `export/test_lock.py` asks an index of its own, and `export/test_pypi.py` asks PyPI.
    """
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("UV_OFFLINE", "1")
        yield


@pytest.fixture(autouse=True)
def own_main() -> Iterator[None]:
    """Cells that run in the process of a test take the place of its `__main__`."""
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main
