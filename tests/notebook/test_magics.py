"""What is IPython's in a cell, and what is left of it for Python."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neutrino_lab.notebook.magics import names_set, strip
from neutrino_lab.notebook.model import Magic


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("%matplotlib inline", "line"),
        ("%pip install 'a>=1'", "line"),
        ("%cd ..", "line"),
        ("!ls -l", "shell"),
        ("!!ls", "shell"),
        ("! echo 'it''s'", "shell"),
        ("files = !ls", "shell"),
        ("a, b = %timeit -o f()", "line"),
        ("d['k'] = !pwd", "shell"),
        ("?print", "help"),
        ("??print", "help"),
        ("print?", "help"),
        ("np.linalg.*?", "help"),
        ("df['a']?", "help"),
        ("%time?", "help"),
    ],
)
def test_a_line_of_ipython_becomes_a_pass(line: str, kind: str) -> None:
    found = (Magic(kind=kind, line=2, text=line),)  # type: ignore[arg-type]
    assert strip(f"a = 1\n{line}\nb = 2") == (f"a = 1\npass  # {line}\nb = 2", found)


def test_an_indented_line_keeps_its_block_alive() -> None:
    code, found = strip("if True:\n    !ls\nelse:\n\t%pwd")
    assert code == "if True:\n    pass  # !ls\nelse:\n\tpass  # %pwd"
    assert [magic.line for magic in found] == [2, 4]


def test_a_magic_of_several_lines_keeps_their_number() -> None:
    source = "a = 1\n!pip install \\\n   numpy \\\n   pandas\nb = 2"
    code = "a = 1\npass  # !pip install \\\n# numpy \\\n# pandas\nb = 2"
    found = Magic("shell", 2, "!pip install \\\n   numpy \\\n   pandas")
    assert strip(source) == (code, (found,))


@pytest.mark.parametrize(
    "source",
    [
        "a = 7 \\\n% 2",
        "a = (7\n% 2)",
        'a = """\n%time\n!ls\nx?\n"""',
        "a = '''\n\"\"\"\n!ls'''",
        "a = 'it\\\n!ls'",
        "b = {\n  # why?\n  'k': 5\n%3}",
        "print('%d' % 3) # really?",
        "a = b != c",
        "# %%bash",
        "a = '?'",
        "",
        "x: int = 5 % 3",
    ],
)
def test_python_is_left_alone(source: str) -> None:
    assert strip(source) == (source, ())
    # The same beside a magic, where the text alone has to tell.
    code = strip(f"%pwd\n{source}")[0]
    assert code == f"pass  # %pwd\n{source}"
    ast.parse(code)


def test_broken_python_is_left_to_python() -> None:
    assert strip("def f(:\n  a = % b") == ("def f(:\n  a = % b", ())
    assert strip("f(\n!ls") == ("f(\n!ls", ())


@pytest.mark.parametrize(
    "name", ["bash", "html", "writefile x.py", "python3", "timeit", "script sh"]
)
def test_a_cell_magic_drops_the_cell(name: str) -> None:
    assert strip(f"\n\n%%{name}\nrm -rf (") == ("", (Magic("cell", 3, f"%%{name}"),))


@pytest.mark.parametrize("line", ["%%time", "%%capture out --no-stderr", "%%prun -q"])
def test_a_cell_magic_that_runs_the_python_below_keeps_it(line: str) -> None:
    code, found = strip(f"{line}\nmodel = fit()\n%pwd")
    assert code == f"pass  # {line}\nmodel = fit()\npass  # %pwd"
    assert found == (Magic("cell", 1, line), Magic("line", 3, "%pwd"))


def test_cell_magics_may_stand_on_each_other() -> None:
    assert strip("%%time\n%%capture\na = 1")[0] == "pass  # %%time\npass  # %%capture\na = 1"
    assert strip("%%time\n%%bash\nls") == (
        "",
        (Magic("cell", 1, "%%time"), Magic("cell", 2, "%%bash")),
    )


def test_what_a_time_magic_runs_is_run() -> None:
    found = (Magic("line", 2, "%time model = fit(x)"),)
    assert strip("if x:\n  %time model = fit(x)") == ("if x:\n  model = fit(x)", found)
    assert strip("%time")[0] == "pass  # %time"
    assert strip("%time fit(x")[0] == "pass  # %time fit(x"


def test_python_warnings_about_the_code_stay_inside() -> None:
    assert strip("print('\\d') # a\nx = 5\nwhy = '?'\n") == (
        "print('\\d') # a\nx = 5\nwhy = '?'\n",
        (),
    )
    assert strip("'\\d' is 1\n!ls")[0] == "'\\d' is 1\npass  # !ls"


LINES = ["%time ", "!ls", "?", "%%bash", "%%time", "\n", "\\\n", "    ", "if a:", "#", "a", "="]
SIGNS = ['"""', "'", "(", ")", "[", "]", "{", "}", "\\", "%", "é", "\0", "\ud800"]
PIECES = st.sampled_from([*LINES, *SIGNS])


@given(st.one_of(st.lists(PIECES).map("".join), st.text()))
def test_any_text_keeps_its_lines_or_is_dropped(source: str) -> None:
    code, found = strip(source)
    if code or not found:
        assert code.count("\n") == source.count("\n")
    lines = source.split("\n")
    assert all(magic.text.split("\n")[0] == lines[magic.line - 1].strip() for magic in found)


@given(st.lists(PIECES).map("".join))
def test_code_that_parses_is_never_touched(source: str) -> None:
    try:
        ast.parse(source)
    except (SyntaxError, ValueError):
        return
    assert strip(source) == (source, ())


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ('%pylab\nreturn "N=%i" % n', 'pass  # %pylab\nreturn "N=%i" % n'),
        ("x = {'a': '!b'}\n!ls", "x = {'a': '!b'}\npass  # !ls"),
        (" x = 1\n y = 2", "x = 1\ny = 2"),
        (">>> x = 1\n... y", "x = 1\ny"),
        ("In [1]: x = 1", "x = 1"),
        ("?", "pass  # ?"),
        ("pip install a", "pass  # pip install a"),
        ("cd ..", "pass  # cd .."),
        ("run = 1", "run = 1"),
        ("store - 1", "store - 1"),
        (
            "%env MODE=prod",
            "__import__(\"os\").environ['MODE'] = 'prod'  # %env MODE=prod",
        ),
        (
            "%%time\nfrom __future__ import annotations",
            "# %%time\nfrom __future__ import annotations",
        ),
    ],
)
def test_what_ipython_reads_is_read(source: str, code: str) -> None:
    assert strip(source)[0] == code


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("files = !ls", {"files"}),
        ("a, b = %sql select 1", {"a", "b"}),
        ("%%bigquery df --project p", {"df", "p"}),
        ("%matplotlib inline", set()),
        ("%store -r model", None),
        ("store -r model", None),
    ],
)
def test_the_names_that_a_magic_sets(line: str, names: set[str] | None) -> None:
    assert names_set(Magic("cell" if line.startswith("%%") else "line", 1, line)) == names
