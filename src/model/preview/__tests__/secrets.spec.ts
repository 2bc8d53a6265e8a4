import { parseJson } from '../json';
import {
  isSecret,
  keepable,
  keepableDraft,
  keepableTarget,
  keepableText,
  secretName,
  secretNames
} from '../secrets';
import { NO_DRAFT } from '../values';
import { fields, jsonValues } from './samples';

describe('a secret', () => {
  it('is known by its name', () => {
    const names = [
      'Authorization',
      'X-API-Key',
      'X-Auth-Token',
      'Cookie',
      'apikey',
      'Proxy-Auth',
      'accessToken',
      'client_secret',
      'db-password',
      'passwd',
      'session_id',
      'privateKey',
      'credentials',
      'AWS_SECRET_ACCESS_KEY'
    ];
    expect(names.filter(each => !isSecret(each))).toEqual([]);
    const others = ['X-Trace', 'X-Author', 'Content-Type', 'X-Monkey', 'tokenizer', 'token_count'];
    expect(others.filter(isSecret)).toEqual([]);
    expect(secretName('X-Api-Key')).toBe('X_API_KEY');
  });

  it('is kept by name only in the query of a request', () => {
    expect(keepableTarget('/a?b=1&api_key=x%3D&API%20Key=y&token=&&q=api_key')).toBe(
      '/a?b=1&api_key=$API_KEY&API%20Key=$API_KEY&token=&&q=api_key'
    );
    expect(keepableTarget('/token=1')).toBe('/token=1');
    expect(keepableTarget('/a?%zz=1')).toBe('/a?%zz=1');
  });

  it('is kept by name only, however deep', () => {
    const typed = {
      user: 'ada',
      password: 'hunter2',
      nested: [{ api_key: 12345, max_tokens: 100, has_secret: true }],
      credentials: { user: 'u', parts: ['p'] },
      token: ''
    };
    expect(keepable(typed)).toEqual({
      user: 'ada',
      password: '$PASSWORD',
      nested: [{ api_key: '$API_KEY', max_tokens: 100, has_secret: true }],
      credentials: { user: '$CREDENTIALS', parts: ['$CREDENTIALS'] },
      token: ''
    });
  });

  it('is taken out of a text with no other change', () => {
    const text =
      ' {"a" : 1.0, "Password":"x\\"y" ,"credentials":{"u":"p","t":[ "q" ]}, "z":1e400 }';
    expect(keepableText(text)).toBe(
      ' {"a" : 1.0, "Password":"$PASSWORD" ,"credentials":{"u":"$CREDENTIALS","t":[ "$CREDENTIALS" ]}, "z":1e400 }'
    );
    expect(keepableText('{"a": 1')).toBe('{"a": 1');
    expect(keepableText('{"password": "hunter')).toBe(null);
    const deep = `${'['.repeat(5000)}{"token":"t"}${']'.repeat(5000)}`;
    expect(keepableText(deep)).toBe(deep.replace('"t"', '"$TOKEN"'));
  });

  it('is taken out of a text and out of its value alike', () => {
    jsonValues(200).forEach(value => {
      const typed = { password: value, others: [value, { secret: { inner: value } }] };
      const text = JSON.stringify(typed, null, 2);
      expect(JSON.parse(keepableText(text) ?? '')).toEqual(keepable(typed));
    });
  });

  it('can be one by its schema', () => {
    const declared = fields({
      name: 'login',
      place: 'body',
      json_schema: {
        $ref: '#/$defs/Login',
        $defs: { Login: { properties: { phrase: { format: 'password' }, name: {} } } }
      }
    });
    const names = secretNames(declared);
    expect([...names]).toEqual(['phrase']);
    expect(keepable({ login: { phrase: 'p', name: 'n' } }, names)).toEqual({
      login: { phrase: '$PHRASE', name: 'n' }
    });
  });

  it('is in no part of a draft that is kept', () => {
    const values = { path: {}, query: { token: 's3cret' }, headers: {}, body: 's3cret password' };
    const kept = keepableDraft({
      ...NO_DRAFT,
      values,
      first: { 'query token': 'text', 'query n': 1 },
      parked: { 'body password': 's3cret', 'body n': parseJson('1.0') },
      text: '{"password": "s3cret"}'
    });
    expect(JSON.stringify(kept)).not.toContain('s3cret');
    expect(kept.first).toEqual({ 'query n': 1 });
  });
});
