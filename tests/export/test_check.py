"""An export is tried in a process of its own, with its files and nothing else."""

from __future__ import annotations

import dataclasses
import json
import os
import threading
from pathlib import Path
from typing import Any

import pytest

from neutrino_lab.declare.diagnostics import Diagnostic
from neutrino_lab.export import check, draft, replay
from neutrino_lab.export.check import Outcome
from neutrino_lab.export.draft import Draft, Stages
from neutrino_lab.export.errors import ExportCancelledError, ExportSystemError
from neutrino_lab.export.examples import of_notebooks
from neutrino_lab.export.options import BuildOptions
from neutrino_lab.notebook.model import Notebook
from neutrino_lab.notebook.project import find
from tests.notebooks import notebook

HELLO = '"""\n@HTTP\nGET /hello/{name}\nquery: times:int=1\n"""\n'
HELLO += "def hello(name: str, times: int):\n    return [f'{GREETING} {name}'] * times\n"
ADD = '"""\n@HTTP\nPOST /add\nbody: a:int, b:int\n"""\n'
ADD += "def add(a: int, b: int):\n    return {'sum': a + b}\n"
SUM = {"path": "$.sum", "equals": 4}


def drafted(
    folder: Path, *cells: str, examples: Any = None, options: BuildOptions | None = None
) -> Draft:
    document = json.loads(notebook(*cells))
    document["metadata"]["neutrino_lab"] = {"examples": examples or {}}
    (folder / "app.ipynb").write_text(json.dumps(document))
    return draft.draft(find(folder / "app.ipynb"), options or BuildOptions(), Stages())


def saved(endpoint: str, name: str = "one", **values: Any) -> dict[str, Any]:
    return {"name": name, "endpoint": endpoint, "values": values}


def replayed(outcome: Outcome) -> list[tuple[str, str, bool, int, str]]:
    return [(e.key, e.name, e.ok, e.status, e.message) for e in outcome.examples]


def errors(outcome: check.Outcome) -> list[Diagnostic]:
    """Why it did not come up; that there was no lock to try it with is a warning."""
    assert [each.code for each in outcome.findings if each.severity != "error"] == ["NL763"]
    return [each for each in outcome.findings if each.severity == "error"]


def test_examples_are_replayed_as_they_were_saved(tmp_path: Path) -> None:
    examples = {
        "cell-2": [saved("GET /hello/{name}", path={"name": "a/b ü?"}, query={"times": 2})],
        "cell-3": [
            saved("POST /add", body={"a": 1, "b": 2}),
            saved("POST /add", "wrong", body={"a": "x"}),
            {**saved("POST /add", "refused", body={"a": "x"}), "expect": {"status": 422}},
            {**saved("POST /add", "sum", body={"a": 1, "b": 2}), "expect": SUM},
            saved("POST /gone", body={}),
            {"name": "no endpoint"},
            "nonsense",
        ],
        "cell-9": [saved("POST /add", "of a cell that is gone", body={"a": 1, "b": 1})],
    }
    outcome = check.check(
        drafted(tmp_path, "GREETING = 'hi'", HELLO, ADD, examples=examples), Stages()
    )
    found = replayed(outcome)
    assert [each[:4] for each in found] == [
        ("GET /hello/{name}", "one", False, 404),
        ("POST /add", "one", True, 200),
        ("POST /add", "wrong", False, 422),
        ("POST /add", "refused", True, 422),
        ("POST /add", "sum", False, 200),
    ]
    assert found[4][4] == "$.sum is 3, 4 was expected"
    assert "int_parsing" in found[2][4]
    assert not outcome.ok


ECHO = '"""\n@HTTP\nPOST /echo\n"""\ndef echo():\n    return None\n'


