import { findings, notebookCondition, rows, type IEvidence } from '../condition';
import { analysis, endpoint, finding, served } from './samples';

const NOTHING: ReadonlySet<string> = new Set();

function evidence(changes: Partial<IEvidence>): IEvidence {
  const nothing = { edited: NOTHING, paused: NOTHING };
  return { analysis: analysis(), served: null, ...nothing, ...changes };
}

function onlyCondition(changes: Partial<IEvidence>): unknown {
  return rows(evidence(changes)).map(row => row.condition)[0];
}

describe('the state of a notebook', () => {
  it('is not served until the user serves it', () => {
    expect(notebookCondition(evidence({}))).toEqual({
      word: 'not-served',
      reason: { kind: 'none' }
    });
  });

  it('says which cell is running while it starts', () => {
    const running = { cell: 3, since: 100 };
    expect(notebookCondition(evidence({ served: served({ state: 'starting', running }) }))).toEqual(
      { word: 'starting', reason: { kind: 'running-cell', running } }
    );
  });

  it('is edited as soon as one cell differs from the file', () => {
    expect(
      notebookCondition(evidence({ served: served(), edited: new Set(['imports']) })).word
    ).toBe('edited');
  });

  it('gives the first error as the reason of a problem', () => {
    const found = [finding({ severity: 'warning' }), finding({ code: 'NL801' })];
    const state = 'problem-not-served';
    expect(notebookCondition(evidence({ served: served({ state, findings: found }) }))).toEqual({
      word: 'problem',
      reason: { kind: 'finding', finding: found[1] }
    });
  });

  it('tells why it was stopped, if it was not by the user', () => {
    const reason = 'the notebook was deleted';
    expect(notebookCondition(evidence({ served: served({ state: 'stopped', reason }) }))).toEqual({
      word: 'stopped',
      reason: { kind: 'told', text: reason }
    });
    expect(notebookCondition(evidence({ served: served({ state: 'stopped' }) })).word).toBe(
      'not-served'
    );
  });
});

describe('a server that does not answer', () => {
  it('leaves nothing live that may have ended', () => {
    const lost = { word: 'lost', reason: { kind: 'lost' } };
    const seen = evidence({ analysis: analysis(), served: served(), isLost: true });
    expect([notebookCondition(seen), rows(seen)[0]?.condition]).toEqual([lost, lost]);
    const idle = evidence({ analysis: analysis(), served: null, isLost: true });
    expect(notebookCondition(idle).word).toBe('not-served');
  });
});

describe('the state of an endpoint', () => {
  it('is live when it is served as it is saved', () => {
    expect(onlyCondition({ served: served() })).toEqual({ word: 'live', reason: { kind: 'none' } });
  });

  it('is edited when its own cell is, not when another is', () => {
    const edited = new Set(['hello']);
    expect(onlyCondition({ served: served(), edited })).toEqual({
      word: 'edited',
      reason: { kind: 'save' }
    });
    expect(onlyCondition({ served: served(), edited: new Set(['other']) })).toEqual({
      word: 'live',
      reason: { kind: 'none' }
    });
  });

  it('is a problem with its own error even before anything is served', () => {
    const error = finding();
    expect(onlyCondition({ analysis: analysis({ findings: [error] }) })).toEqual({
      word: 'problem',
      reason: { kind: 'finding', finding: error }
    });
  });

  it('serves its previous version while its cell is broken', () => {
    const error = finding();
    const broken = served({ state: 'problem-serving-previous', findings: [error] });
    expect(onlyCondition({ served: broken })).toEqual({
      word: 'serving-previous',
      reason: { kind: 'finding', finding: error }
    });
  });

  it('rests where it is paused, unless something is wrong', () => {
    const paused = new Set(['GET /api/hello']);
    expect([
      onlyCondition({ served: served(), paused }),
      onlyCondition({ served: null, paused }),
      onlyCondition({ served: served(), paused, edited: new Set(['hello']) })
    ]).toEqual([
      { word: 'paused', reason: { kind: 'resume' } },
      { word: 'not-served', reason: { kind: 'none' } },
      { word: 'edited', reason: { kind: 'save' } }
    ]);
  });

  it('stays live while another cell is broken, unless it waits behind it', () => {
    const elsewhere = finding({ cell: 7, cell_id: 'other' });
    const broken = served({ state: 'problem-serving-previous', findings: [elsewhere] });
    expect(onlyCondition({ served: broken })).toEqual({ word: 'live', reason: { kind: 'none' } });
    expect(onlyCondition({ served: { ...broken, behind: ['hello'] } })).toEqual({
      word: 'serving-previous',
      reason: { kind: 'elsewhere', finding: elsewhere }
    });
  });

  it('is told as saved, not live, where saves are not followed', () => {
    const still = served({ state: 'outdated', follows_saves: false, behind: ['hello'] });
    const update = { kind: 'update', isSaved: true };
    const gone = analysis({ endpoints: [], cells: [] });
    expect([
      notebookCondition(evidence({ served: still })),
      onlyCondition({ served: still }),
      onlyCondition({ served: { ...still, behind: ['other'] } }),
      onlyCondition({ served: still, edited: new Set(['hello']) }),
      onlyCondition({ served: still, analysis: gone })
    ]).toEqual([
      { word: 'outdated', reason: update },
      { word: 'outdated', reason: update },
      { word: 'live', reason: { kind: 'none' } },
      { word: 'edited', reason: { ...update, isSaved: false } },
      { word: 'outdated', reason: { kind: 'removed', isSaved: true } }
    ]);
  });

  it('is listed as long as it answers, though the document has lost it', () => {
    const gone = { endpoints: [], cells: [] };
    expect(rows(evidence({ analysis: analysis(gone), served: served() }))).toEqual([
      {
        place: 'hello',
        isDeclared: false,
        endpoint: endpoint(),
        condition: { word: 'edited', reason: { kind: 'removed', isSaved: false } },
        findings: []
      }
    ]);
    expect(
      rows(evidence({ analysis: analysis(gone), served: served({ state: 'stopped' }) }))
    ).toEqual([]);
  });
});

describe('findings', () => {
  it('come from the document and from running it, each once, in notebook order', () => {
    const declared = finding({ cell: 5, cell_id: 'five' });
    const raised = finding({ code: 'NL801', cell: 3, cell_id: 'three', message: 'it raised' });
    const found = findings(
      evidence({
        analysis: analysis({ findings: [declared] }),
        served: served({ findings: [declared, raised] })
      })
    );
    expect(found).toEqual([raised, declared]);
  });

  it('of a run are out of date once their cell is edited', () => {
    const raised = finding({ code: 'NL801' });
    expect(
      findings(evidence({ served: served({ findings: [raised] }), edited: new Set(['hello']) }))
    ).toEqual([]);
  });
});
