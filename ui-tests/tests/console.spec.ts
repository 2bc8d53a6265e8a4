import { readFile } from 'fs/promises';
import { expect, test } from '@jupyterlab/galata';
import { violations } from './axe';
import { Console, openFlood } from './console';
import { Bench } from './notebook';
import { inThemes, screenshot } from './themes';

const ROOM = 'WS /ws/rooms/{room_id}/{client_id}';

test.use({ viewport: { width: 1440, height: 900 } });

/** The chat room, with direct messages: `to` names whom one is for. */
async function openRoom(bench: Bench): Promise<Console> {
  await bench.openChanged('chat_room.ipynb', 3, source =>
    source
      .replace('{room_id}', '{room_id}/{client_id}')
      .replace('text:str', 'text:str, to:str=""')
      .replace('room_id: str,', 'room_id: str, client_id: str,')
      .replace(
        '    return line',
        '    print("said:", event["text"])\n' +
          '    1 / (text != "boom")\n' +
          '    return (line, event["to"]) if event["to"] else line'
      )
  );
  await bench.page.sidebar.close('left');
  await bench
    .lens(ROOM)
    .getByRole('button', { name: /^Open console/ })
    .click();
  return new Console(bench);
}

test('two clients talk in a room, and nothing is lost out of sight', async ({ page, tmpPath }) => {
  const bench = new Bench(page, tmpPath);
  const subject = await openRoom(bench);
  await expect(subject.pane).toContainText('Nothing can connect until the notebook is served.');
  await subject.button('Add client').click();
  await expect(subject.client('B').getByLabel('client_id')).toHaveValue('B');
  await subject.serve();
  await expect(subject.client('B')).toContainText('Connected');

  // A broadcast is one row, whoever receives it; a message to one says so.
  await expect(subject.pane).toContainText('✓ matches message:');
  await subject.send('A', '{"text": "hello"}');
  const broadcast = subject.rows.filter({ hasText: '"text":"hello"' });
  await expect(broadcast).toHaveCount(1);
  await expect(broadcast).toContainText('received by');
  await expect(broadcast).toContainText('A, B');
  await expect(broadcast).toContainText('to 2 in room blue');
  await subject.send('B', '{"text": "psst", "to": "A"}');
  const direct = subject.rows.filter({ hasText: '"text":"psst"' });
  await expect(direct).toContainText('direct to A');
  await expect(direct).not.toContainText('A, B');

  // Equal messages keep apart whom each of them reached.
  for (const to of ['A', '', 'B']) {
    await subject.send('B', JSON.stringify({ text: 'same', to }));
  }
  const same = subject.rows.filter({ hasText: '"name":"somebody","text":"same"' });
  await expect(same).toContainText(['direct to A', 'to 2 in room blue', 'direct to B']);

  // What the function prints is told below, with whom it was for.
  const printed = subject.pane.locator('.nl-Prints');
  await expect(printed).toContainText('said: same');
  await printed.locator('summary').click();
  await expect(printed.getByRole('region')).toContainText('Asaid: hello');
  await printed.locator('summary').click();

  // A message worth keeping is kept in the notebook, because that is asked for.
  await subject.message.fill('{"text": "kept"}');
  await subject.button('Save as example').click();
  await page.getByRole('dialog').locator('input').fill('A greeting');
  await page.getByRole('dialog').getByRole('button', { name: 'Save', exact: true }).click();
  await subject.message.fill('');
  await subject.pane.getByLabel('Example', { exact: true }).selectOption('A greeting');
  await expect(subject.message).toHaveValue('{"text":"kept"}');

  // The server answers nonsense to its sender.
  await subject.send('B', '{"text": 3}');
  await expect(subject.pane).toContainText('“text” is not str');
  await subject.button('Errors').click();
  await expect(subject.rows).toHaveCount(1);
  await expect(subject.rows).toContainText('error for');
  await subject.button('All').click();

  await subject.pane.getByLabel('Search messages').fill('psst');
  await expect(subject.rows).toHaveCount(2);
  await expect(subject.told).toContainText('2 of');
  await subject.pane.getByLabel('Search messages').fill('');

  await broadcast.click();
  await expect(subject.pane.getByLabel('Chosen message')).toContainText('"text": "hello"');
  await page.sidebar.close('right');
  await inThemes(page, ['light', 'dark'], async theme => {
    await screenshot(page, `console-${theme}`);
    expect(await violations(page, ['.nl-Preview', '.nl-Lens']), theme).toEqual([]);
  });
  await subject.pane.getByLabel('Chosen message').getByRole('button', { name: 'Hex' }).click();
  await expect(subject.pane.getByLabel('Chosen message')).toContainText('00000000  7b 22');
  await subject.pane.getByRole('button', { name: 'Close the message' }).click();

  // Paused, it stands still and goes on counting.
  await subject.button('Pause').click();
  const before = await subject.rows.count();
  await subject.send('A', '{"text": "unseen"}');
  await expect(subject.told).toContainText('paused, 2 rows wait');
  await expect(subject.rows).toHaveCount(before);
  await subject.button('Resume').click();
  await expect(subject.rows.last()).toContainText('unseen');

  // Out of sight, it goes on.
  const url = await page.evaluate(
    () =>
      performance
        .getEntriesByType('resource')
        .map(each => each.name)
        .pop() ?? ''
  );
  const [live] = await page.evaluate(async () => {
    const answer = await fetch('/neutrino/api/served');
    const served = (await answer.json()) as { url: string; path: string; state: string }[];
    return served.filter(each => each.state === 'live').map(each => each.url);
  });
  await page.notebook.activate('chat_room.ipynb');
  await page.evaluate(
    async target => {
      const other = new WebSocket(target.replace(/^http/, 'ws'));
      await new Promise(resolve => other.addEventListener('open', resolve));
      const texts = ['one', 'two', 'three'];
      let heard = 0;
      const all = new Promise<void>(resolve =>
        other.addEventListener('message', () => ++heard === texts.length && resolve())
      );
      texts.forEach(text => other.send(JSON.stringify({ text })));
      await all;
      other.close();
    },
    new URL(`${live}ws/rooms/blue/C`, url).href
  );
  await bench
    .lens(ROOM)
    .getByRole('button', { name: /^Open console/ })
    .click();
  for (const text of ['one', 'two', 'three']) {
    await expect(subject.rows.filter({ hasText: `"text":"${text}"` })).toContainText(
      'to 3 in room blue'
    );
  }

  const download = page.waitForEvent('download');
  await subject.button('Export').click();
  const lines = (await readFile(await (await download).path(), 'utf8')).trim().split('\n');
  const told = lines.map(line => JSON.parse(line) as { kind: string; clients: string[] });
  expect(told.filter(each => each.kind === 'received').map(each => each.clients)).toEqual([
    ['A', 'B'],
    ['A'],
    ['A'],
    ['A', 'B'],
    ['B'],
    ['A', 'B'],
    ['A', 'B'],
    ['A', 'B'],
    ['A', 'B']
  ]);

  // An exception leads its author to the line.
  await subject.send('B', '{"text": "boom"}');
  await expect(subject.client('B')).toContainText('1011: the endpoint failed');
  await expect(subject.client('B')).toContainText('ZeroDivisionError: division by zero');
  await screenshot(page, 'console-crash');
  await subject
    .client('B')
    .getByRole('button', { name: /^Cell 4, line/ })
    .click();
  await expect(page.locator('.jp-Cell.jp-mod-active')).toContainText('1 / (text != "boom")');
  await subject.client('B').getByRole('button', { name: 'Reconnect' }).click();
  await expect(subject.client('B')).toContainText('Connected');

  // Why it ended is told in words.
  await subject.client('B').getByRole('button', { name: 'Disconnect' }).click();
  await expect(subject.rows.last()).toContainText('closed');
  await page.sidebar.openTab('neutrino-lab-panel');
  await bench.stop();
  await expect(subject.client('A')).toContainText(/10\d\d: /);
  await expect(subject.client('A').getByRole('button', { name: 'Reconnect' })).toHaveAttribute(
    'title',
    'Serve the notebook first'
  );
  await subject.button('Clear').click();
  await expect(subject.rows).toHaveCount(0);
});

