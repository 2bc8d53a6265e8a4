"""What a model reads: whole, short, and without the bytes of pictures."""

from __future__ import annotations

import base64
import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neutrino_lab.kernels import document, packages, text
from neutrino_lab.kernels.outputs import Outputs
from neutrino_lab.runtime.tools.definition import shortened
from tests.execution.conftest import USER, Runs


def link(index: int, media: str) -> str:
    return f"/{index}?{media}"


def message(kind: str, **content: Any) -> dict[str, Any]:
    return {"msg_type": kind, "content": content}


@given(st.text(max_size=3000), st.integers(200, 1000))
def test_a_long_text_keeps_its_head_and_its_tail(whole: str, most: int) -> None:
    short = shortened(whole, most)
    assert len(short) <= max(most, len(whole) if len(whole) <= most else most)
    if len(whole) > most:
        head, _, tail = short.partition("\n[… ")
        kept = len(head) + len(tail.partition(" characters left out …]\n")[2])
        assert f"[… {len(whole) - kept:,} characters left out …]" in short
        assert whole.startswith(head)


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("10%\r50%\r100%\n", "100%\n"),
        ("long line\rshort", "shortline"),
        ("a\r\nb", "a\nb"),
        ("\x1b]8;;http://x\x07link\x1b]8;;\x07", "link"),
    ],
)
def test_text_reads_as_a_terminal_shows_it(raw: str, shown: str) -> None:
    assert text.plain(raw) == shown


def test_a_picture_is_a_link_and_never_its_bytes() -> None:
    data = {"image/png": base64.b64encode(b"x" * 70_000).decode(), "text/plain": "<Figure>"}
    shown = text.of_outputs([{"output_type": "display_data", "data": data, "metadata": {}}], link)
    assert shown == "[picture <Figure> (image/png): /0?image/png]"


@given(st.lists(st.tuples(st.sampled_from(["stdout", "stderr"]), st.text(max_size=50))))
def test_streams_are_joined_and_bounded(pieces: list[tuple[str, str]]) -> None:
    events: list[dict[str, Any]] = []
    outputs = Outputs(100, events.append)
    for name, piece in pieces:
        outputs.take(message("stream", name=name, text=piece))
    kept = "".join(each["text"] for each in outputs.listed)
    assert len(kept.encode("utf-8", "surrogatepass")) <= 100
    assert "".join(each["output"]["text"] for each in events) == kept
    names = [each["name"] for each in outputs.listed]
    assert all(a != b for a, b in pairwise(names))
    total = sum(len(piece.encode("utf-8", "surrogatepass")) for _, piece in pieces)
    assert outputs.is_full == (total > 100)


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("stream", {"name": "stdout", "text": {"a": 1}}),
        ("stream", {"name": "stdout"}),
        ("display_data", {"data": 5}),
        ("display_data", {"data": {"text/plain": "a"}, "transient": [1]}),
        ("display_data", {"data": {"text/plain": "a"}, "metadata": 1}),
        ("update_display_data", {"data": {}, "transient": 7}),
        ("error", {"traceback": 5}),
    ],
)
def test_what_is_no_output_leaves_nothing(kind: str, content: dict[str, Any]) -> None:
    told: list[dict[str, Any]] = []
    outputs = Outputs(1000, told.append)
    with pytest.raises((AttributeError, KeyError, TypeError)):
        outputs.take(message(kind, **content))
    outputs.take(message("stream", name="stdout", text="b"))
    assert outputs.listed == [{"output_type": "stream", "name": "stdout", "text": "b"}]
    assert [each["index"] for each in told] == [0]


