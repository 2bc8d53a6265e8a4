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

/** A stretch of a line, and the element that it stands in. */
export interface IStretch {
  readonly tag: '' | 'code' | 'strong';
  readonly text: string;
}

/** The `code` and the **strong** of one line, and what is between. */
export function stretches(text: string): readonly IStretch[] {
  const found: IStretch[] = [];
  let at = 0;
  for (const match of text.matchAll(INLINE)) {
    found.push({ tag: '', text: text.slice(at, match.index) });
    const tag = match[1] === undefined ? 'strong' : 'code';
    found.push({ tag, text: match[1] ?? match[2] ?? '' });
    at = match.index + match[0].length;
  }
  return [...found, { tag: '', text: text.slice(at) }];
}

/** Put one line into an element. */
export function inline(host: HTMLElement, line: string): HTMLElement {
  for (const { tag, text } of stretches(line)) {
    const element = tag && document.createElement(tag);
    if (element) {
      element.textContent = text;
    }
    host.append(element || text);
  }
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
