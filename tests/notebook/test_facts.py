"""What is read off a cell's code: its functions, imports and mistakes, and above all its names."""

from __future__ import annotations

import ast
import symtable
import sys
import warnings
from collections.abc import Iterator

import pytest
from hypothesis import assume, given, settings
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


def names(text: str) -> frozenset[str]:
    return frozenset(text.split())


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


BINDS = [
    ("a = b.c = d['k'] = 1", "a b d"),
    ("(a, [b, *c]), d.x = y", "a b c d"),
    ("a: int = 1", "a"),
    ("a += 1; b[0] -= 1; c.x *= 2", "a b c"),
    ("del a, b[0], (c.x), (d, [e])", "a b c d e"),
    ("class A:\n  import a\n  b = {}\n  b['k'] = 1\n  c['k'] = 1", "A c"),
    ("import a.b, c.d as e; from f import g, h as i", "a e g i"),
    ("for a, b in x: c = 1", "a b c"),
    ("with x as a, y as (b, c): d = 1", "a b c d"),
    ("while x: a = 1\nelse: b = 2", "a b"),
    ("if (a := 1) and (b := 2): c = 1", "a b c"),
    ("[a := x for b in y]", "a"),
    ("try: a = 1\nexcept E as e: b = 1\nelse: c = 1\nfinally: d = 1", "a b c d"),
    ("def a(b): c = 1\nclass d:\n  e = 1\n  def f(self): ...", "a d"),
    ("async def a(): ...\nasync with x as b: ...\nasync for c in y: ...", "a b c"),
    ("lambda a: a; (b for b in x)", ""),
    (
        "match x:\n case [a, *b]: ...\n case {'k': c, **d}: ...\n case E(e) | F(x=e) as f: ...",
        "a b c d e f",
    ),
    ("class A:\n  global g\n  g = 1", "A g"),
]


@pytest.mark.parametrize(("code", "expected"), BINDS)
def test_names_that_a_cell_binds(code: str, expected: str) -> None:
    assert extract(code).binds == names(expected)


def test_an_annotation_alone_binds_nothing_and_global_means_nothing_at_the_top() -> None:
    assert extract("a: int").binds == frozenset()
    assert extract("global a\na = 1").binds == {"a"}


