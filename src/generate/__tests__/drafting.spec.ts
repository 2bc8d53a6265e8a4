import { CallFailed, LineLost } from '../../api';
import type { DraftPreview, DraftStarted } from '../../protocol';
import { asKept } from '../draftings';
import { AFTER, BEFORE, Later, METADATA, build, candidate, preview, type Told } from './samples';

const FIRST: readonly Told[] = [
  ['drafting', { round: 1, model: 'm', host: 'h' }],
  ['checking', { round: 1 }],
  ['unheard of', {}],
  ['trying', { round: 1, level: 'bubblewrap' }],
  ['drafted', { round: 1 }],
  ['candidate', candidate()]
];
const SECOND: readonly Told[] = [['candidate', candidate({ id: 'd2', rounds: 2 })]];
const ASKED = { words: 'the spread', share: 'schema-only' };

function gone(): CallFailed {
  return new CallFailed(404, { code: 'unknown', message: 'It is gone.', context: {} });
}

async function drafted(...more: (readonly Told[])[]) {
  const built = build({ drafts: [FIRST, ...more] });
  await built.subject.look();
  await built.subject.draft();
  return built;
}

describe('a draft', () => {
  it('is begun with what was looked at, and tells how far it is', async () => {
    const { subject, asked, kept } = build({ drafts: [FIRST] });
    await subject.draft();
    expect(asked).toEqual([]);
    await subject.look();
    expect(subject.state).toMatchObject({ work: 'idle', words: 'the spread', preview: preview() });
    await subject.draft();
    expect(asked).toEqual([
      ['preview', { ...ASKED, words: '' }],
      ['begin', { ...ASKED, preview: 'p1' }],
      ['follow', 'd1']
    ]);
    expect(subject.state.candidate).toEqual(candidate());
    expect(subject.state.steps.map(({ kind, level }) => [kind, level])).toEqual([
      ['drafting', ''],
      ['checking', ''],
      ['trying', 'bubblewrap'],
      ['drafted', '']
    ]);
    expect([subject.state.work, subject.state.failure]).toEqual(['idle', null]);
    expect(kept).toEqual([{ id: 'd1', lookedAt: 'p1', words: 'the spread', sharesValues: false }]);
  });

  it('sends no values that were not looked at', async () => {
    const { subject, asked } = build({ drafts: [FIRST] });
    await subject.look();
    subject.ask({ sharesValues: true });
    await subject.draft();
    expect([asked.length, subject.state.preview]).toEqual([1, null]);
    await subject.look();
    await subject.draft();
    expect(asked[2]).toEqual(['begin', { words: 'the spread', share: 'values', preview: 'p1' }]);
  });

  it('is written once its yes is said, with where it comes from', async () => {
    const { subject, asked, cell, kept } = await drafted();
    expect(await subject.accept()).toBe(true);
    expect(cell).toEqual({ source: AFTER.trimEnd(), metadata: METADATA });
    expect(asked[asked.length - 1]).toEqual(['accept', 'd1']);
    expect([subject.state.verdict, kept[kept.length - 1]]).toEqual(['accepted', null]);
  });

  it('is written as one’s own to be edited, also where it is refused', async () => {
    const { subject, cell } = build({ drafts: [[['candidate', candidate({ is_sound: false })]]] });
    await subject.look();
    await subject.draft();
    expect(subject.edit()).toBe(true);
    expect(cell).toEqual({ source: AFTER.trimEnd(), metadata: {} });
  });

  it('leaves a cell alone that has changed, or is gone', async () => {
    const { subject, cell } = await drafted();
    expect(subject.isCurrent).toBe(true);
    cell.source = `${BEFORE}\n# by hand`;
    expect([await subject.accept(), subject.state.failure?.code]).toEqual([false, 'cell-changed']);
    cell.source = null;
    expect([subject.edit(), subject.state.failure?.code]).toEqual([false, 'no-cell']);
    expect([subject.isCurrent, subject.hasCell, subject.state.verdict]).toEqual([false, false, '']);
  });

  it('is tried again with a remark, on the same values', async () => {
    const { subject, asked, kept } = await drafted(SECOND);
    await subject.again();
    subject.say(' round it ');
    await subject.again();
    expect(asked.slice(3)).toEqual([
      ['begin', { ...ASKED, preview: 'p1', last: 'd1', remark: 'round it' }],
      ['follow', 'd2']
    ]);
    expect([subject.state.candidate?.rounds, subject.state.remark]).toEqual([2, '']);
    expect(kept[kept.length - 1]?.id).toBe('d2');
  });

  it('that fails the second time leaves the first one there', async () => {
    const { subject, kept } = await drafted([
      ['drafting', { round: 1 }],
      ['failed', { code: 'model-failed', message: 'It is busy.' }]
    ]);
    subject.say('round it');
    await subject.again();
    expect(subject.state).toMatchObject({
      work: 'idle',
      remark: 'round it',
      candidate: candidate(),
      failure: { code: 'model-failed', message: 'It is busy.' }
    });
    expect(kept[kept.length - 1]?.id).toBe('d1');
  });

  it('is looked at again where the server has forgotten what was looked at', async () => {
    const previews: DraftPreview[] = [preview(), preview({ id: 'p2' })];
    const begun: object[] = [];
    const { subject } = build({
      drafts: [FIRST, SECOND],
      api: {
        preview: async () => previews.shift() as DraftPreview,
        begin: async request => {
          begun.push(request);
          if (begun.length === 2) {
            throw gone();
          }
          return { id: `d${begun.length}` };
        }
      }
    });
    await subject.look();
    await subject.draft();
    subject.say('round it');
    await subject.again();
    expect(subject.state).toMatchObject({ preview: null, candidate: candidate(), work: 'idle' });
    expect(subject.state.failure).toEqual({ code: 'unknown', message: 'It is gone.' });
    await subject.again();
    expect([subject.state.isAgain, subject.state.preview?.id]).toEqual([true, 'p2']);
    await subject.draft();
    expect(begun[2]).toMatchObject({ preview: 'p2', last: 'd1', remark: 'round it' });
    expect([subject.state.isAgain, subject.state.candidate?.rounds]).toEqual([false, 2]);
  });

  it('is thrown away, and its words stay', async () => {
    const { subject, asked, kept } = await drafted();
    await subject.discard();
    expect(asked[asked.length - 1]).toEqual(['discard', 'd1']);
    expect(subject.state).toMatchObject({ words: 'the spread', candidate: null, preview: null });
    expect(kept[kept.length - 1]).toBeNull();
  });
});

