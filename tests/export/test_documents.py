"""Dockerfile, .dockerignore and README hold what was meant, whatever the texts say."""

from __future__ import annotations

from pathlib import PurePosixPath

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from neutrino_lab.export.documents import dockerfile, dockerignore, image_name, readme
from neutrino_lab.runtime.spec import App, Field, Http, Schedule, WebSocket

HOSTILE = '"; RUN id\n# {{7*7}} $(id) $title <script>alert(1)</script> `x` | [a](javascript:b) \x00'


def render(app: App) -> str:
    return readme(app, python="3.12", modules=(), about={})


def test_the_dockerfile_depends_on_the_python_version_alone() -> None:
    text = dockerfile("3.13")
    instructions = [line.split()[0] for line in text.splitlines() if line and line[0].isupper()]
    assert instructions == [
        *("FROM", "WORKDIR", "RUN", "ENV", "COPY", "RUN"),
        *("FROM", "ENV", "COPY", "WORKDIR", "COPY", "RUN"),
        *("USER", "EXPOSE", "HEALTHCHECK", "CMD"),
    ]
    assert text.count("python:3.13-slim") == 2
    assert "--mount" not in text
    assert "# syntax" not in text
    assert "$$" not in text


def test_the_ignore_file_lets_in_only_what_is_listed() -> None:
    assert dockerignore({"runtime", "main.py"}) == "*\n!main.py\n!runtime\n**/__pycache__\n"


def test_an_image_name_is_one_that_docker_takes() -> None:
    assert image_name("My Report (2)") == "my-report-2"
    assert image_name(HOSTILE).startswith("run-id-7-7-id")
    assert image_name("データ") == "notebook"


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
    text = readme(app, python="3.12", modules=(PurePosixPath("helpers/text.py"),), about=about)
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
    assert "$" not in text


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
