"""Notebooks → App: the seed's own examples, order, projects, and what is kept between runs."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Any

from neutrino_lab.declare.compiler import Compiler
from neutrino_lab.notebook import reader
from neutrino_lab.notebook.facts import FactsCache
from neutrino_lab.notebook.model import Cell, Notebook, Unreadable
from neutrino_lab.runtime.spec import App, Field, Http, Schedule, WebSocket
from tests.declare.conftest import build

CORPUS = Path(__file__).parent.parent / "conformance" / "corpus"


def test_http_examples_of_the_seed() -> None:
    notebook = reader.read(CORPUS / "http_cells.ipynb", PurePosixPath("http_cells.ipynb"), "seed")
    assert not isinstance(notebook, Unreadable)
    assert Compiler().compile("Seed", [notebook]).app == App(
        title="Seed",
        modules=("seed",),
        description=notebook.description,
        endpoints=(
            Http("GET", "/api/hello-world", "seed:hello_world", 4),
            Http(
                "GET",
                "/api/correlation/{dataset1}/{dataset2}",
                "seed:calculate_correlation",
                5,
                resp=(Field("correlation", "float"),),
            ),
            Http(
                "GET",
                "/api/filter-dataframe",
                "seed:filter_dataframe",
                6,
                query=(Field("column", "str"), Field("value", "str")),
                resp=(Field("filtered_data", "list[dict[str, Any]]"),),
            ),
            Http(
                "POST",
                "/api/linear-regression",
                "seed:simple_linear_regression",
                7,
                body=(Field("x", "list[float]"), Field("y", "list[float]")),
            ),
            Http(
                "POST",
                "/api/kmeans",
                "seed:kmeans_clustering",
                8,
                body=(Field("data", "list[list[float]]"), Field("n_clusters", "int")),
                resp=(Field("centroids", "list[list[float]]"),),
            ),
        ),
    )


def test_every_key_reaches_the_description(compiled: Any) -> None:
    compilation = compiled(
        '"""\n@HTTP\nPATCH /a/{id:int}\nquery: q?, limit:int=10\nheaders: X-Key:str?\n'
        "body: tags:list[str]=[], at:datetime?\nresp: ok:bool\nmedia: CSV\n"
        '"""\ndef a(id, q=None, limit=10, tags=(), at=None):\n    return {}',
        '"""\n@WS /w/{room_id}\nType: event\nmessage: n:int\nvalidate: True\nquery: token\n'
        'to: room\n"""\ndef w(event, token):\n    return event',
        '"""\n@SCHEDULE\ncron: "0 30  9 * * 1-5"\ntimezone: Europe/Rome\n"""\ndef c():\n    pass',
        '"""\n@SCHEDULE\ninterval: 010 M\n"""\nprint("tick")',
    )
    assert compilation.diagnostics == ()
    assert compilation.app.endpoints == (
        Http(
            "PATCH",
            "/a/{id:int}",
            "app:a",
            1,
            query=(Field("q", optional=True), Field("limit", "int", default=10)),
            headers=(Field("X-Key", "str", optional=True),),
            body=(Field("tags", "list[str]", default=[]), Field("at", "datetime", optional=True)),
            resp=(Field("ok", "bool"),),
            media="text/csv",
        ),
        WebSocket(
            "/w/{room_id}",
            "app:w",
            2,
            message=(Field("n", "int"),),
            validate=True,
            query=(Field("token"),),
            to="room",
        ),
        Schedule("app:c", 3, cron="0 30 9 * * 1-5", timezone="Europe/Rome"),
        Schedule("app", 4, interval="10m"),
    )


def test_only_sound_endpoints_are_in_the_app(compiled: Any) -> None:
    compilation = compiled(
        '"@HTTP GET /a"\ndef a():\n    return 1\n\n"@HTTP GET b"\ndef b():\n    return 1',
        '"@HTTP GET /a"\ndef again():\n    return 1',
        '"@HTTP GET /c"\ndef c():\n    return it\'s',
    )
    assert [each.function for each in compilation.app.endpoints] == ["app:a"]
    assert [each.code for each in compilation.diagnostics] == ["NL401", "NL403", "NL101"]


def test_a_project_is_one_app_and_its_mistakes_come_in_its_order(notebook: Any) -> None:
    first = notebook('"@HTTP GET /a"\ndef a():\n    return 1', name="first")
    second = notebook(
        "limit = 1",
        '"@HTTP GET /a"\ndef a():\n    return 1\n\n"@WS b"\ndef b(event):\n    return 1',
        name="second",
    )
    unreadable = Unreadable(
        PurePosixPath("bad.ipynb"), "NL002", "The file is empty.", "Save it again."
    )
    compilation = Compiler().compile("two", [first, unreadable, second])
    assert compilation.app == App("two", ("first", "second"), (Http("GET", "/a", "first:a", 1),))
    assert [(d.notebook, d.cell, d.code, d.message) for d in compilation.diagnostics] == [
        ("bad.ipynb", 0, "NL002", "the file is empty"),
        ("second.ipynb", 2, "NL403", "`GET /a` is already declared in first.ipynb, cell 1"),
        ("second.ipynb", 2, "NL401", "the path `b` does not begin with `/`"),
    ]


