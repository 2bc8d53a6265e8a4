import { endpoint } from '../../__tests__/samples';
import { endpointOf, filledBy, readCurl } from '../curl';
import { outgoing } from '../request';
import { snippet } from '../snippets';
import { NO_DRAFT } from '../values';
import { AWKWARD, fields } from './samples';

const NOTHING = {
  method: 'GET',
  path: '/a',
  query: [],
  headers: [],
  body: null,
  form: [],
  files: []
};

describe('a curl command', () => {
  it.each<[string, object]>([
    ['curl http://localhost:8000/a', {}],
    [
      '  curl.exe -sSL "https://x/a?b=1&b=%20"#f',
      {
        query: [
          ['b', '1'],
          ['b', ' ']
        ]
      }
    ],
    ["curl -XDELETE 'x.org/a'", { method: 'DELETE' }],
    ['curl --request=put --url=/a', { method: 'PUT' }],
    ["curl /a -d a=1 --data 'b=2'", { method: 'POST', body: 'a=1&b=2' }],
    ['curl /a -sd@x', { method: 'POST', body: '@x' }],
    [
      'curl -G /a -d q=1 --data-urlencode "r=a b"',
      {
        query: [
          ['q', '1'],
          ['r', 'a b']
        ]
      }
    ],
    ['curl -I /a', { method: 'HEAD' }],
    ["curl $'http://h/a' --data-raw $'it\\'s \\u00e4\\n'", { method: 'POST', body: "it's ä\n" }],
    [
      'curl /a \\\n -H "X-A: \\"1\\"" \\\r\n -H X-E\\; -H Accept:',
      {
        headers: [
          ['X-A', '"1"'],
          ['X-E', '']
        ]
      }
    ],
    ['curl -u me:x -o out --compressed /a', {}],
    ['curl -F a=1 -F f=@b.csv /a', { method: 'POST', form: [['a', '1']], files: ['f'] }],
    ['A=1 curl /a', {}],
    ['curl h:1', { path: '/' }],
    [
      "curl /a --json '{}'",
      { method: 'POST', body: '{}', headers: [['Content-Type', 'application/json']] }
    ]
  ])('is read: %s', (text, expected) => {
    expect(readCurl(text)).toEqual({ ...NOTHING, ...expected });
  });

  it('is not read out of anything', () => {
    for (const text of ['', 'wget /a', 'curl', 'curl -X', "curl 'http", 'curl "\\']) {
      expect(() => readCurl(text)).not.toThrow();
    }
    expect(readCurl('wget http://a/b')).toBeNull();
    expect(readCurl('curl -v')).toBeNull();
  });

  it('finds the endpoint that means its path best', () => {
    const listed = ['/b', '/a/{id}', '/a/b', '/{rest:path}'].map(path => endpoint({ path }));
    const found = (path: string): unknown => {
      const { endpoint: its, values } = endpointOf({ method: 'GET', path }, listed) ?? {};
      return [its?.path, values];
    };
    expect(found('/neutrino/live/abc/a/b')).toEqual(['/a/b', {}]);
    expect(found('/base/a/x%2Fy')).toEqual(['/a/{id}', { id: 'x/y' }]);
    expect(found('/b')).toEqual(['/b', {}]);
    expect(endpointOf({ method: 'POST', path: '/b' }, listed)).toBeNull();
  });

  it('with a body that is too deep to be edited sends it as it is written', () => {
    const text = '['.repeat(20_000) + ']'.repeat(20_000);
    const curl = readCurl(`curl http://localhost:8000/a -d '${text}'`);
    expect(curl && filledBy(curl, {}, [])).toEqual({
      values: { path: {}, query: {}, headers: {}, body: {} },
      text
    });
  });

  it('of ours gives back the request that it was made of', () => {
    const post = endpoint({ badge: 'POST', path: '/items/{id}' });
    const declared = fields(
      { name: 'id', place: 'path' },
      { name: 'q', place: 'query' },
      { name: 'texts', place: 'body' }
    );
    const values = {
      path: { id: "a/b'c $d" },
      query: { q: AWKWARD.join('|') },
      headers: { 'X-Text': 'it\'s "a" $b `c` \\d', 'X-Empty': '' },
      body: { texts: AWKWARD, n: 1.5 }
    };
    const request = outgoing(post, declared, { ...NO_DRAFT, values });
    const curl = readCurl(
      snippet('bash', `http://localhost:8888/live/x${request.target}`, request)
    );
    const found = curl && endpointOf(curl, [post]);
    const filled = curl && found && filledBy(curl, found.values, declared);
    expect(outgoing(post, declared, { ...NO_DRAFT, ...filled })).toEqual(request);
    expect(filled?.values).toEqual(values);
  });
});
