"""What the server prepares for a kernel: one expression, with all that was written as data."""

from __future__ import annotations

import ast
import json
from typing import Any

from tests.jupyter import Lab

HELLO = '"""\n@HTTP\nGET /hello/{name}\n"""\ndef hello(name: str):\n    return name'
PATH = "neutrino/api/kernel-code"


def asked(*sources: str, **more: Any) -> dict[str, Any]:
    cells = [{"id": f"c{n}", "type": "code", "source": s} for n, s in enumerate(sources, 1)]
    return {"path": "sub/a.ipynb", "cells": cells, **more}


async def test_what_was_written_stands_in_one_literal(lab: Lab) -> None:
    nasty = "'''\"\"\"\\\n\x00{x}%s');import os#\u2028é"
    call = {"id": "c", "method": "GET", "target": "/hello/'\"", "headers": [["x", nasty]]}
    body = asked(HELLO, f"# {nasty}", key="GET /hello/{name}", call=call)
    answer = await lab.ask("POST", PATH, body=body)
    assert answer.status == 200
    tree = ast.parse(answer.json["expression"], mode="eval").body
    assert isinstance(tree, ast.Call)
    assert len(tree.args) == 1
    told = json.loads(ast.literal_eval(tree.args[0]))
    assert told["call"] == {**call, "body": ""}
    assert told["cells"] == [[1, "c1", HELLO], [2, "c2", f"# {nasty}"]]
    assert (told["path"], told["key"]) == ("a.ipynb", "GET /hello/{name}")
    assert not list(lab.root.iterdir())


async def test_an_endpoint_that_is_not_declared_is_not_there(lab: Lab) -> None:
    answer = await lab.ask("POST", PATH, body=asked(HELLO, key="GET /gone"))
    assert (answer.status, answer.json["code"]) == (404, "no-cell")


async def test_a_declaration_with_an_error_is_told_with_its_cell(lab: Lab) -> None:
    broken = '"""\n@HTTP\nGET hello\n"""\ndef hello():\n    return 1'
    answer = await lab.ask("POST", PATH, body=asked("x = 1", broken, key="GET hello"))
    assert (answer.status, answer.json["code"]) == (422, "unsound")
    assert answer.json["message"].startswith("Cell 2: ")


async def test_the_folder_of_the_code_is_gone_with_the_server(lab: Lab) -> None:
    await lab.ask("POST", PATH, body=asked(HELLO))
    runtime_dir = await lab.services.registry.runtime_dir()
    assert runtime_dir.loader.is_file()
    await lab.services.registry.close()
    assert not runtime_dir.folder.exists()
