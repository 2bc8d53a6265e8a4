"""What bad answers get: a candidate that says what fails, or a clear error.

All answers are written by hand; nothing is said by them of what any model does.
"""

from __future__ import annotations

import json
import threading

import pytest

from neutrino_lab.generate.drafting import Forms
from neutrino_lab.generate.errors import ModelError
from neutrino_lab.generate.task import Sample
from neutrino_lab.generate.terms import Terms
from tests.generate.operators import (
    DECLARATION,
    SPREAD,
    drafted,
    failure,
    generated,
    settings,
)
from tests.llm import KEY, Reply, answering

ONE = Terms(rounds=1, timeout_s=20)
QUOTES = "@STREAM /s\nsource: sim:random-walk?symbols=AAAA"
MORE = "'''\n@HTTP\nGET /more\n'''"
ASKS = (Sample({"ask": 2.0, "bid": 1.5}, 1.0), Sample({"ask": 3.0, "bid": 2.5}, 2.0))


@pytest.mark.parametrize(
    "answer",
    [
        f"```python\n{SPREAD}```",
        f"Of course! Here is your operator:\n\n```py\n{SPREAD}```\n\nIt keeps {{a window}}.",
        SPREAD,
        f"```json\n{json.dumps({'result': SPREAD})}\n```",
        f"I have thought. {json.dumps({'name': 'spread', 'code': SPREAD})} Done.",
        json.dumps({"code": f"```python\n{SPREAD}```", "state": {}, "params": {"size": 3}}),
        json.dumps({"code": SPREAD, "kind": None, "examples": "none", "notes": None}),
    ],
    ids=["fenced", "prose", "bare", "wrapped", "inside prose", "fence in object", "nulls"],
)
def test_a_draft_is_found_whatever_stands_around_it(answer: str) -> None:
    declared = f"{DECLARATION}\nparams: size:int=3"
    with answering(Reply([answer])) as endpoint:
        candidate = generated(endpoint, declaration=declared, terms=ONE)
    assert candidate.code.strip() == SPREAD.strip()
    assert candidate.is_sound


@pytest.mark.parametrize(
    ("answer", "check", "reason"),
    [
        ("```javascript\nconst f = (v) => v * 2;\n```", "answer", "in javascript, not in Python"),
        ("I cannot help with that.", "answer", "It says: I cannot help with that."),
        ("", "answer", "It says: nothing"),
        ("```python\ndef spread(value:\n```", "answer", "no Python with a function"),
        (json.dumps({"code": "const f = (v) => v"}), "python", "The code is no Python"),
        (json.dumps({"code": "x" * 30_000}), "size", "30,000 characters"),
        (json.dumps({"code": "def f(value): return 1", "name": "g"}), "name", "no function `g`"),
        (
            json.dumps({"code": "def g(v): return 1\ndef h(v): return 2", "name": "g"}),
            "name",
            "after",
        ),
        (json.dumps({"code": "async def g(v): return 1", "name": "g"}), "name", "`async def`"),
        (json.dumps({"code": "def f(a, b, c, d): return 1"}), "signature", "takes `(a, b, c, d)`"),
        (json.dumps({"code": "def f(value): yield 1"}), "signature", "is a generator"),
        (json.dumps({"code": "import socket\ndef f(value): return 1"}), "imports", "`socket`"),
        (json.dumps({"code": "from os import path\ndef f(v): return 1"}), "imports", "`os`"),
        (json.dumps({"code": "def f(v):\n    import sys\n    return 1"}), "imports", "Line 2"),
        (json.dumps({"code": "def f(v): return v.__class__"}), "calls", "`.__class__`"),
        (json.dumps({"code": "def f(v): return open('/etc/passwd').read()"}), "calls", "`open`"),
        (json.dumps({"code": "def f(v): return v\nwhile True:\n    pass"}), "statements", "Line 2"),
        (json.dumps({"code": "def f(v): return v", "params": "a:nope=1"}), "declaration", "nope"),
        (json.dumps({"code": "def f(v): return undefined"}), "declaration", "`undefined`"),
        (
            json.dumps({"code": "def f(v): return v", "params": "a:int=1\ntimeout: 1d"}),
            "declaration",
            "timeout",
        ),
        (
            json.dumps({"code": f"{MORE}\ndef _g(): return 1\ndef f(v): return v"}),
            "declaration",
            "a declaration of its own: `@HTTP`",
        ),
        (
            json.dumps({"code": "# @STREAM /more\n# source: file:/etc/passwd\ndef f(v): return v"}),
            "declaration",
            "a declaration of its own: `@STREAM`",
        ),
    ],
)
def test_what_shows_without_running_is_said(answer: str, check: str, reason: str) -> None:
    with answering(Reply([answer])) as endpoint:
        candidate = generated(endpoint, terms=ONE)
    name, message = failure(candidate)
    assert name == check
    assert reason in message
    assert candidate.evidence.rows == ()


