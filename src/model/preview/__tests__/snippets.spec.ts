import { spawn } from 'child_process';
import { createServer, type IncomingHttpHeaders, type Server } from 'http';
import type { AddressInfo } from 'net';
import { mkdirSync, mkdtempSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { endpoint } from '../../__tests__/samples';
import { outgoing } from '../request';
import { LANGUAGES, snippet, variables, type Language } from '../snippets';
import { NO_DRAFT } from '../values';
import { AWKWARD, fields } from './samples';

interface IHeard {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A server that remembers what it was asked. */
class Ear {
  static async open(): Promise<Ear> {
    const ear = new Ear();
    await new Promise<void>(resolve => ear._server.listen(0, '127.0.0.1', resolve));
    return ear;
  }

  get url(): string {
    return `http://127.0.0.1:${(this._server.address() as AddressInfo).port}`;
  }

  readonly heard: IHeard[] = [];

  close(): void {
    this._server.close();
  }

  private readonly _server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      this.heard.push({ method, url, headers, body: Buffer.concat(chunks).toString('utf8') });
      response.end('heard');
    });
  });
}

const ENVIRONMENT: Readonly<Record<string, string | undefined>> = {
  ...process.env,
  NEUTRINO_TOKEN: 't0k$n`"\'',
  X_API_KEY: 'k & "y" $x'
};

/** Run a snippet by the real tool; of PowerShell only its here-string is played by us. */
async function run(
  language: Language,
  text: string,
  folder: string,
  environment = ENVIRONMENT
): Promise<string> {
  const [command, args, input] = ((): [string, string[], string] => {
    switch (language) {
      case 'bash':
        return ['bash', ['-c', text], ''];
      case 'python':
        return ['python3', ['-c', text], ''];
      case 'javascript':
        return ['node', ['--input-type=module', '-e', text], ''];
      case 'powershell':
        return ['curl', ['--config', '-'], hereString(text)];
    }
  })();
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env: environment as NodeJS.ProcessEnv, cwd: folder });
    let [out, err] = ['', ''];
    child.stdout.on('data', chunk => (out += String(chunk)));
    child.stderr.on('data', chunk => (err += String(chunk)));
    child.on('error', reject);
    child.on('close', code => (code === 0 ? resolve(out) : reject(new Error(err))));
    // One that ends without reading its input is judged by its exit code.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}

