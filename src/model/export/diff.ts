/**
 * A unified diff, line by line.
 */
import type { IDifference } from '../preview/text';

const KINDS = { '+': 'added', '-': 'removed', ' ': 'same' } as const;

/** The lines of a diff of one file, without the two that name it. */
export function diffLines(diff: string): readonly IDifference[] {
  const lines = diff.replace(/\n$/, '').split('\n');
  const first = lines.findIndex(line => line.startsWith('@@'));
  return lines.slice(Math.max(first, 0)).map(line => {
    const kind = KINDS[line[0] as keyof typeof KINDS] as IDifference['kind'] | undefined;
    return kind ? { kind, text: line.slice(1) } : { kind: 'place', text: line };
  });
}
