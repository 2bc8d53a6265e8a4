"""How findings are shown."""

from __future__ import annotations

import json

import pytest

from neutrino_lab import report
from neutrino_lab.declare.diagnostics import Diagnostic, Fix, Severity
from neutrino_lab.notebook.model import Span
from neutrino_lab.notebook.wording import quote


def finding(
    source: str, span: Span | None, *, severity: Severity = "error", hint: str = "do this"
) -> Diagnostic:
    return Diagnostic(
        code="NL999",
        severity=severity,
        message=quote("this is wrong"),
        hint=quote(hint),
        notebook="reports/my app.ipynb",
        cell=3 if source else 0,
        cell_id="c3" if source else "",
        span=span,
        source=source,
    )


def underlined(source: str, span: Span) -> tuple[str, str]:
    """The line that is shown and the underline below it, without the gutter."""
    lines = report.render([finding(source, span)]).split("\n")
    gutter = len(str(span.line)) + 3
    return lines[3][gutter:], lines[4][gutter:]


def test_text_shows_what_where_the_line_and_what_to_do() -> None:
    shown = report.render([finding("a\nb = oops\n", Span(2, 4, 2, 8))])
    assert shown == (
        "error[NL999]: this is wrong\n"
        " --> reports/my app.ipynb, cell 3, line 2, column 5\n"
        "  |\n"
        "2 | b = oops\n"
        "  |     ^^^^\n"
        "  |\n"
        "  = help: do this\n"
        "\n"
        "1 error in 1 notebook"
    )


def test_the_gutter_is_as_wide_as_the_line_number() -> None:
    shown = report.render([finding("\n" * 99 + "x", Span(100, 0, 100, 1))])
    assert "\n   --> reports/my app.ipynb, cell 3, line 100, column 1\n" in shown
    assert "\n    |\n100 | x\n    | ^\n    |\n    = help: do this\n" in shown


def test_a_finding_about_a_notebook_or_a_whole_cell_shows_no_line() -> None:
    shown = report.render([finding("", None, severity="warning", hint="")])
    assert shown == (
        "warning[NL999]: this is wrong\n --> reports/my app.ipynb\n\n1 warning in 1 notebook"
    )
    assert " --> reports/my app.ipynb, cell 3\n" in report.render([finding("x = 1", None)])


def test_the_summary_counts_by_severity_and_notebook() -> None:
    kinds: list[Severity] = ["error", "note", "error", "warning", "note"]
    assert report.summary([finding("", None, severity=kind) for kind in kinds]) == (
        "2 errors, 1 warning, 2 notes in 1 notebook"
    )
    assert report.summary([]) == "no problems"


@pytest.mark.parametrize(
    ("style", "empty"), [("text", "no problems"), ("json", "[]"), ("github", "")]
)
def test_nothing_found_is_told_to_people_alone(style: report.Style, empty: str) -> None:
    assert report.render([], style=style) == empty


@pytest.mark.parametrize(
    ("source", "span", "line", "marks"),
    [
        ("\tx = oops", Span(1, 5, 1, 9), "    x = oops", "        ^^^^"),
        ("s = '漢字' + oops", Span(1, 11, 1, 15), "s = '漢字' + oops", "             ^^^^"),
        ("s = '漢字'", Span(1, 5, 1, 7), "s = '漢字'", "     ^^^^"),
        ("e\u0301 = oops", Span(1, 5, 1, 9), "e\u0301 = oops", "    ^^^^"),
        ("f(", Span(1, 2, 1, 2), "f(", "  ^"),
        ("def f(\n    x\n)", Span(1, 4, 3, 1), "def f(", "    ^^"),
        ("short", Span(1, 90, 1, 95), "short", "     ^"),
        ("a\x1b[31mb", Span(1, 0, 1, 1), "a�[31mb", "^"),
    ],
)
def test_the_underline_stands_below_the_words(
    source: str, span: Span, line: str, marks: str
) -> None:
    assert underlined(source, span) == (line, marks)


def test_a_long_line_is_cut_so_that_the_words_are_in_sight() -> None:
    source = "x = [" + "1, " * 200 + "oops" + ", 2" * 200 + "]"
    start = source.index("oops")
    line, marks = underlined(source, Span(1, start, 1, start + 4))
    assert len(line) == report.WIDTH
    assert (line[0], line[-1]) == ("…", "…")
    assert line[marks.index("^") : marks.rindex("^") + 1] == "oops"


def test_a_long_underline_is_cut_as_well() -> None:
    line, marks = underlined("y" * 500, Span(1, 0, 1, 500))
    assert (len(line), len(marks)) == (report.WIDTH, report.WIDTH)
    assert line.endswith("y…")


def test_a_line_that_the_source_has_not_is_left_out() -> None:
    assert report.render([finding("x", Span(7, 0, 7, 1))]).count("\n") == 4


def test_colors_only_where_asked_for() -> None:
    found = [finding("x = 1", Span(1, 0, 1, 1))]
    plain, colored = report.render(found), report.render(found, color=True)
    assert "\x1b" not in plain
    assert colored.startswith("\x1b[1;31merror[NL999]\x1b[0m\x1b[1m: this is wrong\x1b[0m\n")
    for code in ("1;31", "1;34", "1", "0"):
        colored = colored.replace(f"\x1b[{code}m", "")
    assert colored == plain


def test_json_holds_every_field_in_the_documented_order() -> None:
    found = Diagnostic(
        code="NL107",
        severity="error",
        message=quote("`@HTTP` has no key `bdoy`"),
        hint=quote("did you mean `body`?"),
        notebook="größe.ipynb",
        cell=1,
        cell_id="a1",
        span=Span(3, 0, 3, 4),
        source="# @HTTP\n# POST /x\n# bdoy: a",
        fixes=(Fix(quote("change it to `body`"), Span(3, 2, 3, 6), "body"),),
    )
    text = report.render([found, finding("", None)], style="json", color=True)
    first, second = json.loads(text)
    assert list(first.items()) == [
        ("code", "NL107"),
        ("severity", "error"),
        ("message", "`@HTTP` has no key `bdoy`"),
        ("hint", "did you mean `body`?"),
        ("notebook", "größe.ipynb"),
        ("cell", 1),
        ("cell_id", "a1"),
        ("span", {"line": 3, "column": 0, "end_line": 3, "end_column": 4}),
        ("source", "# @HTTP\n# POST /x\n# bdoy: a"),
        (
            "fixes",
            [
                {
                    "title": "change it to `body`",
                    "span": {"line": 3, "column": 2, "end_line": 3, "end_column": 6},
                    "text": "body",
                }
            ],
        ),
        ("action", ""),
    ]
    assert second["span"] is None


def test_github_commands_are_escaped() -> None:
    found = Diagnostic(
        code="NL999",
        severity="note",
        message=quote("100% wrong,\r\nreally: yes"),
        hint=quote("do, this: now"),
        notebook="a,b:c%.ipynb",
        cell=2,
        span=Span(4, 6, 4, 7),
        source="x",
    )
    assert report.render([found], style="github") == (
        "::notice file=a%2Cb%3Ac%25.ipynb,line=4,col=7,title=NL999"
        "::a,b:c%25.ipynb, cell 2, line 4, column 7: 100%25 wrong,%0D%0Areally: yes"
        "%0Ado, this: now"
    )


def test_github_knows_errors_warnings_and_notices() -> None:
    kinds: list[Severity] = ["error", "warning", "note"]
    shown = report.render([finding("", None, severity=kind) for kind in kinds], style="github")
    assert [line.split(" ")[0] for line in shown.split("\n")] == [
        "::error",
        "::warning",
        "::notice",
    ]
