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
      fragment.append(element('pre', part));
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

/** One line as elements, and what is between. */
export function inline(line: string): readonly (Node | string)[] {
  return stretches(line).map(({ tag, text }) => (tag ? element(tag, text) : text));
}

/** An element, and what is in it. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  ...content: readonly (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  made.append(...content);
  return made;
}

function paragraph(text: string): HTMLElement[] {
  const words = text.trim();
  return words ? [element('p', ...inline(words))] : [];
}
