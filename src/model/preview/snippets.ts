/**
 * A request as a command that can be run elsewhere: secrets by name, everything else quoted so
 * that it arrives as it is.
 */
import { isLossy, parseJson } from './json';
import type { IOutgoing, Pairs } from './request';
import { isSecret, secretName } from './secrets';

/** The tools that a request can be told for, and how. */
const TELLING = { bash, powershell, python, javascript };
export type Language = keyof typeof TELLING;
export const LANGUAGES = Object.keys(TELLING) as readonly Language[];

/** The environment variable that Jupyter's token is taken from. */
export const TOKEN = 'NEUTRINO_TOKEN';

/** What a snippet takes from where it is run, beside the token. */
export function variables(request: IOutgoing): readonly string[] {
  return told(request.headers)
    .map(({ variable }) => variable)
    .filter(each => each && each !== TOKEN);
}

/**
 * The port of a Jupyter server on the machine of the browser, whose token the tools find by
 * themselves; empty where the server is elsewhere.
 */
export function localPort(url: string): string {
  const { hostname, port } = new URL(url);
  return /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname) ? port : '';
}

const UNSET = 'set it to a token of the Jupyter server';

/** A header, or an option of curl: its name, what is written, and the variable that follows. */
interface IPart {
  readonly name: string;
  readonly text: string;
  readonly variable: string;
}

/** Tell a request to an absolute address in a language. */
export function snippet(language: Language, url: string, request: IOutgoing): string {
  return TELLING[language](url, request, told(request.headers));
}

function told(headers: Pairs): readonly IPart[] {
  const own = headers.map(([name, text]) =>
    isSecret(name) ? { name, text: '', variable: secretName(name) } : { name, text, variable: '' }
  );
  return [{ name: 'Authorization', text: 'token ', variable: TOKEN }, ...own];
}

function bash(url: string, request: IOutgoing, headers: readonly IPart[]): string {
  const port = localPort(url);
  const before = port
    ? `: "\${${TOKEN}:=$(jupyter server list --json | sed -n ` +
      `'s/.*"port": ${port},.*"token": "\\([^"]*\\)".*/\\1/p')}"\n`
    : `: "\${${TOKEN}:?${UNSET}}"\n`;
  const lines = [
    `curl -sS ${request.method === 'GET' ? '' : `-X ${request.method} `}${quoted(url)}`
  ];
  const shorts: Readonly<Record<string, string>> = { header: '-H', form: '-F' };
  for (const { name, text, variable } of curlOptions(request, headers)) {
    // Only a variable is in double quotes.
    const value = variable ? `${quoted(text)}"$${variable}"` : quoted(text);
    lines.push(`${shorts[name] ?? `--${name}`} ${value}`);
  }
  return before + lines.join(' \\\n  ');
}

/** What curl is told beside method and address: its long options, with what comes behind a value. */
function curlOptions({ body, form }: IOutgoing, headers: readonly IPart[]): readonly IPart[] {
  const ofHeaders = headers.map(({ name, text, variable }) => ({
    name: 'header',
    // With no value curl would drop the header, unless it ends in a semicolon.
    text: text === '' && !variable ? `${name};` : `${name}: ${text}`,
    variable
  }));
  const ofForm = (form ?? []).map(([name, value]) =>
    typeof value === 'string'
      ? { name: 'form-string', text: `${name}=${value}`, variable: '' }
      : { name: 'form', text: `${name}=@${curlQuoted(value.name)}`, variable: '' }
  );
  return [
    ...ofHeaders,
    ...(body === null ? [] : [{ name: 'data-raw', text: body, variable: '' }]),
    ...ofForm
  ];
}

/**
 * Through curl's own configuration on its input: what PowerShell makes of quotes in arguments
 * depends on its version. The JSON goes in ASCII, since its encoding of a pipe does too.
 */
function powershell(url: string, request: IOutgoing, headers: readonly IPart[]): string {
  const lines = [`url = ${setting(url)}`, `request = ${setting(request.method)}`];
  for (const { name, text, variable } of curlOptions(request, headers)) {
    const line = `${name} = ${setting(name === 'data-raw' ? inAscii(text) : text)}`;
    lines.push(variable ? `${line.slice(0, -1)}$env:${variable}"` : line);
  }
  const port = localPort(url);
  const found = `(jupyter server list --json | ConvertFrom-Json | Where-Object port -eq ${port}).token`;
  const before = port ? [`if (-not $env:${TOKEN}) { $env:${TOKEN} = ${found} }`] : [];
  return [...before, '@"', 'silent', 'show-error', ...lines, '"@ | curl.exe --config -'].join('\n');
}

