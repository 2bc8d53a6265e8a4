import { Token } from '@lumino/coreutils';
import { Signal } from '@lumino/signaling';
import type { ISnapshot, NotebookState } from '../..';
import { endpoint } from '../../__tests__/samples';
import { PreviewSession } from '..';

function build(...keys: readonly string[]) {
  const changed = new Signal<object, void>({});
  const rows = (all: readonly string[]) =>
    all.map(key => ({
      place: key.split(' ')[2] ?? key,
      isDeclared: true,
      endpoint: endpoint({ key, cell_id: key.split(' ')[2] ?? 'hello' }),
      status: { kind: 'live', reason: { kind: 'none' } },
      diagnostics: []
    }));
  const state = { changed, snapshot: { rows: rows(keys), isAnalysed: true } };
  const declare = (...all: readonly string[]) => {
    state.snapshot = { rows: rows(all), isAnalysed: true } as unknown as ISnapshot & never;
    changed.emit();
  };
  const session = new PreviewSession(state as unknown as NotebookState, {
    document: { getMetadata: () => undefined, setMetadata: () => undefined },
    storage: null
  });
  return { session, declare };
}

describe('what the preview of a notebook remembers', () => {
  it('shows the first endpoint, unless another was chosen', () => {
    const { session, declare } = build();
    session.show();
    expect(session.row).toBe(null);
    declare('GET /a', 'GET /b');
    expect(session.key).toBe('GET /a');
    session.show('GET /b');
    session.show();
    expect(session.row?.endpoint.key).toBe('GET /b');
  });

  it('stays with an endpoint whose path is edited', () => {
    const { session, declare } = build('GET /a one', 'GET /c two');
    session.show('GET /c two');
    declare('GET /a one');
    expect([session.key, session.row]).toEqual(['GET /c two', null]);
    declare('GET /a one', 'POST /c two');
    expect(session.key).toBe('POST /c two');
  });

  it('makes a part once, and disposes it with the notebook', () => {
    const { session } = build('GET /a');
    const key = new Token<{ isDisposed: boolean; dispose: () => void }>('neutrino-lab:IPart');
    const make = () => ({
      isDisposed: false,
      dispose() {
        this.isDisposed = true;
      }
    });
    const part = session.part(key, make);
    expect(session.part(key, make)).toBe(part);
    session.dispose();
    expect(part.isDisposed).toBe(true);
  });
});
