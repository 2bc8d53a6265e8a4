import { Places } from '../places';

const at = (key: string, cell_id = 'c') => ({ key, cell_id });

describe('the places of endpoints', () => {
  it('stay while a path is typed, and an older path is the same endpoint', () => {
    const places = new Places();
    places.update([at('GET /a')]);
    const place = places.of(at('GET /a'));
    places.update([at('GET /ab')]);
    places.update([]);
    places.update([at('POST /abc')]);
    expect(['GET /a', 'GET /ab', 'POST /abc'].map(key => places.of(at(key)))).toEqual([
      place,
      place,
      place
    ]);
  });

  it('stay with their endpoints when another is declared before them or goes', () => {
    const places = new Places();
    places.update([at('GET /a'), at('GET /b')]);
    const [a, b] = ['GET /a', 'GET /b'].map(key => places.of(at(key)));
    places.update([at('GET /new'), at('GET /a'), at('GET /b')]);
    const added = places.of(at('GET /new'));
    expect(new Set([a, b, added]).size).toBe(3);
    places.update([at('GET /b')]);
    places.update([at('GET /a'), at('GET /b2')]);
    expect([places.of(at('GET /a')), places.of(at('GET /b2'))]).toEqual([a, b]);
  });

  it('are not those of another cell', () => {
    const places = new Places();
    places.update([at('GET /a', 'one'), at('GET /a', 'two')]);
    expect(places.of(at('GET /a', 'one'))).not.toBe(places.of(at('GET /a', 'two')));
  });
});