def test_a_body_that_was_written_as_text_is_sent_as_it_was(tmp_path: Path) -> None:
    document = json.loads(notebook(ECHO))
    exact = '{"n": 9007199254740993, "x": 1.0, "big": 1e400, "ä": '
    listed = [
        {**saved("POST /echo", body={"n": 9007199254740992}), "text": exact},
        {**saved("POST /echo", headers={"content-type": "text/x"}), "text": "plain"},
        {**saved("POST /echo", body={"a": "{{n}}"}), "text": None},
        {**saved("POST /echo", headers={"x-n": "{{n}}"}), "text": '{"a": {{n}}}'},
    ]
    document["metadata"]["neutrino_lab"] = {
        "examples": {"cell-1": listed},
        "variables": {"n": "1"},
    }
    (tmp_path / "app.ipynb").write_text(json.dumps(document))
    made = draft.draft(find(tmp_path / "app.ipynb"), BuildOptions(), Stages())
    readable = [each for each in made.selection.notebooks if isinstance(each, Notebook)]
    sent = [(each.body, dict(each.headers)) for each in of_notebooks(made.app, readable)]
    assert sent == [
        (exact.encode(), {"Content-Type": "application/json"}),
        (b"plain", {"content-type": "text/x"}),
        (b'{"a": "1"}', {"Content-Type": "application/json"}),
        (b'{"a": 1}', {"x-n": "1", "Content-Type": "application/json"}),
    ]


CHAT = '''"""
@WS /chat/{room_id}
query: loud:bool=False
message: text:str
validate: true
"""
def chat(event: dict, room_id: str, loud: bool):
    if event["text"] == "boom":
        raise ValueError("no such word")
    if event["text"] == "hush":
        return None
    return {"said": event["text"], "room": room_id, "loud": loud}
'''
NO_INTEGER = "Input should be a valid integer, unable to parse string as an integer"
TICKS = '''"""
@WS /ticks
type: stream
message: step:int
validate: true
"""
async def ticks(event: dict):
    yield event.get("step", 1)
'''


def test_websockets_are_opened_and_spoken_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay, "SILENCE_S", 1)
    room = {"room_id": "a/b?"}
    chat, ticks = "WS /chat/{room_id}", "WS /ticks"
    text = {"text": "hi"}
    examples = {
        "cell-1": [
            saved(chat, path=room, query={"loud": True}, body=text),
            saved(chat, "as it was typed", path={"room_id": "x"}, body='{ "text": "hi" }'),
            saved(chat, "unfit", path={"room_id": "x"}, body={"txt": 1}),
            saved(chat, "raises", path={"room_id": "x"}, body={"text": "boom"}),
            saved(chat, "silent", path={"room_id": "x"}, body={"text": "hush"}),
            saved(chat, "refused", path={"room_id": "x"}, query={"loud": "?"}, body=text),
        ],
        "cell-2": [saved(ticks), saved(ticks, "asked", body={"step": "no number"})],
    }
    outcome = check.check(drafted(tmp_path, CHAT, TICKS, examples=examples), Stages())
    assert replayed(outcome) == [
        (chat, "one", False, 403, "the connection is refused"),
        (chat, "as it was typed", True, 101, ""),
        (chat, "unfit", False, 101, "text: Field required"),
        (chat, "raises", False, 1011, "cell 1, line 9: ValueError: no such word"),
        (chat, "silent", True, 101, "no answer within 1 s"),
        (chat, "refused", False, 403, "the connection is refused"),
        (ticks, "one", True, 101, ""),
        (ticks, "asked", False, 101, f"step: {NO_INTEGER}"),
    ]


LOOK = '''"""
@HTTP
GET /look
"""
def look():
    import main
    jobs = main.service.engine.parts["schedule"].jobs
    assert jobs.is_paused("app:tidy")
    assert [each.due is not None for each in jobs.upcoming()] == [True]
'''


def test_schedules_are_armed_and_do_not_run(tmp_path: Path) -> None:
    tidy = '"""\n@SCHEDULE\ninterval: 1s\n"""\ndef tidy():\n    pass\n'
    examples = {"cell-2": [saved("GET /look")]}
    outcome = check.check(drafted(tmp_path, tidy, LOOK, examples=examples), Stages())
    assert replayed(outcome) == [("GET /look", "one", True, 200, "")]
    assert outcome.armed == ("SCHEDULE app:tidy",)


def test_without_examples_only_its_health_is_asked(tmp_path: Path) -> None:
    outcome = check.check(drafted(tmp_path, "GREETING = 'hi'", HELLO), Stages())
    assert (outcome.examples, errors(outcome), outcome.ok) == ((), [], True)


def test_a_relative_import_is_explained(tmp_path: Path) -> None:
    (found,) = errors(check.check(drafted(tmp_path, "from . import tools", HELLO), Stages()))
    assert found.hint.startswith("a notebook is in no package")


