/**
 * The same page in one theme after another: a journey need not be made twice to be seen twice.
 */
import type { IJupyterLabPageFixture } from '@jupyterlab/galata';
import type { Page, PageScreenshotOptions } from '@playwright/test';

export const THEMES = {
  light: 'JupyterLab Light',
  dark: 'JupyterLab Dark',
  contrast: 'JupyterLab Dark High Contrast'
} as const;

export type Theme = keyof typeof THEMES;

/** Pictures are for people to look at and prove nothing: they are taken where this asks for them. */
const isPictured = Boolean(process.env.PICTURES);

/** Look at the page, which is light, in each theme; it is light again afterwards. */
export async function inThemes(
  page: IJupyterLabPageFixture,
  themes: readonly Theme[],
  look: (theme: Theme) => Promise<void>
): Promise<void> {
  for (const theme of themes) {
    if ((await page.theme.getTheme()) !== THEMES[theme]) {
      await page.theme.setTheme(THEMES[theme]);
    }
    await look(theme);
  }
  await page.theme.setTheme(THEMES.light);
}

/** A picture of the page as it is. */
export async function screenshot(
  page: Pick<Page, 'screenshot'>,
  name: string,
  options: PageScreenshotOptions = {}
): Promise<void> {
  if (isPictured) {
    await page.screenshot({ ...options, path: `screenshots/${name}.png` });
  }
}

/** Pictures of the page in light and in dark. */
export async function picture(page: IJupyterLabPageFixture, name: string): Promise<void> {
  if (isPictured) {
    await inThemes(page, ['light', 'dark'], theme => screenshot(page, `${name}-${theme}`));
  }
}