test('a flood is counted, whatever is kept of it', async ({ page, tmpPath }) => {
  const subject = await openFlood(new Bench(page, tmpPath), 2000, 2);
  await subject.serve();
  await expect(subject.told).toContainText('4,000 received');
  // One row tells of the connection.
  await expect(subject.told).toContainText('3,001 older messages discarded');
  await expect(subject.rows.last()).toContainText('"number":3999');
  await expect(subject.rows.last()).toHaveAttribute('aria-setsize', '1000');
});

test('a console works by the keyboard alone', async ({ page, tmpPath }) => {
  const bench = new Bench(page, tmpPath);
  const subject = await openRoom(bench);
  await subject.serve();
  await subject.message.focus();
  await page.keyboard.press('Control+a');
  await page.keyboard.type('{"text": "by hand"}');
  await page.keyboard.press('Control+Enter');
  await expect(subject.rows.last()).toContainText('by hand');
  await page.keyboard.press('Control+a');
  await page.keyboard.type('{}');
  await page.keyboard.press('ArrowUp');
  await expect(subject.message).toHaveValue('{"text": "by hand"}');
  await page.keyboard.press('ArrowDown');
  await expect(subject.message).toHaveValue('{}');
  await expect(subject.message).toBeFocused();

  // What was printed is the stop before it, and the list another.
  const list = subject.pane.getByRole('listbox', { name: 'Messages' });
  const printed = subject.pane.locator('summary', { hasText: 'Printed' });
  await expect(printed).toBeVisible();
  await subject.pane.getByLabel('From').focus();
  await page.keyboard.press('Shift+Tab');
  await expect(printed).toBeFocused();
  await page.keyboard.press('Shift+Tab');
  await expect(list).toBeFocused();
  await page.keyboard.press('ArrowUp');
  await expect(subject.pane.getByLabel('Chosen message')).toContainText('"text": "by hand"');
  await page.keyboard.press('Home');
  await expect(subject.rows.first()).toHaveAttribute('aria-selected', 'true');
  await page.keyboard.press('Escape');
  await expect(subject.pane.getByLabel('Chosen message')).toHaveCount(0);
  await page.keyboard.press('Escape');
  await expect(page.locator('.jp-Cell.jp-mod-active')).toContainText('@WS');
});
