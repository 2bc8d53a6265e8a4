"""Columns on the wire count UTF-16 units, as editors do."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from neutrino_lab.lab import assist, columns
from neutrino_lab.lab.analysis import DocumentAnalyzer
from neutrino_lab.lab.protocol.analysis import AnalysisRequest
from neutrino_lab.lab.protocol.base import SourceCell, Span
from neutrino_lab.lab.protocol.writing import PositionRequest

EMOJI = "\N{TEST TUBE}"


@given(st.text(st.sampled_from(f"aä\uffff{EMOJI}"), max_size=8), st.data())
def test_a_column_is_the_length_of_what_is_before_it(line: str, data: st.DataObject) -> None:
    column = data.draw(st.integers(0, len(line)))
    units = len(line[:column].encode("utf-16-le")) // 2
    assert columns.units(line, column) == units
    assert columns.characters(line, units) == column


def test_a_column_past_the_end_of_its_line_stays_past_it() -> None:
    assert (columns.units(EMOJI, 3), columns.characters(EMOJI, 4)) == (4, 3)
    assert columns.characters(EMOJI, 1) == 0
    assert [columns.line_of("a\nb", number) for number in (0, 1, 2, 3)] == ["", "a", "b", ""]


def cut(source: str, span: Span) -> str:
    """What an editor has at a span."""
    line = source.split("\n")[span.line - 1].encode("utf-16-le")
    return line[2 * span.column : 2 * span.end_column].decode("utf-16-le")


def test_tokens_diagnostics_and_fixes_are_where_an_editor_has_them() -> None:
    source = f"# @HTTP GET /{EMOJI}/{{a:nit}}\ndef f(a): ..."
    cells = [SourceCell(id="c", type="code", source=source)]
    analysis = DocumentAnalyzer().analyse(AnalysisRequest(path="a.ipynb", cells=cells))
    tokens = [(each.kind, cut(source, each.span)) for each in analysis.cells[0].tokens]
    assert tokens[2:] == [("path", f"/{EMOJI}/"), ("parameter", "{a:nit}")]
    (found,) = analysis.diagnostics
    assert found.span is not None
    spans = [found.span, *(each.span for each in found.fixes)]
    assert [cut(source, each) for each in spans] == ["nit", "nit"]


def test_a_place_is_asked_and_answered_as_an_editor_has_it() -> None:
    source = f'# @HTTP GET /a\n# query: q:str="{EMOJI}", n:float\ndef f(q, n): ...'
    place = len(f'# query: q:str="{EMOJI}", n:f'.encode("utf-16-le")) // 2
    cells = [SourceCell(id="c", type="code", source=source)]
    request = PositionRequest(path="a.ipynb", cells=cells, cell_id="c", line=2, column=place)
    hover = assist.explain(DocumentAnalyzer(), request)
    assert hover.span is not None
    assert cut(source, hover.span) == "float"