@pytest.mark.parametrize(
    ("kind", "content", "shown"),
    [
        ("stream", {"name": "stdout", "text": "a\ud800"}, "a?"),
        ("display_data", {"data": {"text/plain": "\ud800"}}, "?"),
        ("display_data", {"data": {"text/plain": 5}}, "5"),
        ("display_data", {"data": {"application/vnd.neutrino.table+json": {"rows": 1}}}, None),
        ("error", {"ename": 1, "evalue": None, "traceback": [5, "\ud800"]}, "5\n?"),
    ],
)
def test_what_is_of_no_form_is_told_in_one(
    kind: str, content: dict[str, Any], shown: str | None
) -> None:
    outputs = Outputs(1000, lambda _: None)
    outputs.take(message(kind, **content))
    json.dumps(outputs.listed, ensure_ascii=False).encode()
    told = text.of_outputs(outputs.listed, link)
    assert told == (
        shown or "[application/vnd.neutrino.table+json: /0?application/vnd.neutrino.table+json]"
    )


def test_what_is_shown_again_takes_its_place() -> None:
    events: list[dict[str, Any]] = []
    outputs = Outputs(10_000, events.append)
    shown = {"metadata": {}, "transient": {"display_id": "d"}}
    outputs.take(message("display_data", data={"text/plain": "1"}, **shown))
    outputs.take(message("update_display_data", data={"text/plain": "2"}, **shown))
    assert [each["data"] for each in outputs.listed] == [{"text/plain": "2"}]
    assert [each.get("replace", False) for each in events] == [False, True]
    outputs.take(message("clear_output", wait=True))
    assert len(outputs.listed) == 1
    outputs.take(message("stream", name="stdout", text="new"))
    assert [each["output_type"] for each in outputs.listed] == ["stream"]


def test_a_table_is_its_shape_types_and_first_rows(runs: Runs, session: str) -> None:
    code = "import pandas as pd\npd.DataFrame({'a': range(1000), 'b': ['x'] * 1000})"
    result = runs.run(code, session)
    lines = result.text.splitlines()
    assert lines[0].startswith("table of 1,000 rows and 2 columns (a: int64, b: ")
    assert lines[2:4] == ["0  0  x", "1  1  x"]
    assert len(lines) == 13
    assert lines[-1].startswith("[first rows; all of it as CSV: api/jupyter/executions/")
    assert len(result.text) < 500


def test_a_plot_is_one_picture_and_its_text_is_short(runs: Runs, session: str) -> None:
    code = "import matplotlib.pyplot as plt\nplt.plot(range(1000))\nplt.show()"
    result = runs.run(code, session)
    assert [sorted(each["data"]) for each in result.outputs] == [["image/png", "text/plain"]]
    assert len(result.text) < 300
    assert result.outputs[0]["data"]["image/png"][:40] not in result.text


def test_a_missing_package_is_named_with_what_would_install_it(runs: Runs, session: str) -> None:
    result = runs.run("import sklearn_nothing", session)
    assert "`pip install sklearn-nothing`" in result.text
    error = {"ename": "ModuleNotFoundError", "evalue": "No module named 'cv2.x'"}
    assert packages.hint(error, "ask") == (
        "`cv2` is not installed in this kernel. `pip install opencv-python-headless` in the "
        "kernel's environment would install it; without that, use what is installed."
    )
    assert "Nothing can be installed here" in packages.hint(error, "deny")
    assert packages.hint({"ename": "NameError", "evalue": ""}, "ask") == ""


def test_a_session_becomes_a_notebook(runs: Runs) -> None:
    session = runs.session()
    runs.run("1 + 1", session)
    runs.run("print('a')", session)
    runs.run("1 / 0", session)
    made = document.notebook(runs.service.sessions.get(session, USER))
    assert made["nbformat"] == 4
    assert [cell["source"] for cell in made["cells"]] == ["1 + 1", "print('a')", "1 / 0"]
    assert [[o["output_type"] for o in cell["outputs"]] for cell in made["cells"]] == [
        ["execute_result"],
        ["stream"],
        ["error"],
    ]
    assert made["metadata"]["kernelspec"]["name"] == "python3"
