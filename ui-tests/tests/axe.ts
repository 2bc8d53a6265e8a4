/**
 * What axe has to say of a part of the page, and what is too small to be hit.
 */
import { readFile } from 'fs/promises';
import { expect } from '@jupyterlab/galata';
import type { Locator, Page } from '@playwright/test';
import type { AxeResults } from 'axe-core';

const AXE = require.resolve('axe-core/axe.min.js');

/** One line for each thing that is wrong with these parts. */
export async function violations(
  page: Pick<Page, 'evaluate'>,
  parts: readonly string[]
): Promise<readonly string[]> {
  // No element of the page's: its policy would not let it run.
  await page.evaluate(await readFile(AXE, 'utf8'));
  const results = await page.evaluate(async (selectors): Promise<AxeResults> => {
    const { axe } = window as unknown as { axe: typeof import('axe-core') };
    // Of what is right, how much there was is enough.
    return axe.run({ include: selectors.map(part => [part]) }, { resultTypes: ['violations'] });
  }, parts);
  // Every part was really there to be looked at.
  expect(results.passes.length).toBeGreaterThan(10);
  return results.violations.flatMap(each =>
    each.nodes.map(node => `${each.id}: ${node.target.join(' ')}: ${node.failureSummary}`)
  );
}

/** One line for each of these that is shown and has fewer pixels than that either way. */
export function tooSmall(
  targets: Locator,
  least: { readonly width: number; readonly height: number }
): Promise<readonly string[]> {
  return targets.evaluateAll(
    (all, { width, height }) =>
      all
        .map(each => ({ text: each.textContent, box: each.getBoundingClientRect() }))
        .filter(({ box }) => box.width > 0 || box.height > 0)
        .filter(({ box }) => box.width < width || box.height < height)
        .map(({ text, box }) => `${text} ${box.width}x${box.height}`),
    least
  );
}
