"""What is read off a cell's code: its functions, imports and mistakes, and above all its names."""

from __future__ import annotations

import ast
import sys
import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neutrino_lab.notebook.facts import (
    Facts,
    FactsCache,
    Function,
    Import,
    Parameter,
    SyntaxProblem,
    extract,
)
from neutrino_lab.notebook.model import Span
from neutrino_lab.notebook.objects import CONSTANT, Body, Objects
from tests.notebook.reading import names


def test_an_empty_cell_says_nothing() -> None:
    assert extract("") == extract(" \n\n") == Facts()
    assert extract("# just a note") == Facts()


def test_a_declared_cell_is_taken_apart() -> None:
    source = '"""\n@HTTP\nGET /é\n"""\n@cache\n'
    source += 'async def f(a, /, b: list[ int ] = [1], *c, d="é", **e) -> int:\n'
    source += "    'Adds.'\n    yield a + RATE\nx = 1; y = 2"
    assert extract(source) == Facts(
        statements=((1, 4), (5, 8), (9, 9), (9, 9)),
        texts=(Span(1, 0, 4, 3),),
        functions=(
            Function(
                name="f",
                span=Span(6, 10, 6, 11),
                first_line=5,
                end_line=8,
                parameters=(
                    Parameter("a", Span(6, 12, 6, 13), "positional-only"),
                    Parameter("b", Span(6, 18, 6, 19), "positional", "list[ int ]", "[1]"),
                    Parameter("c", Span(6, 41, 6, 42), "var-positional"),
                    Parameter("d", Span(6, 44, 6, 45), "keyword-only", default='"é"'),
                    Parameter("e", Span(6, 53, 6, 54), "var-keyword"),
                ),
                returns="int",
                docstring="Adds.",
                is_async=True,
                is_generator=True,
            ),
        ),
        binds=frozenset({"f", "x", "y"}),
        eager=frozenset({"cache", "list", "int", "RATE"}),
        needs=frozenset({"cache"}),
        lazy={"f": frozenset({"RATE"})},
        objects=Objects(
            makers=(("x", CONSTANT), ("y", CONSTANT)),
            bodies={
                "f": Body(
                    ("a", "b", "c", "d", "e"),
                    keeps_state=True,
                    is_generator=True,
                    defaults=frozenset({"b"}),
                )
            },
        ),
    )


def test_columns_are_counted_in_characters() -> None:
    facts = extract("é = 'ü'; 'né'\ndef größe(ärger): ...\n'😀'; import ä")
    assert facts.texts == (Span(1, 9, 1, 13), Span(3, 0, 3, 3))
    (function,) = facts.functions
    assert (function.span, function.parameters[0].span) == (Span(2, 4, 2, 9), Span(2, 10, 2, 15))
    assert facts.imports == (Import("ä", Span(3, 12, 3, 13)),)


def test_a_name_may_be_spelled_otherwise_than_python_reads_it() -> None:
    (function,) = extract("def ﬁx(ﬁn): ...").functions
    assert (function.name, function.span) == ("fix", Span(1, 4, 1, 6))
    assert function.parameters == (Parameter("fin", Span(1, 7, 1, 9)),)


@pytest.mark.parametrize(
    ("code", "span"),
    [
        ("def  f(): ...", Span(1, 5, 1, 6)),
        ("def \\\n  f(): ...", Span(2, 2, 2, 3)),
        ("async \\\n def \\\n f(): ...", Span(3, 1, 3, 2)),
        ("@a(def_=1)\ndef defg(): ...", Span(2, 4, 2, 8)),
    ],
)
def test_the_name_of_a_function_is_found(code: str, span: Span) -> None:
    assert [function.span for function in extract(code).functions] == [span]


def test_only_functions_at_the_top_are_functions() -> None:
    code = "if x:\n  def a(): ...\nclass B:\n  def c(self): ...\ndef d():\n  def e(): ..."
    assert [function.name for function in extract(code).functions] == ["d"]


