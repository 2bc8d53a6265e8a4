/**
 * Variables of a notebook: `{{name}}` stands for a value in whatever is sent. They are kept in the
 * notebook, those of secrets by name only.
 */
import type { INotebookModel } from '@jupyterlab/notebook';
import type { INeutrinoApi } from '../../api';
import { Observable } from '../../observable';
import type { Served } from '../../protocol';
import { METADATA } from '../document';
import { isUp } from '../status';
import { isTree } from './json';
import { isNamed, isSecret, secretName } from './secrets';
import { asTree, put, type IDraft, type IFilled } from './values';

export type Variables = Readonly<Record<string, string>>;

const REFERENCE = /\{\{\s*([\p{L}_][\p{L}\d_-]*)\s*\}\}/gu;
/** A text of JSON, or a reference outside of one. */
const IN_JSON = /"(?:\\.|[^"\\])*"|\{\{\s*[\p{L}_][\p{L}\d_-]*\s*\}\}/gu;

/** The one that is always there while the notebook is served: its address, with no slash at its end. */
export function baseOf(api: Pick<INeutrinoApi, 'liveUrl'>, served: Served | null): Variables {
  return isUp(served) ? { base: api.liveUrl(served, '/').replace(/\/$/, '') } : {};
}

/**
 * The variables of a notebook, read and written where they are kept. `changed` is emitted when one
 * was set or removed here.
 */
export class NotebookVariables extends Observable {
  constructor(private readonly _document: Pick<INotebookModel, 'getMetadata' | 'setMetadata'>) {
    super();
  }

  /** All of them, secrets as far as they were written in this visit, else by name. */
  get all(): Variables {
    const kept = asTree(asTree(this._document.getMetadata(METADATA)).variables);
    const texts = Object.entries(kept).filter(each => typeof each[1] === 'string');
    return Object.fromEntries(
      texts.map(([name, value]) => {
        const secret = isNamed(name, value) ? this._secrets.get(name) : undefined;
        return [name, secret ?? String(value)];
      })
    );
  }

  set all(variables: Variables) {
    const safe = Object.entries(variables).map(([name, value]) => {
      if (!isSecret(name) || !value || isNamed(name, value)) {
        return [name, value];
      }
      this._secrets.set(name, value);
      return [name, `$${secretName(name)}`];
    });
    const metadata = asTree(this._document.getMetadata(METADATA));
    const kept = safe.length > 0 ? Object.fromEntries(safe) : undefined;
    this._document.setMetadata(METADATA, put({ version: 1, ...metadata }, 'variables', kept));
    this._changed.emit();
  }

  private readonly _secrets = new Map<string, string>();
}

/** Those that stand for something: of the others the reference is sent as it stands. */
function known(variables: Variables): ReadonlyMap<string, string> {
  return new Map(Object.entries(variables).filter(each => !isNamed(...each)));
}

/** A body or message with the values of variables in it; inside of JSON's texts they are quoted. */
export function filledBody(text: string, variables: Variables): string {
  const plain = known(variables);
  if (!/^\s*(?:\{(?!\{)|[["])/.test(text)) {
    return replaced(text, plain);
  }
  const quoted = new Map(
    [...plain].map(([name, value]) => [name, JSON.stringify(value).slice(1, -1)])
  );
  return text.replace(IN_JSON, part => replaced(part, part[0] === '"' ? quoted : plain));
}

function replaced(text: string, values: ReadonlyMap<string, string>): string {
  return text.replace(REFERENCE, (whole, name: string) => values.get(name) ?? whole);
}

/** A draft with the values of variables in its texts, however deep. */
export function filled(draft: IDraft, variables: Variables): IDraft {
  const { text } = draft;
  return {
    ...draft,
    values: filledValue(draft.values, variables) as IDraft['values'],
    text: text === null ? null : filledBody(text, variables)
  };
}

/** The names of what a draft refers to and nothing stands for. */
export function unset({ values, text }: IFilled, variables: Variables): readonly string[] {
  const written = JSON.stringify(text === null ? values : [{ ...values, body: null }, text]);
  const names = [...written.matchAll(REFERENCE)].map(each => each[1] ?? '');
  const standing = known(variables);
  return [...new Set(names)].filter(name => !standing.has(name));
}

function filledValue(value: unknown, variables: Variables): unknown {
  if (typeof value === 'string') {
    return replaced(value, known(variables));
  }
  if (Array.isArray(value)) {
    return value.map(each => filledValue(each, variables));
  }
  return isTree(value)
    ? Object.fromEntries(
        Object.entries(value).map(([name, each]) => [name, filledValue(each, variables)])
      )
    : value;
}
