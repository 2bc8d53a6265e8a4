"""`neutrino stream …-generate` with words that name no built-in: drafted, shown, run after a yes.

The model is a local server, its answers written by hand.
"""

from __future__ import annotations

import builtins
import io
import json
from pathlib import Path

import pytest

from neutrino_lab.cli import main
from tests.generate.operators import SPREAD, drafted
from tests.llm import KEY, Endpoint, Reply, answering
from tests.streams.flows import PRICES, lines

HALF = '{"description": "half of it and one more", "parameters": {"more": "1"}}'
HALVED = "def half(value, params):\n    return value / 2 + params['more']"
CENTS = '{"description": "the cents are more than 45"}'
HAS_CENTS = "def cents(value) -> bool:\n    return value % 1 > 0.45"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def golden(tmp_path: Path) -> tuple[str, str]:
    return "--source", f"file:{lines(tmp_path / 'prices.jsonl', [{'price': p} for p in PRICES])}"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    for name in ("BASE_URL", "API_KEY", "MODEL"):
        monkeypatch.delenv(f"NEUTRINO_LLM_{name}", raising=False)


def use(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in endpoint.environment.items():
        monkeypatch.setenv(name, value)


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, list[str], str]:
    code = main(["stream", *arguments])
    out, err = capsys.readouterr()
    assert KEY not in out + err
    return code, out.splitlines(), err


