"""`neutrino stream …`: exact lines, exit codes, an end that closes the connection."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from neutrino_lab.cli import main
from tests.streams.flows import MEANS, PRICES, lines

CONFIG = '{"window_size": 5}'
RATE = '{"description": "apply exchange rate", "parameters": {"exchange_rate": "1.2"}}'
UNDER = '{"description": "flag any values under 20", "parameters": {"threshold": 20}}'


@pytest.fixture
def golden(tmp_path: Path) -> str:
    return f"file:{lines(tmp_path / 'prices.jsonl', [{'price': price} for price in PRICES])}"


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, list[str], str]:
    code = main(["stream", *arguments])
    out, err = capsys.readouterr()
    return code, out.splitlines(), err


def test_values_are_read_once_and_as_they_come(
    golden: str, capsys: pytest.CaptureFixture[str]
) -> None:
    source = ("--source", golden)
    assert said(capsys, "read-adhoc", "AAAA", *source) == (
        0,
        ["Ad-hoc read result for AAAA is: 26.01"],
        "",
    )
    assert said(capsys, "read-streaming", "AAAA", *source) == (
        0,
        [f"Streaming read result is: {price}" for price in PRICES],
        "",
    )


def test_accumulated_by_a_built_in(golden: str, capsys: pytest.CaptureFixture[str]) -> None:
    for words in ["avg", "simple moving average", "sma"]:
        code, out, err = said(
            capsys, "accumulate-generate", "AAAA", words, "--operation-config", CONFIG,
            "--source", golden,
        )  # fmt: skip
        states = [{"values": PRICES[max(0, n - 4) : n + 1]} for n in range(len(PRICES))]
        assert (code, err) == (0, "")
        assert out == [
            f"AAAA -- summary: {mean}; acc: {acc}" for mean, acc in zip(MEANS, states, strict=True)
        ]
    _, out, _ = said(capsys, "accumulate-direct", "AAAA", "min", "--source", golden)
    assert out[:2] == [
        "Result for AAAA: summary: 26.01; acc: {'min': 26.01}.",
        "Result for AAAA: summary: 1.52; acc: {'min': 1.52}.",
    ]


def test_mapped_and_filtered_by_a_built_in(golden: str, capsys: pytest.CaptureFixture[str]) -> None:
    source = ("--source", golden, "--count", "1")
    told = {
        name: said(capsys, name, "AAAA", config, *source)
        for name, config in [
            ("map-direct", RATE),
            ("map-generate", RATE),
            ("map", RATE),
            ("filter-direct", UNDER),
            ("filter-generate", UNDER),
        ]
    }
    assert told == {
        "map-direct": (0, ["Mapped 26.01 to 31.212."], ""),
        "map-generate": (0, ["The price 26.01 has been converted to 31.212."], ""),
        "map": (0, ["The price 26.01 has been converted to 31.212."], ""),
        "filter-direct": (0, ["Price 1.52 meets the filter criteria."], ""),
        "filter-generate": (0, ["The price 1.52 has met the filter criteria."], ""),
    }


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["read-adhoc", "A", "--source", "warp://127.0.0.1:1"], "cannot be reached"),
        (["read-adhoc", "..", "--source", "warp://127.0.0.1:1"], "`symbol` cannot be '..'"),
        (["read-adhoc", "A", "--source", "smtp://h"], "is no kind of source"),
        (["read-adhoc", "A", "--source", "stream:x"], "has no values outside of it"),
        (["read-adhoc", "A", "--source", "file:nowhere"], "nowhere cannot be read"),
        (["read-streaming", "A", "--select", "cost"], "no field `cost`: timestamp, price, volume"),
        (["map-direct", "A", "{"], "is no JSON"),
        (["map-direct", "A", "[]"], "is no JSON object"),
        (["map-direct", "A", '{"description": "make it nice"}'], "map-direct knows multiply"),
        (["map-direct", "A", '{"description": "multiply"}'], "`factor` is missing"),
        (["accumulate", "A", "wizardry"], "names no built-in operator; accumulate-generate knows"),
        (
            ["accumulate", "A", "avg", "--operation-config", '{"window_size": 0}'],
            "`window_size` is 0, and not from 1 to 100000",
        ),
        (["accumulate", "A", "avg", "--operation-config", '{"n": "2.5"}'], "`2.5` is no whole num"),
        (["map", "A", '{"description": "convert", "parameters": {"rate": "x"}}'], "`x` is no num"),
        (["simulate", "--port", "65536"], "a port is from 0 to 65535"),
        (["simulate", "--every", "soon"], "`soon` is no duration"),
    ],
)
def test_what_is_wrong_is_said_and_ends_with_1(
    arguments: list[str], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = said(capsys, *arguments)
    assert (code, out) == (1, [])
    assert reason in err


def test_the_simulated_feed_serves_the_commands_until_it_is_interrupted() -> None:
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "neutrino_lab.cli", "stream"]
    feed = subprocess.Popen(
        [*command, "simulate", "--port", "0", "--every", "10ms", "--seed", "1"],
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )
    assert feed.stdout is not None
    told = feed.stdout.readline()
    found = re.fullmatch(r"simulated prices on (warp://127\.0\.0\.1:\d+)/stock/.*\n", told)
    assert found is not None
    environment["NEUTRINO_STREAM_SOURCE"] = found[1]
    reader = subprocess.Popen(
        [*command, "read-streaming", "NVDA"], stdout=subprocess.PIPE, text=True, env=environment
    )
    assert reader.stdout is not None
    prices = [float(json.loads(reader.stdout.readline().split(": ")[1])) for _ in range(5)]
    assert len(set(prices)) > 1
    for process in (reader, feed):
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
        assert process.returncode == 0