@pytest.mark.parametrize(
    ("code", "check", "reason"),
    [
        ("def f(value):\n    return value['ask'] / 0", "values", '{"ask": 2.0, "bid": 1.5}: Zero'),
        ("def f(value):\n    return value['ask'] - value['bid']", "edges", "`ask` is null"),
        (
            "def f(value):\n    a, b = value['ask'], value['bid']\n"
            "    return None if None in (a, b) else a - b",
            "edges",
            "`ask` is missing",
        ),
        (
            "import datetime\ndef f(value):\n    return str(datetime.datetime.now())",
            "repeatable",
            "something besides the value",
        ),
        (
            "seen = []\ndef f(value):\n    seen.append(1)\n    return len(seen)",
            "repeatable",
            "outside of its state",
        ),
        (
            "def f(acc, value):\n    return {'seen': {1}}, 1",
            "state",
            "is a set, which JSON has not",
        ),
        (
            "def f(acc, value):\n    acc.setdefault('all', []).append(value)\n    return acc, 1",
            "growth",
            "grows without bound",
        ),
        ("def f(acc, value):\n    return 1", "values", "an accumulate returns a pair"),
        ("def f(value):\n    return 'x' * (1 << 40)", "values", "MemoryError"),
        ("def f(value):\n    return ['x' * (1 << 21)]", "values", "its result has 2,097,156 char"),
        ("import numpy.nowhere\ndef f(value):\n    return 1", "values", "numpy.nowhere"),
        ("import numpy.linalg as n\nx = n.nothing\ndef f(v):\n    return v", "values", "nothing"),
    ],
    ids=[
        *("raises", "raises on null", "raises on a missing field", "a clock"),
        *(
            "a global",
            "a state that is no JSON",
            "growth",
            "no pair",
            *("memory", "a huge result", "an import of what is not there"),
            "fails at its start",
        ),
    ],
)
def test_what_shows_in_the_trial_is_said_with_its_values(
    code: str, check: str, reason: str
) -> None:
    kind = "accumulate" if "acc" in code else "map"
    with answering(drafted(code, kind, name="f")) as endpoint:
        candidate = generated(endpoint, declaration=QUOTES, samples=ASKS, terms=ONE)
    name, message = failure(candidate)
    assert name == check
    assert reason in message


def test_a_loop_without_end_is_ended_and_costs_no_second_value() -> None:
    code = "def spread(value):\n    while True:\n        pass"
    with answering(drafted(code, "map")) as endpoint:
        candidate = generated(endpoint, terms=Terms(rounds=1, timeout_s=0.3))
    assert failure(candidate) == (
        "values",
        'For {"price": 26.01}: it took longer than 0.3 s, and was ended',
    )
    assert len(candidate.evidence.rows) == 1


def test_an_example_of_its_own_that_does_not_hold_is_said() -> None:
    wrong = {"inputs": "[1, 5]", "expected": "[0, 3]"}
    with answering(drafted(SPREAD, examples=[wrong])) as endpoint:
        candidate = generated(endpoint, terms=ONE)
    assert failure(candidate) == (
        "examples",
        "Your example [1, 5]: gives [0, 4] where your example expects [0, 3]",
    )
    assert candidate.evidence.rows[0].kind == "example"
    right = {"inputs": "[1, 5.0000000001]", "expected": "[0, 4]"}
    with answering(drafted(SPREAD, examples=[right])) as endpoint:
        assert generated(endpoint, terms=ONE).is_sound