describe('an answer that comes late', () => {
  it('of a preview changes nothing once the words are others', async () => {
    const later = new Later<DraftPreview>();
    const { subject } = build({ api: { preview: () => later.promise } });
    const looked = subject.look();
    subject.ask({ words: 'something else' });
    later.give(preview());
    await looked;
    expect(subject.state).toMatchObject({ work: 'idle', words: 'something else', preview: null });
  });

  it('of a draft that was stopped before it began ends it', async () => {
    const later = new Later<DraftStarted>();
    const { subject, asked } = build({ api: { begin: () => later.promise } });
    await subject.look();
    const begun = subject.draft();
    await subject.stop();
    expect(subject.state.work).toBe('idle');
    later.give({ id: 'd7' });
    await begun;
    expect(asked.slice(1)).toEqual([['discard', 'd7']]);
    expect([subject.state.work, subject.state.candidate]).toEqual(['idle', null]);
  });

  it('to a yes writes nothing once the draft is thrown away', async () => {
    const later = new Later<{ source: string; metadata: object }>();
    const { subject, cell } = build({
      drafts: [FIRST],
      api: { accept: () => later.promise as never }
    });
    await subject.look();
    await subject.draft();
    const accepted = subject.accept();
    await subject.discard();
    later.give({ source: AFTER, metadata: METADATA });
    expect([await accepted, cell.source]).toEqual([false, BEFORE]);
  });

  it('is not listened to after its end', async () => {
    const { subject } = build({ drafts: [FIRST] });
    await subject.look();
    const begun = subject.draft();
    subject.dispose();
    await begun;
    expect(subject.state.candidate).toBeNull();
  });
});

