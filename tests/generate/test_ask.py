"""`neutrino ask`: words → a cell at the end of a notebook. Answers are written by hand."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from neutrino_lab.cli import main
from neutrino_lab.notebook.provenance import hash_of
from tests.generate.operators import SPREAD, drafted
from tests.llm import KEY, MODEL, Reply, answering
from tests.streams.flows import PRICES, lines


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    for name in ("BASE_URL", "API_KEY", "MODEL"):
        monkeypatch.delenv(f"NEUTRINO_LLM_{name}", raising=False)
    return f"file:{lines(tmp_path / 'prices.jsonl', [{'price': p} for p in PRICES])}"


def test_a_cell_is_added_with_where_it_comes_from_and_is_sound(
    source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "prices.ipynb"
    asked = ("ask", "the spread of prices", str(path), "--yes", "--source", source)
    with answering(drafted(SPREAD)) as endpoint:
        for name, value in endpoint.environment.items():
            monkeypatch.setenv(name, value)
        code = main(asked)
    out, _ = capsys.readouterr()
    assert (code, out) == (0, f"{path}: cell 1: spread\n")
    text = path.read_text()
    assert KEY not in text
    assert "99.41" not in text
    [cell] = json.loads(text)["cells"]
    written = "".join(cell["source"])
    assert written.startswith(f'"""\n@STREAM /streams/the-spread-of-prices\nsource: {source}\n')
    told: dict[str, Any] = cell["metadata"]["neutrino_lab"]["generated"]
    assert told.pop("accepted_at").endswith("+00:00")
    assert told.pop("accepted_by") is not None
    assert set(told.pop("checks").values()) == {"passed", "skipped"}
    assert told.pop("sandbox") in ("bubblewrap", "landlock")
    assert told == {
        "words": "the spread of prices",
        "model": MODEL,
        "host": "127.0.0.1",
        "prompt": "1",
        "rounds": 1,
        "hash": hash_of(written),
    }
    assert main(["check", str(path)]) == 0


def test_a_built_in_is_added_without_a_model_and_the_rest_stays_byte_for_byte(
    source: str, tmp_path: Path
) -> None:
    path = tmp_path / "old.ipynb"
    old = {
        "cells": [{"cell_type": "markdown", "metadata": {"x": 1}, "source": ["# Né"]}],
        "metadata": {},
        "nbformat": 4,
        "nbformat_minor": 4,
    }
    path.write_text(json.dumps(old, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    words = "moving average of the last 5 prices"
    assert main(["ask", words, str(path), "--yes", "--source", source, "--path", "/avg"]) == 0
    made = json.loads(path.read_text(encoding="utf-8"))
    added = made["cells"].pop()
    assert made == old
    assert added == {
        "cell_type": "code",
        "execution_count": None,
        "metadata": {},
        "outputs": [],
        "source": [
            '"""\n',
            "@STREAM /avg\n",
            f"source: {source}\n",
            "select: price\n",
            "op: sma\n",
            "params: window_size:int=5\n",
            f"describe: {words}\n",
            '"""',
        ],
    }


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.txt", None, "its name has to end in .ipynb"),
        ("a.ipynb", "{", "is no notebook"),
        ("a.ipynb", '{"cells": [], "nbformat": 3}', "is no notebook of format 4"),
        ("nowhere/a.ipynb", None, "There is no folder"),
    ],
)
def test_what_is_no_notebook_is_said_before_anything_is_asked(
    name: str, content: str | None, reason: str, source: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = Path(name).absolute()
    if content is not None:
        path.write_text(content)
    assert main(["ask", "x", str(path), "--yes", "--source", source]) == 1
    assert reason in capsys.readouterr().err
    assert (path.read_text() if path.exists() else None) == content


@pytest.mark.parametrize(
    ("declaration", "reason"),
    [
        ("@HTTP /api/mean", "no verb"),
        ("@SCHEDULE\ncron: nope", "cron"),
        ("@NOPE", "That is no declaration"),
        ("@STREAM /s", "a stream is told by --source"),
    ],
)
def test_a_declaration_with_a_mistake_is_said_before_anybody_is_asked(
    declaration: str, reason: str, source: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ask", "x", "new.ipynb", "--yes", "--declaration", declaration]) == 1
    assert reason in capsys.readouterr().err
    assert not Path("new.ipynb").exists()


def test_an_endpoint_is_added_and_said_to_run_without_a_sandbox(
    source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "twice.ipynb"
    code = "def twice(n):\n    return n * 2"
    asked = ("ask", "twice a number", str(path), "--yes", "--declaration", "@HTTP GET /twice")
    reply = Reply([json.dumps({"name": "twice", "code": code, "query": "n:int=21"})])
    with answering(reply) as endpoint:
        for name, value in endpoint.environment.items():
            monkeypatch.setenv(name, value)
        assert main(asked) == 0
    said = capsys.readouterr().err
    assert "once accepted, it runs in the service's own process, without a sandbox" in said
    [cell] = json.loads(path.read_text())["cells"]
    written = "".join(cell["source"])
    assert written == f'"""\n@HTTP GET /twice\nquery: n:int=21\n"""\n{code}'
    assert cell["metadata"]["neutrino_lab"]["generated"]["hash"] == hash_of(written)
    assert main(["check", str(path)]) == 0


def test_nothing_is_added_without_a_yes(source: str, tmp_path: Path) -> None:
    path = tmp_path / "new.ipynb"
    assert main(["ask", "moving average", str(path), "--source", source]) == 1
    assert not path.exists()