@pytest.mark.parametrize(
    ("body", "is_generator"),
    [
        ("yield 1", True),
        ("x = yield from y", True),
        ("for i in x:\n    with y: yield", True),
        ("return 1", False),
        ("def inner(): yield", False),
        ("return lambda: (yield)", False),
        ("class A:\n    def m(self): yield", False),
        ("return (i for i in x)", False),
    ],
)
def test_a_generator_is_one_by_its_own_yield(body: str, is_generator: bool) -> None:
    assert extract(f"def f():\n  {body}").functions[0].is_generator is is_generator


@pytest.mark.parametrize(
    ("body", "columns"),
    [
        ("event['a']", [(0, 10)]),
        ("é = event.get('a')", [(4, 18)]),
        ("event[f'{a}']['b']", [(0, 13)]),
        ("event.items(); event.keys()", [(0, 13), (15, 27)]),
        ("[event['a'] for _ in x]", [(1, 11)]),
        ("lambda: event['a']", [(8, 18)]),
        ("event[0]; event[1:]; event[key]; event.upper(); event.x['a']", []),
        ("event = load(event); event['a']", []),
        ("event['a'] = 1", []),
        ("lambda event: event['a']", []),
        ("[event['a'] for event in x]", []),
    ],
)
def test_parameters_that_are_read_like_dicts_are_noted(
    body: str, columns: list[tuple[int, int]]
) -> None:
    (function,) = extract(f"def f(event):\n {body}").functions
    expected = tuple(("event", Span(2, start + 1, 2, end + 1)) for start, end in columns)
    assert function.mapping_uses == expected


def test_imports_are_found_wherever_they_stand() -> None:
    code = """
import a.b as c, d
from .. import e
from .f.g import h as i, j
def k():
    import l
    try:
        import m
    except (KeyError, ImportError):
        import n
    else:
        import o
if typing.TYPE_CHECKING:
    import p
else:
    import q
try:
    if x: import r
except: pass
try: import s
except ValueError: pass
"""
    facts = extract(code)
    found = [(each.module, each.names, each.level, each.guarded) for each in facts.imports]
    assert found == [
        ("a.b", (), 0, False),
        ("d", (), 0, False),
        ("", ("e",), 2, False),
        ("f.g", ("h", "j"), 1, False),
        ("l", (), 0, False),
        ("m", (), 0, True),
        ("n", (), 0, False),
        ("o", (), 0, False),
        ("p", (), 0, True),
        ("q", (), 0, False),
        ("r", (), 0, True),
        ("s", (), 0, False),
    ]
    assert facts.imports[0].span == Span(2, 7, 2, 15)
    assert facts.imported == names("c d e i j p q r s")


MISTAKES = [
    ("x = = 1", "invalid syntax", Span(1, 4, 1, 5)),
    ("é = 'ü'; y = )", "unmatched ')'", Span(1, 13, 1, 14)),
    ("é = 'ü'; return 5", "'return' outside function", Span(1, 9, 1, 17)),
    ("'é'; yield", "'yield' outside function", Span(1, 5, 1, 10)),
    ("if x:\n  break", "'break' outside loop", Span(2, 2, 2, 7)),
    ("nonlocal x", "nonlocal declaration not allowed at module level", Span(1, 0, 1, 10)),
    ("def f():\n  await x", "'await' outside async function", Span(2, 2, 2, 9)),
    ("x = '\0'", "U+0000 is no character that code may hold", Span(1, 5, 1, 6)),
    ("a\nx = '\ud800'", "U+D800 is no character that code may hold", Span(2, 5, 2, 6)),
]


@pytest.mark.parametrize(("code", "message", "span"), MISTAKES)
def test_a_mistake_is_told_in_pythons_words(code: str, message: str, span: Span) -> None:
    assert extract(code) == Facts(error=SyntaxProblem(message, span))


