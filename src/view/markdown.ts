/**
 * The little Markdown that the server writes its explanations in, as elements: paragraphs, blocks
 * of code, `code` and **strong**. Nothing of it is ever taken for HTML.
 */

const INLINE = /`([^`]+)`|\*\*([^*]+)\*\*/g;

/** Turn a text into elements. */
export function markdown(text: string): DocumentFragment {
  const fragment = document.createDocumentFragment();
  text.split(/^```\w*\n([\s\S]*?)\n```$/m).forEach((part, index) => {
    if (index % 2 === 1) {
      fragment.append(block(part));
    } else {
      fragment.append(...part.split(/\n{2,}/).flatMap(paragraph));
    }
  });
  return fragment;
}

/** Put `code` and **strong** of one line into an element. */
export function inline(host: HTMLElement, text: string): HTMLElement {
  let at = 0;
  for (const match of text.matchAll(INLINE)) {
    host.append(text.slice(at, match.index));
    const element = document.createElement(match[1] === undefined ? 'strong' : 'code');
    element.textContent = match[1] ?? match[2] ?? '';
    host.append(element);
    at = match.index + match[0].length;
  }
  host.append(text.slice(at));
  return host;
}

function block(text: string): HTMLElement {
  const element = document.createElement('pre');
  element.textContent = text;
  return element;
}

function paragraph(text: string): HTMLElement[] {
  const words = text.trim();
  return words ? [inline(document.createElement('p'), words)] : [];
}
