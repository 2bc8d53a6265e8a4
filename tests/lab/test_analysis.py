"""What the front end shows of a document that is being written."""

from __future__ import annotations

from datetime import datetime, timezone

from neutrino_lab.lab.analysis import DocumentAnalyzer
from neutrino_lab.lab.protocol.analysis import (
    Analysis,
    AnalysisRequest,
    PlainFunction,
    ScheduleEndpoint,
)
from neutrino_lab.lab.protocol.base import SourceCell

NOON = datetime(2026, 1, 1, 12, tzinfo=timezone.utc)


def analyse(
    *sources: str, analyzer: DocumentAnalyzer | None = None, path: str = "a.ipynb"
) -> Analysis:
    cells = [SourceCell(id=f"c{n}", type="code", source=s) for n, s in enumerate(sources, 1)]
    request = AnalysisRequest(path=path, cells=cells)
    return (analyzer or DocumentAnalyzer()).analyse(request, now=lambda: NOON)


def pieces(source: str) -> list[tuple[str, str]]:
    """The tokens of a cell with the text they cover."""
    lines = source.split("\n")
    return [
        (token.kind, lines[token.span.line - 1][token.span.column : token.span.end_column])
        for cell in analyse(source).cells
        for token in cell.tokens
    ]


def test_every_part_of_a_declaration_has_its_colour() -> None:
    source = (
        '"""\n@HTTP\nPUT /a/{id}/b/{rest:path}\nquery: page:int=1, q?\nmedia: html\n"""\n'
        "def put(id, rest, page, q=None): ..."
    )
    assert pieces(source) == [
        ("kind", "@HTTP"),
        ("verb", "PUT"),
        ("path", "/a/"),
        ("parameter", "{id}"),
        ("path", "/b/"),
        ("parameter", "{rest:path}"),
        ("key", "query"),
        ("name", "page"),
        ("type", "int"),
        ("value", "1"),
        ("name", "q"),
        ("key", "media"),
        ("value", "html"),
    ]


def test_comments_declare_as_strings_do() -> None:
    source = "# @WS /rooms/{room_id}\n# to: room\ndef talk(event: str): return event"
    assert pieces(source) == [
        ("kind", "@WS"),
        ("path", "/rooms/"),
        ("parameter", "{room_id}"),
        ("key", "to"),
        ("value", "room"),
    ]


def test_a_path_that_is_being_typed_is_coloured_to_its_end() -> None:
    assert ("path", "/a/{i") in pieces('"""\n@HTTP\nGET /a/{i\n"""\ndef f(): ...')


def test_an_ordinary_cell_has_no_colours() -> None:
    assert analyse("x = '@HTTP'", "# mail@HTTP").cells == []


def test_a_schedule_shows_its_coming_runs() -> None:
    source = '"""\n@SCHEDULE\ncron: 0 30 9 * * 1-5\ntimezone: Europe/Paris\n"""\ndef job(): ...'
    assert analyse(source).endpoints == [
        ScheduleEndpoint(
            key="SCHEDULE a:job",
            kind="schedule",
            badge="CRON",
            path="",
            function="job",
            cell=1,
            cell_id="c1",
            timing="0 30 9 * * 1-5",
            timezone="Europe/Paris",
            words="at 09:30:00, Monday to Friday",
            next=[f"2026-01-{day:02}T09:30:00+01:00" for day in (2, 5, 6, 7, 8, 9, 12, 13, 14, 15)],
        )
    ]


def test_a_schedule_tells_of_the_clock_changes_among_its_runs() -> None:
    source = '"""\n@SCHEDULE\ncron: 30 2 * * 0L\ntimezone: Europe/Paris\n"""\ndef job(): ...'
    found = analyse(source).endpoints[0]
    assert isinstance(found, ScheduleEndpoint)
    assert (found.words, found.notes) == (
        "at 02:30:00, the last Sunday of the month",
        [
            "29 March 2026: 02:30:00 does not exist, the next run is at 03:00:00",
            "25 October 2026: 02:30:00 comes twice, runs only once",
        ],
    )


def test_functions_that_could_be_declared_are_listed() -> None:
    # A declaration is for the last public function of its cell.
    plain = "import os\n\ndef clean(x): ...\n\nasync def load(): ...\ndef _own(): ...\nclass A: ..."
    declared = '"""\n@HTTP\nGET /a\n"""\ndef f(): ...'
    assert analyse(declared, plain, "def broken(").functions == [
        PlainFunction(name="load", cell=2, cell_id="c2", line=5),
    ]
    assert analyse(plain, path="_draft.ipynb").functions == []


def test_a_finding_brings_its_place_and_its_remedy() -> None:
    found = analyse('"""\n@HTPP\nGET /a\n"""\ndef f(): ...').diagnostics
    assert [(each.cell, each.cell_id, each.span and each.span.line) for each in found] == [
        (1, "c1", 2)
    ]
    assert [fix.text for fix in found[0].fixes] == ["@HTTP"]


def test_a_skipped_cell_declares_nothing() -> None:
    cell = SourceCell(
        id="c", type="code", source='"""\n@HTTP\nGET /a\n"""\ndef f(): ...', tags=["neutrino-skip"]
    )
    assert DocumentAnalyzer().analyse(AnalysisRequest(path="a.ipynb", cells=[cell])).endpoints == []


def test_a_document_asked_for_again_gives_the_same() -> None:
    analyzer = DocumentAnalyzer(documents=2)
    first = [analyse("x = (", path=f"{n}.ipynb", analyzer=analyzer) for n in range(4)]
    again = [analyse("x = (", path=f"{n}.ipynb", analyzer=analyzer) for n in range(4)]
    assert first == again


def test_a_cell_keeps_its_place_when_others_move() -> None:
    analyzer = DocumentAnalyzer()
    hello = '"""\n@HTTP\nGET /a\n"""\ndef f(): ...'
    assert [each.cell for each in analyse(hello, analyzer=analyzer).endpoints] == [1]
    assert [each.cell for each in analyse("x = 1", hello, analyzer=analyzer).endpoints] == [2]