@pytest.mark.parametrize(
    ("cells", "options", "says"),
    [
        (
            ["x = centroids", HELLO],
            BuildOptions(),
            (1, 1, "name `centroids` only exists in your kernel"),
        ),
        (["a = 1\nx = GREETING", "GREETING = 1", HELLO], BuildOptions(), (1, 2, "cell 2 sets it")),
        (
            ["y = 1", "x = y", HELLO],
            BuildOptions(excluded=("cell-1",)),
            (2, 1, "set by cell 1, which is left out"),
        ),
        (["__import__('nowhere_at_all')", HELLO], BuildOptions(), (1, 1, "'nowhere_at_all'")),
        (["1 / 0", HELLO], BuildOptions(), (1, 1, "ZeroDivisionError: division by zero")),
        (
            ["open('data.csv')", HELLO],
            BuildOptions(),
            (1, 1, "No such file or directory: 'data.csv'"),
        ),
    ],
)
def test_what_a_fresh_process_lacks_is_named_with_cell_and_line(
    cells: list[str], options: BuildOptions, says: tuple[int, int, str], tmp_path: Path
) -> None:
    outcome = check.check(drafted(tmp_path, *cells, options=options), Stages())
    (found,) = errors(outcome)
    assert found.code == "NL761"
    assert found.span is not None
    assert (found.cell, found.span.line) == says[:2]
    assert says[2] in found.message
    assert not outcome.ok
    assert "Traceback" in outcome.log
    assert "neutrino-check-failed" not in outcome.log


def test_a_call_that_fails_names_what_is_missing(tmp_path: Path) -> None:
    examples = {"cell-1": [saved("GET /hello/{name}", path={"name": "a"})]}
    outcome = check.check(drafted(tmp_path, HELLO, examples=examples), Stages())
    assert replayed(outcome) == [
        (
            "GET /hello/{name}",
            "one",
            False,
            500,
            "cell 1, line 7: name `GREETING` only exists in your kernel: "
            "no cell defines it any more",
        )
    ]


def test_an_app_that_does_not_come_up_is_ended(tmp_path: Path) -> None:
    mark = tmp_path / "pid"
    cells = [
        f"import os\nopen({str(mark)!r}, 'w').write(str(os.getpid()))\nwhile True: pass",
        HELLO,
    ]
    outcome = check.check(drafted(tmp_path, *cells), Stages(), start_s=8)
    assert [each.code for each in errors(outcome)] == ["NL762"]
    with pytest.raises(ProcessLookupError):
        os.kill(int(mark.read_text()), 0)


def test_a_process_that_ends_is_told_with_its_code(tmp_path: Path) -> None:
    outcome = check.check(drafted(tmp_path, "import os\nos._exit(7)", HELLO), Stages())
    assert "ended with code 7" in errors(outcome)[0].message


def test_a_check_can_be_called_off(tmp_path: Path) -> None:
    started = tmp_path / "started"
    os.mkfifo(started)
    stages = Stages()

    def cancel() -> None:
        started.read_text()  # waits for the cell
        stages.cancellation.cancel()

    thread = threading.Thread(target=cancel)
    thread.start()
    cell = f"open({str(started)!r}, 'w').write('x')\nimport time\ntime.sleep(1000)"
    with pytest.raises(ExportCancelledError):
        check.check(drafted(tmp_path, cell, HELLO), stages)
    thread.join()


def test_our_switches_and_paths_do_not_reach_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEUTRINO_API_KEYS", "secret")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("KEPT", "yes")
    cell = "import os\nassert os.environ['KEPT'] == 'yes'\nassert 'PYTHONPATH' not in os.environ"
    examples = {"cell-2": [saved("POST /add", body={"a": 1, "b": 2})]}
    assert check.check(drafted(tmp_path, cell, ADD, examples=examples), Stages()).ok


def test_what_the_system_refuses_is_an_error_of_ours(
    tmp_path: Path,
) -> None:
    found = drafted(tmp_path, ADD)
    gone = dataclasses.replace(found.environment, executable=str(tmp_path / "gone"))
    with pytest.raises(ExportSystemError, match=r"nothing was written: No such file.*gone"):
        check.check(dataclasses.replace(found, environment=gone), Stages())


def test_a_file_of_the_project_that_fails_is_named(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "__init__.py").write_text("")
    with (tmp_path / "shop" / "large.py").open("wb") as file:
        file.truncate(11_000_000)
    with pytest.raises(ExportSystemError, match=r"it has more than 10 MB .*shop/large.py"):
        drafted(tmp_path, "import shop", ADD)
