"""The names that a cell binds, reads and changes."""

from __future__ import annotations

import ast
import symtable
import sys
from collections.abc import Iterator

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from neutrino_lab.notebook.facts import (
    extract,
)
from tests.notebook.reading import names

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
        ("df.head(); model.eval(); y = model.predict(x)", None),
        ("model.fit(x)", {"": {"model"}}),
        ("await store.load(1)", {"": {"store"}}),
        ("def f(): store.put(1)", {"f": {"store"}}),
        ("y = model.fit(x); n = out.write('a')", {"": {"model", "out"}}),
        ("heappush(h, 1); insort(xs, 1); x = next(rows)", {"": {"h", "xs", "rows"}}),
        ("setattr(c, 'k', 1); vars(d)['k'] = 1; c.__dict__.update(k=1)", {"": {"c", "d"}}),
        ("x = list.append(xs, 1), dict.update(d, k=1)", {"": {"xs", "d", "list", "dict"}}),
        ("print(1, file=out); print(2, file=None); y = add(a, 1, out=b)", {"": {"out", "b"}}),
        (
            "list(map(seen.append, xs)); Thread(target=found.append).start()",
            {"": {"seen", "found"}},
        ),
        ("dump(x, f); dumps(x); df.to_sql('t', db); df.to_csv(path)", {"": {"f", "db"}}),
        ("n = db.execute('insert into t')", {"": {"db"}}),
        ("n = db.execute(' SELECT 1'); db.execute('with a as (select 1) select 2')", None),
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
        ("setattr(sys.modules['__main__'], 'x', 1)", True),
        ("def f(): sys.modules[__name__].x = 1", True),
        ("sys.modules.get(__name__).x = 1", True),
        ("import_module(__name__).x = 1", True),
        ("import __main__ as m", True),
        ("from __main__ import x", True),
        ("get_ipython().user_ns['x'] = 1", True),
        ("f.__globals__['x'] = 1", True),
        ("if __name__ == '__main__': sys.modules['x'].y = getLogger(__name__)", False),
        ("vars(x); dir(x)", False),
        ("model.eval(); df.eval('a')", False),
        ("def f(): return locals()", False),
        ("def eval(x): ...\neval(1)", False),
    ],
)
def test_what_cannot_be_analysed_is_opaque(code: str, opaque: bool) -> None:
    assert extract(code).opaque is opaque


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
