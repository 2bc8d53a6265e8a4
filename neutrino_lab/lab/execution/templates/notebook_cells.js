/* The cells of a notebook as they are run. Nothing of it is ever read as markup of this page. */

const KEYWORDS =
  'False None True and as assert async await break class continue def del elif else except finally ' +
  'for from global if import in is lambda nonlocal not or pass raise return try while with yield';
const PIECES = new RegExp(
  [
    '(?<note>#[^\\n]*)',
    '(?<text>[rbfRBF]{0,2}(?:"""[^]*?"""|\'\'\'[^]*?\'\'\'|"(?:\\\\.|[^"\\\\\\n])*"|\'(?:\\\\.|[^\'\\\\\\n])*\'))',
    '(?<number>\\b\\d[\\d_]*(?:\\.\\d+)?(?:e[+-]?\\d+)?\\b)',
    `(?<word>\\b(?:${KEYWORDS.replaceAll(' ', '|')})\\b)`
  ].join('|'),
  'g'
);
// eslint-disable-next-line no-control-regex
const ESCAPES = /\u001b\[[0-9;?]*[A-Za-z]/g;
const PICTURES = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'];
const WIDGET = 'application/vnd.jupyter.widget-view+json';
const MOST_HIGHLIGHTED = 50000;

/** How outputs look inside of their frame: nothing runs there, and nothing is loaded. */
const FRAME_STYLE = `:root { color-scheme: SCHEME; font: 13px/1.5 system-ui, sans-serif }
  body { margin: 8px 12px; overflow-wrap: anywhere } img, svg { max-width: 100% }
  table { border-collapse: collapse; border: 0 } th, td { padding: 2px 8px; text-align: right;
  border: 0; border-bottom: 1px solid color-mix(in srgb, currentcolor 20%, transparent) }`;

const at = id => document.getElementById(id);

function make(tag, className = '', text = '') {
  const node = document.createElement(tag);
  node.className = className;
  node.textContent = text;
  return node;
}

function plain(text) {
  const lines = text.replace(ESCAPES, '').split('\n');
  // As a terminal shows a bar of progress: what follows a return takes the place of the line.
  return lines.map(line => line.replace(/\r+$/, '').split('\r').pop()).join('\n');
}

function highlight(code) {
  const made = document.createDocumentFragment();
  let end = 0;
  for (const found of code.length > MOST_HIGHLIGHTED ? [] : code.matchAll(PIECES)) {
    made.append(code.slice(end, found.index));
    const [kind] = Object.entries(found.groups).find(([, text]) => text !== undefined);
    made.append(make('span', kind, found[0]));
    end = found.index + found[0].length;
  }
  made.append(code.slice(end));
  return made;
}

function seconds(ms) {
  const s = ms / 1000;
  return ms < 1000 ? `${Math.round(ms)} ms` : s < 10 ? `${s.toFixed(1)} s` : `${Math.round(s)} s`;
}

function joined(value) {
  return Array.isArray(value) ? value.join('') : String(value);
}

/** A block that scrolls, which the keyboard reaches only where there is more than it shows. */
function block(className, label) {
  const node = make('pre', className);
  node.setAttribute('aria-label', label);
  node.setAttribute('role', 'group');
  return node;
}

function reachable(node) {
  if (node.scrollHeight > node.clientHeight + 1) {
    node.tabIndex = 0;
  } else {
    node.removeAttribute('tabindex');
  }
}

function frame(html) {
  const node = make('iframe');
  node.title = 'Output';
  // Without scripts; of this origin, so that its height can be read.
  node.setAttribute('sandbox', 'allow-same-origin');
  const scheme = document.documentElement.style.colorScheme || 'light dark';
  node.srcdoc =
    `<!doctype html><html lang="en"><title>Output</title>` +
    `<style>${FRAME_STYLE.replace('SCHEME', scheme)}</style><body>${html}`;
  node.addEventListener('load', () => {
    const { documentElement: root, body } = node.contentDocument;
    const fit = () => {
      node.style.height = `${Math.min(body.offsetHeight + 18, 480)}px`;
      page.changed();
    };
    fit();
    new ResizeObserver(fit).observe(root);
  });
  return node;
}

function picture(source) {
  const node = new Image();
  node.alt = 'What the code has drawn';
  node.src = source;
  node.addEventListener('load', () => page.changed());
  return node;
}

/** A picture of bytes. Some hosts of MCP apps let no address of a picture pass, `data:` neither. */
function pixels(media, base64) {
  const node = picture(`data:${media};base64,${base64}`);
  // What is no picture leaves its words.
  node.addEventListener('error', () => paint(node, media, base64).catch(() => undefined));
  return node;
}

async function paint(node, media, base64) {
  const bytes = Uint8Array.from(atob(base64), each => each.charCodeAt(0));
  const bitmap = await createImageBitmap(new Blob([bytes], { type: media }));
  const canvas = make('canvas');
  canvas.width = bitmap.width;
  canvas.height = bitmap.height;
  canvas.setAttribute('role', 'img');
  canvas.setAttribute('aria-label', node.alt);
  canvas.getContext('bitmaprenderer').transferFromImageBitmap(bitmap);
  node.replaceWith(canvas);
  page.changed();
}

/** Draw what has several forms in the richest that is safe here. */
function shown(data) {
  const html = data['text/html'] === undefined ? '' : joined(data['text/html']);
  const isActive = /<script/i.test(html) || (!html && data[WIDGET] !== undefined);
  if (html && !isActive) {
    return [frame(html)];
  }
  const media = PICTURES.find(each => data[each] !== undefined);
  if (media) {
    return [pixels(media, joined(data[media]).replace(/\s/g, ''))];
  }
  if (data['image/svg+xml'] !== undefined) {
    const text = encodeURIComponent(joined(data['image/svg+xml']));
    return [picture(`data:image/svg+xml;charset=utf-8,${text}`)];
  }
  const text = data['text/markdown'] ?? data['text/plain'] ?? data['text/latex'];
  const node = block('result', 'Result');
  node.textContent =
    text === undefined ? JSON.stringify(data['application/json'] ?? null, null, 2) : plain(joined(text));
  return isActive
    ? [node, make('p', 'hint', 'This output is interactive: open the notebook in JupyterLab.')]
    : [node];
}

function drawn(output) {
  switch (output.output_type) {
    case 'stream': {
      const isError = output.name === 'stderr';
      const node = block(isError ? 'stderr' : 'stdout', isError ? 'Standard error' : 'Output');
      node.textContent = plain(joined(output.text));
      return [node];
    }
    case 'error': {
      const node = make('div', 'error');
      const what = [output.ename, output.evalue].filter(Boolean).join(': ');
      if (!output.traceback?.length) {
        node.append(make('p', '', what));
        return [node];
      }
      const folded = make('details');
      const trace = block('', 'Traceback');
      trace.textContent = plain(output.traceback.join('\n'));
      folded.append(make('summary', '', what), trace);
      folded.addEventListener('toggle', () => reachable(trace));
      node.append(folded);
      return [node];
    }
    default:
      return shown(output.data ?? {});
  }
}

/** How an execution ended, in the words that JupyterLab's pane has for it. */
const ENDINGS = {
  ok: 'Done',
  error: 'Failed',
  failed: 'Failed',
  timeout: 'Ended by the time limit',
  interrupted: 'Interrupted',
  cancelled: 'Stopped',
  killed: 'The kernel died',
  out_of_memory: 'Out of memory',
  output_limit: 'Ended by the limit of output',
  session_expired: 'The session has ended',
  refused: 'Not run'
};

/** One cell: its code, its outputs, and how it goes. */
class Cell {
  constructor(number) {
    this.outputs = [];
    this.places = [];
    this.state = '';
    this.node = make('li', 'cell');
    this.code = block('code', `Code of cell ${number}`);
    this.shown = make('div', 'outputs');
    this.foot = make('p', 'foot');
    this.node.append(this.code, this.shown, this.foot);
    this.foot.hidden = true;
  }

  write(code) {
    this.source = code;
    this.code.replaceChildren(highlight(code));
    reachable(this.code);
  }

  /** Take what an output event says; it is drawn with the next frame. */
  take({ index, output, replace, clear }) {
    if (clear) {
      this.outputs = [];
      this.places.splice(0).forEach(each => each.remove());
      return;
    }
    const known = this.outputs[index];
    this.outputs[index] =
      known && !replace && output.output_type === 'stream'
        ? { ...known, text: joined(known.text) + output.text }
        : output;
    page.later(this, index);
  }

  /** Take all outputs at once. */
  fill(outputs) {
    this.outputs = outputs;
    this.places.splice(0).forEach(each => each.remove());
    outputs.forEach((_, index) => this.draw(index));
  }

  draw(index) {
    if (this.outputs[index] === undefined) {
      return;
    }
    for (let place = this.places.length; place <= index; place += 1) {
      this.places.push(this.shown.appendChild(make('div')));
    }
    const nodes = drawn(this.outputs[index]);
    this.places[index].replaceChildren(...nodes);
    nodes.filter(each => each.tagName === 'PRE').forEach(reachable);
  }

  /** Say that it runs, since when, and until when at most. */
  run(limitMs = null, elapsedMs = 0) {
    this.state = 'running';
    this.limitMs = limitMs;
    this.began = performance.now() - elapsedMs;
    this.tick();
  }

  tick() {
    if (this.state === 'running') {
      const elapsed = performance.now() - this.began;
      const limit = this.limitMs ? ` of at most ${seconds(this.limitMs)}` : '';
      const time = elapsed < 1000 ? '…' : ` for ${Math.floor(elapsed / 1000)} s${limit}`;
      this.say(`Running${time}`, 'running');
    }
  }

  end(status, durationMs) {
    this.state = status;
    const took = durationMs === undefined ? '' : seconds(durationMs);
    const words = ENDINGS[status] ?? 'Not finished';
    this.say([words, took].filter(Boolean).join(' · '), status === 'ok' ? 'ok' : 'bad');
  }

  say(text, word = '') {
    this.node.dataset.state = this.state;
    this.foot.dataset.word = word;
    if (this.foot.textContent !== text) {
      this.foot.textContent = text;
    }
    this.foot.hidden = !text;
  }

  get text() {
    const outputs = [...this.shown.querySelectorAll('pre, .error p, summary')].map(each => each.textContent);
    return [this.source ?? '', ...outputs].filter(Boolean).join('\n\n');
  }
}

/** All of the page. */
class Page {
  constructor() {
    this.cells = new Map();
    this.dirty = new Map();
    this.listeners = [];
    setInterval(() => this.cells.forEach(each => each.tick()), 1000);
    at('copy').addEventListener('click', () => this.copy());
  }

  say(text) {
    if (at('state').textContent !== text) {
      at('state').textContent = text;
    }
  }

  name(text) {
    at('name').textContent = document.title = text || 'Notebook';
  }

  cell(id) {
    const known = this.cells.get(id);
    if (known) {
      return known;
    }
    const made = new Cell(this.cells.size + 1);
    this.cells.set(id, made);
    this.atEnd(() => at('cells').append(made.node));
    return made;
  }

  clear() {
    this.cells.clear();
    this.dirty.clear();
    at('cells').replaceChildren();
  }

  /** Draw an output with the next frame, however often it changes until then. */
  later(cell, index) {
    if (this.dirty.size === 0) {
      requestAnimationFrame(() => this.draw());
    }
    this.dirty.set(cell, (this.dirty.get(cell) ?? new Set()).add(index));
  }

  draw() {
    const dirty = [...this.dirty];
    this.dirty.clear();
    this.atEnd(() => dirty.forEach(([cell, places]) => places.forEach(each => cell.draw(each))));
  }

  /** Change something; who was at the end of the page stays there. */
  atEnd(change) {
    const root = document.documentElement;
    const isAtEnd = root.scrollHeight - root.scrollTop - root.clientHeight < 40;
    change();
    if (isAtEnd) {
      root.scrollTop = root.scrollHeight;
    }
    this.changed();
  }

  changed() {
    this.listeners.forEach(each => each());
  }

  async copy() {
    const text = [...this.cells.values()].map(each => each.text).join('\n\n');
    const field = make('textarea');
    field.value = text;
    document.body.append(field);
    field.select();
    const isCopied = document.execCommand('copy');
    field.remove();
    at('copy').focus();
    this.say(isCopied ? 'copied' : 'nothing can be copied here');
  }
}

const page = new Page();
