"""main.py says exactly what was compiled, whatever the texts hold, and reads as if handwritten."""

from __future__ import annotations

import ast
import string
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from neutrino_lab.export.source import main_source
from neutrino_lab.runtime import spec
from neutrino_lab.runtime.spec import App, Field, Http, Schedule, WebSocket


def the_app_of(source: str) -> Any:
    """Evaluate the literal `APP`, and nothing else of the file."""
    literals = [s for s in ast.parse(source).body if isinstance(s, ast.Assign)]
    assert [ast.unparse(s.targets[0]) for s in literals] == ["APP", "service", "app"]
    assert len(ast.parse(source).body) == 6  # a docstring, two imports, three assignments
    return eval(compile(ast.Expression(literals[0].value), "main.py", "eval"), vars(spec))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
names = st.text(string.ascii_lowercase + "_", min_size=1)
declared = st.lists(
    st.builds(
        Field,
        st.text(min_size=1),
        type=st.text(),
        optional=st.booleans(),
        default=st.just(...) | json_values,
    ),
    max_size=3,
).map(tuple)
functions = st.text(min_size=1)
cells = st.integers(1, 99)
https = st.builds(
    Http,
    st.sampled_from(["GET", "POST"]),
    st.text(),
    functions,
    cells,
    query=declared,
    headers=declared,
    body=declared,
    resp=declared,
    media=st.text(),
)
sockets = st.builds(
    WebSocket,
    st.text(),
    functions,
    cells,
    type=st.sampled_from(["event", "stream"]),
    message=declared,
    validate=st.booleans(),
    to=st.sampled_from(["all", "room", "sender"]),
)
schedules = st.builds(Schedule, functions, cells, cron=st.text(), interval=st.text())
apps = st.builds(
    App,
    st.text(),
    st.lists(names, max_size=3).map(tuple),
    st.lists(https | sockets | schedules, max_size=4).map(tuple),
    st.text(),
)


@settings(deadline=None)
@given(apps)
def test_running_the_literal_gives_an_equal_app(app: App) -> None:
    again = the_app_of(main_source(app))
    assert again == app
    assert repr(again) == repr(app)  # also tells 1, 1.0 and True apart


@settings(deadline=None)
@given(apps)
def test_every_text_can_be_written_as_utf8(app: App) -> None:
    main_source(app).encode()


def test_hostile_texts_stay_texts() -> None:
    hostile = '"""\n\'\'\'\\"; RUN id\r\n{{7*7}} $(id) {names} %s \u202e\x00\ud800'
    app = App(hostile, ("a",), (Http("GET", hostile, "a:f", 1),), hostile)
    assert the_app_of(main_source(app)) == app


def test_an_app_reads_as_if_written_by_hand() -> None:
    app = App(
        title="Shop",
        modules=("shop", "reports_daily"),
        endpoints=(
            Http("GET", "/api/hello", "shop:hello", 3),
            Http(
                "POST",
                "/api/orders",
                "shop:order",
                4,
                query=(Field("dry_run", "bool", default=False),),
                headers=(Field("X-Api-Key", "str"),),
                body=(Field("items", "list[str]"), Field("note", optional=True)),
            ),
            WebSocket("/ws/{room_id}", "shop:talk", 7, message=(Field("text"),), to="room"),
            Schedule("reports_daily", 2, cron="0 30 9 * * 1-5", timezone="Europe/Paris"),
        ),
        description='Sells "things".\n\nTo people.',
    )
    assert (
        main_source(app)
        == '''\
"""A service made from notebooks by `neutrino build`; build again rather than edit.

`APP` says what is served. The notebooks' own code stands in cells/, what serves it in runtime/.
Run it with `uvicorn main:app`; the README says how it answers fastest.
"""

from pathlib import Path

from runtime import App, Field, Http, Schedule, WebSocket, create_app, load

APP = App(
    title="Shop",
    description=(
        'Sells "things".\\n'
        "\\n"
        "To people."
    ),
    modules=("shop", "reports_daily"),
    endpoints=(
        Http("GET", "/api/hello", "shop:hello", cell=3),
        Http(
            "POST",
            "/api/orders",
            "shop:order",
            cell=4,
            query=(Field("dry_run", "bool", default=False),),
            headers=(Field("X-Api-Key", "str"),),
            body=(Field("items", "list[str]"), Field("note", optional=True)),
        ),
        WebSocket("/ws/{room_id}", "shop:talk", cell=7, message=(Field("text"),), to="room"),
        Schedule("reports_daily", cell=2, cron="0 30 9 * * 1-5", timezone="Europe/Paris"),
    ),
)

service = create_app(APP, load(APP, Path(__file__).parent / "cells"))
app = service.asgi
'''
    )


def test_an_app_without_endpoints_imports_no_more_than_it_needs() -> None:
    source = main_source(App("Empty", (), ()))
    assert "from runtime import App, create_app, load\n" in source
    assert the_app_of(source) == App("Empty", (), ())


def test_an_infinite_default_is_written_as_python_reads_it() -> None:
    for value, text in ((float("inf"), "1e999"), (float("-inf"), "-1e999")):
        app = App("a", (), (Http("GET", "/", "a:f", 1, query=(Field("x", default=value),)),))
        assert f"default={text}" in main_source(app)
        assert the_app_of(main_source(app)) == app
