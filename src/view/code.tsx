/**
 * JupyterLab's own editor, for a text in a form.
 */
import { CodeEditor } from '@jupyterlab/codeeditor';
import { autocompletion, type CompletionResult } from '@codemirror/autocomplete';
import { Prec } from '@codemirror/state';
import { EditorView, keymap } from '@codemirror/view';
import * as React from 'react';
import type { IViewContext } from './context';

/** A text with line numbers and colours; what is typed is told as it stands. */
export function CodeInput(props: {
  readonly view: IViewContext;
  readonly label: string;
  /** The id of what is said of the text. */
  readonly describedBy?: string;
  readonly mimeType: string;
  readonly text: string;
  /** What can stand at a place of the text; null where nothing is known. */
  readonly suggest?: (text: string, offset: number) => CompletionResult | null;
  readonly onChange: (text: string) => void;
  /** What Ctrl+Enter does, which would put in a line otherwise. */
  readonly onSubmit: () => void;
}): JSX.Element {
  const { view, label, describedBy, mimeType, text, onChange } = props;
  const { editors } = view;
  const host = React.useRef<HTMLDivElement>(null);
  const shown = React.useRef<CodeEditor.IModel | null>(null);
  // The editor is made once, and calls what it is given at the time.
  const newest = React.useRef(props);
  newest.current = props;
  React.useEffect(() => {
    const node = host.current;
    if (!node || !editors) {
      return;
    }
    const model = new CodeEditor.Model({ mimeType });
    model.sharedModel.setSource(text);
    const editor = editors.factoryService.newInlineEditor({
      host: node,
      model,
      config: { lineNumbers: true, lineWrap: true },
      extensions: [
        EditorView.contentAttributes.of({ 'aria-label': label }),
        autocompletion({
          icons: false,
          override: [
            ({ state, pos }) => newest.current.suggest?.(state.doc.toString(), pos) ?? null
          ]
        }),
        Prec.highest(
          keymap.of([
            {
              key: 'Mod-Enter',
              run: () => {
                newest.current.onSubmit();
                return true;
              }
            }
          ])
        )
      ]
    });
    shown.current = model;
    let told = text;
    const onText = (): void => {
      const next = model.sharedModel.getSource();
      if (next !== told) {
        told = next;
        newest.current.onChange(next);
      }
    };
    model.sharedModel.changed.connect(onText);
    // The tab key goes on to the next control, as everywhere in a form.
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.key === 'Tab') {
        event.stopPropagation();
      }
    };
    node.addEventListener('keydown', onKeyDown, true);
    return () => {
      node.removeEventListener('keydown', onKeyDown, true);
      model.sharedModel.changed.disconnect(onText);
      shown.current = null;
      editor.dispose();
      model.dispose();
    };
  }, [editors, label, mimeType]);
  React.useEffect(() => {
    const { sharedModel } = shown.current ?? {};
    if (sharedModel && sharedModel.getSource() !== text) {
      sharedModel.setSource(text);
    }
  }, [text]);
  return editors ? (
    <div ref={host} className="nl-Code" aria-describedby={describedBy} />
  ) : (
    <textarea
      className="nl-Input"
      aria-label={label}
      aria-describedby={describedBy}
      spellCheck={false}
      value={text}
      onChange={event => onChange(event.target.value)}
    />
  );
}
