/**
 * Puts the focus where a person begins, and keeps it where they are: what has it may go away, as a
 * row that was removed does.
 */
import { DisposableDelegate, type IDisposable } from '@lumino/disposable';

const TARGETS =
  'a[href], button:not([disabled]), input:not([disabled]), select, textarea, [tabindex="0"]';

/** Move the focus to what stands in the place of a control that is gone, until disposed. */
export function keepFocus(node: HTMLElement): IDisposable {
  let last: Element | null = null;
  let index = 0;
  const targets = (): HTMLElement[] =>
    [...node.querySelectorAll<HTMLElement>(TARGETS)].filter(each => !each.closest('[hidden]'));
  const onFocusIn = ({ target }: FocusEvent): void => {
    last = target as Element;
    index = targets().indexOf(target as HTMLElement);
  };
  const onFocusOut = (): void =>
    queueMicrotask(() => {
      // It was left, and not taken away.
      if (last?.isConnected && !node.contains(document.activeElement)) {
        last = null;
      }
    });
  const observer = new MutationObserver(() => {
    if (last && !last.isConnected && document.activeElement === document.body) {
      const all = targets();
      all[Math.max(0, Math.min(index, all.length - 1))]?.focus();
    }
  });
  node.addEventListener('focusin', onFocusIn);
  node.addEventListener('focusout', onFocusOut);
  observer.observe(node, { childList: true, subtree: true });
  return new DisposableDelegate(() => {
    observer.disconnect();
    node.removeEventListener('focusin', onFocusIn);
    node.removeEventListener('focusout', onFocusOut);
  });
}

/** What takes the focus in a pane that is opened. */
const FIRST = '[data-nl-first]';
/** For how long it is waited for. */
const PATIENCE_FRAMES = 12;

/**
 * Put the focus on the first thing to fill in or to press; false where there is none. A pane that is
 * new is not drawn yet, and one that is activated takes the focus itself.
 */
export async function focusWhenDrawn(node: HTMLElement): Promise<boolean> {
  for (let frame = 0; frame < PATIENCE_FRAMES; frame += 1) {
    await new Promise(resolve => requestAnimationFrame(resolve));
    const first = node.querySelector<HTMLElement>(FIRST);
    if (first) {
      first.focus();
      return true;
    }
  }
  return false;
}
