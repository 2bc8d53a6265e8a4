"""Sentences → commands: the seed's own, others by a model whose answers are written by hand."""

from __future__ import annotations

import json

import pytest

from neutrino_lab.generate.intent import Intent, by_rules


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("Give me the stock price for AAAA", Intent("read-adhoc", "AAAA")),
        ("Stream stock prices for AAAA", Intent("read-streaming", "AAAA")),
        (
            "Convert stock price for AAAA using an exchange rate of 1.2",
            Intent("map-direct", "AAAA", "Convert stock price using an exchange rate of 1.2"),
        ),
        (
            "Create a function to convert stock prices for AAAA with an exchange rate of 1.2",
            Intent("map-generate", "AAAA", "convert stock prices with an exchange rate of 1.2"),
        ),
        (
            "Alert me if stock price for AAAA goes below 20",
            Intent("filter-direct", "AAAA", "Alert me if stock price goes below 20"),
        ),
        (
            "Create a function to alert me if stock price for AAAA goes below 20",
            Intent("filter-generate", "AAAA", "alert me if stock price goes below 20"),
        ),
        (
            "Accumulate stock prices for AAAA using average with a window size of 5",
            Intent(
                "accumulate-direct",
                "AAAA",
                "Accumulate stock prices using average with a window size of 5",
            ),
        ),
        (
            "Create a function to accumulate stock prices for AAAA using average with a window "
            "size of 5",
            Intent(
                "accumulate-generate",
                "AAAA",
                "accumulate stock prices using average with a window size of 5",
            ),
        ),
    ],
)
def test_the_sentences_of_the_seed(sentence: str, expected: Intent) -> None:
    assert by_rules(sentence) == expected


@pytest.mark.parametrize(
    "sentence",
    [
        "Stream stock prices",
        "Compare AAAA with BBBB",
        "Alert me if the average for AAAA goes below 20",
        "AAAA please",
        "Create a function for AAAA",
    ],
)
def test_where_there_is_doubt_no_rule_decides(sentence: str) -> None:
    assert by_rules(sentence) is None


def test_arguments_are_those_of_the_command_line() -> None:
    params = {"threshold": 20}
    assert Intent("filter-direct", "A", "under 20", params).arguments == [
        "filter-direct",
        "A",
        json.dumps({"description": "under 20", "parameters": params}),
    ]
    assert Intent("accumulate-direct", "A", "avg").arguments == [
        *("accumulate-direct", "A", "avg", "--operation-config", "{}")
    ]
