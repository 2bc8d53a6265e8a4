/**
 * Galata in the system's Chromium, with a Jupyter server of its own.
 */
const base = require('@jupyterlab/galata/lib/playwright-config');

const port = Number(process.env.NL_UI_PORT ?? 8899);
const url = `http://localhost:${port}`;
process.env.TARGET_URL = url;

/** JupyterLab as it comes, and two servers that have something more installed. */
const SERVERS = {
  plain: { script: 'start', port, page: 'lab' },
  collaboration: { script: 'start:collaboration', port: port + 1000, page: 'lab' },
  notebook7: { script: 'start:notebook7', port: port + 2000, page: 'tree' }
};
const SPECIAL = ['collaboration', 'notebook7'];

/** What takes pictures and proves nothing runs where they are asked for: `jlpm pictures`. */
const PICTURES = process.env.PICTURES ? [] : ['looks'];

/** With --project only what that one needs is started. */
const asked = process.argv.flatMap((word, index, words) => {
  const [option, name] = word.split('=');
  return option === '--project' ? [name ?? words[index + 1]] : [];
});

module.exports = {
  ...base,
  testDir: 'tests',
  // What is waited for comes within a second; these are for a machine that has much else to do.
  timeout: 180000,
  expect: { timeout: 15000 },
  workers: 1,
  retries: process.env.CI ? 1 : 0,
  reporter: [['list']],
  use: {
    ...base.use,
    baseURL: url,
    viewport: { width: 1280, height: 800 },
    video: 'off', // needs an ffmpeg that Playwright would download
    // Recording takes a third of the time: ask for it by --trace on.
    trace: 'on-first-retry',
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
  projects: [
    // Prints what it measures, and is no test. A trace would take pictures of the page meanwhile.
    {
      name: 'bench',
      testDir: 'bench',
      testMatch: '*.bench.ts',
      timeout: 600000,
      retries: 0,
      use: { trace: 'off' }
    },
    { name: 'plain', testIgnore: [...SPECIAL, ...PICTURES].map(name => `**/${name}.spec.ts`) },
    ...SPECIAL.map(name => ({
      name,
      testMatch: `**/${name}.spec.ts`,
      use: { baseURL: `http://localhost:${SERVERS[name].port}` }
    }))
  ],
  webServer: Object.entries(SERVERS)
    .filter(([name]) => asked.length === 0 || asked.includes(name) || name === 'plain')
    .map(([, server]) => ({
      command: `jlpm ${server.script} --ServerApp.port=${server.port}`,
      url: `http://localhost:${server.port}/${server.page}`,
      timeout: 120000,
      reuseExistingServer: !process.env.CI,
      stdout: 'ignore',
      stderr: 'ignore'
    }))
};