describe('a page that is loaded again', () => {
  it('takes the draft up, and tries again on the values that were looked at', async () => {
    const { subject, asked } = build({ drafts: [FIRST, SECOND] });
    const kept = { id: 'd1', lookedAt: 'p1', words: 'the spread', sharesValues: true };
    await subject.restore(kept);
    expect(subject.state).toMatchObject({ candidate: candidate(), sharesValues: true });
    subject.say('round it');
    await subject.again();
    expect(asked).toEqual([
      ['follow', 'd1'],
      [
        'begin',
        { words: 'the spread', share: 'values', preview: 'p1', last: 'd1', remark: 'round it' }
      ],
      ['follow', expect.any(String)]
    ]);
  });

  it('says what the server says where it knows nothing of it', async () => {
    const { subject, kept } = build({ drafts: [[gone()]] });
    await subject.restore({ id: 'd1', lookedAt: 'p1', words: 'mine', sharesValues: false });
    expect(subject.state).toMatchObject({
      work: 'idle',
      words: 'mine',
      failure: { message: 'It is gone.' }
    });
    expect(kept[kept.length - 1]).toBeNull();
  });

  it('reads only what this version keeps', () => {
    const kept = { id: 'd1', lookedAt: '', words: '', sharesValues: false };
    expect(asKept({ ...kept, more: 1 })).toEqual(kept);
    expect([asKept(undefined), asKept(null), asKept({ ...kept, id: 1 })]).toEqual([
      null,
      null,
      null
    ]);
  });
});

describe('a line that is lost', () => {
  it('is opened again from the first event on', async () => {
    const { subject, kept } = build({
      drafts: [[['checking', { round: 1 }], new LineLost()], FIRST]
    });
    await subject.look();
    await subject.draft();
    expect(subject.state).toMatchObject({ work: 'idle', failure: { code: 'lost' } });
    expect(kept[kept.length - 1]?.id).toBe('d1');
    await subject.resume();
    expect([subject.state.steps.length, subject.state.candidate]).toEqual([4, candidate()]);
  });

  it('is told where the events end without an answer', async () => {
    const { subject } = build({ drafts: [[['checking', { round: 1 }]]] });
    await subject.look();
    await subject.draft();
    expect(subject.state.failure?.code).toBe('lost');
  });
});

describe('what is stopped', () => {
  it('ends at the server, and the candidate before it is there again', async () => {
    const { promise, give } = new Later<void>();
    const ids = ['d1', 'd2'];
    const { subject, asked, kept } = build({
      api: {
        begin: async () => ({ id: ids.shift() ?? '' }),
        follow: async function* (id) {
          if (id === 'd1') {
            yield { id: '', kind: 'candidate', data: { ...candidate() } };
          }
          yield { id: '', kind: 'checking', data: { round: 1 } };
          await promise;
        }
      }
    });
    await subject.look();
    await subject.draft();
    subject.say('round it');
    const again = subject.again();
    while (subject.state.steps.length === 0) {
      await Promise.resolve();
    }
    await subject.stop();
    give();
    await again;
    expect(asked.slice(1)).toEqual([['discard', 'd2']]);
    expect(subject.state).toMatchObject({ work: 'idle', failure: null, candidate: candidate() });
    expect(kept.map(each => each?.id)).toEqual(['d1', 'd2', 'd1']);
    await subject.stop();
    expect(asked).toHaveLength(2);
  });

  it('tells where the server could not be told', async () => {
    const { subject } = build({
      drafts: [FIRST],
      api: {
        discard: async () => {
          throw new Error('unreachable');
        }
      }
    });
    await subject.look();
    await subject.draft();
    await subject.discard();
    expect(subject.state).toMatchObject({ candidate: null, failure: { message: 'unreachable' } });
  });
});
