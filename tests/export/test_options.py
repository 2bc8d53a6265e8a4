"""The options mean the same on the command line, in the notebook's metadata and on the wire."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from neutrino_lab.cli import parser
from neutrino_lab.export.errors import ExportOptionError
from neutrino_lab.export.options import OPTIONS, BuildOptions, merged
from neutrino_lab.lab.protocol.exporting import ExportOptions

NAMES = [each.name for each in OPTIONS]
WORDS = st.lists(st.text(max_size=9)).map(tuple)
ANY = st.builds(
    BuildOptions,
    title=st.text(max_size=9),
    python=st.text(max_size=5),
    port=st.integers(0, 99_999),
    only_needed=st.booleans(),
    replicas=st.booleans(),
    engine=st.text(max_size=5),
    ray=WORDS,
    excluded=WORDS,
    files=WORDS,
    packages=WORDS,
    max_file_mb=st.integers(0, 9999),
)


def said(**export: Any) -> dict[str, Any]:
    return {"neutrino_lab": {"export": export}}


def test_the_table_is_whole_everywhere() -> None:
    assert {*NAMES, "is_whole"} == {each.name for each in fields(BuildOptions)}
    assert {*NAMES, "folder", "check"} == set(ExportOptions.model_fields)
    assert BuildOptions.of(ExportOptions().model_dump()) == BuildOptions()


@settings(deadline=None)
@given(ANY)
@example(BuildOptions(title="--", packages=("--",)))
def test_the_command_line_the_wire_and_the_metadata_give_them_back(options: BuildOptions) -> None:
    command = parser().parse_args(["build", *options.arguments()])
    assert BuildOptions.of(vars(command)) == options
    wire = ExportOptions(**options.to_dict()).model_dump_json()
    assert BuildOptions.of(json.loads(wire)) == options
    assert merged(BuildOptions(), said(**options.to_dict())) == options


def test_what_is_asked_for_wins_over_the_metadata_and_lists_add_up() -> None:
    kept = said(port=9000, python="3.12", files=["a"], only_needed=True, of_others=1)
    asked = BuildOptions(port=9001, files=("b",), max_file_mb=5)
    assert merged(asked, kept) == BuildOptions(
        python="3.12", port=9001, only_needed=True, files=("b", "a"), max_file_mb=5
    )


@pytest.mark.parametrize("metadata", [{}, {"neutrino_lab": 1}, said(), {"neutrino_lab": {}}])
def test_a_notebook_need_not_say_anything(metadata: dict[str, Any]) -> None:
    assert merged(BuildOptions(), metadata) == BuildOptions()


@pytest.mark.parametrize(
    ("name", "value", "form"),
    [
        ("port", "80", "a whole number"),
        ("port", True, "a whole number"),
        ("max_file_mb", 1.5, "a whole number"),
        ("python", 3.12, "a text"),
        ("title", ["Shop"], "a text"),
        ("only_needed", "yes", "true or false"),
        ("files", "data.csv", "a list of texts"),
        ("packages", [1], "a list of texts"),
    ],
)
def test_what_is_of_another_form_is_refused(name: str, value: object, form: str) -> None:
    with pytest.raises(ExportOptionError, match=f"`{name}` is {form} in the notebook's metadata"):
        merged(BuildOptions(), said(**{name: value}))


@pytest.mark.parametrize(
    "options",
    [
        BuildOptions(title="two\nlines"),
        BuildOptions(python="3"),
        BuildOptions(port=0),
        BuildOptions(port=65536),
        BuildOptions(max_file_mb=-1),
        BuildOptions(packages=("two words",)),
        BuildOptions(files=("../x",)),
        BuildOptions(files=("/etc/passwd",)),
        BuildOptions(files=(" ",)),
    ],
)
def test_what_cannot_be_meant_is_refused(options: BuildOptions) -> None:
    with pytest.raises(ExportOptionError):
        options.checked()


def test_they_have_one_form() -> None:
    twice = BuildOptions(
        title=" My shop ",
        python="3.12",
        excluded=("a", "b", "a"),
        files=("x", "x"),
        packages=("git", "git"),
    )
    assert twice.checked() == BuildOptions(
        title="My shop", python="3.12", excluded=("a", "b"), files=("x",), packages=("git",)
    )