def test_what_is_drafted_runs_with_the_lines_of_the_seed(
    golden: tuple[str, str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    replies = (
        drafted(HALVED, "map", name="half"),
        drafted(HAS_CENTS, "filter", name="cents"),
        drafted(SPREAD, params=""),
    )
    with answering(*replies) as endpoint:
        use(endpoint, monkeypatch)
        mapped = said(capsys, "map-generate", "AAAA", HALF, "--yes", *golden)
        filtered = said(capsys, "filter-generate", "AAAA", CENTS, "--yes", *golden)
        summed = said(
            capsys, "accumulate-generate", "AAAA", "the spread of the newest ones",
            "--operation-config", '{"size": 2}', "--yes", "--count", "2", *golden,
        )  # fmt: skip
    assert mapped[:2] == (
        0,
        [f"The price {p} has been converted to {round(p / 2 + 1, 9)}." for p in PRICES],
    )
    met = (1.52, 85.87, 91.88, 94.47)
    assert filtered[:2] == (0, [f"The price {p} has met the filter criteria." for p in met])
    assert summed[:2] == (
        0,
        [
            "AAAA -- summary: 0.0; acc: {'values': [26.01]}",
            "AAAA -- summary: 24.49; acc: {'values': [26.01, 1.52]}",
        ],
    )


def test_all_is_shown_before_it_runs(
    golden: tuple[str, str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with answering(drafted(HALVED, "map", name="half")) as endpoint:
        use(endpoint, monkeypatch)
        _, _, err = said(capsys, "map-generate", "AAAA", HALF, "--yes", *golden)
    for part in (
        "Sent to written-by-hand at 127.0.0.1: 'half of it and one more', the declaration, and",
        '{"price": 99.41}',
        "round 1: trying …",
        "def half(value, params):",
        "params: more=1",
        "   ok  values",
        "1 round with written-by-hand at 127.0.0.1, 15 tokens",
        "tried on 7 values",
        "isolated by",
    ):
        assert part in err


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("y\ny\n", (0, '{"price": 99.41}', "")),
        ("n\ny\n", (0, '{"price": "float"}', "")),
        ("y\n\n", (1, '{"price": 99.41}', "nothing is accepted")),
        ("y\n", (1, '{"price": 99.41}', "nothing is accepted")),
    ],
    ids=["yes", "without values", "no", "closed"],
)
def test_a_person_is_asked_about_the_values_and_about_the_code(
    typed: str,
    told: tuple[int, str, str],
    golden: tuple[str, str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sys.stdin", Terminal(typed))
    with answering(drafted(HALVED, "map", name="half")) as endpoint:
        use(endpoint, monkeypatch)
        code, out, err = said(capsys, "map-generate", "AAAA", HALF, *golden)
    expected, asked, reason = told
    assert (code, len(out)) == (expected, 0 if expected else len(PRICES))
    assert asked in endpoint.asked[0]["messages"][1]["content"]
    assert reason in err


def test_without_a_terminal_nothing_is_accepted_and_no_value_is_sent(
    golden: tuple[str, str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with answering(drafted(HALVED, "map", name="half")) as endpoint:
        use(endpoint, monkeypatch)
        code, out, err = said(capsys, "map-generate", "AAAA", HALF, *golden)
    assert (code, out) == (1, [])
    assert "nothing is accepted: add --yes, or ask from a terminal" in err
    assert "99.41" not in json.dumps(endpoint.asked)


def test_yes_is_no_yes_to_what_fails(
    golden: tuple[str, str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = drafted("def half(value, params):\n    return value / 0", "map", name="half")
    with answering(bad, Reply(["Sorry."]), Reply(["Sorry."])) as endpoint:
        use(endpoint, monkeypatch)
        code, out, err = said(capsys, "map-generate", "AAAA", HALF, "--yes", *golden)
    assert (code, out) == (1, [])
    assert 'FAILS  values: For {"price": 26.01}: ZeroDivisionError: float division by zero' in err
    assert "nothing is accepted: a check fails" in err


def test_a_missing_model_or_package_is_said_before_anything_is_read(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = ("--source", "file:nowhere.jsonl")
    code, _, err = said(capsys, "map-generate", "AAAA", HALF, "--yes", *nowhere)
    assert (code, err.count("\n")) == (1, 1)
    assert "No language model is configured: set NEUTRINO_LLM_MODEL" in err
    monkeypatch.setenv("NEUTRINO_LLM_MODEL", "m")
    real = builtins.__import__
    monkeypatch.setattr(
        "neutrino_lab.generate.model.import_module",
        lambda name: real("no_such_package") if name == "openai" else real(name),
    )
    code, _, err = said(capsys, "map-generate", "AAAA", HALF, "--yes", *nowhere)
    assert (code, err.count("\n")) == (1, 1)
    assert "pip install 'neutrino-lab[llm]'" in err


def test_each_value_is_asked_for_within_the_budget(
    golden: tuple[str, str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ("map-direct", "AAAA", HALF, "--yes", "--budget", "100/min, 3 total")
    answers = [Reply([json.dumps({"result": each})]) for each in (14.0, None, "much")]
    with answering(*answers) as endpoint:
        use(endpoint, monkeypatch)
        code, out, err = said(capsys, *asked, *golden)
    assert (code, out) == (1, ["Mapped 26.01 to 14.0.", "Mapped 85.87 to much."])
    assert "Each value goes to written-by-hand at 127.0.0.1, 100/min, 3 total" in err
    assert err.endswith("neutrino: the budget of 3 calls is spent\n")
    assert json.loads(endpoint.asked[0]["messages"][1]["content"]) == {
        "value": 26.01,
        "params": {"more": "1"},
    }


def test_asked_directly_it_filters_and_accumulates_with_the_lines_of_the_seed(
    golden: tuple[str, str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    each = (
        {"result": True},
        {"acc": {"n": 1}, "summary": "few"},
    )
    with answering(*(Reply([json.dumps(content)]) for content in each)) as endpoint:
        use(endpoint, monkeypatch)
        once = ("--yes", "--count", "1", *golden)
        filtered = said(capsys, "filter-direct", "AAAA", CENTS, *once)
        summed = said(capsys, "accumulate-direct", "AAAA", "say how many", *once)
    assert filtered[:2] == (0, ["Price 26.01 meets the filter criteria."])
    assert summed[:2] == (0, ["Result for AAAA: summary: few; acc: {'n': 1}."])


def test_no_value_is_sent_without_a_yes(
    golden: tuple[str, str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with answering() as endpoint:
        use(endpoint, monkeypatch)
        code, out, err = said(capsys, "map-direct", "AAAA", HALF, *golden)
        monkeypatch.setattr("sys.stdin", Terminal("n\n"))
        refused = said(capsys, "map-direct", "AAAA", HALF, *golden)
    assert (code, out, refused[0]) == (1, [], 1)
    assert "nothing is sent: add --yes" in err
    assert endpoint.asked == []


@pytest.mark.parametrize(
    ("sentence", "first"),
    [
        ("Give me the stock price for AAAA", "Ad-hoc read result for AAAA is: 26.01"),
        ("Stream stock prices for AAAA", "Streaming read result is: 26.01"),
        ("Convert stock price for AAAA using an exchange rate of 1.2", "Mapped 26.01 to 31.212."),
        (
            "Create a function to alert me if stock price for AAAA goes below 20",
            "The price 1.52 has met the filter criteria.",
        ),
        (
            "Accumulate stock prices for AAAA using average with a window size of 5",
            "Result for AAAA: summary: 26.01; acc: {'values': [26.01]}.",
        ),
    ],
)
def test_a_sentence_is_executed_without_a_model_where_rules_tell(
    sentence: str, first: str, golden: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = said(capsys, "execute", sentence, "--count", "1", *golden)
    assert (code, out) == (0, [first])
    assert err.startswith("neutrino stream ")


def test_what_a_model_chose_runs_after_a_yes(
    golden: tuple[str, str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    content = {
        "command": "filter-generate",
        "symbol": "AAAA",
        "description": "under 20",
        "parameters": {"threshold": 20},
    }
    chosen = Reply([f"That is {json.dumps(content)}"])
    sentence = "Is AAAA cheap?"
    code, _, err = said(capsys, "execute", sentence, *golden)
    assert (code, "says no command without doubt" in err) == (1, True)
    with answering(chosen, chosen, Reply(["I do not know."])) as endpoint:
        use(endpoint, monkeypatch)
        refused = said(capsys, "execute", sentence, *golden)
        taken = said(capsys, "execute", sentence, "--yes", "--count", "1", *golden)
        lost = said(capsys, "execute", sentence, *golden)
    assert (refused[0], refused[1]) == (1, [])
    assert "a model chose this: add --yes" in refused[2]
    assert taken[:2] == (0, ["The price 1.52 has met the filter criteria."])
    assert "neutrino stream filter-generate AAAA" in taken[2]
    assert (lost[0], "named no command; it said: I do not know." in lost[2]) == (1, True)
