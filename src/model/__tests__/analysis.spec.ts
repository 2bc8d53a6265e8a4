import { NotebookModel } from '@jupyterlab/notebook';
import type { ICodeCellModel } from '@jupyterlab/cells';
import type { AnalysisRequest } from '../../protocol';
import { NotebookAnalysis } from '../analysis';
import { analysis as answer, fakeApi } from './samples';

const NOTEBOOK = {
  cells: [
    { cell_type: 'markdown', id: 'title', metadata: {}, source: '# Long prose' },
    {
      cell_type: 'code',
      id: 'hello',
      metadata: { tags: ['neutrino-skip'] },
      source: 'x = 1',
      outputs: [],
      execution_count: null
    }
  ],
  metadata: {},
  nbformat: 4,
  nbformat_minor: 5
};

function build(language = '') {
  const model = new NotebookModel();
  const metadata = language ? { language_info: { name: language } } : {};
  model.fromJSON({ ...NOTEBOOK, metadata } as Parameters<NotebookModel['fromJSON']>[0]);
  const asked: AnalysisRequest[] = [];
  let failure: Error | null = null;
  const api = fakeApi({
    analyse: async request => {
      asked.push(request);
      if (failure) {
        throw failure;
      }
      return answer();
    }
  });
  const subject = new NotebookAnalysis({ model, path: () => 'a.ipynb', api, delayMs: 250 });
  const type = (text: string): void => model.cells.get(1).sharedModel.setSource(text);
  return { model, asked, subject, type, refuse: (error: Error | null) => (failure = error) };
}

beforeEach(() => {
  jest.useFakeTimers();
  // yjs warns of cells that ydoc fills before they are in the document.
  jest.spyOn(console, 'warn').mockImplementation();
});
afterEach(() => jest.useRealTimers());

describe('the analysis of an open notebook', () => {
  it('is asked for while a cell prints without end, and not for what it prints', async () => {
    const { model, asked, subject, type } = build();
    await subject.refresh();
    const cell = model.cells.get(1) as ICodeCellModel;
    const print = async (): Promise<void> => {
      for (let time = 0; time < 10; time += 1) {
        cell.outputs.add({ output_type: 'stream', name: 'stdout', text: `${time}\n` });
        await jest.advanceTimersByTimeAsync(100);
      }
    };
    await print();
    expect(asked.length).toBe(1);
    type('x = 2');
    await print();
    expect(asked.map(each => each.cells[1]?.source)).toEqual(['x = 1', 'x = 2']);
    model.cells.get(1).setMetadata('tags', []);
    await print();
    expect(asked.length).toBe(3);
  });

  it('sends code with tags, and only the places of other cells', async () => {
    const { asked, subject } = build();
    await subject.refresh();
    expect(asked).toEqual([
      {
        path: 'a.ipynb',
        timezone: '',
        cells: [
          { id: 'title', type: 'markdown', source: '' },
          { id: 'hello', type: 'code', source: 'x = 1', tags: ['neutrino-skip'] }
        ]
      }
    ]);
  });

  it('asks once after a burst of typing', async () => {
    const { asked, subject, type } = build();
    await subject.refresh();
    type('x = 12');
    type('x = 123');
    await jest.advanceTimersByTimeAsync(200);
    expect(asked).toHaveLength(1);
    await jest.advanceTimersByTimeAsync(100);
    expect(asked.map(each => each.cells[1]?.source)).toEqual(['x = 1', 'x = 123']);
  });

  it('does not ask when only outputs change', async () => {
    const { asked, model, subject } = build();
    await subject.refresh();
    model.cells.get(1).sharedModel.setMetadata('collapsed', true);
    model.cells.get(0).sharedModel.setSource('# Other prose');
    await jest.advanceTimersByTimeAsync(1000);
    expect(asked).toHaveLength(1);
  });

  it('leaves notebooks of other languages alone', async () => {
    const { asked, subject } = build('R');
    await subject.refresh();
    expect(asked).toEqual([]);
  });

  it('knows which cells differ from the file', async () => {
    const { subject, type } = build();
    subject.endSave();
    expect([...subject.edited]).toEqual([]);
    type('x = 2');
    await subject.refresh();
    expect([...subject.edited]).toEqual(['hello']);
    subject.beginSave();
    type('x = 3');
    subject.endSave();
    expect([...subject.edited]).toEqual(['hello']);
    subject.beginSave();
    subject.endSave();
    expect([...subject.edited]).toEqual([]);
  });

  it('tells code from metadata that a kernel wrote', () => {
    const { model, subject, type } = build();
    subject.endSave();
    model.setMetadata('language_info', { name: 'python', version: '3.11.7' });
    expect(subject.isAhead).toBe(false);
    type('x = 2');
    expect(subject.isAhead).toBe(true);
  });

  it('keeps the last answer and asks again after a failure', async () => {
    const { asked, subject, type, refuse } = build();
    await subject.refresh();
    refuse(new Error('no server'));
    type('x = 2');
    await subject.refresh();
    expect([subject.analysis, subject.failure?.message]).toEqual([answer(), 'no server']);
    refuse(null);
    await subject.refresh();
    expect([subject.failure, asked.length]).toEqual([null, 3]);
  });

  it('drops an answer that a newer question has overtaken', async () => {
    const { subject, type } = build();
    const first = subject.refresh();
    type('x = 2');
    const second = subject.refresh();
    await Promise.all([first, second]);
    expect(subject.analysedSources.get('hello')).toBe('x = 2');
  });

  it('is silent once disposed', async () => {
    const { asked, subject, type } = build();
    subject.dispose();
    type('x = 2');
    await jest.advanceTimersByTimeAsync(1000);
    expect(asked).toEqual([]);
  });
});
