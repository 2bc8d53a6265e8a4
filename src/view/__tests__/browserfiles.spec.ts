import type { Contents } from '@jupyterlab/services';
import { acceptBrowserFiles, readFile } from '../browserfiles';

/** An event of a drag, as Lumino sends it. */
function dragged(type: string, paths: readonly string[] | null): Event & { dropAction?: string } {
  const mimeData = { hasData: () => paths !== null, getData: () => paths };
  const event = new Event(type, { bubbles: true, cancelable: true });
  return Object.assign(event, { mimeData, proposedAction: 'move', dropAction: 'none' });
}

describe('files of the file browser', () => {
  it('are taken where they are dropped, and nothing else is', () => {
    const node = document.createElement('div');
    const told: unknown[] = [];
    const end = acceptBrowserFiles(node, {
      over: isOver => told.push(isOver),
      drop: paths => told.push(paths)
    });
    const tab = dragged('lm-drop', null);
    node.dispatchEvent(tab);
    const drop = dragged('lm-drop', ['a/b.csv']);
    node.dispatchEvent(dragged('lm-dragenter', ['a/b.csv']));
    node.dispatchEvent(dragged('lm-dragleave', ['a/b.csv']));
    node.dispatchEvent(drop);
    end();
    node.dispatchEvent(dragged('lm-drop', ['late.csv']));
    expect(told).toEqual([true, false, false, ['a/b.csv']]);
    expect([tab.defaultPrevented, drop.defaultPrevented, drop.dropAction]).toEqual([
      false,
      true,
      'move'
    ]);
  });

  it('are read byte for byte', async () => {
    const asked: unknown[] = [];
    const contents = {
      localPath: (path: string) => path.replace('RTC:', ''),
      get: async (...given: unknown[]) => {
        asked.push(given);
        return { content: btoa('\x00\xff'), mimetype: 'image/png' };
      }
    } as unknown as Contents.IManager;
    const file = await readFile(contents, 'RTC:b.png');
    expect([file.name, file.type, file.size, asked]).toEqual([
      'b.png',
      'image/png',
      2,
      [['RTC:b.png', { type: 'file', format: 'base64', content: true }]]
    ]);
  });
});
