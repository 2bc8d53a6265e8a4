/**
 * How outputs and texts of a model are drawn: by JupyterLab's own renderers, with tracebacks folded,
 * and without a request to any other server, by which what was computed could leave unseen.
 */
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { RenderedImage, imageRendererFactory, renderError } from '@jupyterlab/rendermime';
import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';

const ERROR = 'application/vnd.jupyter.error';
const WIDGET = 'application/vnd.jupyter.widget-view+json';
/** Behind HTML and pictures, before plain text. */
const WIDGET_RANK = 105;
/** What the browser fetches by itself. */
const FETCHING = ['src', 'srcset', 'poster', 'background', 'data', 'href', 'xlink:href'];
const FETCHED = '[src], [srcset], [poster], [background], object[data], image, use';

/** A registry for what a model has made. */
export function untrusting(
  registry: IRenderMimeRegistry,
  trans: TranslationBundle
): IRenderMimeRegistry {
  const own = registry.clone({ sanitizer: new LocalSanitizer(registry.sanitizer, trans) });
  own.addFactory(
    {
      safe: true,
      mimeTypes: [ERROR],
      createRenderer: options => new FoldedError(options, trans)
    },
    1
  );
  // A widget needs the page of a notebook, with the models that its kernel has told of.
  own.addFactory(
    {
      safe: true,
      mimeTypes: [WIDGET],
      createRenderer: () => new StillWidget(trans)
    },
    WIDGET_RANK
  );
  own.addFactory({
    ...imageRendererFactory,
    createRenderer: options => new NamedImage(options, trans)
  });
  return own;
}

/** JupyterLab's sanitizer; what would be fetched from elsewhere is named, and not fetched. */
class LocalSanitizer implements IRenderMime.ISanitizer {
  constructor(
    private readonly _base: IRenderMime.ISanitizer,
    private readonly _trans: TranslationBundle
  ) {}

  sanitize(dirty: string, options?: IRenderMime.ISanitizerOptions): string {
    return withoutRemote(this._base.sanitize(dirty, options), host =>
      this._trans.__('[not loaded: from %1]', host)
    );
  }

  get allowNamedProperties(): boolean {
    return this._base.allowNamedProperties ?? false;
  }

  getAutolink(): boolean {
    return this._base.getAutolink?.() ?? true;
  }
}

/** HTML of which nothing is fetched from another server; in place of what was, a word stands. */
export function withoutRemote(html: string, word: (host: string) => string): string {
  // A document that is not shown fetches nothing.
  const { body } = new DOMParser().parseFromString(html, 'text/html');
  let isChanged = false;
  for (const element of body.querySelectorAll<HTMLElement>(FETCHED)) {
    const hosts = FETCHING.map(name => hostOf(element.getAttribute(name) ?? '')).filter(Boolean);
    if (hosts[0]) {
      element.replaceWith(word(hosts[0]));
      isChanged = true;
    }
  }
  for (const element of body.querySelectorAll<HTMLElement>('[style]')) {
    if (/url|image|\\/i.test(element.getAttribute('style') ?? '')) {
      element.removeAttribute('style');
      isChanged = true;
    }
  }
  return isChanged ? body.innerHTML : html;
}

/** The server that an address, or a list of them, leads to; empty where it is this one or none. */
function hostOf(addresses: string): string {
  for (const address of addresses.split(',').map(each => each.trim())) {
    try {
      const { host, protocol } = new URL(address, document.baseURI);
      if (/^(https?|ftp|wss?):$/.test(protocol) && host !== location.host) {
        return host;
      }
    } catch {
      // It leads nowhere.
    }
  }
  return '';
}

/** A picture that says what it is where its maker does not. */
class NamedImage extends RenderedImage {
  constructor(
    options: IRenderMime.IRendererOptions,
    private readonly _trans: TranslationBundle
  ) {
    super(options);
  }

  override async render(model: IRenderMime.IMimeModel): Promise<void> {
    await super.render(model);
    for (const image of this.node.querySelectorAll('img:not([alt])')) {
      image.setAttribute('alt', this._trans.__('Picture that the code has drawn'));
    }
  }
}

/** A widget as text, with the way to its controls. */
class StillWidget extends Widget implements IRenderMime.IRenderer {
  constructor(private readonly _trans: TranslationBundle) {
    super();
    this.addClass('jp-RenderedText');
  }

  async renderModel({ data }: IRenderMime.IMimeModel): Promise<void> {
    const text = document.createElement('pre');
    text.textContent = String(data['text/plain'] ?? '');
    const way = document.createElement('p');
    way.className = 'nl-ArtifactCell-note';
    way.textContent = this._trans.__(
      'An interactive widget: keep this as a notebook, where it can be used.'
    );
    this.node.replaceChildren(...(text.textContent ? [text, way] : [way]));
  }
}

/** An exception in one line, which opens to its traceback. */
class FoldedError extends Widget implements IRenderMime.IRenderer {
  constructor(
    private readonly _options: IRenderMime.IRendererOptions,
    private readonly _trans: TranslationBundle
  ) {
    super();
    this.addClass('nl-ErrorOutput');
  }

  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    const { ename, evalue, traceback } = model.data[ERROR] as unknown as Readonly<
      Record<string, unknown>
    >;
    const what = document.createElement('strong');
    what.textContent = String(ename);
    const lines = Array.isArray(traceback) ? traceback.join('\n') : '';
    const summary = document.createElement(lines ? 'summary' : 'p');
    summary.append(what, evalue ? this._trans.__(': %1', String(evalue)) : '');
    if (!lines) {
      this.node.replaceChildren(summary);
      return;
    }
    const whole = document.createElement('div');
    whole.className = 'jp-RenderedText nl-ErrorOutput-trace';
    whole.tabIndex = 0;
    whole.setAttribute('role', 'group');
    whole.setAttribute('aria-label', this._trans.__('Traceback'));
    const details = document.createElement('details');
    details.append(summary, whole);
    this.node.replaceChildren(details);
    const { sanitizer, resolver, linkHandler, translator } = this._options;
    await renderError({ host: whole, source: lines, sanitizer, resolver, linkHandler, translator });
  }
}