def test_a_diagnostic_carries_the_cell_it_is_about(notebook: Any) -> None:
    source = '"@HTTP FETCH /a"\ndef a():\n    return 1'
    (found,) = Compiler().compile("app", [notebook("x = 1", source)]).diagnostics
    assert (found.notebook, found.cell, found.cell_id, found.source) == (
        "app.ipynb",
        2,
        "id2",
        source,
    )


def test_facts_are_given_for_every_cell(compiled: Any) -> None:
    compilation = compiled("a = 1", "%%bash\nls", "b = a +")
    assert {key: sorted(facts.binds) for key, facts in compilation.facts.items()} == {
        ("app", 1): ["a"],
        ("app", 2): [],
        ("app", 3): [],
    }


class CountingCache(FactsCache):
    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def of(self, code: str):  # type: ignore[no-untyped-def]
        self.asked.append(code)
        return super().of(code)


def test_an_unchanged_cell_is_never_looked_at_again(notebook: Any) -> None:
    cells = [f'"@HTTP GET /{name}"\ndef {name}():\n    return 1' for name in "abc"]
    changed = '"@HTTP GET /d"\ndef d():\n    return 1'
    cache = CountingCache()
    compiler = Compiler(cache)
    compiler.compile("app", [notebook(*cells)])
    assert cache.asked == cells
    app = compiler.compile("app", [notebook(changed, *cells[1:], cells[0])]).app
    assert cache.asked == [*cells, changed]
    assert [(each.path, each.cell) for each in app.of(Http)] == [
        ("/d", 1),
        ("/b", 2),
        ("/c", 3),
        ("/a", 4),
    ]


def test_what_another_cell_says_is_asked_again(notebook: Any) -> None:
    uses = '"""\n@HTTP\nGET /a\nquery: item:Item\n"""\ndef a(item):\n    return 1'
    compiler = Compiler()
    codes = [
        [each.code for each in compiler.compile("app", [notebook(uses, other)]).diagnostics]
        for other in ("class Item: ...", "x = 1", "from items import *", "class Item: ...")
    ]
    assert codes == [[], ["NL202"], [], []]


def test_the_same_cell_twice_in_a_project_is_judged_at_both_places(notebook: Any) -> None:
    cell = '"@HTTP GET a"\ndef a():\n    return 1'
    found = Compiler().compile("app", [notebook(cell, cell), notebook(cell, name="b")]).diagnostics
    places = [(each.notebook, each.cell, each.code) for each in found if each.code == "NL401"]
    assert places == [
        ("app.ipynb", 1, "NL401"),
        ("app.ipynb", 2, "NL401"),
        ("b.ipynb", 1, "NL401"),
    ]


def test_nothing_at_all_compiles_to_nothing() -> None:
    compilation = Compiler().compile("none", [])
    assert (compilation.app, compilation.diagnostics) == (App("none", (), ()), ())


def test_skipped_cells_and_old_formats() -> None:
    skipped = Cell("a", 1, '%pip install x\n"@HTTP GET a"\ndef a(): ...', "", skipped=True)
    kept = Cell("b", 2, '"@HTTP GET /b"\ndef b(): ...', '"@HTTP GET /b"\ndef b(): ...')
    old = Notebook(PurePosixPath("old.ipynb"), "old", (skipped, kept), upgraded_from=3)
    compilation = Compiler().compile("old", [old])
    assert [each.path for each in compilation.app.of(Http)] == ["/b"]
    assert [(each.code, each.severity, each.cell) for each in compilation.diagnostics] == [
        ("NL011", "note", 0)
    ]


def test_one_name_in_two_notebooks_is_told_where_processes_look_it_up() -> None:
    plain = "def square(x): return x * x\n"
    starting = "from concurrent.futures import ProcessPoolExecutor\n" + plain
    threads = "from concurrent.futures import ThreadPoolExecutor\n" + plain

    def told(second: str) -> list[tuple[str, int, str]]:
        notebooks = [build(plain, name="a"), build(second, name="b")]
        found = Compiler().compile("app", notebooks).diagnostics
        return [(d.notebook, d.cell, d.message) for d in found if d.code == "NL122"]

    message = "`square` is defined in a.ipynb too, and other processes find that one"
    assert told(starting) == [("b.ipynb", 1, message)]
    assert told(threads) == told(plain) == told(starting.replace("square", "cube")) == []
