import { expect, test } from '@jupyterlab/galata';
import { Bench } from './notebook';

const SETS = "import os\nos.environ['NL_MODE'] = 'one'";
const READS = `"""
@HTTP
GET /mode
"""
import os


def mode():
    return os.environ.get("NL_MODE")
`;

test('what an edit leaves behind is gone after Start over', async ({ page, tmpPath }) => {
  const bench = new Bench(page, tmpPath);
  await bench.openCells('state.ipynb', [SETS, READS]);
  await bench.serve();
  await bench.edit(0, () => 'pass');
  await page.notebook.save();
  const problems = bench.section('problems');
  await expect(problems).toContainText('What this cell had set in os stays set');
  expect(await bench.call('GET /mode')).toBe('one');

  await problems.getByRole('button', { name: 'Start over', exact: true }).click();
  await expect(problems).toHaveCount(0, { timeout: 30000 });
  await bench.reaches('Live');
  expect(await bench.call('GET /mode')).toBeNull();
});