function python(url: string, request: IOutgoing, headers: readonly IPart[]): string {
  const json = request.body === null ? undefined : asJson(request.body);
  const isJson = json !== undefined;
  const shown = headers.filter(({ name }) => !(isJson && name.toLowerCase() === 'content-type'));
  const port = localPort(url);
  const lines = [
    'import os',
    '',
    'import requests',
    '',
    `if not os.environ.get("${TOKEN}"):`,
    ...(port
      ? [
          '    from jupyter_server.serverapp import list_running_servers',
          '',
          `    servers = {each["port"]: each["token"] for each in list_running_servers()}`,
          `    os.environ["${TOKEN}"] = servers.get(${port}, "")`
        ]
      : [`    raise SystemExit("${TOKEN}: ${UNSET}")`]),
    '',
    'answer = requests.request(',
    `    ${literal(request.method)},`,
    `    ${literal(url)},`,
    '    headers={',
    ...shown.map(each => {
      const value = headerValue(each, `os.environ["${each.variable}"]`);
      return `        ${literal(each.name)}: ${value},`;
    }),
    '    },'
  ];
  if (request.body !== null) {
    lines.push(
      isJson ? `    json=${pythonValue(json)},` : `    data=${literal(request.body)}.encode(),`
    );
  }
  if (request.form) {
    const parts = request.form.map(([name, value]) =>
      typeof value === 'string'
        ? `        (${literal(name)}, (None, ${literal(value)})),`
        : `        (${literal(name)}, open(${literal(value.name)}, "rb")),`
    );
    lines.push('    files=[', ...parts, '    ],');
  }
  return [...lines, ')', 'print(answer.status_code, answer.text)'].join('\n');
}

function javascript(url: string, request: IOutgoing, headers: readonly IPart[]): string {
  const lines = [
    `const answer = await fetch(${literal(url)}, {`,
    `  method: ${literal(request.method)},`,
    '  headers: {',
    ...headers.map(each => {
      const value = headerValue(each, `process.env.${each.variable}`);
      return `    ${literal(each.name)}: ${value},`;
    }),
    '  },'
  ];
  if (request.body !== null) {
    const value = asJson(request.body);
    const text = value === undefined ? literal(request.body) : `JSON.stringify(${script(value)})`;
    lines.push(`  body: ${text},`);
  }
  const port = localPort(url);
  const token = port
    ? [
        `if (!process.env.${TOKEN}) {`,
        '  const { execSync } = await import("node:child_process");',
        '  const listed = execSync("jupyter server list --json").toString().trim().split("\\n");',
        '  const servers = listed.filter(Boolean).map(each => JSON.parse(each));',
        `  process.env.${TOKEN} = servers.find(each => each.port === ${port})?.token ?? "";`,
        '}'
      ]
    : [`if (!process.env.${TOKEN}) throw new Error("${TOKEN}: ${UNSET}");`];
  const before: string[] = [];
  if (request.form) {
    before.push('const form = new FormData();');
    for (const [name, value] of request.form) {
      const given =
        typeof value === 'string'
          ? literal(value)
          : `await (await import("node:fs")).openAsBlob(${literal(value.name)}), ${literal(value.name)}`;
      before.push(`form.append(${literal(name)}, ${given});`);
    }
    lines.push('  body: form,');
  }
  return [
    ...token,
    ...before,
    ...lines,
    '});',
    'console.log(answer.status, await answer.text());'
  ].join('\n');
}

/** In single quotes a shell takes everything as it is, but for the quote itself. */
function quoted(text: string): string {
  return `'${text.replace(/'/g, "'\\''")}'`;
}

/** A file's name in curl's form syntax, where a comma or a semicolon would end it. */
function curlQuoted(name: string): string {
  return `"${name.replace(/[\\"]/g, '\\$&')}"`;
}

/** A value of curl's configuration, inside of PowerShell's expandable here-string. */
function setting(text: string): string {
  const escaped = text
    .replace(/[\\"]/g, '\\$&')
    .replace(/\n/g, '\\n')
    .replace(/\r/g, '\\r')
    .replace(/\t/g, '\\t');
  return `"${escaped.replace(/[`$]/g, '`$&')}"`;
}

/** JSON says the same with every other character escaped; what is no JSON stays as it is. */
function inAscii(body: string): string {
  try {
    JSON.parse(body);
  } catch {
    return body;
  }
  return body.replace(
    /[^\x00-\x7e]/g,
    each => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`
  );
}

/** The value of a header in code that takes its variable from the environment so. */
function headerValue({ text, variable }: IPart, taken: string): string {
  if (!variable) {
    return literal(text);
  }
  return text ? `${literal(text)} + ${taken}` : taken;
}

/** JSON's escapes are all JavaScript's, and Python's as well. */
function literal(text: string): string {
  return JSON.stringify(text);
}

function pythonValue(value: unknown): string {
  if (value === null) {
    return 'None';
  }
  if (typeof value === 'boolean') {
    return value ? 'True' : 'False';
  }
  if (Array.isArray(value)) {
    return `[${value.map(pythonValue).join(', ')}]`;
  }
  if (typeof value === 'object') {
    const parts = Object.entries(value as object);
    return `{${parts.map(([name, each]) => `${literal(name)}: ${pythonValue(each)}`).join(', ')}}`;
  }
  return JSON.stringify(value);
}

function script(value: unknown): string {
  // As a key of a literal it would set what the object inherits from.
  const text = JSON.stringify(value);
  return text.includes('"__proto__"') ? `JSON.parse(${JSON.stringify(text)})` : text;
}

/** What JSON stands for; nothing where a language would write it otherwise. */
function asJson(text: string): unknown {
  try {
    const value = parseJson(text);
    return isLossy(value) ? undefined : value;
  } catch {
    return undefined;
  }
}
