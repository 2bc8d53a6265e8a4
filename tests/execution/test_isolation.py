"""What a kernel can reach, and what holds it: for each isolation that works here."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from neutrino_lab.kernels import isolation
from neutrino_lab.kernels.errors import IsolationError, MalformedError
from neutrino_lab.kernels.isolation import Isolation
from neutrino_lab.kernels.limits import Limits
from neutrino_lab.kernels.provisioners import bubblewrap
from neutrino_lab.kernels.provisioners.environment import clean
from neutrino_lab.kernels.settings import Settings
from tests.execution.conftest import USER, Runs


@pytest.fixture(scope="module", params=["process", "bubblewrap"])
def kept(request: pytest.FixtureRequest) -> Iterator[Runs]:
    if request.param == "bubblewrap" and (reason := bubblewrap.refusal()):
        pytest.skip(reason)
    os.environ["SECRET_OF_THE_SERVER"] = "sesame-open-up"
    found = Runs(Settings(isolation=Isolation(kind=request.param), pool=1))
    yield found
    found.close()
    del os.environ["SECRET_OF_THE_SERVER"]


def test_it_says_truly_what_it_is_and_what_holds(kept: Runs) -> None:
    session = kept.session()
    told = kept.service.sessions.get(session, USER).as_dict()
    assert told["isolation"] == kept.service.settings.isolation.kind
    assert told["limits"] == Limits().as_dict()
    # What is said to be held by a resource limit, the kernel itself sees.
    seen = kept.run(
        "import resource as r\n[r.getrlimit(getattr(r, n))[0] for n in "
        "('RLIMIT_DATA', 'RLIMIT_NOFILE', 'RLIMIT_FSIZE', 'RLIMIT_CORE')]",
        session,
    )
    assert seen.text == str([2048 * 2**20, 1024, 1024 * 2**20, 0])
    assert {"memory_mb", "open_files", "file_mb", "folder_mb"} <= set(told["active_limits"])
    assert "cpu_s" not in told["active_limits"]
    assert told["memory_mb"] > 10


def test_no_secret_of_the_server_is_in_its_environment(kept: Runs) -> None:
    session = kept.session()
    result = kept.run(
        "import os\nfound = open('/proc/self/environ').read() + str(dict(os.environ))\n"
        "('sesame' in found, os.environ['HOME'] == os.path.expanduser('~'), os.listdir('.'))",
        session,
    )
    assert result.text == "(False, True, [])"


def test_it_has_a_session_keyring_of_its_own(kept: Runs) -> None:
    search = """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
add_key, request_key, keyctl = {"x86_64": (248, 249, 250), "aarch64": (217, 218, 219)}[
    os.uname().machine
]
"""
    found: dict[str, Any] = {}
    exec(search, found)
    libc, name, secret = found["libc"], b"of-the-server", b"sesame"
    libc.syscall(found["keyctl"], 1, None)
    if libc.syscall(found["add_key"], b"user", name, secret, len(secret), -3) < 0:
        pytest.skip("this system has no keyrings")
    assert libc.syscall(found["request_key"], b"user", name, None, 0) > 0
    code = f"{search}libc.syscall(request_key, b'user', {name!r}, None, 0)"
    # A kernel that waits in the pool was started before.
    kept.wait(kept.service.pool.close())
    assert kept.run(code).text == "-1"


def test_its_folder_and_its_sockets_are_closed_to_others(kept: Runs) -> None:
    session = kept.session()
    work = kept.wait(kept.service.folder(session, USER))
    assert isinstance(work, Path)
    for folder in (work, work.parent / "run", work.parent):
        assert folder.stat().st_mode & 0o077 == 0
    assert sorted(path.name for path in (work.parent / "run").iterdir())[0] == "connection.json"


def test_one_session_reaches_nothing_of_another(kept: Runs) -> None:
    first, second = kept.session(), kept.session()
    found = kept.service.sessions.get(second, USER)
    kernel = kept.wait(found.kernel())
    work = kept.wait(kept.service.folder(second, USER))
    kept.run("open('mine', 'w').write('secret')", second)
    pid = int(kept.run("import os; os.getpid()", second).text)
    code = f"""
import os
def tried(act):
    try:
        return repr(act())
    except OSError as error:
        return type(error).__name__
print([tried(lambda: open({str(work / "mine")!r}).read()),
 tried(lambda: open({str(work.parent / "run" / "connection.json")!r}).read(3)),
 tried(lambda: os.kill({kernel.provisioner.pid}, 0))])
"""
    seen = kept.run(code, first).text
    provisioner = kernel.provisioner
    if provisioner.isolation == "bubblewrap":
        assert seen == str(["FileNotFoundError", "FileNotFoundError", "ProcessLookupError"])
        assert pid < 100  # its own, in a process namespace
    elif provisioner.user:
        assert seen == str(["PermissionError", "PermissionError", "PermissionError"])
    else:
        # Documented: without a user or namespaces of its own, `process` does not stop this.
        assert seen.count("Error") == 0


def test_bubblewrap_gives_no_network_and_no_file_system(kept: Runs) -> None:
    if kept.service.settings.isolation.kind != "bubblewrap":
        pytest.skip("`process` has the network and the file system of its user")
    session = kept.session()
    code = """
