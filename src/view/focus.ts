/**
 * Keeps the focus where a person is: what has it may go away, as a row that was removed does.
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
