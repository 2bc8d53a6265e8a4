"""The command line as a user meets it: what it prints, where, and its exit codes."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from neutrino_lab.cli import main
from neutrino_lab.containers import Docker
from tests.conformance.servers import neutrino, serve
from tests.notebooks import write
from tests.wire import WAIT_S, until

HELLO = '"""\n@HTTP\nGET /hello\n"""\ndef hello():\n    return "hi"\n'
BROKEN = HELLO.replace("GET", "FETCH")


def test_check_is_silent_about_a_sound_notebook(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "app.ipynb", HELLO)
    assert main(["check", str(tmp_path)]) == 0
    assert "error" not in capsys.readouterr().out


def test_check_lists_every_mistake_and_exits_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "a.ipynb", BROKEN, BROKEN.replace("FETCH", "GRAB"))
    write(tmp_path / "b.ipynb", "x = (")
    assert main(["check", str(tmp_path), "--format", "json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert [(each["severity"], each["notebook"], each["cell"]) for each in found] == [
        ("error", "a.ipynb", 1),
        ("error", "a.ipynb", 2),
        # It declares nothing, and stops nobody.
        ("note", "b.ipynb", 0),
        ("note", "b.ipynb", 1),
    ]


@pytest.mark.parametrize(
    "content",
    [b"", b"\x00\xff\xfe junk", b"[]", b"{}", b'{"nbformat": 4}', b'{"cells": 3, "nbformat": 4}'],
)
def test_check_says_what_is_no_notebook(
    content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "app.ipynb").write_bytes(content)
    assert main(["check", str(tmp_path / "app.ipynb")]) == 1
    assert "app.ipynb" in capsys.readouterr().out


@pytest.mark.parametrize("command", ["check", "build", "run"])
def test_a_path_that_is_not_there_is_named(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command, str(tmp_path / "nowhere.ipynb")]) == 2
    assert capsys.readouterr().err == f"neutrino: {tmp_path / 'nowhere.ipynb'} does not exist\n"


@pytest.mark.parametrize("command", ["check", "build", "run"])
def test_a_file_that_is_no_notebook_is_told_as_such(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "main.py"
    path.touch()
    assert main([command, str(path)]) == 2
    told = f"neutrino: {path} is no notebook; name a file that ends in .ipynb, or a folder\n"
    assert capsys.readouterr().err == told


def test_a_notebook_may_be_named_in_capitals(tmp_path: Path) -> None:
    write(tmp_path / "APP.IPYNB", HELLO)
    assert main(["check", str(tmp_path / "APP.IPYNB")]) == 0


def test_init_makes_a_project_that_checks_and_never_overwrites(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["init", str(tmp_path / "new")]) == 0
    assert main(["check", str(tmp_path / "new")]) == 0
    before = {path: path.read_bytes() for path in (tmp_path / "new").rglob("*")}
    capsys.readouterr()
    assert main(["init", str(tmp_path / "new")]) == 2
    assert capsys.readouterr().err.startswith("neutrino: ")
    assert {path: path.read_bytes() for path in (tmp_path / "new").rglob("*")} == before


def test_build_with_an_error_leaves_the_old_folder(tmp_path: Path) -> None:
    write(tmp_path / "app.ipynb", HELLO)
    out = tmp_path / "out"
    assert main(["build", str(tmp_path / "app.ipynb"), "--out", str(out)]) == 0
    before = (out / "main.py").read_bytes()
    write(tmp_path / "app.ipynb", BROKEN)
    assert main(["build", str(tmp_path / "app.ipynb"), "--out", str(out)]) == 1
    assert (out / "main.py").read_bytes() == before


def test_next_writes_times_as_they_were_given(capsys: pytest.CaptureFixture[str]) -> None:
    line = ["next", "cron: 0 30 9 * * 1-5", "--count", "1", "--timezone", "Europe/Paris"]
    assert main([*line, "--after", "2026-03-08T12:00:00", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == ["2026-03-09T09:30:00"]
    assert main([*line, "--after", "2026-03-08T12:00:00+00:00", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == ["2026-03-09T09:30:00+01:00"]
    assert main([*line, "--after", "2026-03-08T12:00:00"]) == 0
    assert capsys.readouterr().out == "Mon 2026-03-09 09:30:00 CET\n"


@pytest.mark.parametrize(
    ("line", "says"),
    [("cron: 99 * * * * *", "99"), ("interval: 10x", "10x"), ("often", "often"), ("", "cron")],
)
def test_next_explains_a_line_that_is_none(
    line: str, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["next", line]) == 1
    assert says in capsys.readouterr().err


@pytest.mark.parametrize("port", ["99999", "-1", "http"])
def test_a_port_that_is_none_is_told_in_one_line(
    port: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", f"--port={port}"]) == 2
    assert capsys.readouterr().err == "neutrino: a port is from 0 to 65535\n"


def test_run_says_that_the_port_is_taken(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "app.ipynb", HELLO)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert main(["run", str(tmp_path / "app.ipynb"), "--port", port]) == 2
    assert f"cannot listen on 127.0.0.1:{port}" in capsys.readouterr().err


def test_run_says_that_an_address_is_not_ours(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "app.ipynb", HELLO)
    assert main(["run", str(tmp_path / "app.ipynb"), "--host", "192.0.2.1", "--port", "0"]) == 2
    told = capsys.readouterr().err
    assert told.startswith("neutrino: cannot listen on 192.0.2.1:0: ")
    assert told.endswith("; give an address of this machine with --host\n")


def test_run_in_docker_without_docker_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "app.ipynb", HELLO)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(["run", str(tmp_path / "app.ipynb"), "--docker"]) == 2
    assert "docker command" in capsys.readouterr().err


def docker_that(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """A docker command that does what a script says."""
    program = tmp_path / "bin" / "docker"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")


def test_run_in_docker_without_an_engine_says_so_before_it_builds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "app.ipynb", HELLO)
    docker_that(tmp_path, monkeypatch, "echo Cannot connect to the daemon >&2; exit 1")
    assert main(["run", str(tmp_path / "app.ipynb"), "--docker"]) == 2
    assert capsys.readouterr().err == (
        "neutrino: no Docker engine answers; start it, or name it in DOCKER_HOST; it said last:\n"
        "  Cannot connect to the daemon\n"
    )


def test_run_in_docker_tells_why_the_image_could_not_be_built(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "app.ipynb", HELLO)
    script = (
        '[ "$1" = version ] && exit 0\n'
        'echo "$@" | sed "s/ [^ ]*build$//"\n'
        "for n in $(seq 20); do echo step $n; done\necho no space left >&2; exit 1"
    )
    docker_that(tmp_path, monkeypatch, script)
    given = ["--network", "host", "--build-arg", "A=b c", "--docker-build", "--pull --no-cache"]
    assert main(["run", str(tmp_path / "app.ipynb"), "--docker", *given]) == 2
    said = capsys.readouterr().err
    assert "build -t app --network host --build-arg A=b c --pull --no-cache\nstep 1\n" in said
    last = "".join(f"  step {n}\n" for n in range(7, 21))
    assert said.endswith(f"neutrino: `docker build` failed; it said last:\n{last}  no space left\n")


def test_run_refuses_what_is_for_docker_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "app.ipynb", HELLO)
    assert main(["run", str(tmp_path / "app.ipynb"), "--network", "host"]) == 2
    assert capsys.readouterr().err == "neutrino: what is for Docker alone needs --docker as well\n"


@pytest.mark.parametrize("text", ["many", "²"])
def test_kernels_are_not_served_where_a_variable_is_no_number(
    text: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KG_PORT", text)
    assert main(["kernels", "serve"]) == 2
    assert capsys.readouterr().err == f"neutrino: KG_PORT={text} is no number\n"


def test_docker_runs_with_our_variables_and_further_arguments() -> None:
    environment = {"NEUTRINO_API_KEYS": "secret", "HOME": "/root"}
    plain = Docker("docker", run_arguments=("--memory", "1g"))
    assert " ".join(plain.command("app", "::1", 9000, environment)) == (
        "docker run --rm -e NEUTRINO_API_KEYS -p [::1]:9000:8000 --memory 1g app"
    )
    assert " ".join(Docker("docker", "host").command("app", "127.0.0.1", 9000, {})) == (
        "docker run --rm --network host app uvicorn main:app --http "
        "runtime.http.uvicorn_protocol:Protocol --host 127.0.0.1 --port 9000"
    )


def test_run_without_reload_refuses_a_broken_notebook(tmp_path: Path) -> None:
    write(tmp_path / "app.ipynb", BROKEN)
    path = str(tmp_path / "app.ipynb")
    assert neutrino("run", path, "--no-reload", "--port", "0").returncode == 1


def wait_for(expected: tuple[int, str], url: str) -> None:
    until(lambda: ((answer := httpx.get(url)).status_code, answer.text) == expected)


def test_run_follows_saves_and_survives_mistakes(tmp_path: Path) -> None:
    write(tmp_path / "source.ipynb", HELLO)
    with serve("run", tmp_path / "source.ipynb", tmp_path) as served:
        url = f"http://{served.address}/hello"
        notebook = tmp_path / "project" / "source.ipynb"
        wait_for((200, '"hi"'), url)
        write(notebook, HELLO.replace("hi", "new"))
        wait_for((200, '"new"'), url)
        write(notebook, BROKEN)
        until(lambda: any("FETCH" in line for line in served.log))
        wait_for((200, '"new"'), url)
        write(notebook, HELLO.replace("hi", "mended"))
        wait_for((200, '"mended"'), url)


def test_run_says_how_to_start_over_where_an_edit_leaves_something(tmp_path: Path) -> None:
    write(tmp_path / "source.ipynb", "import os\nos.environ['NL_MODE'] = 'one'", HELLO)
    with serve("run", tmp_path / "source.ipynb", tmp_path) as served:
        wait_for((200, '"hi"'), f"http://{served.address}/hello")
        notebook = tmp_path / "project" / "source.ipynb"
        write(notebook, "pass", HELLO)
        command = f"Start over:  Ctrl+C, then neutrino run {notebook} --port 0\n"
        until(lambda: command in served.log)
        assert any("what this cell had set in `os` stays set" in line for line in served.log)


def test_run_finds_the_files_beside_the_notebook(tmp_path: Path) -> None:
    code = "def hello():\n    return open('data/hello.txt').read()"
    write(tmp_path / "source.ipynb", f'"""\n@HTTP\nGET /hello\n"""\n{code}')
    (tmp_path / "project/data").mkdir(parents=True)
    (tmp_path / "project/data/hello.txt").write_text("from a file")
    with serve("run", tmp_path / "source.ipynb", tmp_path) as served:
        wait_for((200, '"from a file"'), f"http://{served.address}/hello")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_run_tells_which_line_keeps_the_loop_busy_and_can_be_ended(
    number: signal.Signals, tmp_path: Path
) -> None:
    busy = '"""\n@HTTP\nGET /busy\n"""\nasync def busy():\n    while True:\n        pass\n'
    write(tmp_path / "source.ipynb", HELLO, busy)
    with serve("run", tmp_path / "source.ipynb", tmp_path) as served:
        with pytest.raises(httpx.TimeoutException):
            httpx.get(f"http://{served.address}/busy", timeout=1)
        until(lambda: any("source.ipynb, cell 2, line" in line for line in served.log))
        os.kill(served.process.pid, number)
        assert served.process.wait(WAIT_S) == 0, served.log


def test_run_follows_a_folder_that_is_replaced(tmp_path: Path) -> None:
    write(tmp_path / "source" / "app.ipynb", HELLO)
    with serve("run", tmp_path / "source", tmp_path) as served:
        url = f"http://{served.address}/hello"
        folder = tmp_path / "project" / "source"
        wait_for((200, '"hi"'), url)
        folder.rename(folder.with_name("old"))
        write(folder / "app.ipynb", HELLO.replace("hi", "new"))
        wait_for((200, '"new"'), url)
        write(folder / "app.ipynb", HELLO.replace("hi", "newer"))
        wait_for((200, '"newer"'), url)


def test_run_follows_modules_of_a_folder_that_a_cell_puts_on_the_path(tmp_path: Path) -> None:
    module = tmp_path / "elsewhere" / "words_of_cli_test.py"
    module.parent.mkdir()
    module.write_text("WORD = 'one'")
    path = f"import sys\nsys.path.append({str(module.parent)!r})"
    hello = HELLO.replace('return "hi"', "return WORD")
    write(tmp_path / "source.ipynb", path, "from words_of_cli_test import WORD", hello)
    with serve("run", tmp_path / "source.ipynb", tmp_path) as served:
        url = f"http://{served.address}/hello"
        wait_for((200, '"one"'), url)
        module.write_text("WORD = 'another'")
        wait_for((200, '"another"'), url)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_run_ends_with_0_at_a_signal(number: signal.Signals, tmp_path: Path) -> None:
    write(tmp_path / "source.ipynb", HELLO)
    with serve("run", tmp_path / "source.ipynb", tmp_path) as served:
        wait_for((200, '"hi"'), f"http://{served.address}/hello")
        os.kill(served.process.pid, number)
        assert served.process.wait(WAIT_S) == 0, served.log


def test_help_names_every_command() -> None:
    printed = neutrino("--help").stdout
    assert all(name in printed for name in ("init", "check", "build", "run", "next"))


def test_output_into_a_closed_pipe_is_no_traceback(tmp_path: Path) -> None:
    write(tmp_path / "app.ipynb", *[BROKEN.replace("/hello", f"/{i}") for i in range(400)])
    command = f"{sys.executable} -m neutrino_lab.cli check {tmp_path} | head -1"
    ended = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
    assert "Traceback" not in ended.stderr


def test_build_checks_first_and_says_what_it_would_write(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "app.ipynb", "x = missing", HELLO)
    out = tmp_path / "out"
    command = ["build", str(tmp_path / "app.ipynb"), "--out", str(out), "--check", "--verbose"]
    assert main(command) == 1
    printed = capfd.readouterr()
    assert "error[NL761]" in printed.err
    assert not out.exists()
    write(tmp_path / "app.ipynb", "x = 1", HELLO)
    assert main(command) == 0
    printed = capfd.readouterr()
    assert "  +  cell 2  cell-2  declares  GET /hello\n" in printed.out
    assert "  new  compose.yaml\n" in printed.out
    assert "checked: it comes up" in printed.out
    assert main([*command, "--port", "0"]) == 2
    assert "0 is no port" in capfd.readouterr().err