EAGER = [
    # what it is                                       eager          of it, certainly
    ("a = b", "b", "b"),
    ("a = 1; b = a", "", ""),
    ("b = a; a = 1", "a", "a"),
    ("a += 1", "a", "a"),
    ("a[b] = c.d", "a b c", "a b c"),
    ("a = {}; a['k'] = 1", "", ""),
    ("del a", "a", "a"),
    ("a = 1; del a; b = a", "a", ""),
    ("def f(x=a): return b", "a", "a"),
    ("def f(x: a) -> b: ...", "a b", ""),
    ("x: a = 1", "a", ""),
    ("@a\ndef f(): return b", "a b", "a"),
    ("def f(): return b\nf()", "b", ""),
    ("def f(): return g()\ndef g(): return b\nf()", "b", ""),
    ("b = 1\ndef f(): return b\nf()", "", ""),
    ("def f(): return b\nuse = f", "b", ""),
    ("f = lambda x=a: x + b", "a", "a"),
    ("f = lambda: b\nf()", "b", ""),
    ("a(lambda x: x + b)", "a b", "a"),
    ("class A(b, m=c):\n  d = e\n  f = d\n  def g(self): return h", "b c e", "b c e"),
    ("class A:\n  x = x", "x", "x"),
    ("class A:\n  y = 1\n  z = [y for _ in q]", "q y", "q"),
    ("class A:\n  def m(self): return b\nA()", "b", ""),
    ("class A:\n  class B:\n    def m(self): return b\nA()", "b", ""),
    ("@a\nclass A:\n  f = lambda: b\n  def m(self): return c", "a b c", "a"),
    ("class A:\n  x = 1\n  del x\n  y = x", "x", "x"),
    ("[a for a in b if a + c]", "b c", "b"),
    ("[x for a in b for x in a.y]", "b", "b"),
    ("{a: b for a in c}", "b c", "c"),
    ("print(f'{a:{b}}')", "print a b", "print a b"),
    ("if a: b = 1\nc = b", "a b", "a"),
    ("if a: b = 1\nelse: b = 2\nc = b", "a", "a"),
    ("if a: b = 1\nelif c: b = 2\nelse: raise d\ne = b", "a c d", "a"),
    ("a and b or c", "a b c", "a"),
    ("a if b else c", "a b c", "b"),
    ("if (n := a): b = n", "a b", "a"),
    ("a and (n := 1)\nn", "a n", "a"),
    ("for i in a: t = i\nprint(i, t)", "a print", "a print"),
    ("while a: b = 1\nc = b", "a", "a"),
    ("with a as f: b = f\nc = b", "a", "a"),
    ("with suppress(E): b = 1\nc = b", "suppress E b", "suppress E"),
    ("try: a\nexcept NameError: a = 1", "NameError a", ""),
    ("try: a = b\nexcept E: a = 1\nc = a", "E b", "b"),
    ("try: a = 1\nexcept E as e: print(e)\nc = a", "E a print", ""),
    ("try: a = 1\nexcept E: raise\nc = a", "E", ""),
    ("try: x\nfinally: a = 1\nb = a", "x", "x"),
    ("match a:\n case b.C(): x = 1\n case _: x = 2\ny = x", "a b", "a"),
    ("match a:\n case 1: x = 1\ny = x", "a x", "a"),
    ("if a: b = 1", "a b", "a"),
    ("import a.b; a.b.c()", "", ""),
    ("assert a, b", "a b", "a b"),
    ("await a; [x async for x in b]", "a b", "a b"),
    ("a.append(b)", "a b", "a b"),
]


@pytest.mark.parametrize(("code", "eager", "needs"), EAGER)
def test_names_that_a_cell_reads_as_it_runs(code: str, eager: str, needs: str) -> None:
    facts = extract(code)
    assert facts.error is None
    assert (facts.eager, facts.needs) == (names(eager), names(needs))


LAZY = [
    ("def f(a, *b, c=1, **d): return a, b, c, d, e", "e"),
    ("def f(): x = 1; return x + y", "y"),
    ("def f(): return x; x = 1", ""),
    ("def f(x):\n  del x\n  return y", "y"),
    ("def f():\n  global g\n  g = 1", "g"),
    ("def f():\n  x = 1\n  def i():\n    nonlocal x\n    x = y\n  return i", "y"),
    ("def f():\n  x = 1\n  def i():\n    global x\n    return x\n  return i", "x"),
    ("def f():\n  def i(): return x\n  x = 1", ""),
    ("def f(): return [a for a in b if c]", "b c"),
    ("def f(): return [(w := a) for a in b], w", "b"),
    ("def f(): return lambda a, b=c: a + b + d", "c d"),
    ("def f():\n  class A(b):\n    x = 1\n    def m(self): return x", "b x"),
    ("def f():\n  import a.b\n  from c import d as e\n  return a, e, g", "g"),
    ("def f():\n  try: ...\n  except E as e: return e", "E"),
    ("def f():\n  for a in b: c = a\n  with d as e: return c, e", "b d"),
    ("def f(x):\n  match x:\n    case [a, *b]: return a, b\n    case {**c}: return c, d", "d"),
    ("def f():\n  x: t = 1\n  y: u\n  return x, z", "z"),
    ("def f():\n  x += 1", ""),
    ("def f():\n  d['k'] = v", "d v"),
    ("def f():\n  @a\n  def i(x: b = c) -> d: ...", "a b c d"),
    ("class f(b):\n  x = 1\n  def m(self): return x, y", "b x y"),
    ("f = lambda a: a + b", "b"),
]


