import { CodeCellModel } from '@jupyterlab/cells';
import type { INotebookModel, NotebookPanel } from '@jupyterlab/notebook';
import type { NeutrinoModel } from '../../model';
import { applyFix, plainFunction, replaceCell } from '../edits';

const SOURCE = '# @HTTP GTE /a\ndef f(): ...';
const FIX = {
  title: 'change it to `GET`',
  title_wording: null,
  span: { line: 1, column: 8, end_line: 1, end_column: 11 },
  text: 'GET'
};

function build(analysed = SOURCE) {
  const cell = new CodeCellModel();
  cell.sharedModel.setSource(SOURCE);
  const functions = [{ name: 'g', cell: 1, cell_id: cell.id, line: 1 }];
  const snapshot = { sources: new Map([[cell.id, analysed]]), functions };
  const model = { state: () => ({ snapshot }) } as unknown as NeutrinoModel;
  const content = { model: { cells: [cell] }, activeCell: { model: cell } };
  const panel = { content } as unknown as NotebookPanel;
  return { cell, model, panel };
}

describe('a fix', () => {
  it('is put in, and taken back as one step', () => {
    const { cell, model, panel } = build();
    cell.sharedModel.updateSource(0, 0, '');
    expect(applyFix(panel, model, cell.id, FIX)).toBe(true);
    expect(cell.sharedModel.getSource()).toBe('# @HTTP GET /a\ndef f(): ...');
    cell.sharedModel.undo();
    expect(cell.sharedModel.getSource()).toBe(SOURCE);
  });

  it('is left alone where the text is no longer the one it is about', () => {
    const { cell, model, panel } = build('an older text');
    expect(applyFix(panel, model, cell.id, FIX)).toBe(false);
    expect(applyFix(panel, model, 'gone', FIX)).toBe(false);
    expect(cell.sharedModel.getSource()).toBe(SOURCE);
  });
});

describe('the function to declare', () => {
  it('is that of the cell that is named, or of the active one', () => {
    const { cell, model, panel } = build();
    expect(plainFunction(panel, model, undefined)?.name).toBe('g');
    expect(plainFunction(panel, model, cell.id)?.name).toBe('g');
    expect(plainFunction(panel, model, 'other')).toBeNull();
  });
});

describe('a cell that is replaced', () => {
  const GENERATED = { neutrino_lab: { generated: { hash: 'h2' } } };

  function replaced(before: string, metadata: Readonly<Record<string, unknown>>) {
    const { cell } = build();
    cell.setMetadata('tags', ['mine']);
    cell.setMetadata('neutrino_lab', { generated: { hash: 'h1' }, examples: [1] });
    const document = { cells: [cell] } as unknown as INotebookModel;
    const isDone = replaceCell(document, cell.id, before, 'new', metadata);
    return { cell, isDone };
  }

  it('is taken back with where it comes from as one step', () => {
    const { cell, isDone } = replaced(SOURCE, GENERATED);
    const told = (): unknown => [
      cell.sharedModel.getSource(),
      cell.getMetadata('neutrino_lab'),
      cell.getMetadata('tags')
    ];
    expect(isDone).toBe(true);
    expect(told()).toEqual(['new', { generated: { hash: 'h2' }, examples: [1] }, ['mine']]);
    cell.sharedModel.undo();
    expect(told()).toEqual([SOURCE, { generated: { hash: 'h1' }, examples: [1] }, ['mine']]);
    cell.sharedModel.redo();
    expect(told()).toEqual(['new', { generated: { hash: 'h2' }, examples: [1] }, ['mine']]);
  });

  it('is nobody’s draft any more without it', () => {
    const { cell, isDone } = replaced(SOURCE, {});
    expect([isDone, cell.getMetadata('neutrino_lab')]).toEqual([true, { examples: [1] }]);
  });

  it('is left alone where its text is another', () => {
    const { cell, isDone } = replaced('an older text', GENERATED);
    expect([isDone, cell.sharedModel.getSource()]).toEqual([false, SOURCE]);
    expect(cell.getMetadata('neutrino_lab')).toEqual({ generated: { hash: 'h1' }, examples: [1] });
  });
});
