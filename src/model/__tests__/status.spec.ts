import { diagnostics, notebookStatus, rows, type IEvidence } from '../status';
import { analysis, endpoint, diagnostic, served } from './samples';

const NOTHING: ReadonlySet<string> = new Set();

function evidence(changes: Partial<IEvidence>): IEvidence {
  const nothing = { edited: NOTHING, paused: NOTHING };
  return { analysis: analysis(), served: null, ...nothing, ...changes };
}

function onlyStatus(changes: Partial<IEvidence>): unknown {
  return rows(evidence(changes)).map(row => row.status)[0];
}

describe('the state of a notebook', () => {
  it('is not served until the user serves it', () => {
    expect(notebookStatus(evidence({}))).toEqual({
      kind: 'not-served',
      reason: { kind: 'none' }
    });
  });

  it('says which cell is running while it starts', () => {
    const running = { cell: 3, since: 100 };
    expect(notebookStatus(evidence({ served: served({ state: 'starting', running }) }))).toEqual({
      kind: 'starting',
      reason: { kind: 'running-cell', running }
    });
  });

  it('is edited as soon as one cell differs from the file', () => {
    expect(notebookStatus(evidence({ served: served(), edited: new Set(['imports']) })).kind).toBe(
      'edited'
    );
  });

  it('gives the first error as the reason of a problem', () => {
    const found = [diagnostic({ severity: 'warning' }), diagnostic({ code: 'NL801' })];
    const state = 'problem-not-served';
    expect(notebookStatus(evidence({ served: served({ state, diagnostics: found }) }))).toEqual({
      kind: 'problem',
      reason: { kind: 'diagnostic', diagnostic: found[1] }
    });
  });

  it('tells why it was stopped, if it was not by the user', () => {
    const reason = 'the notebook was deleted';
    expect(notebookStatus(evidence({ served: served({ state: 'stopped', reason }) }))).toEqual({
      kind: 'stopped',
      reason: { kind: 'told', text: reason }
    });
    expect(notebookStatus(evidence({ served: served({ state: 'stopped' }) })).kind).toBe(
      'not-served'
    );
  });
});

describe('a server that does not answer', () => {
  it('leaves nothing live that may have ended', () => {
    const lost = { kind: 'lost', reason: { kind: 'lost' } };
    const seen = evidence({ analysis: analysis(), served: served(), isLost: true });
    expect([notebookStatus(seen), rows(seen)[0]?.status]).toEqual([lost, lost]);
    const idle = evidence({ analysis: analysis(), served: null, isLost: true });
    expect(notebookStatus(idle).kind).toBe('not-served');
  });
});

describe('the state of an endpoint', () => {
  it('is live when it is served as it is saved', () => {
    expect(onlyStatus({ served: served() })).toEqual({ kind: 'live', reason: { kind: 'none' } });
  });

  it('is edited when its own cell is, not when another is', () => {
    const edited = new Set(['hello']);
    expect(onlyStatus({ served: served(), edited })).toEqual({
      kind: 'edited',
      reason: { kind: 'save' }
    });
    expect(onlyStatus({ served: served(), edited: new Set(['other']) })).toEqual({
      kind: 'live',
      reason: { kind: 'none' }
    });
  });

  it('is a problem with its own error even before anything is served', () => {
    const error = diagnostic();
    expect(onlyStatus({ analysis: analysis({ diagnostics: [error] }) })).toEqual({
      kind: 'problem',
      reason: { kind: 'diagnostic', diagnostic: error }
    });
  });

  it('serves its previous version while its cell is broken', () => {
    const error = diagnostic();
    const broken = served({ state: 'problem-serving-previous', diagnostics: [error] });
    expect(onlyStatus({ served: broken })).toEqual({
      kind: 'serving-previous',
      reason: { kind: 'diagnostic', diagnostic: error }
    });
  });

  it('rests where it is paused, unless something is wrong', () => {
    const paused = new Set(['GET /api/hello']);
    expect([
      onlyStatus({ served: served(), paused }),
      onlyStatus({ served: null, paused }),
      onlyStatus({ served: served(), paused, edited: new Set(['hello']) })
    ]).toEqual([
      { kind: 'paused', reason: { kind: 'resume' } },
      { kind: 'not-served', reason: { kind: 'none' } },
      { kind: 'edited', reason: { kind: 'save' } }
    ]);
  });

  it('stays live while another cell is broken, unless it waits behind it', () => {
    const elsewhere = diagnostic({ cell: 7, cell_id: 'other' });
    const broken = served({ state: 'problem-serving-previous', diagnostics: [elsewhere] });
    expect(onlyStatus({ served: broken })).toEqual({ kind: 'live', reason: { kind: 'none' } });
    expect(onlyStatus({ served: { ...broken, behind: ['hello'] } })).toEqual({
      kind: 'serving-previous',
      reason: { kind: 'elsewhere', diagnostic: elsewhere }
    });
  });

  it('is told as saved, not live, where saves are not followed', () => {
    const still = served({ state: 'outdated', follows_saves: false, behind: ['hello'] });
    const update = { kind: 'update', isSaved: true };
    const gone = analysis({ endpoints: [], cells: [] });
    expect([
      notebookStatus(evidence({ served: still })),
      onlyStatus({ served: still }),
      onlyStatus({ served: { ...still, behind: ['other'] } }),
      onlyStatus({ served: still, edited: new Set(['hello']) }),
      onlyStatus({ served: still, analysis: gone })
    ]).toEqual([
      { kind: 'outdated', reason: update },
      { kind: 'outdated', reason: update },
      { kind: 'live', reason: { kind: 'none' } },
      { kind: 'edited', reason: { ...update, isSaved: false } },
      { kind: 'outdated', reason: { kind: 'removed', isSaved: true } }
    ]);
  });

  it('is listed as long as it answers, though the document has lost it', () => {
    const gone = { endpoints: [], cells: [] };
    expect(rows(evidence({ analysis: analysis(gone), served: served() }))).toEqual([
      {
        place: 'hello',
        isDeclared: false,
        isPaused: false,
        endpoint: endpoint(),
        status: { kind: 'edited', reason: { kind: 'removed', isSaved: false } },
        diagnostics: []
      }
    ]);
    expect(
      rows(evidence({ analysis: analysis(gone), served: served({ state: 'stopped' }) }))
    ).toEqual([]);
  });
});

describe('diagnostics', () => {
  it('come from the document and from running it, each once, in notebook order', () => {
    const declared = diagnostic({ cell: 5, cell_id: 'five' });
    const raised = diagnostic({ code: 'NL801', cell: 3, cell_id: 'three', message: 'it raised' });
    const found = diagnostics(
      evidence({
        analysis: analysis({ diagnostics: [declared] }),
        served: served({ diagnostics: [declared, raised] })
      })
    );
    expect(found).toEqual([raised, declared]);
  });

  it('of a run are out of date once their cell is edited', () => {
    const raised = diagnostic({ code: 'NL801' });
    expect(
      diagnostics(
        evidence({ served: served({ diagnostics: [raised] }), edited: new Set(['hello']) })
      )
    ).toEqual([]);
  });
});
