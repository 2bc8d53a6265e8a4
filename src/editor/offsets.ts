/**
 * From the server's spans to places in an editor's text.
 */
import type { Span } from '../protocol';

/** A stretch of text by offsets in UTF-16 units, end exclusive. */
export interface IRange {
  readonly from: number;
  readonly to: number;
}

/** Finds offsets in one text. */
export class Offsets {
  constructor(text: string) {
    this._lines = text.split('\n');
    let start = 0;
    this._starts = this._lines.map(line => {
      const here = start;
      start += line.length + 1;
      return here;
    });
  }

  /** The range of a span, or null where the text has no such lines. */
  range(span: Span): IRange | null {
    const found = this.place(span);
    return found && found.from < found.to ? found : null;
  }

  /** The range of a span that may be empty, as that of an edit. */
  place(span: Span): IRange | null {
    const from = this._offset(span.line, span.column);
    const to = this._offset(span.end_line, span.end_column);
    return from !== null && to !== null && from <= to ? { from, to } : null;
  }

  /** The line from 1 and the column of an offset. */
  position(offset: number): { readonly line: number; readonly column: number } {
    let line = this._starts.length;
    while (line > 1 && (this._starts[line - 1] ?? 0) > offset) {
      line -= 1;
    }
    return { line, column: offset - (this._starts[line - 1] ?? 0) };
  }

  private _offset(line: number, column: number): number | null {
    const text = this._lines[line - 1];
    const start = this._starts[line - 1];
    return text === undefined || start === undefined ? null : start + Math.min(column, text.length);
  }

  private readonly _lines: readonly string[];
  private readonly _starts: readonly number[];
}