/** What PowerShell makes of `@"…"@`: variables are put in, a backtick takes the next as it is. */
function hereString(text: string): string {
  const match = /(?:^|\n)@"\n([\s\S]*)\n"@ \| curl\.exe --config -$/.exec(text);
  const inner = match?.[1] ?? '';
  expect(inner).not.toBe('');
  // It ends at the first line that begins so.
  expect(inner).not.toMatch(/^"@/m);
  // Windows PowerShell sends a pipe in ASCII.
  expect(inner).toMatch(/^[\x00-\x7e]*$/);
  return inner.replace(
    /`([\s\S])|\$env:(\w+)|\$/g,
    (whole, escaped: string | undefined, name: string | undefined) => {
      expect(whole).not.toBe('$');
      // A value in curl's configuration is in quotes; a token of Jupyter has none to escape.
      return escaped ?? ENVIRONMENT_PLAIN[name ?? ''] ?? '';
    }
  );
}

const ENVIRONMENT_PLAIN: Readonly<Record<string, string>> = {
  NEUTRINO_TOKEN: 'plain-token',
  X_API_KEY: 'plain-key'
};

let ear: Ear;
let folder: string;
beforeAll(async () => {
  ear = await Ear.open();
  folder = mkdtempSync(join(tmpdir(), 'snippets-'));
  writeFileSync(join(folder, 'a;b, "c".csv'), 'x,y\n1,2\n');
});
afterAll(() => ear.close());

describe.each(LANGUAGES)('a snippet for %s', language => {
  it('sends exactly what the preview sends', async () => {
    const body = {
      texts: AWKWARD,
      ...Object.fromEntries(AWKWARD.map((text, i) => [`${i} ${text}`, i])),
      __proto__x: null,
      flags: [true, false, null, 1.5, 1e21, -3]
    };
    const values = {
      path: { id: "a/b'c $d" },
      query: { q: AWKWARD.join('|'), tag: ['x & y', 'z'] },
      headers: { 'X-Text': 'it\'s "a" $b `c` \\d %e;', 'X-Empty': '', 'X-Api-Key': 'never told' },
      body
    };
    const post = endpoint({ badge: 'POST', path: '/items/{id}' });
    const request = outgoing(post, fields({ name: 'texts', place: 'body' }), {
      ...NO_DRAFT,
      values
    });
    const text = snippet(language, ear.url + request.target, request);
    expect(text).not.toContain('never told');
    expect(await run(language, text, folder)).toContain('heard');
    const heard = ear.heard.pop();
    const [token, key] =
      language === 'powershell'
        ? [ENVIRONMENT_PLAIN.NEUTRINO_TOKEN, ENVIRONMENT_PLAIN.X_API_KEY]
        : [ENVIRONMENT.NEUTRINO_TOKEN, ENVIRONMENT.X_API_KEY];
    expect(heard?.method).toBe('POST');
    const asked = new URL(heard?.url ?? '', ear.url);
    expect(asked.pathname).toBe("/items/a%2Fb'c%20%24d");
    expect(asked.searchParams.get('q')).toBe(values.query.q);
    expect(asked.searchParams.getAll('tag')).toEqual(values.query.tag);
    expect(heard?.headers).toMatchObject({
      authorization: `token ${token}`,
      'content-type': 'application/json',
      'x-text': values.headers['X-Text'],
      'x-empty': '',
      'x-api-key': key
    });
    expect(JSON.parse(heard?.body ?? '')).toEqual(body);
  });

  it('sends a number with all of its digits', async () => {
    const text = '{"id": 9007199254740993, "x": 1.0, "ä": 1e400}';
    const post = endpoint({ badge: 'POST', path: '/items' });
    const declared = fields({ name: 'id', place: 'body' });
    const request = outgoing(post, declared, { ...NO_DRAFT, text });
    await run(language, snippet(language, ear.url + request.target, request), folder);
    const heard = ear.heard.pop();
    expect(heard?.headers['content-type']).toBe('application/json');
    expect(heard?.body.replace('\\u00e4', 'ä')).toBe(text);
  });

  it('sends a plain GET', async () => {
    const request = outgoing(endpoint(), [], NO_DRAFT);
    await run(language, snippet(language, `${ear.url}/plain`, request), folder);
    const heard = ear.heard.pop();
    expect([heard?.method, heard?.url, heard?.body]).toEqual(['GET', '/plain', '']);
  });

  it('sends a form with a file', async () => {
    const file = new File(['unused'], 'a;b, "c".csv');
    const declared = fields({ name: 'table', place: 'file' }, { name: 'title', place: 'form' });
    const request = outgoing(
      endpoint({ badge: 'POST' }),
      declared,
      { ...NO_DRAFT, values: { ...NO_DRAFT.values, body: { title: '@it\'s; "x" $y' } } },
      new Map([['file table', [file]]])
    );
    await run(language, snippet(language, `${ear.url}/form`, request), folder);
    const heard = ear.heard.pop();
    expect(heard?.headers['content-type']).toContain('multipart/form-data');
    expect(heard?.body).toContain('x,y\n1,2\n');
    expect(heard?.body).toContain('@it\'s; "x" $y');
    expect(heard?.body).toMatch(/filename="?a;b, /);
  });
});

describe('the token of a snippet', () => {
  const get = outgoing(endpoint(), [], NO_DRAFT);

  it.each(['bash', 'python', 'javascript'] as const)(
    'is found by %s where nobody has set it',
    async language => {
      const { port } = new URL(ear.url);
      const servers = [
        { port: 1, token: 'of another' },
        { port: Number(port), token: 'found' }
      ];
      const lines = servers.map(each =>
        JSON.stringify(each).replace(/:/g, ': ').replace(/,/g, ', ')
      );
      writeFileSync(
        join(folder, 'jupyter'),
        `#!/bin/sh\n[ "$*" = "server list --json" ] && cat <<'END'\n${lines.join('\n')}\nEND\n`,
        { mode: 0o755 }
      );
      mkdirSync(join(folder, 'jupyter_server'), { recursive: true });
      writeFileSync(join(folder, 'jupyter_server', '__init__.py'), '');
      writeFileSync(
        join(folder, 'jupyter_server', 'serverapp.py'),
        `def list_running_servers():\n    yield from ${JSON.stringify(servers)}\n`
      );
      const environment = { ...ENVIRONMENT, NEUTRINO_TOKEN: '' };
      const path = `${folder}:${process.env.PATH}`;
      const text = snippet(language, `${ear.url}/plain`, get);
      await run(language, text, folder, { ...environment, PATH: path, PYTHONPATH: folder });
      expect(ear.heard.pop()?.headers.authorization).toBe('token found');
    }
  );

  it.each(['bash', 'python', 'javascript'] as const)(
    'is asked for by %s where the server is elsewhere',
    async language => {
      const environment = { ...ENVIRONMENT, NEUTRINO_TOKEN: '' };
      const text = snippet(language, 'https://hub.example/user/ada/x', get);
      await expect(run(language, text, folder, environment)).rejects.toThrow(
        /NEUTRINO_TOKEN: set it to a token of the Jupyter server/
      );
    }
  );

  it('is not the only variable', () => {
    const values = { ...NO_DRAFT.values, headers: { 'X-Api-Key': 'x', 'X-Trace': 'y' } };
    const request = outgoing(endpoint(), [], { ...NO_DRAFT, values });
    expect(variables(request)).toEqual(['X_API_KEY']);
    expect(variables(get)).toEqual([]);
  });
});
