"""Kernels that do not start at once: nobody has to ask again for the pool to fill."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from neutrino_lab.kernels import pool
from neutrino_lab.kernels.errors import NoKernelError
from neutrino_lab.kernels.settings import Settings
from tests.execution.conftest import Runs

FAILING = """
import sys
from pathlib import Path

tries = Path(sys.argv[1])
count = int(tries.read_text() or 0) + 1
tries.write_text(str(count))
if count <= int(sys.argv[2]):
    sys.exit(1)

from ipykernel.kernelapp import launch_new_instance

launch_new_instance(argv=["-f", sys.argv[3]])
"""


@pytest.fixture
def tries() -> Iterator[Path]:
    """A file that any user may write: kernels run as users of their own where they can."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        file = Path(folder) / "tries"
        file.touch()
        file.chmod(0o666)
        yield file


@pytest.fixture
def failing(tmp_path: Path, tries: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], str]:
    """Install a kernel that ends at once on its first starts, and give its name."""

    def install(failures: int) -> str:
        folder = tmp_path / "kernels" / "failing"
        folder.mkdir(parents=True)
        argv = [sys.executable, "-c", FAILING, str(tries), str(failures), "{connection_file}"]
        spec = {"argv": argv, "display_name": "Failing", "language": "python"}
        (folder / "kernel.json").write_text(json.dumps(spec))
        monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
        return "failing"

    return install


def test_a_kernel_that_ends_while_it_starts_is_started_again(
    failing: Callable[[int], str],
) -> None:
    runs = Runs(Settings(kernel_name=failing(1), pool=0))
    try:
        assert runs.run("6 * 7").text == "42"
    finally:
        runs.close()


def test_the_pool_fills_after_starts_that_failed(failing: Callable[[int], str]) -> None:
    runs = Runs(Settings(kernel_name=failing(3), pool=1))

    async def filled() -> None:
        while not runs.service.pool.idle:  # noqa: ASYNC110 - it has no event
            await asyncio.sleep(0.01)

    try:
        runs.wait(filled())
        assert runs.service.pool.count == 1
    finally:
        runs.close()


def test_an_idle_kernel_that_answers_no_more_is_replaced_before_anybody_gets_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pool, "_CHECK_S", 0.5)
    runs = Runs(Settings(pool=1))

    async def replaced() -> int:
        await full()
        first = kernel()
        os.kill(first, signal.SIGSTOP)
        while not runs.service.pool.idle or kernel() == first:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        return first

    async def full() -> None:
        while not runs.service.pool.idle:  # noqa: ASYNC110 - it has no event
            await asyncio.sleep(0.01)

    def kernel() -> int:
        (idle,) = runs.service.pool._idle["python3"]
        return int(idle.provisioner.pid)

    try:
        stopped = runs.wait(replaced())
        assert runs.run("import os; os.getpid()").text != str(stopped)
    finally:
        runs.close()


def test_a_kernel_that_never_starts_is_an_error_for_who_waits(
    failing: Callable[[int], str],
) -> None:
    runs = Runs(Settings(kernel_name=failing(1_000), pool=0))
    try:
        with pytest.raises(NoKernelError, match="did not start"):
            runs.run("1")
    finally:
        runs.close()
