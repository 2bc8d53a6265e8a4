/**
 * Galata in the system's Chromium, with a Jupyter server of its own.
 */
const base = require('@jupyterlab/galata/lib/playwright-config');

const url = `http://localhost:${process.env.NL_UI_PORT ?? '8899'}`;
process.env.TARGET_URL = url;

module.exports = {
  ...base,
  testDir: 'tests',
  timeout: 60000,
  workers: 1,
  retries: process.env.CI ? 1 : 0,
  reporter: [['list']],
  use: {
    ...base.use,
    baseURL: url,
    viewport: { width: 1280, height: 800 },
    video: 'off', // needs an ffmpeg that Playwright would download
    trace: 'retain-on-failure',
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync'
      ]
    }
  },
  webServer: {
    command: `jlpm start --ServerApp.port=${new URL(url).port}`,
    url: `${url}/lab`,
    timeout: 120000,
    reuseExistingServer: !process.env.CI,
    stdout: 'ignore',
    stderr: 'ignore'
  }
};
