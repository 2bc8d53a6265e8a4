import { Signal } from '@lumino/signaling';
import type { NotebookAnalysis } from '../analysis';
import { NotebookState } from '../notebook';
import { ServedNotebooks } from '../served';
import { FakeEvents, analysis as answer, fakeApi, figures, finding, served } from './samples';

function build() {
  const events = new FakeEvents();
  const notebooks = new ServedNotebooks({ api: fakeApi(), listen: events.listen });
  const changed = new Signal<object, void>({});
  const saved = new Map([['hello', 'v1']]);
  const analysis = {
    analysis: answer(),
    edited: new Set<string>(),
    failure: null,
    changed,
    savedSources: saved as ReadonlyMap<string, string>,
    isDisposed: false,
    dispose: () => undefined
  };
  const subject = new NotebookState(
    analysis as unknown as NotebookAnalysis,
    notebooks,
    () => 'quickstart.ipynb'
  );
  const word = () => subject.snapshot.rows[0]?.condition.word;
  return { events, subject, analysis, changed, word };
}

describe('the state of an open notebook', () => {
  it('changes with what is served at its path only', () => {
    const { events, subject, word } = build();
    let count = 0;
    subject.changed.connect(() => (count += 1));
    events.emit({ served: served({ id: 'b2', path: 'other.ipynb' }) });
    expect(word()).toBe('not-served');
    events.emit({ served: served() });
    expect([word(), count]).toEqual(['live', 2]);
  });

  it('remembers what the last good version was made of', () => {
    const { events, analysis, word } = build();
    events.emit({ served: served() });
    analysis.savedSources = new Map([['hello', 'v2']]);
    const other = finding({ cell: 9, cell_id: 'other' });
    events.emit({ served: served({ state: 'problem-serving-previous', findings: [other] }) });
    expect(word()).toBe('serving-previous');
    events.emit({ served: served({ version: 2 }) });
    expect(word()).toBe('live');
  });

  it('follows a schedule that is paused and goes on', () => {
    const { events, subject, word } = build();
    let count = 0;
    events.emit({ served: served() });
    subject.changed.connect(() => (count += 1));
    const words = [true, true, false].map(is_paused => {
      events.emit({ id: 'a1', figures: [figures({ is_paused })] });
      return word();
    });
    expect([words, count]).toEqual([['paused', 'paused', 'live'], 2]);
  });

  it('passes on the figures of its own endpoints', () => {
    const { events, subject } = build();
    let count = 0;
    subject.figuresChanged.connect(() => (count += 1));
    events.emit({ served: served() });
    events.emit({ id: 'b2', figures: [figures({ calls: 3 })] });
    events.emit({ id: 'a1', figures: [figures({ calls: 4 })] });
    expect([subject.figures('GET /api/hello')?.calls, count]).toEqual([4, 1]);
  });
});
