import { ownUrl } from '../address';
import { Preferences } from '../preferences';
import { served } from './samples';

describe('a port of its own', () => {
  it('answers the same paths as the Jupyter server does', () => {
    const own = served({ own_url: 'http://127.0.0.1:4711/' });
    expect([
      ownUrl(own, '/'),
      ownUrl(own, '/api/{id}'),
      ownUrl(own, '/ws/{room}', 'ws'),
      ownUrl(served(), '/api')
    ]).toEqual([
      'http://127.0.0.1:4711/',
      'http://127.0.0.1:4711/api/{id}',
      'ws://127.0.0.1:4711/ws/{room}',
      ''
    ]);
  });

  it('is asked for only where it is the target', () => {
    const preferences = new Preferences();
    const before = preferences.serveOptions().own_port;
    preferences.update({ target: 'port' });
    expect([before, preferences.serveOptions().own_port]).toEqual([false, true]);
  });
});
