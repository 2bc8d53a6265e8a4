import type { INotebookTracker } from '@jupyterlab/notebook';
import type { NeutrinoModel } from '../../model';
import { OpenNotebooks } from '../notebooks';

const panel = (path: string) => ({ context: { path } });

function build(front: string | null, ...paths: readonly string[]) {
  const panels = paths.map(panel);
  const tracker = {
    currentWidget: panels.find(each => each.context.path === front) ?? null,
    find: (isMeant: (each: object) => boolean) => panels.find(isMeant)
  } as unknown as INotebookTracker;
  const model = {
    path: ({ path }: { path: string }) => path.replace('RTC:', ''),
    state: ({ path }: { path: string }) => `state of ${path}`
  } as unknown as NeutrinoModel;
  return new OpenNotebooks(tracker, model);
}

describe('the notebook that a command is about', () => {
  it('is the one in front where none is named, else the one at the path', () => {
    const notebooks = build('b.ipynb', 'a.ipynb', 'b.ipynb', 'RTC:c.ipynb');
    const found = [undefined, 'a.ipynb', 'c.ipynb', 'd.ipynb'].map(path => notebooks.at(path));
    expect(found.map(each => each?.context.path)).toEqual([
      'b.ipynb',
      'a.ipynb',
      'RTC:c.ipynb',
      undefined
    ]);
    expect(notebooks.stateAt('a.ipynb')).toBe('state of a.ipynb');
  });

  it('is none where none is open', () => {
    const notebooks = build(null);
    expect([notebooks.front, notebooks.at(undefined), notebooks.stateAt('a.ipynb')]).toEqual([
      null,
      null,
      null
    ]);
  });
});