import os, socket
def tried(act):
    try:
        return repr(act())
    except OSError as error:
        return type(error).__name__
print([tried(lambda: socket.create_connection(("127.0.0.1", 22), 2)),
 tried(lambda: socket.create_connection(("10.0.0.1", 80), 2)),
 tried(lambda: open("/usr/mine", "w")),
 tried(lambda: open("/etc/mine", "w")),
 os.path.exists("/etc/shadow"), os.path.exists("/run"), os.getuid() == 0,
 sorted(i for i in os.listdir("/proc") if i.isdigit()) == ["1", str(os.getpid())]])
"""
    result = kept.run(code, session)
    told = result.text.replace("PermissionError", "OSError")
    assert told == str(
        ["ConnectionRefusedError", "OSError", "OSError", "OSError", False, False, False, True]
    )


def test_bubblewrap_lets_no_code_make_users_or_keep_keys(kept: Runs) -> None:
    if kept.service.settings.isolation.kind != "bubblewrap":
        pytest.skip("`process` keeps nothing from the code of its user")
    session = kept.session()
    told = kept.service.sessions.get(session, USER).as_dict()
    assert told["active_limits"]["calls"] == "no keyrings, no namespaces of users (seccomp)"
    code = """
import ctypes, os, subprocess, threading
libc = ctypes.CDLL(None, use_errno=True)
calls = {
    "x86_64": ((248, 249, 250), 272, 56, 308, 435),
    "aarch64": ((217, 218, 219), 97, 220, 268, 435),
}
keys, unshare, clone, setns, clone3 = calls[os.uname().machine]
def tried(*call):
    return os.strerror(ctypes.get_errno()) if libc.syscall(*call) < 0 else "done"
print({tried(key, 0, 0, 0) for key in keys}, tried(setns, -1, 0), tried(clone3, 0, 0))
print(tried(unshare, 0x10000000), tried(clone, 0x10000000 | 17, 0, 0, 0, 0))
print(subprocess.run(["unshare", "-Ur", "true"], stderr=-3).returncode != 0)
# What honest code does goes on.
thread = threading.Thread(target=print, args=["a thread"])
thread.start(), thread.join()
print(subprocess.run(["echo", "a process"], capture_output=True, text=True).stdout.strip())
print(os.waitpid(os.fork() or os._exit(3), 0)[1] >> 8)
"""
    refused = os.strerror(errno.EPERM)
    assert kept.run(code, session).text.splitlines() == [
        f"{ {refused} } {refused} {os.strerror(errno.ENOSYS)}",
        f"{refused} {refused}",
        "True",
        "a thread",
        "a process",
        "3",
    ]


def test_nothing_is_left_of_a_kernel_that_has_ended(kept: Runs) -> None:
    session = kept.session()
    work = kept.wait(kept.service.folder(session, USER))
    kept.run("import subprocess; subprocess.Popen(['sleep', '98765'])", session)
    kept.wait(kept.service.end_session(session, USER))
    while kept.service.pool._tasks:
        kept.wait(_settled(kept))
    assert not work.parent.exists()
    left = [
        path
        for path in Path("/proc").glob("[0-9]*/cmdline")
        if b"98765" in _read(path) and b"sleep" in _read(path)
    ]
    assert left == []


async def _settled(kept: Runs) -> None:
    import asyncio

    await asyncio.gather(*kept.service.pool._tasks, return_exceptions=True)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def test_limits_can_be_lowered_and_never_raised() -> None:
    limits = Limits(memory_mb=1000)
    assert limits.lowered({"memory_mb": 500, "cpu_s": 10}) == Limits(memory_mb=500, cpu_s=10)
    for bad in (
        {"memory_mb": 2000},
        {"memory_mb": 0},
        {"memory_mb": -1},
        {"memory_mb": True},
        {"memory_mb": "1"},
        {"unknown": 1},
    ):
        with pytest.raises(MalformedError):
            limits.lowered(bad)


def test_an_isolation_that_does_not_exist_is_refused() -> None:
    with pytest.raises(IsolationError, match="there are process, bubblewrap, docker"):
        isolation.check("firecracker")


def test_the_environment_is_a_list_of_what_passes() -> None:
    given = {"PATH": "/bin", "LC_ALL": "C", "AWS_SECRET": "x", "MINE": "1", "JPY_API_TOKEN": "t"}
    found = clean(given, home=Path("/h"), scratch=Path("/t"), passed=["MINE"])
    assert {key for key in given if key in found} == {"PATH", "LC_ALL", "MINE"}
    assert (found["HOME"], found["TMPDIR"]) == ("/h", "/t")
