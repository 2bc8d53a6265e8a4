"""Endpoints called in a live kernel: what a caller gets, and what the user is told."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from neutrino_lab.lab.protocol.journal import Call, Failure, Frame
from neutrino_lab.lab.protocol.kernel import KernelAnswer, KernelLack, KernelNeed, KernelStatus
from tests.kernels import Kernel, response, started

HALF = '''\n\n"""
@HTTP
POST /half
body: n:int
"""
def half(n):
    print("halving", n)
    return helper(n)'''
HELPER = "def helper(n):\n    return 8 // n"
KEY = "POST /half"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    with started(tmp_path_factory.mktemp("kernel")) as kernel:
        yield kernel


@pytest.fixture
def kernel(shared: Kernel) -> Kernel:
    shared.run("%reset -f")
    shared.write(HELPER, HALF)
    return shared


def need(name: str, cell: int, cell_id: str = "") -> KernelNeed:
    return KernelNeed(name=name, cell=cell, cell_id=cell_id or f"c{cell}")


def status(answer: KernelAnswer) -> KernelStatus:
    assert len(answer.statuses) == 1
    return answer.statuses[0]


def call_of(answer: KernelAnswer) -> Call:
    assert answer.response is not None
    assert answer.response.call is not None
    return answer.response.call


def test_a_cell_that_ran_answers_and_an_edit_counts_once_it_has_run(kernel: Kernel) -> None:
    kernel.run()
    answer = kernel.call(KEY, body={"n": 2})
    assert status(answer) == KernelStatus(key=KEY, state="ready", need=need("half", 2))
    assert (response(answer).json(), response(answer).status_code) == (4, 200)
    told = call_of(answer)
    assert (told.id, told.key, told.output, told.failure) == ("call-1", KEY, "halving 2\n", None)
    kernel.write(HELPER, HALF.replace("return helper(n)", "return -helper(n)"))
    answer = kernel.call(KEY, body={"n": 2})
    assert (status(answer).state, response(answer).json()) == ("edited", 4)
    kernel.run()
    answer = kernel.call(KEY, body={"n": 2})
    assert (status(answer).state, response(answer).json()) == ("ready", -4)


def test_a_question_runs_nothing_of_the_users(kernel: Kernel) -> None:
    kernel.run()
    answer = kernel.ask()
    assert (status(answer).state, answer.openapi, answer.has_run) == ("ready", None, True)
    answer = kernel.ask(KEY)
    assert answer.response is None
    assert answer.openapi is not None
    assert list(answer.openapi["paths"]) == ["/half"]


def test_what_is_missing_is_named_with_its_cell(kernel: Kernel) -> None:
    assert status(kernel.call(KEY)).model_dump() == {
        "key": KEY,
        "state": "undefined",
        "need": {"name": "half", "cell": 2, "cell_id": "c2"},
        "holder": 0,
    }
    typed = HALF.replace("n:int", "n:Count")
    kernel.write("Count = int", HELPER, typed)
    kernel.run(HELPER, typed)
    answer = kernel.call(KEY, body={"n": 2})
    assert (status(answer).state, status(answer).need) == ("undefined", need("Count", 1))
    assert answer.response is None


def test_a_function_of_another_cell_is_not_taken_for_this_one(kernel: Kernel) -> None:
    other = "def half(n):\n    return 'other'"
    kernel.write(HELPER, HALF, other)
    kernel.run()
    answer = kernel.call(KEY, body={"n": 2})
    assert status(answer) == KernelStatus(
        key=KEY, state="elsewhere", need=need("half", 2), holder=3
    )
    assert answer.response is None


def test_a_name_that_the_user_never_gave_is_not_called(kernel: Kernel, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    opens = '"""\n@HTTP\nGET /open\nquery: file, mode\n"""\ndef open(file, mode):\n    ...'
    kernel.write(opens)
    answer = kernel.call("GET /open", f"/open?file={mark}&mode=w")
    assert (status(answer).state, answer.response) == ("undefined", None)
    assert not mark.exists()


def test_a_function_that_a_library_wraps_is_known_by_its_cell(kernel: Kernel) -> None:
    wrapped = '"""\n@HTTP\nGET /one\n"""\nimport functools\n'
    wrapped += "@functools.partial\ndef one():\n    return 1"
    kernel.write(wrapped)
    assert status(kernel.ask()).state == "undefined"
    kernel.run()
    assert response(kernel.call("GET /one")).json() == 1


def test_a_traceback_leads_to_cells_and_lines(kernel: Kernel) -> None:
    kernel.run()
    answer = kernel.call(KEY, body={"n": 0})
    assert response(answer).status_code == 500
    failure = call_of(answer).failure
    assert failure is not None
    assert (failure.type, failure.frames) == (
        "ZeroDivisionError",
        [
            Frame(
                cell=2,
                cell_id="c2",
                file="a.ipynb, cell 2",
                line=10,
                function="half",
                text="return helper(n)",
            ),
            Frame(
                cell=1,
                cell_id="c1",
                file="a.ipynb, cell 1",
                line=2,
                function="helper",
                text="return 8 // n",
            ),
        ],
    )
    kernel.write(HELPER + "  # changed", HALF + "  # changed")
    edited = call_of(kernel.call(KEY, body={"n": 0})).failure
    assert isinstance(edited, Failure)
    assert [(each.cell, each.file) for each in edited.frames] == [
        (0, "cell 2 as it was when it ran, not its current text"),
        (0, "a cell that was edited or removed since it ran"),
    ]


def test_magics_are_no_edit(kernel: Kernel) -> None:
    kernel.write(HELPER, HALF + "\n%config InlineBackend.x = 1\n!true\n")
    kernel.run()
    assert status(kernel.ask()).state == "ready"


def test_nothing_is_left_behind(kernel: Kernel) -> None:
    kernel.run()
    names = "print(sorted(n for n in globals() if n[0] != '_'))"
    before = kernel.printed(names)
    count = kernel.printed("print(get_ipython().execution_count)")
    kernel.call(KEY, body={"n": 2})
    assert kernel.printed(names) == before
    assert int(kernel.printed("print(get_ipython().execution_count)")) == int(count) + 2
    paths = (
        "import sys; print([p for p in sys.path if 'neutrino-' in p], type(sys.stdout).__name__)"
    )
    assert kernel.printed(paths) == "[] OutStream"


def test_figures_of_a_call_are_not_shown_by_the_next_cell(kernel: Kernel) -> None:
    pytest.importorskip("matplotlib")
    draws = '"""\n@HTTP\nGET /draw\n"""\ndef draw():\n    plt.plot([1])\n    return 1'
    kernel.write("%matplotlib inline\nfrom matplotlib import pyplot as plt", draws)
    kernel.run()
    assert response(kernel.call("GET /draw")).json() == 1
    assert kernel.printed("print(plt.get_fignums())") == "[]"


def test_the_users_text_is_data(kernel: Kernel) -> None:
    texts = ["'''\"\"\"\\", "{x} %s \\n", "\u2028 é 🚀", "\ud800", "');print(1)#"]
    said = [f"# {text}\nTEXT = 1" for text in texts]
    kernel.write(HELPER, HALF, *said)
    kernel.run(HELPER, HALF)
    target = "/half?" + "%27%22%5C" * 3
    assert response(kernel.call(KEY, target, body={"n": 2}, x="'\"\\{}")).json() == 4


def test_an_endpoint_that_cannot_be_built_is_refused_alone(kernel: Kernel) -> None:
    bad = '"""\n@HTTP\nGET /bad\nquery: x:Odd\n"""\ndef bad(x):\n    return 1'
    kernel.write("class Odd: ...", HELPER, HALF, bad)
    kernel.run()
    assert response(kernel.call(KEY, body={"n": 2})).json() == 4
    answer = kernel.call("GET /bad", "/bad?x=1")
    assert answer.response is None
    assert "`x`" in answer.refused


def test_an_interrupt_ends_a_call_with_what_had_come(kernel: Kernel) -> None:
    slow = '''"""
