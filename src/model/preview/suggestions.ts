/**
 * What can stand at a place of a body in JSON, by the schema of its endpoint.
 */
import { jsonText } from './json';
import {
  asSchema,
  choices,
  placeholder,
  properties,
  required,
  resolve,
  type IField,
  type Schema
} from './schema';

/** One way to go on. */
export interface ISuggestion {
  readonly label: string;
  readonly detail: string;
  /** The text that takes the place from `from` to `to`. */
  readonly insert: string;
}

/** The ways to go on at a place, and the part of the text that they replace. */
export interface ISuggestions {
  readonly from: number;
  readonly to: number;
  readonly items: readonly ISuggestion[];
}

/** A text, which may have no end yet, a mark, or a word. */
const TOKEN = /"(?:\\.|[^"\\])*"?|[{}[\],:]|[^\s{}[\],:"]+/g;
const CLOSED = /^"(?:\\.|[^"\\])*"$/;

/** An object or a list that is open at the place, and what comes next in it. */
interface IOpen {
  readonly isList: boolean;
  key: string;
  readonly keys: Set<string>;
  next: 'key' | 'colon' | 'value' | 'end';
}

/** What the body of an endpoint has to be, and what the references in it point at. */
export function bodySchema(fields: readonly IField[]): {
  readonly schema: Schema;
  readonly definitions: Schema;
} {
  const own = fields.filter(({ input }) => input.place === 'body');
  const definitions = Object.assign({}, ...own.map(each => each.definitions)) as Schema;
  const whole = own.find(({ input }) => input.name === '');
  const parts = Object.fromEntries(own.map(({ input, schema }) => [input.name, schema]));
  const needed = own.filter(({ input }) => input.required).map(({ input }) => input.name);
  return {
    schema: whole?.schema ?? { type: 'object', properties: parts, required: needed },
    definitions
  };
}

/** List what can stand at an offset of a text; null where nothing is known. */
export function suggestionsAt(
  text: string,
  offset: number,
  { schema, definitions }: ReturnType<typeof bodySchema>
): ISuggestions | null {
  const tokens = [...text.slice(0, offset).matchAll(TOKEN)];
  const last = tokens[tokens.length - 1];
  const isPartial =
    last !== undefined &&
    last.index + last[0].length === offset &&
    !/^[{}[\],:]$/.test(last[0]) &&
    !CLOSED.test(last[0]);
  const open = openAt((isPartial ? tokens.slice(0, -1) : tokens).map(each => each[0]));
  if (!open) {
    return null;
  }
  const typed = isPartial ? last[0] : '';
  // An editor closes a quote as soon as it is opened.
  const to = typed.startsWith('"') && text[offset] === '"' ? offset + 1 : offset;
  const top = open[open.length - 1];
  const subject = schemaWithin(schema, definitions, open);
  const items =
    top?.next === 'key'
      ? keys(subject, definitions, top.keys, /^\s*:/.test(text.slice(to)))
      : !top || top.next === 'value'
        ? values(subject, definitions)
        : [];
  return items.length > 0 ? { from: offset - typed.length, to, items } : null;
}

/** What is open after some tokens, the innermost last; null where the text is at its end. */
function openAt(tokens: readonly string[]): readonly IOpen[] | null {
  const open: IOpen[] = [];
  let isOver = false;
  for (const token of tokens) {
    const top = open[open.length - 1];
    if (token === '{' || token === '[') {
      const isList = token === '[';
      open.push({ isList, key: '', keys: new Set(), next: isList ? 'value' : 'key' });
    } else if (token === '}' || token === ']') {
      open.pop();
      const outer = open[open.length - 1];
      isOver = !outer;
      if (outer) {
        outer.next = 'end';
      }
    } else if (!top) {
      isOver = true;
    } else if (token === ',') {
      top.next = top.isList ? 'value' : 'key';
    } else if (token === ':') {
      top.next = 'value';
    } else if (top.next === 'key') {
      top.key = CLOSED.test(token) ? textOf(token) : '';
      top.keys.add(top.key);
      top.next = 'colon';
    } else {
      top.next = 'end';
    }
  }
  return isOver ? null : open;
}

/** The schema of what stands at the place, or of the object whose key does. */
function schemaWithin(schema: Schema, definitions: Schema, open: readonly IOpen[]): Schema {
  let found = resolve(schema, definitions);
  open.forEach((each, at) => {
    const isInner = at < open.length - 1 || each.next === 'value';
    if (isInner) {
      const inner = each.isList ? asSchema(found.items) : asSchema(properties(found)?.[each.key]);
      found = resolve(inner, definitions);
    }
  });
  return found;
}

function keys(
  schema: Schema,
  definitions: Schema,
  given: ReadonlySet<string>,
  hasColon: boolean
): readonly ISuggestion[] {
  const needed = new Set(required(schema));
  return Object.entries(properties(schema) ?? {})
    .filter(([name]) => !given.has(name))
    .map(([name, raw]) => {
      const { type, title, format } = resolve(raw, definitions);
      const kind = String(format ?? type ?? title ?? '');
      return {
        label: JSON.stringify(name),
        detail: needed.has(name) ? `${kind} *` : kind,
        insert: `${JSON.stringify(name)}${hasColon ? '' : ': '}`
      };
    });
}

function values(schema: Schema, definitions: Schema): readonly ISuggestion[] {
  if (Object.keys(schema).length === 0) {
    return [];
  }
  const listed = choices(schema) ?? (schema.type === 'boolean' ? [true, false] : null);
  const offered = listed ?? [placeholder(schema, definitions)];
  return offered.map(each => {
    const insert = jsonText(each);
    return { label: insert, detail: String(schema.title ?? schema.type ?? ''), insert };
  });
}

function textOf(token: string): string {
  try {
    return JSON.parse(token) as string;
  } catch {
    return '';
  }
}