@pytest.mark.parametrize(
    "code",
    [
        "def f(a, a): ...",
        "from __future__ import nonsense",
        "x = 1\nfrom __future__ import annotations",
        "def f():\n  x = 1\n  global x",
        "def f():\n  from x import *",
        "try: ...\nexcept: ...\nexcept E: ...",
        "continue",
        "*a = 1",
        "f(a=1, a=2)",
        "def f(:\n",
        "'''",
        "f(",
        "  x = 1",
        "x = 1\n y = 2",
        "if x:\n\ty\n        z",
        "\x00",
        "(" * 300,
        "-" * 50_000 + "1",
        "[" * 5000 + "]" * 5000,
        "x" + ".a()" * 20_000,
        "\n" * 5 + "lambda: (" * 150,
        "x = " + "9" * 5000,
        "\\",
        "a\\",
        "\ufeffx = (",
        "é\r\nü = (\r",
    ],
)
def test_broken_code_is_data(code: str) -> None:
    problem = extract(code).error
    assert problem is not None
    lines = code.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    assert 1 <= problem.span.line <= problem.span.end_line <= len(lines)
    assert problem.span.column <= len(lines[problem.span.line - 1])
    assert problem.span.end_column <= len(lines[problem.span.end_line - 1])
    assert problem.message


@pytest.mark.parametrize(
    "code",
    [
        "await f()",
        "async for x in y: ...",
        "async with x as y: ...",
        "z = [x async for x in y]",
        "x = " + " + ".join(["a"] * 900),
        "x" + ".a" * 900,
        "\n".join(["if x: ...", *["elif x: ..."] * 400]),
        "x: int\n",
        "print('a') ;",
    ],
)
def test_unusual_code_is_fine(code: str) -> None:
    assert extract(code).error is None


def test_what_python_warns_of_is_no_warning_of_ours() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert extract("'\\d'; 1 is 1; assert (x, 'y')").error is None


@pytest.mark.skipif(sys.version_info < (3, 12), reason="the syntax of Python 3.12")
def test_type_parameters_are_names_of_their_own() -> None:
    code = "def f[T: a](x: T) -> b: return T, c\nclass A[T](list[T]):\n  y: T\n"
    code += "type L[T] = list[T] | d\n"
    code += "def g():\n  type M[T] = T | e\n  class B[T](T): ...\n  def i[T: h](x: T): ..."
    facts = extract(code)
    assert facts.error is None
    assert facts.binds == {"f", "A", "L", "g"}
    lazy = {"f": names("c"), "A": names("list"), "L": names("list d"), "g": names("e h")}
    assert facts.lazy == lazy
    assert "T" not in facts.eager


def test_the_cache_never_parses_twice() -> None:
    cache = FactsCache()
    first, second = cache.of("a = 1"), cache.of("b = 1")
    cache.keep(["a = 1", "unknown"])
    assert cache.of("a = 1") is first
    assert cache.of("b = 1") is not second
    assert cache.of("b = 1") == second


WORDS = (
    "as async await case class def del elif else except exec finally for from global if import in"
)


WORDS += (
    " is lambda match nonlocal not or pass return try while with yield a b f event 'é' f'{a}' 1"
)


SIGNS = "x = += := ( ) [ ] { } : , . * ** @ ; -> #"


SPACES = ["\n", "\n  ", "\n    ", "\\\n", "\r", "\x0c", "\0"]


TOKENS = st.sampled_from([*WORDS.split(), *SIGNS.split(), *SPACES])


@settings(max_examples=500, deadline=None)
@given(st.one_of(st.text(), st.lists(TOKENS, max_size=40).map(" ".join)))
def test_any_text_gives_facts(code: str) -> None:
    facts = extract(code)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(code)
    except (SyntaxError, ValueError):
        assert facts.error is not None
        assert facts == Facts(error=facts.error)
    assert facts.needs <= facts.eager
