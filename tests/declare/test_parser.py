"""Declaration text → tree: the forms of the grammar, and any text at all."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neutrino_lab.declare.grammar import KINDS
from neutrino_lab.declare.parser import read
from neutrino_lab.declare.tree import QUOTED, FieldTree, Tree, tokens
from neutrino_lab.declare.values import is_field_name

MISREAD = re.compile(r"""(?:^|\s)#|^["']""")


def tree_of(text: str) -> Tree:
    tree = read(text)
    assert tree is not None
    return tree


def show(tree: Tree) -> str:
    """Write a tree in the canonical form; reading that gives an equal tree."""
    heading = " ".join(token.text for token in (tree.verb, tree.path) if token)
    if tree.verb is not None and tree.verb.text.isalpha():
        lines = [tree.kind.text, heading]
    else:
        lines = [f"{tree.kind.text} {heading}".rstrip()]
    for entry in tree.entries:
        value = ", ".join(map(show_field, entry.fields))
        if entry.scalar:
            value = quoted_again(entry.scalar.text)
        # A `#` behind a space would begin a comment.
        space = "" if value.startswith("#") else " "
        lines.append(f"{entry.name}:{space}{value}".rstrip())
    return "\n".join(lines)


def show_field(each: FieldTree) -> str:
    return (
        each.name.text
        + ("?" if each.mark else "")
        + (f":{each.type.text}" if each.type else "")
        + (f"={each.default.text}" if each.default else "")
    )


def quoted_again(text: str) -> str:
    """Quote a scalar that would read differently without."""
    if not MISREAD.search(text):
        return text
    quoted = (f'"{text}"', f"'{text}'")
    return next((each for each in quoted if QUOTED.fullmatch(each)), text)


def slips(text: str) -> list[tuple[str, str, str]]:
    return [(each.slip, each.token.text, each.key) for each in tree_of(text).problems]


@pytest.mark.parametrize(
    "text",
    [
        "@HTTP\nPOST /fit\nbody: a:int, b:list[float]",
        "@HTTP POST /fit\nbody: a: int, b: list[float]",
        "@HTTP POST\n/fit\nBody: a:int, b:list[float]  # two of them",
        "\n   @HTTP\n   POST /fit\n   body: a:int, b:list[float]\n",
        "@HTTP\nPOST /fit\nbody:\n  - a:int\n  - b: list[float]",
        "@HTTP\nPOST /fit\nbody:\n- a:int\n- b:list[float]",
        "@HTTP\nPOST /fit\nbody:\n  a: int\n\n  # the values\n  b: list[float]",
        "@HTTP\nPOST /fit\nbody: a:int,\n  b:list[float]",
        "@HTTP\nPOST /fit\nbody: a:int\n  b:list[float]",
        "@HTTP\nPOST /fit\nbody: {a: int, b: list[float]}",
        "@HTTP\nPOST /fit\nbody: [a:int, b: list[float]]",
        "@HTTP\nPOST /fit\nbody: {\n  a: int,\n  b: list[float],\n}",
        "@HTTP\nPOST /fit\nbody:\n  [a: int,\n   b: list[float]]",
    ],
)
def test_every_way_to_write_fields_gives_the_same_tree(text: str) -> None:
    tree = tree_of(text)
    assert (show(tree), tree.problems) == ("@HTTP\nPOST /fit\nbody: a:int, b:list[float]", ())


def test_a_field_has_a_name_a_mark_a_type_and_a_default() -> None:
    text = "@HTTP\nGET /p\nquery: a, b?, c:str?, d?:int=3, e: str = 'x, # y', f:Literal['a?', ':=']"
    fields = tree_of(text).fields("query")
    assert [
        (
            f.name.text,
            bool(f.mark),
            f.type.text if f.type else "",
            f.default.text if f.default else "",
        )
        for f in fields
    ] == [
        ("a", False, "", ""),
        ("b", True, "", ""),
        ("c", True, "str", ""),
        ("d", True, "int", "3"),
        ("e", False, "str", "'x, # y'"),
        ("f", False, "Literal['a?', ':=']", ""),
    ]


def test_an_indented_line_may_hold_a_field_with_the_name_of_a_key() -> None:
    tree = tree_of("@HTTP\nPOST /search\nbody:\n  query: str\nresp: query:str")
    assert show(tree) == "@HTTP\nPOST /search\nbody: query:str\nresp: query:str"


def test_scalars_may_stand_in_quotes() -> None:
    tree = tree_of("@SCHEDULE\ncron: '0 0 9 * * MON#1' # first Monday\ntimezone:\n  \"UTC\"")
    assert (tree.scalar("cron"), tree.scalar("timezone")) == ("0 0 9 * * MON#1", "UTC")


