import { readFile } from 'fs/promises';
import { expect, test } from '@jupyterlab/galata';
import { violations } from './axe';
import { Bench, drag } from './notebook';
import { screenshot } from './themes';

test.use({ viewport: { width: 1440, height: 900 } });
// It starts a process and runs a kernel.
test.setTimeout(300000);

const CELLS = [
  `from fastapi import Form, UploadFile
from pydantic import BaseModel, Field

class Line(BaseModel):
    product: str
    amount: int = Field(ge=1)

class Order(BaseModel):
    customer: str
    lines: list[Line]`,
  `"""
@HTTP
POST /upload
"""
async def upload(sheets: list[UploadFile], note: str = Form("none")):
    return {"note": note, "sheets": [f"{each.filename}: {await each.read()}" for each in sheets]}`,
  `"""
@HTTP
POST /orders
body: order:Order
"""
def order(order):
    print("an order of", order.customer)
    return [{"number": n, **line.model_dump()} for n, line in enumerate(order.lines, 1)]`,
  `"""
@HTTP
GET /ticks
"""
import asyncio

async def ticks():
    yield "one\\n"
    yield "two\\n"
    await asyncio.Event().wait()`,
  `"""
@HTTP
GET /rows
query: count:int=200000
"""
def rows(count):
    return list(range(count))`,
  `"""
@HTTP
GET /page
media: html
"""
def page():
    return "<h1>A page</h1><script>parent.document.title = 'taken over'</script>"`
];

test('every kind of answer, from every kind of form', async ({ page, tmpPath }) => {
  const bench = new Bench(page, tmpPath);
  const pane = page.locator('.nl-Preview');
  const answer = pane.getByRole('region', { name: 'Response' });
  const status = answer.locator('.nl-Status-line');
  const endpoint = pane.getByLabel('Endpoint');
  const send = pane.getByRole('button', { name: 'Send', exact: true });
  await page.contents.uploadContent('c,1', 'text', `${tmpPath}/c.csv`);
  await page.goto(`tree/${tmpPath}`);
  await bench.openCells('answers.ipynb', CELLS);
  await page.sidebar.close('left');

  await test.step('files are chosen, and stay chosen', async () => {
    await bench.lens('POST /upload').getByRole('button', { name: /^Try/ }).click();
    const files = pane.getByLabel('sheets');
    await files.setInputFiles({
      name: 'a.csv',
      mimeType: 'text/csv',
      buffer: Buffer.from('a,1')
    });
    const dropped = await page.evaluateHandle(() => {
      const data = new DataTransfer();
      data.items.add(new File(['b,1'], 'b.csv', { type: 'text/csv' }));
      return data;
    });
    const area = pane.getByText('or drop files here');
    await area.dispatchEvent('drop', { dataTransfer: dropped });
    await page.sidebar.openTab('filebrowser');
    await drag(page.locator('.jp-DirListing-item', { hasText: 'c.csv' }), area);
    await expect
      .poll(() => files.evaluate(node => (node as HTMLInputElement).files?.length))
      .toBe(3);
    await page.sidebar.close('left');
    await pane.getByRole('checkbox', { name: 'Include note' }).check();
    await pane.getByLabel('note', { exact: true }).fill('Grüße & "more"');
    await pane.getByRole('tab', { name: 'Headers' }).first().click();
    await pane.getByRole('tab', { name: 'Form' }).click();
    const kept = await files.evaluate(node =>
      [...((node as HTMLInputElement).files ?? [])].map(each => each.name)
    );
    expect(kept).toEqual(['a.csv', 'b.csv', 'c.csv']);
    await pane.getByRole('button', { name: 'Serve and send' }).click();
    await page.getByRole('button', { name: 'Trust and serve' }).click();
    await expect(status).toContainText('200 OK', { timeout: 20000 });
    expect(JSON.parse((await answer.locator('pre').textContent()) ?? '')).toEqual({
      note: 'Grüße & "more"',
      sheets: ["a.csv: b'a,1'", "b.csv: b'b,1'", "c.csv: b'c,1'"]
    });
  });

  await test.step('the kernel takes the same files', async () => {
    await page.notebook.activate('answers.ipynb');
    await page.notebook.runCell(0);
    await page.notebook.runCell(1);
    await pane.getByLabel('Target').selectOption('kernel');
    await expect(pane.locator('.nl-Request-target')).toContainText('Ready');
    await send.click();
    await expect(pane.locator('.nl-History-call')).toHaveCount(2);
    await expect(status).toContainText('200 OK');
    await expect(answer.locator('pre')).toContainText("b.csv: b'b,1'");
    await pane.getByLabel('Target').selectOption('worker');
  });

  await test.step('a model is a form in the form, and a list of records a table', async () => {
    await endpoint.selectOption('POST /orders');
    await pane.getByLabel('customer').fill('Ada');
    await pane.getByRole('button', { name: 'Add lines' }).click();
    await pane.getByLabel('product').last().fill('pen');
    await pane.getByLabel('amount').last().fill('0');
    await send.click();
    await expect(status).toContainText('422');
    const amount = pane.getByLabel('amount').last();
    await expect(amount).toHaveAttribute('aria-invalid', 'true');
    await expect(amount).toHaveAccessibleDescription(/greater than or equal to 1/);
    await screenshot(page, 'answers-refused');
    await amount.fill('3');
    await send.click();
    await expect(status).toContainText('200 OK');
    await answer.getByRole('tab', { name: 'Table' }).click();
    await expect(answer.getByRole('row').last()).toHaveText('2pen3');
    const amounts = answer.getByRole('button', { name: 'amount', exact: true });
    await amounts.click();
    await amounts.click();
    await expect(answer.getByRole('row').last()).toHaveText('1text1');
    await answer.getByRole('tab', { name: 'Output' }).click();
    await expect(answer).toContainText('an order of Ada');
    await answer.getByRole('tab', { name: 'Table' }).click();
    await screenshot(page, 'answers-table');
    expect(await violations(page, ['.nl-Preview'])).toEqual([]);
  });

  await test.step('what streams is there as it comes, until it is cancelled', async () => {
    await endpoint.selectOption('GET /ticks');
    await send.click();
    await expect(answer.locator('pre')).toHaveText('one\ntwo\n');
    await expect(status).toContainText('receiving…');
    await pane.getByRole('button', { name: 'Cancel' }).click();
    await expect(status).toContainText('cancelled');
  });

  await test.step('what is long is cut, and downloaded whole', async () => {
    await endpoint.selectOption('GET /rows');
    await send.click();
    await expect(answer.locator('.nl-Form-note')).toHaveText(
      'The first 1.0 MB of 1.2 MB are shown. Download has the whole.'
    );
    const download = page.waitForEvent('download');
    await answer.getByRole('button', { name: 'Download the response' }).click();
    const whole = JSON.parse(await readFile(await (await download).path(), 'utf8')) as number[];
    expect(whole.length).toBe(200000);
    await screenshot(page, 'answers-cut');
  });

  await test.step('a page is shown where it can reach nothing', async () => {
    await endpoint.selectOption('GET /page');
    await send.click();
    const shown = page.frameLocator('iframe[title="Response as a page"]');
    await expect(shown.getByRole('heading', { name: 'A page' })).toBeVisible();
    expect(await page.title()).not.toContain('taken over');
  });
});
