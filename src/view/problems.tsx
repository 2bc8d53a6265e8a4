/**
 * What is wrong with the notebook: the home of the squiggles for keyboard and screen reader.
 */
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import type { Diagnostic, Fix } from '../protocol';
import { stretches } from './markdown';
import { Button } from './pieces';
import { List } from './roving';
import { fixText, hintText, messageText, sentence } from './wording';

/** Called with the cell of a diagnostic and the line in it. */
export type GoTo = (cellId: string, line: number) => void;

/** Called with the cell of a diagnostic and the edit that fixes it. */
export type ApplyFix = (cellId: string, fix: Fix) => void;

const GLYPHS: Readonly<Record<Diagnostic['severity'], string>> = {
  error: 'M6 1.2 11 10.5H1z',
  warning: 'M6 1 11 6 6 11 1 6z',
  note: 'M6 1.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9z'
};

/** What can be done about a diagnostic; nothing is offered for what is left out. */
interface IProblemActions {
  readonly goTo: GoTo;
  readonly applyFix?: ApplyFix;
  readonly startOver?: () => void;
  readonly generate?: (cellId: string) => void;
  readonly trans: TranslationBundle;
}

/** The diagnostics, each a link to its place. */
export function ProblemList(
  props: IProblemActions & { readonly diagnostics: readonly Diagnostic[] }
): JSX.Element {
  const { diagnostics, ...actions } = props;
  const { trans } = actions;
  if (diagnostics.length === 0) {
    return <p className="nl-Hint">{trans.__('No problems.')}</p>;
  }
  return (
    <List label={trans.__('Problems')}>
      {diagnostics.map((diagnostic, index) => (
        <ProblemItem key={index} diagnostic={diagnostic} {...actions} />
      ))}
    </List>
  );
}

function ProblemItem(props: IProblemActions & { readonly diagnostic: Diagnostic }): JSX.Element {
  const { diagnostic, goTo, applyFix, startOver, generate, trans } = props;
  const fixes = applyFix ? diagnostic.fixes : [];
  const restart = diagnostic.action === 'start-over' ? startOver : undefined;
  const draft = diagnostic.action === 'draft' ? generate : undefined;
  const line = diagnostic.span?.line ?? 1;
  const place =
    diagnostic.cell === 0
      ? trans.__('the notebook')
      : diagnostic.span
        ? trans.__('cell %1, line %2', diagnostic.cell, line)
        : trans.__('cell %1', diagnostic.cell);
  return (
    <li className="nl-Item nl-mod-problem">
      <button
        type="button"
        className="nl-Problem"
        data-severity={diagnostic.severity}
        onClick={() => goTo(diagnostic.cell_id, line)}
      >
        <svg className="nl-Glyph" width="12" height="12" viewBox="0 0 12 12" aria-hidden="true">
          <path d={GLYPHS[diagnostic.severity]} />
        </svg>
        <span className="nl-visuallyHidden">{severityText(diagnostic.severity, trans)}</span>
        <span className="nl-Problem-text">
          <span className="nl-Problem-message">
            <Line text={messageText(diagnostic, trans)} />
          </span>
          <span className="nl-Problem-place">
            {diagnostic.code} · {place}
          </span>
          {diagnostic.hint ? (
            <span className="nl-Problem-hint">
              <Line text={hintText(diagnostic, trans)} />
            </span>
          ) : null}
        </span>
      </button>
      {fixes.length > 0 || restart || draft ? (
        <div className="nl-Problem-fixes">
          {fixes.map(fix => (
            <Button key={fix.title} onClick={() => applyFix?.(diagnostic.cell_id, fix)}>
              {fixText(fix, trans)}
            </Button>
          ))}
          {restart ? <Button onClick={restart}>{trans.__('Start over')}</Button> : null}
          {draft ? (
            <Button onClick={() => draft(diagnostic.cell_id)}>{trans.__('Generate…')}</Button>
          ) : null}
        </div>
      ) : null}
    </li>
  );
}

/** A message of the server, with its code as code. */
export function Line({ text }: { readonly text: string }): JSX.Element {
  return (
    <>
      {stretches(sentence(text)).map((each, index) =>
        each.tag ? React.createElement(each.tag, { key: index }, each.text) : each.text
      )}
    </>
  );
}

function severityText(severity: Diagnostic['severity'], trans: TranslationBundle): string {
  switch (severity) {
    case 'error':
      return trans.__('Error:');
    case 'warning':
      return trans.__('Warning:');
    case 'note':
      return trans.__('Note:');
  }
}
