import { EditorView } from '@codemirror/view';
import { authorship } from '../authorship';

describe('authorship', () => {
  it('tells of what a person types and of nothing else', async () => {
    const edited = jest.fn();
    const view = new EditorView({ doc: 'x', extensions: authorship(edited) });
    view.dispatch({ changes: { from: 0, insert: 'read again' } });
    view.dispatch({ selection: { anchor: 1 }, userEvent: 'select' });
    await Promise.resolve();
    expect(edited).not.toHaveBeenCalled();
    view.dispatch({ changes: { from: 0, insert: 'typed' }, userEvent: 'input.type' });
    await Promise.resolve();
    expect(edited).toHaveBeenCalledTimes(1);
    view.destroy();
  });
});