@pytest.mark.parametrize(("code", "expected"), LAZY)
def test_names_that_a_body_reads_when_called(code: str, expected: str) -> None:
    facts = extract(code)
    assert facts.error is None
    assert facts.lazy == {"f": names(expected)}


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("def f(): d['k'] = 1", {"f": {"d"}}),
        ("def f(): a.b.c = 1; del d[0]; e[0] += 1", {"f": {"a", "d", "e"}}),
        ("def f(x): x['k'] = 1; y = {}; y['k'] = 1", None),
        ("def f():\n  global g\n  g += 1", {"f": {"g"}}),
        ("def f():\n  def i():\n    global g\n    g = 1", {"f": {"g"}}),
        ("def f(): items.append(1); seen['k'].add(2)", {"f": {"items", "seen"}}),
        ("class A:\n  def m(self): self.x = 1; log.append(1)", {"A": {"log"}}),
        ("df.drop('a', inplace=True); df.drop('a', inplace=False)", {"": {"df"}}),
        ("xs.append(1); d.update(a=1); s.add(1)", {"": {"xs", "d", "s"}}),
        ("d['k'] = 1; x.a = 1", {"": {"d", "x"}}),
        ("def f(): log.append(1)\nf()", {"": {"log"}, "f": {"log"}}),
        ("df.head(); model.eval(); y = model.fit(x)", None),
        ("model.fit(x)", {"": {"model"}}),
        ("await store.load(1)", {"": {"store"}}),
        ("def f(): store.put(1)", {"f": {"store"}}),
    ],
)
def test_objects_that_are_changed_in_place(code: str, changes: dict[str, set[str]] | None) -> None:
    assert extract(code).changes == changes


@pytest.mark.parametrize(
    ("code", "opaque"),
    [
        ("from x import *", True),
        ("exec(x)", True),
        ("def f(): return eval(x)", True),
        ("globals()['a'] = 1", True),
        ("list(map(eval, x))", True),
        ("f = lambda: exec(x)", True),
        ("class A:\n  def m(self): exec(x)", True),
        ("locals()['a']; x", True),
        ("[exec(x) for x in y]", True),
        ("vars(x); dir(x)", False),
        ("model.eval(); df.eval('a')", False),
        ("def f(): return locals()", False),
        ("def eval(x): ...\neval(1)", False),
    ],
)
def test_what_cannot_be_analysed_is_opaque(code: str, opaque: bool) -> None:
    assert extract(code).opaque is opaque


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


def tables(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    yield table
    for inner in table.get_children():
        yield from tables(inner)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from([code for code, *_ in (*BINDS, *EAGER, *LAZY)]), max_size=4))
def test_names_agree_with_pythons_own_symbol_table(codes: list[str]) -> None:
    code = "\n".join(codes)
    assume("async" not in code and "await" not in code)  # not at the top of a module, for Python
    # Since 3.12 its table takes the names of a comprehension for the module's own.
    passing = any(isinstance(each, ast.comprehension) for each in ast.walk(ast.parse(code)))
    assume(sys.version_info < (3, 12) or not passing)
    facts = extract(code)
    assert facts.error is None
    top, *inner = tables(symtable.symtable(code, "cell", "exec"))
    bound = {s.get_name() for s in top.get_symbols() if s.is_assigned() or s.is_imported()}
    read = {s.get_name() for t in (top, *inner) for s in t.get_symbols() if s.is_referenced()}
    declared = {s.get_name() for t in inner for s in t.get_symbols() if s.is_declared_global()}
    handled = {h.name for h in ast.walk(ast.parse(code)) if isinstance(h, ast.ExceptHandler)}
    changed = (facts.changes or {}).get("", frozenset())
    assert bound - handled - {"__annotations__"} <= facts.binds <= bound | declared | changed
    assert facts.eager <= read | bound | declared
    assert all(lazy <= read | declared for lazy in (facts.lazy or {}).values())
