/**
 * Tells of edits that a person makes in an editor: not of a file that was read again, of what others
 * type, or of what a program puts in.
 */
import { Transaction, type Extension } from '@codemirror/state';
import { EditorView } from '@codemirror/view';

export function authorship(edited: () => void): Extension {
  return EditorView.updateListener.of(update => {
    const isByHand = update.transactions.some(
      each => each.docChanged && each.annotation(Transaction.userEvent) !== undefined
    );
    if (isByHand) {
      // An editor cannot be looked at while it changes.
      queueMicrotask(edited);
    }
  });
}
