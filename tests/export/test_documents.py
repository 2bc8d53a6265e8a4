"""The README holds what was meant, whatever the texts say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePosixPath

from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from neutrino_lab.export.documents import readme
from neutrino_lab.export.options import BuildOptions
from neutrino_lab.runtime.spec import App, Field, Http, Schedule, Stream, WebSocket

HOSTILE = '"; RUN id\n# {{7*7}} $(id) $title <script>alert(1)</script> `x` | [a](javascript:b) \x00'


def render(app: App) -> str:
    options = BuildOptions(python="3.12", port=8080)
    return readme(app, options=options, modules=(), variables=("DB_URL",), about={})


def test_a_readme_lists_everything_that_is_served() -> None:
    app = App(
        "Shop",
        ("shop",),
        (
            Http(
                "GET",
                "/items/{id}",
                "shop:item",
                1,
                query=(
                    Field("full", "bool", default=False),
                    Field("tag", optional=True),
                ),
            ),
            Http("POST", "/items", "shop:add", 2, body=(Field("name", "str"), Field("n"))),
            WebSocket("/ws/{room_id}", "shop:talk", 3, message=(Field("a", "str|None"),)),
            Schedule("shop:tidy", 4, interval="10m"),
            Schedule("shop", 5, cron="0 30 9 * * 1-5", timezone="Europe/Paris"),
        ),
        description="Sells *things*\nto people.\n\n```\nneutrino run shop.ipynb\n```",
    )
    about = {("shop:item", 1): "One item."}
    text = readme(
        app,
        options=BuildOptions(python="3.12", port=8080),
        modules=(PurePosixPath("helpers/text.py"),),
        variables=("DB_URL", "TOKEN"),
        about=about,
    )
    assert text.startswith("# Shop\n\nA service made from notebooks by ")
    assert (
        """
Sells \\*things\\* to people.

## Routes

| route | takes | about |
| --- | --- | --- |
| `GET /items/{id}` | `full: bool = False`, `tag?` | One item. |
| `POST /items` | `name: str`, `n` |  |

## WebSockets

| path | type | message |
| --- | --- | --- |
| `/ws/{room_id}` | event | `a: str\\|None` |

## Schedules

| when | what |
| --- | --- |
| `every 10m` | `tidy` |
| `0 30 9 * * 1-5 Europe/Paris` | `shop, cell 5` |

## Run it
"""
        in text
    )
    assert "| `helpers/` | modules of yours that the cells import |\n" in text
    assert "The cells read `DB_URL`, `TOKEN`.\n" in text
    assert (
        ".venv/bin/uvicorn main:app --http runtime.http.uvicorn_protocol:Protocol --port 8080\n"
        in text
    )
    assert "docker run --rm -p 127.0.0.1:8080:8000 --read-only" in text


def test_a_readme_says_how_a_sandboxed_stream_is_kept_apart() -> None:
    stream = Stream("mean", "every:1s", "shop:mean", 1, path="/mean")
    row = "| `/mean` | `every:1s` | `mean` |"
    text = render(App("Shop", ("shop",), (stream,)))
    assert f"{row}\n" in text
    assert "sandboxed" not in text.partition("## Run it")[0]
    text = render(App("Shop", ("shop",), (replace(stream, run="sandboxed"),)))
    assert f"{row} sandboxed |\n\nA sandboxed operator runs in a process of its own" in text


def plain(app: App) -> tuple[list[str], int, set[str]]:
    """The headings, the number of table rows and the kinds of token in a README."""
    tokens = MarkdownIt("commonmark").enable("table").parse(render(app))
    inline = [t for token in tokens for t in (token.children or [])]
    headings = [
        tokens[i + 1].children[0].content  # type: ignore[index]
        for i, token in enumerate(tokens)
        if token.type == "heading_open"
    ]
    rows = sum(token.type == "tr_open" for token in tokens)
    return headings, rows, {token.type for token in (*tokens, *inline)}


@settings(deadline=None)
@given(st.text() | st.just(HOSTILE))
def test_no_text_can_break_out_of_the_readme(text: str) -> None:
    def app(some: str) -> App:
        http = Http("GET", f"/{some}", f"a:{some}", 1, query=(Field(f"a{some}", some, default=1),))
        schedule = Schedule("a:f", 2, cron=f"0{some}")
        return App(f"Title {some}", ("a",), (http, schedule), description=f"About {some}")

    headings, rows, kinds = plain(app(text))
    expected_headings, expected_rows, expected_kinds = plain(app("x"))
    assert headings[1:] == expected_headings[1:]
    assert rows == expected_rows
    assert kinds <= expected_kinds | {"text_special"}
