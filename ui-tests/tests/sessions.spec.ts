/**
 * The sessions of the execution service, as the panel and JupyterLab's list of what runs show them.
 */
import { expect, test } from '@jupyterlab/galata';
import type { Locator } from '@playwright/test';
import { violations } from './axe';
import { inThemes, picture, screenshot } from './themes';

const SESSIONS = '/api/jupyter/kernel';

test('sessions come, change and go by themselves, and obey the keyboard', async ({ page }) => {
  await page.evaluate(() => window.jupyterapp.commands.execute('neutrino-lab:show-panel'));
  const section = page.locator('.nl-Section[data-section="sessions"]');
  await expect(page.locator('.nl-Panel')).toBeVisible();
  // What other tests have left behind.
  const left: { session_id: string }[] = await (await page.request.get(SESSIONS)).json();
  for (const each of left) {
    await page.request.delete(`${SESSIONS}/${each.session_id}`);
  }
  await expect(section).toHaveCount(0);

  const open = async (name: string): Promise<string> => {
    const answer = await page.request.post(SESSIONS, { data: { name } });
    return (await answer.json()).session_id;
  };
  const id = await open('Analyse sales');
  await open('Another one');
  const row = (name: string): Locator => section.locator('li').filter({ hasText: name });
  const word = (name: string): Locator => row(name).locator('.nl-Item-second');
  await expect(word('Analyse sales')).toHaveText(/^Idle · under 1 min · \d+ of 2048 MB$/);

  const code = 'while True: pass';
  const running = page.request.post('/api/jupyter/execute', {
    data: { code, session_id: id, timeout_s: 60 },
    timeout: 90000
  });
  await expect(word('Analyse sales')).toHaveText(/^Busy/);
  await inThemes(page, ['light', 'dark'], async theme => {
    expect(await violations(page, ['.nl-Section[data-section="sessions"]'])).toEqual([]);
    await screenshot(page, `sessions-${theme}`);
  });

  // From the row to its first action, which interrupts.
  await row('Analyse sales').locator('.nl-Item-main').focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  expect((await (await running).json()).status).toBe('interrupted');
  await expect(word('Analyse sales')).toHaveText(/^Idle/);

  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  const dialog = page.locator('.jp-Dialog');
  await expect(dialog).toContainText('Restart Analyse sales?');
  const restarted = page.waitForResponse(each => each.url().includes('/restart'));
  await dialog.getByRole('button', { name: 'Restart' }).press('Enter');
  expect((await restarted).ok()).toBe(true);
  await expect(dialog).toHaveCount(0);

  await row('Analyse sales').locator('.nl-Item-main').focus();
  await page.keyboard.press('Delete');
  await expect(dialog).toContainText('End Analyse sales?');
  await dialog.getByRole('button', { name: 'End', exact: true }).press('Enter');
  await expect(row('Analyse sales')).toHaveCount(0);
  await expect(word('Another one')).toHaveText(/^Idle/);

  // JupyterLab's own list of what runs has them as well.
  await page.sidebar.openTab('jp-running-sessions');
  const listed = page.locator('.jp-RunningSessions-item').filter({ hasText: 'Another one' });
  await expect(listed).toContainText(/Idle · \d+ of 2048 MB/);
  await picture(page, 'running');
  await listed.hover();
  await listed.getByTitle('End', { exact: true }).click();
  await expect(listed).toHaveCount(0);
  const rest = await page.request.get(SESSIONS);
  expect(await rest.json()).toEqual([]);
});