@HTTP
GET /slow
media: text
"""
import time
def slow():
    yield "begun"
    while True:
        time.sleep(0.01)'''
    kernel.write(slow)
    kernel.run()
    threading.Timer(0.5, kernel.interrupt).start()
    answer = kernel.call("GET /slow")
    assert answer.response is not None
    assert answer.response.is_interrupted
    assert (response(answer).status_code, response(answer).text) == (200, "begun")
    assert kernel.printed("print(1)") == "1"


def test_an_answer_without_end_is_cut(kernel: Kernel) -> None:
    endless = '''"""
@HTTP
GET /endless
media: text
"""
def endless():
    while True:
        yield "x" * 1_000_000'''
    kernel.write(endless)
    kernel.run()
    answer = kernel.call("GET /endless")
    assert answer.response is not None
    assert len(response(answer).content) == 16 * 1024 * 1024 < answer.response.size


def test_asyncio_works_in_functions_of_either_kind(kernel: Kernel) -> None:
    kernel.write(
        "import asyncio\nasync def one(): return 1",
        '"""\n@HTTP\nGET /plain\n"""\ndef plain():\n    return asyncio.run(one())',
        '"""\n@HTTP\nGET /async\n"""\nasync def waits():\n    return await one()',
    )
    kernel.run()
    assert response(kernel.call("GET /plain")).json() == 1
    assert response(kernel.call("GET /async")).json() == 1


def test_a_kernel_that_lacks_fastapi_is_told_what_to_install(kernel: Kernel) -> None:
    kernel.run("import sys; sys.modules['cronsim'] = None")
    try:
        kernel.run(
            "for n in [n for n in sys.modules if n.startswith('neutrino_worker')]:\n"
            "    del sys.modules[n]"
        )
        answer = kernel.ask()
    finally:
        kernel.run("import sys; del sys.modules['cronsim']")
    command = f"{sys.executable} -m pip install 'cronsim>=2.7'"
    assert answer.lacking == KernelLack(
        reason="The kernel's environment lacks cronsim.", command=command
    )
    assert status(kernel.ask()).state == "undefined"
