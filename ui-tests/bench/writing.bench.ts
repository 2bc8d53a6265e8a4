import { expect, test } from '@jupyterlab/galata';
import type { CodeMirrorEditor } from '@jupyterlab/codemirror';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { Bench } from '../tests/notebook';
import { showDurations } from './table';

const CELLS = 200;
const TIMES = 30;

/** A notebook of many cells, a tenth of which declare something. */
function long(): string {
  const cells = Array.from({ length: CELLS }, (_, index) => ({
    cell_type: 'code',
    id: `cell-${index}`,
    metadata: {},
    outputs: [],
    execution_count: null,
    source:
      index % 10 === 0
        ? `"""\n@HTTP\nGET /api/n${index}\n"""\ndef f${index}():\n    return ${index}`
        : `x${index} = [\n    ${index},\n]`
  }));
  const kernelspec = { name: 'python3', display_name: 'Python 3', language: 'python' };
  return JSON.stringify({ cells, metadata: { kernelspec }, nbformat: 4, nbformat_minor: 5 });
}

/** From a keystroke that makes a mistake to its underline, the pause of the typist included. */
test('keystroke to squiggle', async ({ page, tmpPath }) => {
  const bench = new Bench(page, tmpPath);
  await page.contents.uploadContent(long(), 'text', `${tmpPath}/long.ipynb`);
  await page.notebook.openByPath(`${tmpPath}/long.ipynb`);
  await expect(bench.lens('GET /api/n0')).toBeVisible({ timeout: 20000 });
  const durationsMs = await page.evaluate(async times => {
    const panel = window.jupyterapp.shell.currentWidget as NotebookPanel;
    const cell = panel.content.widgets[0];
    const { editor } = cell.editor as CodeMirrorEditor;
    const at = editor.state.doc.toString().indexOf('GET') + 3;
    const until = async (count: number): Promise<void> => {
      while (cell.node.querySelectorAll('.nl-Underline').length !== count) {
        await new Promise(resolve => requestAnimationFrame(resolve));
      }
    };
    const measured: number[] = [];
    for (let time = 0; time < times; time++) {
      const start = performance.now();
      editor.dispatch({ changes: { from: at, insert: 'X' }, userEvent: 'input.type' });
      await until(1);
      measured.push(performance.now() - start);
      editor.dispatch({ changes: { from: at, to: at + 1 }, userEvent: 'delete.backward' });
      await until(0);
    }
    return measured;
  }, TIMES);
  showDurations(`keystroke to squiggle, ${CELLS} cells`, durationsMs);
});
