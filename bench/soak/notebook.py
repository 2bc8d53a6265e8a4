"""The notebook of the soak: its versions, and the ways in which one is broken."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random

from tests.notebooks import notebook, write

GREETING = "VERSION = {version}"
ENDPOINTS = (
    '"""\n@HTTP\nGET /version\n"""\ndef version():\n    return VERSION\n',
    '"""\n@HTTP\nPOST /echo\nbody: text:str, many:int=1\n"""\n'
    "def echo(text, many):\n    return text * many\n",
    '"""\n@HTTP\nGET /wait\nquery: seconds:float=0.1\n"""\n'
    "import time\ndef wait(seconds):\n    time.sleep(seconds)\n    return VERSION\n",
    '"""\n@WS /ws\nto: sender\n"""\nasync def talk(event: str):\n    return event\n',
    '"""\n@SCHEDULE\ninterval: 1s\n"""\ndef tick():\n    print("tick", VERSION)\n',
    '"""\n@STREAM /numbers\nsource: every:200ms\n"""\ndef numbers(value):\n    return value\n',
)
BROKEN_CELLS = {
    "raises": "raise RuntimeError('of the soak')",
    "is no Python": "def (:",
    "has no verb": '"@HTTP /nothing"\ndef f():\n    pass',
    "has a wrong type": '"""\n@HTTP\nGET /x/{n:nothing}\n"""\ndef f(n):\n    pass',
    "exits": "import sys; sys.exit(3)",
    "lacks a module": "import no_module_of_this_name",
}
BROKEN_FILES: dict[str, Callable[[str], str]] = {
    "is cut": lambda text: text[: len(text) // 2],
    "is empty": lambda _: "",
    "is nested": lambda _: "[" * 50_000,
    "is no notebook": lambda _: '{"cells": 7}',
    "is binary": lambda _: "\0\x01\x02" * 1000,
}


def cells(version: int) -> tuple[str, ...]:
    return (GREETING.format(version=version), *ENDPOINTS)


def save(path: Path, version: int) -> None:
    write(path, *cells(version))


def break_(path: Path, version: int, random: Random) -> str:
    """Save what cannot be served, and say what is wrong with it."""
    name = random.choice([*BROKEN_CELLS, *BROKEN_FILES])
    if name in BROKEN_CELLS:
        write(path, *cells(version), BROKEN_CELLS[name])
    else:
        path.write_text(BROKEN_FILES[name](notebook(*cells(version))), encoding="utf-8")
    return name
