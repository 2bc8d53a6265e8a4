/**
 * A curl command, as documentation, browsers and our own menu write it, as a request.
 */
import type { Endpoint } from '../../protocol';
import type { IField } from './schema';
import { parse, valueIn, type IFilled, type IValues } from './values';

/** What a command asks for; `form` are the fields of a form, as far as they are no files. */
export interface ICurl {
  readonly method: string;
  /** The path with the query, as it stands in the URL. */
  readonly path: string;
  readonly query: readonly (readonly [string, string])[];
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string | null;
  readonly form: readonly (readonly [string, string])[];
  /** The names of form fields that are files. */
  readonly files: readonly string[];
}

/** Options that take a value and change nothing of what the app is asked. */
const VALUED =
  /^(-[AbcCDeEKmoPrQtTuUvwxyYz]|--(cacert|cert|connect-timeout|cookie|cookie-jar|key|max-time|output|proxy|range|referer|resolve|retry|user|user-agent|write-out))$/;
/** Short ones that take none, and may stand together with others. */
const FLAGS = /^-[fgiIjkLnNsSvG#0-9]+$/;

/** Read a command; null where it is none, or asks for what is no request. */
export function readCurl(command: string): ICurl | null {
  // What stands before it sets variables.
  const start = command.search(/(?<=^|[\s;&|/\\])curl(?:\.exe)?\s/);
  if (start < 0) {
    return null;
  }
  let [method, url] = ['', ''];
  let isQuery = false;
  const headers: [string, string][] = [];
  const data: string[] = [];
  const form: [string, string][] = [];
  const files: string[] = [];
  const rest = split(shellWords(command.slice(start)).slice(1));
  for (let at = 0; at < rest.length; at += 1) {
    const word = rest[at] ?? '';
    const value = (): string => rest[++at] ?? '';
    switch (word) {
      case '-X':
      case '--request':
        method = value().toUpperCase();
        break;
      case '--url':
        url = value();
        break;
      case '-H':
      case '--header':
        headers.push(...headerOf(value()));
        break;
      case '-d':
      case '--data':
      case '--data-ascii':
      case '--data-binary':
      case '--data-raw':
        data.push(value());
        break;
      case '--data-urlencode':
        data.push(urlencoded(value()));
        break;
      case '--json':
        data.push(value());
        headers.push(['Content-Type', 'application/json']);
        break;
      case '-F':
      case '--form':
      case '--form-string': {
        const [name = '', ...parts] = value().split('=');
        const text = parts.join('=');
        if (word !== '--form-string' && /^[@<]/.test(text)) {
          files.push(name);
        } else {
          form.push([name, text]);
        }
        break;
      }
      case '-G':
      case '--get':
        isQuery = true;
        break;
      case '-I':
      case '--head':
        method = 'HEAD';
        break;
      default:
        if (VALUED.test(word)) {
          value();
        } else if (!word.startsWith('-')) {
          url = url || word;
        }
    }
  }
  const [address = '', query = ''] = splitOnce(url.split('#', 1)[0] ?? '', '?');
  if (!url) {
    return null;
  }
  const asked = [query, ...(isQuery ? data : [])].filter(Boolean).join('&');
  const body = data.length > 0 && !isQuery ? data.join('&') : null;
  const isSent = body !== null || form.length + files.length > 0;
  return {
    method: method || (isSent ? 'POST' : 'GET'),
    path: address.replace(/^([a-z][a-z\d+.-]*:\/\/)?[^/]*/i, '') || '/',
    query: [...new URLSearchParams(asked)],
    headers,
    body,
    form,
    files
  };
}

/** The endpoint that a request is for, and the values of its path. */
export function endpointOf<E extends Endpoint>(
  { method, path }: Pick<ICurl, 'method' | 'path'>,
  endpoints: readonly E[]
): { readonly endpoint: E; readonly values: IValues['path'] } | null {
  const found = endpoints
    .filter(each => each.badge === method)
    .flatMap(endpoint => {
      const values = pathValues(endpoint.path, path);
      return values ? [{ endpoint, values }] : [];
    });
  // `/live/…/a/b` ends with `/b` as well: the longest path means it, and of those the plainest.
  const rank = ({ endpoint }: { readonly endpoint: E }): number =>
    endpoint.path.split('/').length * 100 - (endpoint.path.match(/\{/g)?.length ?? 0);
  return [...found].sort((one, other) => rank(other) - rank(one))[0] ?? null;
}

/** What a command fills in for the fields of an endpoint. */
export function filledBy(curl: ICurl, path: IValues['path'], fields: readonly IField[]): IFilled {
  const valueAt = (place: string, name: string, texts: readonly string[]): unknown => {
    const field = fields.find(({ input }) => input.place === place && input.name === name);
    const type = field?.schema.type;
    const values = texts.map(text => (type === 'string' ? text : parse(text)));
    return type === 'array' || values.length > 1 ? values : values[0];
  };
  const asked = new Map<string, string[]>();
  curl.query.forEach(([name, value]) => asked.set(name, [...(asked.get(name) ?? []), value]));
  const query = Object.fromEntries(
    [...asked].map(([name, texts]) => [name, valueAt('query', name, texts)])
  );
  const inPath = Object.fromEntries(
    Object.entries(path).map(([name, text]) => [name, valueAt('path', name, [String(text)])])
  );
  const isJson = curl.body !== null;
  const headers = curl.headers.filter(([name, value]) => isOwn(name, value, isJson));
  const form = Object.fromEntries(curl.form);
  const body = curl.body === null ? (curl.form.length > 0 ? form : undefined) : valueIn(curl.body);
  return {
    values: { path: inPath, query, headers: Object.fromEntries(headers), body: body ?? {} },
    text: curl.body
  };
}

/** Whether a header is the request's own; the others the browser sends by itself, or not at all. */
function isOwn(name: string, value: string, isJson: boolean): boolean {
  const known = name.toLowerCase();
  if (known === 'content-type') {
    return isJson && !/^application\/json\b/i.test(value);
  }
  const isOurs = known === 'authorization' && /^token\b/i.test(value);
  return (
    !isOurs &&
    !/^(host|connection|content-length|cookie|origin|referer|user-agent|accept-encoding|sec-.*)$/.test(
      known
    )
  );
}

/** The values in a path that ends like a declared one: what is before is where it is served. */
function pathValues(declared: string, path: string): IValues['path'] | null {
  const names: string[] = [];
  const pattern = declared
    .split(/(\{\w+(?::\w+)?\})/)
    .map(part => {
      const [, name = '', converter = ''] = /^\{(\w+)(?::(\w+))?\}$/.exec(part) ?? [];
      if (!name) {
        return part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
      }
      names.push(name);
      return converter === 'path' ? '(.*)' : '([^/]*)';
    })
    .join('');
  const match = new RegExp(`${pattern}$`).exec(path);
  if (!match) {
    return null;
  }
  return Object.fromEntries(names.map((name, at) => [name, decoded(match[at + 1] ?? '')]));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function headerOf(text: string): readonly [string, string][] {
  const [name = '', value] = splitOnce(text, ':');
  // `X-Empty;` is one without a value; `Accept:` takes one away.
  if (value === undefined) {
    return name.endsWith(';') ? [[name.slice(0, -1).trim(), '']] : [];
  }
  return value.trim() ? [[name.trim(), value.trim()]] : [];
}

function urlencoded(text: string): string {
  const [name = '', value] = splitOnce(text, '=');
  return value === undefined
    ? encodeURIComponent(name)
    : `${name && `${name}=`}${encodeURIComponent(value)}`;
}

function splitOnce(text: string, mark: string): readonly string[] {
  const at = text.indexOf(mark);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

/** `-XPOST`, `-sSd x` and `--data=x` as words of their own. */
function split(words: readonly string[]): readonly string[] {
  return words.flatMap(word => {
    const [, long, value] = /^(--[\w-]+)=([\s\S]*)$/.exec(word) ?? [];
    if (long) {
      return [long, value ?? ''];
    }
    const [, option = '', rest = ''] = /^-[fgijkLnNsSv#]*([XHdFGI])([\s\S]*)$/.exec(word) ?? [];
    if (!option) {
      return FLAGS.test(word) ? [] : [word];
    }
    const isFlag = option === 'G' || option === 'I';
    return [`-${option}`, ...(isFlag ? split(rest ? [`-${rest}`] : []) : rest ? [rest] : [])];
  });
}

/** The words of a command, as bash reads them; its line breaks may be PowerShell's or cmd's too. */
function shellWords(text: string): readonly string[] {
  const words: string[] = [];
  let word: string | null = null;
  const add = (more: string): void => {
    word = (word ?? '') + more;
  };
  for (let at = 0; at < text.length; at += 1) {
    const each = text[at] ?? '';
    if (/\s/.test(each)) {
      if (word !== null) {
        words.push(word);
      }
      word = null;
    } else if (/[\\^`]/.test(each) && /^\r?\n/.test(text.slice(at + 1))) {
      at += text[at + 1] === '\r' ? 2 : 1;
    } else if (each === '\\') {
      at += 1;
      add(text[at] ?? '');
    } else if (each === "'" || (each === '$' && text[at + 1] === "'")) {
      const isEscaped = each === '$';
      at += isEscaped ? 2 : 1;
      let inner = '';
      while (at < text.length && text[at] !== "'") {
        inner += text[at];
        if (isEscaped && text[at] === '\\') {
          inner += text[++at] ?? '';
        }
        at += 1;
      }
      add(isEscaped ? unescaped(inner) : inner);
    } else if (each === '"') {
      at += 1;
      add('');
      while (at < text.length && text[at] !== '"') {
        if (text[at] === '\\' && /["\\$`\n]/.test(text[at + 1] ?? '')) {
          at += 1;
          add(text[at] === '\n' ? '' : (text[at] ?? ''));
        } else {
          add(text[at] ?? '');
        }
        at += 1;
      }
    } else {
      add(each);
    }
  }
  return word === null ? words : [...words, word];
}

/** What bash makes of `$'…'`. */
function unescaped(text: string): string {
  const plain: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' };
  return text.replace(/\\(u[\da-f]{1,4}|x[\da-f]{1,2}|[\s\S])/gi, (_, code: string) =>
    /^[ux]./i.test(code) ? String.fromCharCode(parseInt(code.slice(1), 16)) : (plain[code] ?? code)
  );
}
