/**
 * The console of a WebSocket, and a notebook that floods it.
 */
import { expect } from '@jupyterlab/galata';
import type { Locator } from '@playwright/test';
import type { Bench } from './notebook';
import { PanePage } from './pane';

/** The console that is open. */
export class Console extends PanePage {
  constructor({ page }: Bench) {
    super(page, '.nl-Console');
  }

  get rows(): Locator {
    return this.pane.getByRole('listbox', { name: 'Messages' }).getByRole('option');
  }

  /** How many messages there are, and how many there are no more. */
  get told(): Locator {
    return this.pane.locator('.nl-Log-told');
  }

  get message(): Locator {
    return this.textbox('Message');
  }

  client(name: string): Locator {
    return this.pane.getByRole('listitem', { name: `Client ${name}` });
  }

  async send(from: string, text: string): Promise<void> {
    await this.pane.getByLabel('From').selectOption(from);
    await this.message.fill(text);
    await this.button('Send').click();
  }

  /** Serve the notebook from here; all clients connect once it is. */
  async serve(): Promise<void> {
    await this.button('Serve and connect').click();
    await this.page.getByRole('button', { name: 'Trust and serve' }).click();
    await expect(this.client('A')).toContainText('Connected', { timeout: 20000 });
  }
}

const FLOOD = `"""
@WS /ws/flood
type: stream
query: rate:int=2000, seconds:float=30.0
"""
import asyncio
import time

async def flood(rate: int, seconds: float):
    """Send so many messages a second, as evenly as the clock allows; then keep silent."""
    started, sent, total = time.monotonic(), 0, round(rate * seconds)
    while sent < total:
        due = min(total, 1 + int((time.monotonic() - started) * rate))
        for number in range(sent, due):
            yield {"number": number, "text": "the quick brown fox jumps over the lazy dog"}
        sent = due
        await asyncio.sleep(0.005)
    await asyncio.Event().wait()
`;

/** Open the console of a socket that sends so many messages a second, for so many seconds. */
export async function openFlood(bench: Bench, rate: number, seconds: number): Promise<Console> {
  await bench.openCells('flood.ipynb', [FLOOD]);
  await bench
    .lens('WS /ws/flood')
    .getByRole('button', { name: /^Open console/ })
    .click();
  const console = new Console(bench);
  await console.client('A').getByLabel('rate').fill(String(rate));
  await console.client('A').getByLabel('seconds').fill(String(seconds));
  return console;
}