@pytest.mark.parametrize("expected", ["[false, true]", "[null, 5]"])
def test_an_example_of_a_filter_says_true_or_what_goes_on(expected: str) -> None:
    code = "def spread(value) -> bool:\n    return value > 2"
    told = {"inputs": "[1, 5]", "expected": expected}
    with answering(drafted(code, "filter", examples=[told])) as endpoint:
        candidate = generated(endpoint, terms=ONE)
    assert {each.name: each.status for each in candidate.checks}["examples"] == "passed"
    assert "op:" not in candidate.cell
    wrong = {"inputs": "[1, 5]", "expected": "[true, true]"}
    with answering(drafted(code, "filter", examples=[wrong])) as endpoint:
        assert failure(generated(endpoint, terms=ONE))[0] == "examples"


def test_a_form_that_is_refused_or_ignored_is_not_asked_for_again() -> None:
    forms = Forms()
    refused = Reply(status=400)
    fenced = Reply([f"```python\n{SPREAD}```"])
    declared = f"{DECLARATION}\nparams: size:int=3"
    with answering(refused, fenced, drafted(SPREAD)) as endpoint:
        for _ in range(2):
            assert generated(endpoint, declaration=declared, forms=forms).is_sound
    asked = [each.get("response_format", {}).get("type") for each in endpoint.asked]
    assert asked == ["json_schema", "json_object", None]
    strict = endpoint.asked[0]["response_format"]["json_schema"]
    assert strict["strict"] is True
    assert strict["schema"]["additionalProperties"] is False
    assert set(strict["schema"]["required"]) == set(strict["schema"]["properties"])


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Reply(status=429, headers={"Retry-After": "7"}), "no more calls for now; try in 7 s"),
        (Reply(status=500), "failed with status 500"),
        (Reply(status=401), "refuses the key"),
        (Reply(["half of"], is_cut=True), "ended in the middle"),
        (Reply(["half of"], reason="length"), "was cut"),
        (Reply(["no"], reason="content_filter"), "held the answer back"),
        (Reply(refusal="I will not write that."), "The model refuses: I will not write that."),
    ],
    ids=["429", "500", "401", "cut", "too long", "filtered", "refused"],
)
def test_no_answer_is_an_error_that_says_why_and_holds_no_key(reply: Reply, reason: str) -> None:
    with answering(reply) as endpoint, pytest.raises(ModelError) as raised:
        generated(endpoint)
    assert reason in str(raised.value)
    assert KEY not in str(raised.value)


def test_a_refusal_for_now_is_tried_again_when_the_server_says() -> None:
    later = Reply(status=429, headers={"Retry-After": "0"})
    with answering(later, drafted(SPREAD)) as endpoint:
        candidate = generated(endpoint, model=settings(endpoint, retries=1))
    assert (len(endpoint.asked), candidate.is_sound) == (2, True)


def test_silence_is_an_error_once_it_has_lasted_long_enough() -> None:
    silent = Reply(["late"], waits=threading.Event())
    with answering(silent) as endpoint, pytest.raises(ModelError, match="has said nothing for"):
        generated(endpoint, model=settings(endpoint, timeout_s=0.2))


def test_an_answer_without_an_end_is_waited_for_so_long_and_no_longer() -> None:
    endless = Reply(["late"], waits=threading.Event())
    terms = Terms(answer_s=0.2)
    with answering(endless) as endpoint, pytest.raises(ModelError, match=r"within 0\.2 s"):
        generated(endpoint, terms=terms)


def test_what_ends_its_process_leaves_the_operator_beside_it_as_it_was() -> None:
    before = f'"""\n{DECLARATION}\nop: max\n"""\n'
    code = "def spread(acc, value):\n    acc['x'] = {1}\n    raise SystemExit(3)"
    with answering(drafted(code)) as endpoint:
        candidate = generated(endpoint, before=before, terms=ONE)
    assert failure(candidate)[0] == "values"
    assert [row.before for row in candidate.evidence.rows][:2] == ["26.01", "26.01"]
