/**
 * The same page in one theme after another: a journey need not be made twice to be seen twice.
 */
import type { IJupyterLabPageFixture } from '@jupyterlab/galata';

export const THEMES = {
  light: 'JupyterLab Light',
  dark: 'JupyterLab Dark',
  contrast: 'JupyterLab Dark High Contrast'
} as const;

export type Theme = keyof typeof THEMES;

/** Look at the page in each theme; it stays light afterwards. */
export async function inThemes(
  page: IJupyterLabPageFixture,
  themes: readonly Theme[],
  look: (theme: Theme) => Promise<void>
): Promise<void> {
  for (const theme of themes) {
    await page.theme.setTheme(THEMES[theme]);
    await look(theme);
  }
  await page.theme.setTheme(THEMES.light);
}

/** A picture of the page for people to look at, in light and in dark. */
export async function picture(page: IJupyterLabPageFixture, name: string): Promise<void> {
  await inThemes(page, ['light', 'dark'], async theme => {
    await page.screenshot({ path: `screenshots/${name}-${theme}.png` });
  });
}
