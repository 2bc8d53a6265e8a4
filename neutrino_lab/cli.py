"""The command `neutrino`: what it understands. `commands` holds what it does."""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from neutrino_lab import (
    __version__,
    ask_command,
    commands,
    kernel_commands,
    run_commands,
    stream_commands,
)
from neutrino_lab.export.options import OPTIONS, Option
from neutrino_lab.listing import UsageError
from neutrino_lab.runtime.errors import NeutrinoError
from neutrino_lab.runtime.tools.definition import FORMATS

_LAST_PORT = 65535


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; 0 is success, 1 a mistake in a notebook, 2 a mistake in the call."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A console that cannot show a sign gets another in its place, not a traceback.
            stream.reconfigure(errors="replace")
    try:
        arguments = parser().parse_args(argv)
        return arguments.command(arguments)  # type: ignore[no-any-return]
    except (UsageError, NeutrinoError) as error:
        commands.tell(error)
        return 2
    except BrokenPipeError:
        # The reader of a pipe went away (`neutrino check | head`): not worth a traceback.
        sys.stderr.close()
        return 1
    except KeyboardInterrupt:
        return 130


def parser() -> argparse.ArgumentParser:
    """Describe all commands and their options."""
    whole = _Parser(
        prog="neutrino", description="Serve a Jupyter notebook, or build a service from it."
    )
    whole.add_argument("--version", action="version", version=f"neutrino-lab {__version__}")
    verbs = whole.add_subparsers(metavar="COMMAND", required=True)

    init = verbs.add_parser("init", help="make a small project with a notebook that runs")
    init.add_argument("name", nargs="?", type=Path, default=Path(), metavar="NAME")
    init.set_defaults(command=commands.init)

    check = verbs.add_parser("check", help="list every mistake in the notebooks")
    check.add_argument("paths", nargs="*", type=Path, default=[Path()], metavar="PATH")
    check.add_argument("--format", choices=["text", "json", "github"], default="text")
    check.set_defaults(command=commands.check)

    build = verbs.add_parser("build", help="write a folder that runs anywhere")
    build.add_argument("path", nargs="?", type=Path, default=Path(), metavar="PATH")
    build.add_argument("--out", type=Path, default=Path("build"), metavar="FOLDER")
    build.add_argument(
        "--python-executable",
        default="",
        metavar="PYTHON",
        help="take the versions from this interpreter, not from the notebook's kernel",
    )
    for each in OPTIONS:
        _add(build, each)
    build.add_argument(
        "--check", action="store_true", help="first run it, and the saved examples, on its own"
    )
    build.add_argument("--verbose", action="store_true", help="list cells, requirements and files")
    build.set_defaults(command=commands.build)

    run = verbs.add_parser("run", help="serve a notebook or a folder of them; follows every save")
    run.add_argument("path", nargs="?", type=Path, default=Path(), metavar="PATH")
    run.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    run.add_argument("--port", type=_port, default=8000, help="0 takes a free one (%(default)s)")
    run.add_argument(
        "--reload",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="follow every save (default)",
    )
    run.add_argument("--docker", action="store_true", help="build the image and run that")
    run.add_argument(
        "--build-arg",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="with --docker: an argument of the Dockerfile",
    )
    run.add_argument(
        "--network", default="", help="with --docker: the network of build and container, or host"
    )
    run.add_argument(
        "--docker-build",
        default="",
        metavar="ARGUMENTS",
        help="with --docker: further arguments of docker build, as one text",
    )
    run.add_argument(
        "--docker-run",
        default="",
        metavar="ARGUMENTS",
        help="with --docker: further arguments of docker run, as one text",
    )
    run.add_argument(
        "--log-level",
        choices=["critical", "error", "warning", "info", "debug"],
        default="warning",
    )
    run.add_argument(
        "--access-log", action="store_true", help="log every request; it halves the rate"
    )
    run.set_defaults(command=commands.run)

    tools = verbs.add_parser("tools", help="print the endpoints as tools for a model")
    tools.add_argument("path", nargs="?", type=Path, default=Path(), metavar="PATH")
    tools.add_argument("--format", choices=FORMATS, default="openai")
    tools.set_defaults(command=commands.tools)

    key = verbs.add_parser("key", help="make a key for NEUTRINO_API_KEYS, and its hash")
    key.set_defaults(command=commands.key)

    following = verbs.add_parser("next", help="when a schedule line fires")
    following.add_argument("line", help="such as 'cron: 0 30 9 * * 1-5' or 'interval: 10s'")
    following.add_argument("--after", metavar="ISO-TIME", help="default: now")
    following.add_argument("--timezone", metavar="ZONE", help="such as Europe/Paris")
    following.add_argument("--count", type=int, default=5, metavar="N")
    following.add_argument("--format", choices=["text", "json"], default="text")
    following.set_defaults(command=commands.following)

    stream_commands.add_to(verbs)
    ask_command.add_to(verbs)
    run_commands.add(verbs)
    kernel_commands.add(verbs)
    return whole


class _Parser(argparse.ArgumentParser):
    def _get_values(self, action: argparse.Action, arg_strings: list[str]) -> Any:
        # Before Python 3.12.5 argparse loses the value of `--title=--`, and gives an empty list.
        if action.option_strings and arg_strings == ["--"]:
            value = self._get_value(action, "--")
            self._check_value(action, value)
            return value
        return super()._get_values(action, arg_strings)


def _port(text: str) -> int:
    """Read a port as the command line gives it. Raises UsageError, which argparse lets through."""
    if not text.isascii() or not text.isdigit() or int(text) > _LAST_PORT:
        raise UsageError(f"a port is from 0 to {_LAST_PORT}")
    return int(text)


def _add(verb: argparse.ArgumentParser, option: Option) -> None:
    default = option.default
    if isinstance(default, bool):
        verb.add_argument(option.flag, dest=option.name, action="store_true", help=option.about)
        return
    is_list = isinstance(default, tuple)
    verb.add_argument(
        option.flag,
        dest=option.name,
        type=int if isinstance(default, int) else str,
        action="append" if is_list else "store",
        default=[] if is_list else default,
        metavar=option.metavar,
        help=option.about,
    )


if __name__ == "__main__":
    raise SystemExit(main())