def test_headings_may_lack_their_parts() -> None:
    headings = ["@HTTP", "@HTTP GET", "@HTTP /x", "@HTTP FETCH x", "@WS chat", "@WS"]
    trees = map(tree_of, headings)
    assert [
        (tree.verb.text if tree.verb else None, tree.path.text if tree.path else None)
        for tree in trees
    ] == [(None, None), ("GET", None), (None, "/x"), ("FETCH", "x"), (None, "chat"), (None, None)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("@HTTP\nPOST /x\nbody: [a:int", [("unclosed", "[", "body")]),
        ("@HTTP\nPOST /x\nbody: [a:int\nresp: b", [("unclosed", "[", "body")]),
        ("@HTTP\nPOST /x\nbody: a:list[int", [("unclosed", "[", "body")]),
        ("@HTTP\nPOST /x\nbody: a:int]", [("unopened", "]", "body")]),
        ("@HTTP\nPOST /x\nbody: a:str='b", [("unclosed", "'", "body")]),
        ("@HTTP\nGET /x\nquery: a,, b", [("empty-field", "", "query")]),
        ("@HTTP\nGET /x\nquery: a:", [("no-type", ":", "query")]),
        ("@HTTP\nGET /x\nquery: a=", [("no-default", "=", "query")]),
        ("@HTTP\nGET /x\nquery: a?:int?", [("two-marks", "?", "query")]),
        ("@HTTP\nGET /x\nquery: [a] b", [("stray", "b", "query")]),
        ("@HTTP\nGET /x\nand so on", [("stray", "and so on", "")]),
        ("@SCHEDULE daily", [("stray", "daily", "")]),
        ("@SCHEDULE\ncron: * * * * *\n  and more", [("stray", "and more", "cron")]),
    ],
)
def test_what_fits_no_form_is_noted(text: str, expected: list[tuple[str, str, str]]) -> None:
    assert slips(text) == expected


@pytest.mark.parametrize("text", ["", "\n", "GET /x", "@http\nGET /x", "@HTTPS /x", "a @HTTP"])
def test_other_text_is_no_declaration(text: str) -> None:
    assert read(text) is None


ANY_TEXT = st.text(st.sampled_from("aZ09é漢\t \n\r\"'\\#@:=?,.-[]{}()/|*"), max_size=80)
HEADS = st.sampled_from(["@HTTP", "@HTTP\nGET /x", "@WS /x", "@SCHEDULE"])
KEYS = st.sampled_from([f"{key.name}:" for kind in KINDS for key in kind.keys] + ["", "  ", "- "])
LINES = st.lists(st.tuples(KEYS, ANY_TEXT).map("".join), max_size=5).map("\n".join)
DECLARATIONS = st.tuples(HEADS, st.sampled_from([" ", "\n"]), LINES).map("".join)


@given(st.one_of(st.text(), ANY_TEXT, DECLARATIONS))
def test_any_text_is_read_and_each_token_is_what_stands_at_its_span(text: str) -> None:
    tree = read(text)
    lines = text.split("\n")
    seen = [*tokens(tree), *(p.token for p in tree.problems)] if tree else []
    for token in seen:
        span = token.span
        assert span.line == span.end_line
        assert lines[span.line - 1][span.column : span.end_column] == token.text


@given(DECLARATIONS)
def test_a_tree_without_slips_prints_back(text: str) -> None:
    tree = tree_of(text)
    fields = [field for entry in tree.entries for field in entry.fields]
    if not tree.problems and all(is_field_name(field.name.text) for field in fields):
        assert read(show(tree)) == tree


NAMES = st.from_regex(r"[a-z_][a-z0-9_]{0,5}", fullmatch=True)
TYPES = st.sampled_from(
    ["", ":int", ": list[dict[str, float]]", ":Literal['a, b', \"#\"]?", ":str"]
)
DEFAULTS = st.sampled_from(["", "=1", " = [1, {'a': 'b, c'}]", "='x # y'", '=":?"'])
FIELDS = st.tuples(NAMES, TYPES, DEFAULTS).map("".join)
JOINS = st.sampled_from([", ", ",", ",\n  ", "\n  ", "  # and\n  "])


@given(st.lists(FIELDS, min_size=1, max_size=5), JOINS)
def test_well_formed_fields_have_no_slips_and_print_back(fields: list[str], join: str) -> None:
    tree = tree_of("@HTTP\nPOST /x\nbody: " + join.join(fields))
    assert tree.problems == ()
    assert len(tree.fields("body")) == len(fields)
    assert read(show(tree)) == tree
