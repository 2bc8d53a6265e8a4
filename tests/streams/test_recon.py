"""Recon: every value comes back as it was, every text gives a value or says where it is wrong."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neutrino_lab.runtime.streams.recon.json_types import plain, record
from neutrino_lab.runtime.streams.recon.reader import read, read_attr
from neutrino_lab.runtime.streams.recon.values import Attr, ReconError, Record, Slot, Value
from neutrino_lab.runtime.streams.recon.writer import write, write_attr

SIMPLE = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.sampled_from(["true", "false", "NaN", "Infinity", "-Infinity", "a b", "é", "x-1", "-"])
    | st.binary()
)


def records(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    keys = values.filter(lambda value: value is not None)
    attrs = st.lists(st.builds(Attr, st.text(min_size=1), values), max_size=3).map(tuple)
    items = st.lists(values | st.builds(Slot, keys, values), max_size=4).map(tuple)
    return st.builds(Record, attrs, items)


VALUES = st.recursive(SIMPLE, records, max_leaves=20)


@given(VALUES)
def test_what_is_written_reads_as_it_was(value: Value) -> None:
    again = read(write(value))
    assert again == value
    assert repr(again) == repr(value)


@given(st.builds(Attr, st.text(min_size=1), VALUES), VALUES)
def test_an_envelope_reads_as_it_was(attr: Attr, body: Value) -> None:
    head, rest = read_attr(write_attr(attr, write(body)))
    assert (head, read(rest)) == (attr, body)


@given(st.text() | st.text(alphabet="@{}[]():,;\"\\%ab1.-eE \n#'u0"))
def test_any_text_gives_a_value_or_says_where_it_is_wrong(text: str) -> None:
    try:
        value = read(text)
    except ReconError as error:
        assert 0 <= error.at <= len(text)  # noqa: PT017
    else:
        plain(value)
        assert repr(read(write(value))) == repr(value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("5", 5),
        ("-0", 0),
        ("123456789012345678901234567890", 123456789012345678901234567890),
        ("5.080178597348562E7", 50801785.97348562),
        ("2.2E7", 2.2e7),
        ("1.0E-9", 1e-9),
        ("-1.0E300", -1e300),
        ("1e5", 1e5),
        ("NaNa", "NaNa"),
        ("-Infinity", -math.inf),
        ("AAAA", "AAAA"),
        ("true", True),
        ('"hello world"', "hello world"),
        (r'"a \"quoted\" word"', 'a "quoted" word'),
        (r'"tab\t\u0041\/"', "tab\tA/"),
        ("'single'", "single"),
        ("%AQID", b"\x01\x02\x03"),
        ("{true,false,1.0E-9,1.0E-4,-1.0E300}", [True, False, 1e-9, 1e-4, -1e300]),
        ("{a:%AQID}", {"a": b"\x01\x02\x03"}),
        ('{é:"naïve ☃\\n\\t"}', {"é": "naïve ☃\n\t"}),
        (
            "{timestamp:1,price:26.01,volume:,bid:23.57}",
            {"timestamp": 1, "price": 26.01, "volume": None, "bid": 23.57},
        ),
        ("@quote(ccy:USD){price:5}", {"@quote": {"ccy": "USD"}, "price": 5}),
        ("@update(key:AAAA){price:1}", {"@update": {"key": "AAAA"}, "price": 1}),
        ('@update(key:"B B") 2', {"@update": {"key": "B B"}, "$0": 2}),
        ("@drop(3)", {"@drop": 3}),
        ("{a:{b:{c:[x @y]}}}", {"a": {"b": {"c": ["x ", {"@y": None}]}}}),
        ("{}", {}),
        ("{a,,b}", ["a", None, "b"]),
        ("a: 1\nb: 2", {"a": 1, "b": 2}),
        ("{ a : 1 ; # a comment\n b : 2 }", {"a": 1, "b": 2}),
        ("{5: five, true: yes}", {"5": "five", "true": "yes"}),
    ],
)
def test_every_form_has_its_value_in_json(text: str, value: Any) -> None:
    got = plain(read(text))
    assert got == value
    assert type(got) is type(value)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{a:1", "`}` is missing at character 4"),
        ('"open', '`"` is missing at character 5'),
        ("@", "a name is missing at character 1"),
        ("a b", "a comma is missing at character 2"),
        ("{a:1]", "a comma is missing at character 4"),
        ("%abcd5d", "no base64 at character 0"),
        ("%a", "no base64 at character 0"),
        ("!", "'!' begins no value at character 0"),
        ("{" * 200, "nested too deeply at character 100"),
        ("@a 1 @b(", "`)` is missing at character 8"),
    ],
)
def test_what_is_no_recon_is_told_with_its_place(text: str, reason: str) -> None:
    with pytest.raises(ReconError) as raised:
        read(text)
    assert str(raised.value) == reason


def test_whole_numbers_are_exact_at_any_length() -> None:
    number = -(7**9_000)
    assert read(write(Record(items=(number, 1)))) == Record(items=(number, 1))


def test_json_becomes_recon() -> None:
    content = {"@quote": {"ccy": "USD"}, "price": 5.5, "tags": ["a", None], "note": 'x "y"'}
    text = '@quote(ccy:USD){price:5.5,tags:{a,,},note:"x \\"y\\""}'
    assert write(record(content)) == text
    assert plain(read(text)) == content
    with pytest.raises(TypeError, match="set has no form in Recon"):
        record({1})
