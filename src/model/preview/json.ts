/**
 * JSON without loss: what is written is kept, also where JavaScript would write it in another way.
 */

/** A number that would lose digits, or its form, as one of JavaScript's: `1.0`, `1e400`. */
export class Exact {
  constructor(
    /** As it was written. */
    readonly source: string
  ) {}

  /** What those get who know no better. */
  toJSON(): number {
    return Number(this.source);
  }
}

/** An object of JSON. */
export type Tree = Readonly<Record<string, unknown>>;

/** Whether a value is an object of JSON: no list, and no number that is exact. */
export function isTree(value: unknown): value is Tree {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Exact)
  );
}

/** The tokens of JSON: texts, marks, and words with numbers among them. */
export const TOKENS = /"(?:\\.|[^"\\])*"|[{}[\],:]|[^\s{}[\],:"]+/g;

/** Deeper than this nothing is edited or laid out; it is shown and sent as it is written. */
const DEEPEST = 200;

/** Read JSON; a number that would not be written the same is `Exact`. Throws where it is none. */
export function parseJson(text: string): unknown {
  const plain: unknown = JSON.parse(text);
  const tokens = text.match(TOKENS) ?? [];
  return tokens.some(each => isNumber(each) && String(Number(each)) !== each)
    ? build(tokens, { at: 0 }, 0)
    : plain;
}

/** Write a value as `JSON.stringify` does, exact numbers as they were written. */
export function jsonText(value: unknown, indent = 0): string {
  return write(value, ' '.repeat(indent), '');
}

/** Whether a value loses something as plain JSON. */
export function isLossy(value: unknown): boolean {
  return value !== undefined && jsonText(value) !== JSON.stringify(value);
}

/** Whether JSON, or what looks like it, is too deep to be gone through by recursion. */
export function isDeep(text: string): boolean {
  let depth = 0;
  for (const token of text.match(TOKENS) ?? []) {
    depth += token === '{' || token === '[' ? 1 : token === '}' || token === ']' ? -1 : 0;
    if (depth > DEEPEST) {
      return true;
    }
  }
  return false;
}

function isNumber(token: string): boolean {
  return /^-?\d/.test(token);
}

/** The value that begins at a token of valid JSON. */
function build(tokens: readonly string[], cursor: { at: number }, depth: number): unknown {
  if (depth > DEEPEST) {
    throw new SyntaxError('Too deep');
  }
  const token = tokens[cursor.at++] ?? '';
  if (token === '[') {
    const found: unknown[] = [];
    while (tokens[cursor.at] !== ']') {
      found.push(build(tokens, cursor, depth + 1));
      cursor.at += tokens[cursor.at] === ',' ? 1 : 0;
    }
    cursor.at += 1;
    return found;
  }
  if (token === '{') {
    const found: [string, unknown][] = [];
    while (tokens[cursor.at] !== '}') {
      const name = JSON.parse(tokens[cursor.at] ?? '') as string;
      cursor.at += 2;
      found.push([name, build(tokens, cursor, depth + 1)]);
      cursor.at += tokens[cursor.at] === ',' ? 1 : 0;
    }
    cursor.at += 1;
    return Object.fromEntries(found);
  }
  return isNumber(token) && String(Number(token)) !== token ? new Exact(token) : JSON.parse(token);
}

function write(value: unknown, step: string, margin: string): string {
  if (value instanceof Exact) {
    return value.source;
  }
  if (typeof value !== 'object' || value === null) {
    return JSON.stringify(value) ?? 'null';
  }
  const inner = margin + step;
  const isList = Array.isArray(value);
  const parts = isList
    ? value.map(each => write(each, step, inner))
    : Object.entries(value)
        .filter(each => each[1] !== undefined)
        .map(([name, each]) => {
          return `${JSON.stringify(name)}:${step && ' '}${write(each, step, inner)}`;
        });
  const [open, close] = isList ? '[]' : '{}';
  if (parts.length === 0 || !step) {
    return `${open}${parts.join(',')}${close}`;
  }
  return `${open}\n${inner}${parts.join(`,\n${inner}`)}\n${margin}${close}`;
}
