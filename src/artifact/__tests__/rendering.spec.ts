import { MimeModel, RenderMimeRegistry, standardRendererFactories } from '@jupyterlab/rendermime';
import { nullTranslator } from '@jupyterlab/translation';
import { untrusting, withoutRemote } from '../rendering';

const word = (host: string) => `[${host}]`;

describe('what a model has made', () => {
  it('fetches nothing from another server, and says what it does not', () => {
    const remote = [
      '<img src="https://evil.example/?data=1">',
      '<img src="//evil.example/a.png">',
      '<img srcset="data:, 1x, https://evil.example/a 2x">',
      '<video poster="http://evil.example/a"></video>',
      '<table background="https://evil.example/a"></table>',
      '<svg><image href="#a" xlink:href="https://evil.example/a"></image></svg>',
      '<svg><image href="https://evil.example/a"></image></svg>'
    ];
    expect(remote.map(html => withoutRemote(html, word))).toEqual([
      ...Array<string>(5).fill('[evil.example]'),
      ...Array<string>(2).fill('<svg>[evil.example]</svg>')
    ]);
    const styled = '<p style="background: u\\72l(https://evil.example/a)">a</p>';
    expect(withoutRemote(styled, word)).toBe('<p>a</p>');
  });

  it('is left alone otherwise, byte for byte', () => {
    const own = [
      '<img src="data:image/png;base64,AAAA">',
      '<img src="/files/a.png"/>',
      '<a href="https://example.org">there</a>',
      '<td style="color: red">1'
    ];
    expect(own.map(html => withoutRemote(html, word))).toEqual(own);
  });

  it('is drawn without scripts and foreign pictures, and its errors folded', async () => {
    const registry = untrusting(
      new RenderMimeRegistry({ initialFactories: standardRendererFactories }),
      nullTranslator.load('')
    );
    const draw = async (type: string, data: unknown) => {
      const renderer = registry.createRenderer(type);
      const model = new MimeModel({ data: { [type]: data as string } });
      await renderer.renderModel(model);
      const { innerHTML } = renderer.node;
      renderer.dispose();
      return innerHTML;
    };
    const html = '<b onclick="x()">a</b><script>x()</script><img src="https://evil.example/">';
    expect(await draw('text/html', html)).toBe('<b>a</b>[not loaded: from evil.example]');
    expect(await draw('image/png', 'AAAA')).toContain('alt="Picture that the code has drawn"');
    const error = { ename: 'KeyError', evalue: "'<b>'", traceback: ['line 1', 'line 2'] };
    const folded = await draw('application/vnd.jupyter.error', error);
    expect(folded).toContain("<summary><strong>KeyError</strong>: '&lt;b&gt;'</summary>");
    expect(folded).toContain('line 1\nline 2');
    expect(folded).not.toContain('open');
  });

  it('says of a widget where it can be used, in place of what would wait for its models', async () => {
    const registry = untrusting(
      new RenderMimeRegistry({ initialFactories: standardRendererFactories }),
      nullTranslator.load('')
    );
    const widget = 'application/vnd.jupyter.widget-view+json';
    const data = { 'text/plain': 'IntSlider(<b>0)', [widget]: { model_id: 'a' } };
    expect(registry.preferredMimeType(data, 'ensure')).toBe(widget);
    const withHtml = { ...data, 'text/html': '<b>0</b>' };
    expect(registry.preferredMimeType(withHtml, 'ensure')).toBe('text/html');
    const renderer = registry.createRenderer(widget);
    await renderer.renderModel(new MimeModel({ data }));
    expect(renderer.node.textContent).toBe(
      'IntSlider(<b>0)An interactive widget: keep this as a notebook, where it can be used.'
    );
    renderer.dispose();
  });
});
