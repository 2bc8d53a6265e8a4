/**
 * Answers as text: JSON laid out without changing a digit of it, tables of records, the
 * difference of two.
 */
import { diffArrays } from 'diff';
import { Exact, TOKENS, isDeep, isTree, parseJson, jsonText, type Tree } from './json';

const INDENT = '  ';
/** A list or an object that fits is put into one line. */
const ONE_LINE = 72;

/**
 * Lay out JSON; the text itself where it is none, or so deep that its margins would be all of it.
 * Numbers stay as they were written.
 */
export function pretty(text: string): string {
  try {
    JSON.parse(text);
  } catch {
    return text;
  }
  if (isDeep(text)) {
    return text;
  }
  const tokens = text.match(TOKENS) ?? [];
  return layOut(tokens, { at: 0 }, '');
}

/** A line of a difference; those of a part of a file come after its `place`. */
export interface IDifference {
  readonly kind: 'same' | 'removed' | 'added' | 'place';
  readonly text: string;
}

/** So many lines may be taken out and put in before a difference is all of both texts. */
const MOST_EDITS = 2000;

/** What has to be taken out of one text and put in to make the other. */
export function difference(before: string, after: string): readonly IDifference[] {
  const [one, other] = [before.split('\n'), after.split('\n')];
  const found = diffArrays(one, other, { maxEditLength: MOST_EDITS }) ?? [
    { value: one, added: false, removed: true },
    { value: other, added: true, removed: false }
  ];
  return found.flatMap(({ value, added, removed }) =>
    value.map((text): IDifference => ({
      kind: added ? 'added' : removed ? 'removed' : 'same',
      text
    }))
  );
}

const LINE_KINDS: Readonly<Record<string, IDifference['kind']>> = {
  '+': 'added',
  '-': 'removed',
  ' ': 'same'
};

/** The lines of a diff of one file, without the two that name it. */
export function diffLines(diff: string): readonly IDifference[] {
  const lines = diff.replace(/\n$/, '').split('\n');
  const first = lines.findIndex(line => line.startsWith('@@'));
  return lines.slice(Math.max(first, 0)).map(line => {
    const kind = LINE_KINDS[line[0] ?? ''];
    return kind ? { kind, text: line.slice(1) } : { kind: 'place', text: line };
  });
}

/** A list of records, as a table shows it. */
export interface ITable {
  readonly columns: readonly string[];
  /** The columns in which there are numbers alone. */
  readonly numeric: ReadonlySet<string>;
  /** How many records there are; not all of them are rows. */
  readonly count: number;
  /** The first rows as texts, in the order of a column or as they came. */
  readonly rows: (order?: IOrder | null) => readonly (readonly string[])[];
}

/** By which column a table is sorted. */
export interface IOrder {
  readonly column: string;
  readonly isDescending: boolean;
}

const MOST_ROWS = 500;
const MOST_COLUMNS = 60;

/** The table that a JSON text is: a list of objects, or an object that holds just one such. */
export function table(text: string): ITable | null {
  let found: unknown;
  try {
    found = parseJson(text);
  } catch {
    return null;
  }
  const records = isDeep(text) ? null : (recordsOf(found) ?? soleList(found));
  if (!records) {
    return null;
  }
  const first = records.slice(0, MOST_ROWS);
  const columns = [...new Set(first.flatMap(Object.keys))].slice(0, MOST_COLUMNS);
  const isNumeric = (column: string): boolean => {
    const values = first.map(record => record[column] ?? null).filter(each => each !== null);
    return values.length > 0 && values.every(each => isNumber(each));
  };
  return {
    columns,
    numeric: new Set(columns.filter(isNumeric)),
    count: records.length,
    rows: order => {
      const sorted = order ? [...records].sort(comparing(order)) : records;
      return sorted
        .slice(0, MOST_ROWS)
        .map(record => columns.map(column => cellText(record[column])));
    }
  };
}

function isNumber(value: unknown): value is number | Exact {
  return typeof value === 'number' || value instanceof Exact;
}

/** Numbers by size, all else as texts; what is not there stands at the end, whichever way. */
function comparing({ column, isDescending }: IOrder): (one: Tree, other: Tree) => number {
  const texts = new Intl.Collator(undefined, { numeric: true });
  return (first, second) => {
    const [one, other] = [first[column] ?? null, second[column] ?? null];
    if (one === null || other === null) {
      return Number(one === null) - Number(other === null);
    }
    const way = isDescending ? -1 : 1;
    return isNumber(one) && isNumber(other)
      ? way * (numberOf(one) - numberOf(other))
      : way * texts.compare(cellText(one), cellText(other));
  };
}

function numberOf(value: number | Exact): number {
  return typeof value === 'number' ? value : value.toJSON();
}

function recordsOf(found: unknown): readonly Tree[] | null {
  return Array.isArray(found) && found.length > 0 && found.every(isTree) ? found : null;
}

function soleList(found: unknown): readonly Tree[] | null {
  if (!isTree(found)) {
    return null;
  }
  const tables = Object.values(found).map(recordsOf).filter(Boolean);
  return tables.length === 1 ? (tables[0] ?? null) : null;
}

function cellText(value: unknown): string {
  if (value === undefined) {
    return '';
  }
  return typeof value === 'string' ? value : jsonText(value);
}

function layOut(tokens: readonly string[], cursor: { at: number }, indent: string): string {
  const token = tokens[cursor.at++] ?? '';
  const closing = token === '{' ? '}' : token === '[' ? ']' : '';
  if (!closing) {
    return token;
  }
  const parts: string[] = [];
  while (cursor.at < tokens.length && tokens[cursor.at] !== closing) {
    let part = layOut(tokens, cursor, indent + INDENT);
    if (tokens[cursor.at] === ':') {
      cursor.at += 1;
      part = `${part}: ${layOut(tokens, cursor, indent + INDENT)}`;
    }
    parts.push(part);
    if (tokens[cursor.at] === ',') {
      cursor.at += 1;
    }
  }
  cursor.at += 1;
  const line = `${token}${parts.join(', ')}${closing}`;
  const isShort = indent.length + line.length <= ONE_LINE && !line.includes('\n');
  if (parts.length === 0 || (isShort && (indent !== '' || token === '['))) {
    return line;
  }
  const inner = parts.map(part => indent + INDENT + part).join(',\n');
  return `${token}\n${inner}\n${indent}${closing}`;
}
