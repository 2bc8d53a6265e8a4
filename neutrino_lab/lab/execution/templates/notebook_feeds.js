/* Where the cells come from: a session of this server, or the host of an MCP app. */

const given = JSON.parse(at('given').textContent);
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30000;
/** How a text for models names a picture. */
const PICTURE_LINE = /^\[picture .*\(image\/\w+\): \S+\]$/;

/** Follow a session over a WebSocket; what comes first after it opens is all that there is. */
function followSession({ url }) {
  const states = { starting: 'a kernel is starting', idle: 'ready', busy: 'running', restarting: 'the kernel is restarting', ended: 'ended' };
  let pause = FIRST_PAUSE_MS;
  let isOver = false;

  const end = text => {
    isOver = true;
    at('interrupt').hidden = true;
    page.cells.forEach(each => each.state === 'running' && each.end('ended'));
    page.say(text);
  };

  const heard = {
    session({ name, state, cells }) {
      page.name(name);
      page.say(states[state] ?? state);
      at('interrupt').hidden = state !== 'busy';
      if (cells) {
        page.atEnd(() => {
          page.clear();
          cells.forEach(each => heard.cell(each, each.execution_id));
        });
        at('empty').hidden = cells.length > 0;
      }
    },
    cell({ code, outputs, status, duration_ms }, id) {
      const cell = page.cell(id);
      at('empty').hidden = true;
      cell.write(code);
      if (outputs) {
        cell.fill(outputs);
        cell.end(status, duration_ms);
      } else {
        cell.run();
      }
    },
    started: ({ limit_ms }, id) => page.cell(id).run(limit_ms),
    progress: ({ elapsed_ms, limit_ms }, id) => page.cell(id).run(limit_ms, elapsed_ms),
    output: (data, id) => page.cell(id).take(data),
    finished: ({ status, duration_ms, error }, id) => {
      const cell = page.cell(id);
      cell.end(status, duration_ms);
      if (error && !cell.outputs.some(each => each.output_type === 'error')) {
        cell.take({ index: cell.outputs.length, output: { output_type: 'error', ename: error.name, evalue: error.message } });
      }
    },
    failed: ({ message }, id) => {
      const cell = page.cell(id);
      cell.take({ index: cell.outputs.length, output: { output_type: 'error', ename: message } });
      cell.end('failed');
    },
    ended: () => end('the session has ended')
  };

  const retry = async () => {
    if (isOver) {
      return;
    }
    page.say('the connection is lost: trying again');
    const answer = await fetch(url).catch(() => null);
    if (answer?.status === 404) {
      end('the session has ended');
    } else if (answer?.status === 403) {
      end('you are not logged in any more: load the page again');
    } else {
      setTimeout(connect, pause);
      pause = Math.min(2 * pause, LONGEST_PAUSE_MS);
    }
  };

  function connect() {
    const address = new URL(`${url}/events`, location.href);
    address.protocol = address.protocol.replace('http', 'ws');
    const socket = new WebSocket(address);
    socket.onmessage = ({ data }) => {
      pause = FIRST_PAUSE_MS;
      const { type, execution_id: id, data: told } = JSON.parse(data);
      heard[type]?.(told, id);
    };
    socket.onclose = retry;
  }

  at('interrupt').addEventListener('click', async () => {
    const xsrf = /(?:^|; )_xsrf=([^;]*)/.exec(document.cookie)?.[1];
    const headers = xsrf ? { 'X-XSRFToken': decodeURIComponent(xsrf) } : {};
    const answer = await fetch(`${url}/interrupt`, { method: 'POST', headers }).catch(() => null);
    page.say(answer?.ok ? 'interrupted' : 'it could not be interrupted');
  });
  at('download').href = `${url}/notebook`;
  at('download').hidden = false;
  // A token that the page was opened with is in the browser's history no longer than it has to be.
  history.replaceState(null, '', location.pathname);
  page.say('connecting');
  connect();
}

/** Show one call of a tool, as the host of an MCP app tells of it. */
function followHost() {
  const waiting = new Map();
  let last = 0;
  const post = message => window.parent.postMessage({ jsonrpc: '2.0', ...message }, '*');
  const notify = (method, params = {}) => post({ method, params });
  const request = (method, params = {}) =>
    new Promise((resolve, reject) => {
      last += 1;
      waiting.set(last, { resolve, reject });
      post({ id: last, method, params });
    });

  const dress = ({ theme, styles } = {}) => {
    if (theme) {
      document.documentElement.style.colorScheme = theme;
    }
    for (const [name, value] of Object.entries(styles?.variables ?? {})) {
      document.documentElement.style.setProperty(name, value);
    }
  };

  let size = '';
  const tellSize = () => {
    const { scrollWidth: width, scrollHeight: height } = document.documentElement;
    if (size !== `${width} ${height}`) {
      size = `${width} ${height}`;
      notify('ui/notifications/size-changed', { width, height });
    }
  };

  const outputsOf = ({ content = [], isError = false }) => {
    const hasPictures = content.some(each => each.type === 'image');
    const texts = content.filter(each => each.type === 'text').map(each => each.text);
    // What is shown below needs no line that leads to it.
    const lines = texts.join('\n').split('\n');
    const text = lines.filter(each => !hasPictures || !PICTURE_LINE.test(each)).join('\n');
    const said = isError
      ? { output_type: 'error', ename: text }
      : { output_type: 'stream', name: 'stdout', text };
    const pictures = content
      .filter(each => each.type === 'image' && PICTURES.includes(each.mimeType))
      .map(({ mimeType, data }) => ({ output_type: 'display_data', data: { [mimeType]: data } }));
    return [...(text ? [said] : []), ...pictures];
  };

  const cell = () => page.cell('call');
  const heard = {
    'ui/notifications/tool-input-partial': ({ arguments: given = {} }) => cell().write(given.code ?? ''),
    'ui/notifications/tool-input': ({ arguments: given = {} }) => {
      cell().write(given.code ?? '');
      cell().run(given.timeout_s ? 1000 * given.timeout_s : null);
    },
    'ui/notifications/tool-result': ({ structuredContent: told, ...result }) => {
      cell().fill(outputsOf(result));
      cell().end(told?.status ?? (result.isError ? 'failed' : 'ok'), told?.duration_ms);
    },
    'ui/notifications/tool-cancelled': () => cell().end('cancelled'),
    'ui/notifications/host-context-changed': dress
  };

  window.addEventListener('message', ({ source, data }) => {
    if (source !== window.parent || data?.jsonrpc !== '2.0') {
      return;
    }
    if (data.method === undefined) {
      const { resolve, reject } = waiting.get(data.id) ?? {};
      waiting.delete(data.id);
      (data.error ? reject : resolve)?.(data.error ?? data.result);
    } else if (data.id !== undefined) {
      post({ id: data.id, result: {} });
    } else {
      heard[data.method]?.(data.params ?? {});
      tellSize();
    }
  });
  page.listeners.push(tellSize);
  page.open = url => request('ui/open-link', { url });
  request('ui/initialize', {
    protocolVersion: '2026-01-26',
    appInfo: { name: 'neutrino-lab-notebook', version: '1' },
    appCapabilities: {}
  }).then(({ hostContext }) => {
    dress(hostContext);
    notify('ui/notifications/initialized');
    tellSize();
  });
}

at('open').hidden = !given.lab;
at('open').addEventListener('click', async () => {
  if (page.open) {
    await page.open(given.lab).catch(() => page.say(`open ${given.lab} yourself`));
  } else {
    window.open(given.lab, '_blank', 'noopener');
  }
});

if (given.session) {
  followSession(given.session);
} else {
  followHost();
}
