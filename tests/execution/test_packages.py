"""Packages that code imports: installed for its own kernel, as wheels, and for no other."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from jupyter_client.kernelspec import KernelSpec

from neutrino_lab.kernels.isolation import Isolation
from neutrino_lab.kernels.packages import imported
from neutrino_lab.kernels.provisioners import bubblewrap
from neutrino_lab.kernels.provisioners.process import ProcessProvisioner
from neutrino_lab.kernels.settings import Settings
from tests.execution.conftest import USER, Runs
from tests.export.index import Index, Release, serving

RELEASES = [Release("needed-thing", "1.0", ["its-own"]), Release("its-own", "2.0")]


@pytest.fixture(scope="module")
def index() -> Iterator[Index]:
    with serving(RELEASES) as found:
        yield found


@pytest.fixture(scope="module", autouse=True)
def online() -> Iterator[None]:
    """Ask our own index; no other test asks any."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("UV_OFFLINE", "0")
        yield


@pytest.fixture(scope="module", params=["process", "bubblewrap"])
def kept(request: pytest.FixtureRequest, index: Index) -> Iterator[Runs]:
    if request.param == "bubblewrap" and (reason := bubblewrap.refusal()):
        pytest.skip(reason)
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("UV_DEFAULT_INDEX", index.url())
        patched.setenv("UV_NO_CACHE", "1")
        settings = Settings(isolation=Isolation(kind=request.param), pool=0, packages="allow")
        found = Runs(settings)
        yield found
        found.close()


def test_a_kernel_of_our_own_python_gets_packages_for_that_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "python"
    other.touch(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    spec = KernelSpec(argv=["python", "-m", "ipykernel_launcher"])
    assert ProcessProvisioner(kernel_spec=spec).python == sys.executable


def test_what_is_missing_is_installed_for_one_session_alone(kept: Runs) -> None:
    session = kept.session()
    found = kept.run("import needed_thing\nimport its_own\n'both'", session, timeout_s=60)
    assert found.status == "ok", found.text
    assert found.text == "'both'\n[Installed for this session: needed-thing, its-own.]"
    assert kept.run("needed_thing.__name__", session).text == "'needed_thing'"
    restarted = kept.wait(kept.service.restart_session(session, USER))
    assert restarted.id == session
    assert kept.run("import its_own; 1", session).text.startswith("1")
    other = kept.run("import importlib.util as u; u.find_spec('its' + '_own')", kept.session())
    assert other.text == "[There was no output.]"


def test_what_is_nowhere_to_be_had_is_told(kept: Runs) -> None:
    found = kept.run("import nowhere_to_be_had", timeout_s=60)
    assert found.status == "error"
    assert "nowhere-to-be-had could not be installed" in found.text


def test_a_kernel_cannot_write_where_packages_are(kept: Runs) -> None:
    session = kept.session()
    kernel = kept.wait(kept.service.sessions.get(session, USER).kernel())
    if not kernel.provisioner.user and kernel.provisioner.isolation == "process":
        pytest.skip("`process` has the file system of its user")
    folder = kernel.provisioner.packages_folder
    found = kept.run(f"open({str(folder / 'mine.py')!r}, 'w')", session)
    assert found.error is not None
    assert found.error["name"] in {"PermissionError", "OSError"}
    kept.wait(kept.service.end_session(session, USER))
    kept.wait(settled(kept))
    assert not folder.exists()


async def settled(kept: Runs) -> None:
    import asyncio

    while kept.service.pool._tasks:
        await asyncio.gather(*kept.service.pool._tasks, return_exceptions=True)


def test_the_names_are_those_of_imports_outside_the_standard_library() -> None:
    code = (
        "import os.path, numpy.linalg as n, a.b\nfrom . import c\nfrom sklearn.svm import SVC\n!ls"
    )
    assert imported(code) == ["numpy", "a", "sklearn"]
    assert imported("def f(:") == []
