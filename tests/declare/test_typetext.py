"""What a declaration allows as a type is what the runtime can resolve."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neutrino_lab.declare.typetext import ALIASES, ARITY, BARE_IS_ODD, MODULES, read
from neutrino_lab.runtime import fields

DOTTED = [f"{module}.{name}" for module, names in MODULES.items() for name in names]


@pytest.mark.parametrize("name", [*sorted(set(ARITY) - set(BARE_IS_ODD)), *DOTTED])
def test_the_runtime_resolves_every_type_that_needs_no_import(name: str) -> None:
    if name.rpartition(".")[2] not in BARE_IS_ODD:
        assert (read(name).flaws, read(name).names) == ((), ())
        fields.resolve(name, {})


@pytest.mark.parametrize(
    "text",
    [
        "list[dict[str, Any]]",
        "Optional[int]",
        "int | None",
        "Union[int, 'str']",
        "Literal['a', -1, None, True]",
        "tuple[int, ...]",
        "typing.Mapping[str, datetime.date]",
    ],
)
def test_sound_types_resolve_at_run_time(text: str) -> None:
    assert (read(text).flaws, read(text).names) == ((), ())
    fields.resolve(text, {})


def test_what_is_suggested_is_allowed() -> None:
    assert set(ALIASES.values()) <= set(ARITY)
    assert not set(ALIASES) & set(ARITY)


def test_a_name_stands_where_it_says() -> None:
    text = "dict[str, größe.Maß | Ding]"
    assert [(name, text[start:end]) for name, start, end in read(text).names] == [
        ("größe", "größe"),
        ("Ding", "Ding"),
    ]
    assert read("list[ﬀ]").names == (("ff", 5, 6),)


@given(st.one_of(st.text(), st.text(st.sampled_from("aintlsdcr[](){}|,.'\" \\0é"))))
def test_any_text_is_taken(text: str) -> None:
    type_ = read(text)
    for flaw in type_.flaws:
        assert 0 <= flaw.start <= flaw.end <= len(text)
    for _, start, end in type_.names:
        assert 0 <= start <= end <= len(text) or "'" in text or '"' in text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("f().Item", "`f().Item` is not a type"),
        ("f()[int]", "`f()[int]` is not a type"),
        ("(int, str)", "`(int, str)` is not a type"),
        ("int[str]", "`int[str]` has brackets, and `int` takes none"),
        ("list[größe(1)]", "`größe(1)` is a call, and a declaration calls nothing"),
        ("Literal[...]", "`...` is not a literal"),
        ("", "`` is not a type"),
    ],
)
def test_what_is_no_type_is_said_to_be_none(text: str, message: str) -> None:
    assert [flaw.message for flaw in read(text).flaws] == [message]
