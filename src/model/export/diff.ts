/**
 * A unified diff, line by line.
 */

/** What a line of a diff says. */
export type LineKind = 'added' | 'removed' | 'context' | 'place';

/** A line with its sign. */
export interface IDiffLine {
  readonly kind: LineKind;
  readonly text: string;
}

/** The lines of a diff of one file, without the two that name it. */
export function diffLines(diff: string): readonly IDiffLine[] {
  const lines = diff.replace(/\n$/, '').split('\n');
  const first = lines.findIndex(line => line.startsWith('@@'));
  return lines.slice(Math.max(first, 0)).map(text => ({ kind: kind(text), text }));
}

function kind(line: string): LineKind {
  switch (line[0]) {
    case '+':
      return 'added';
    case '-':
      return 'removed';
    case '@':
      return 'place';
    default:
      return 'context';
  }
}
