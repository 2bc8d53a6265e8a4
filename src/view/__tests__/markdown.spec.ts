import { markdown } from '../markdown';

function html(text: string): string {
  const host = document.createElement('div');
  host.append(markdown(text));
  return host.innerHTML;
}

describe('the explanations of the server', () => {
  it('are paragraphs, words and blocks of code', () => {
    expect(html('**body** The `fields` of it.\n\nMore.\n\n```python\na = **b**\n```')).toBe(
      '<p><strong>body</strong> The <code>fields</code> of it.</p><p>More.</p>' +
        '<pre>a = **b**</pre>'
    );
  });

  it('are never HTML', () => {
    expect(html('<img src=x onerror=alert(1)> `<b>`')).toBe(
      '<p>&lt;img src=x onerror=alert(1)&gt; <code>&lt;b&gt;</code></p>'
    );
  });
});
