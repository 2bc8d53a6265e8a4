/**
 * What is wrong with the notebook: the home of the squiggles for keyboard and screen reader.
 */
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import type { Finding, Fix } from '../protocol';
import { stretches } from './markdown';
import { Button } from './pieces';
import { List } from './roving';
import { fixText, sentence } from './wording';

/** Called with the cell of a finding and the line in it. */
export type GoTo = (cellId: string, line: number) => void;

/** Called with the cell of a finding and the edit that mends it. */
export type Mend = (cellId: string, fix: Fix) => void;

const GLYPHS: Readonly<Record<Finding['severity'], string>> = {
  error: 'M6 1.2 11 10.5H1z',
  warning: 'M6 1 11 6 6 11 1 6z',
  note: 'M6 1.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9z'
};

/** The findings, each a link to its place. */
export function ProblemList(props: {
  readonly findings: readonly Finding[];
  readonly goTo: GoTo;
  readonly mend?: Mend;
  readonly trans: TranslationBundle;
}): JSX.Element {
  const { findings, goTo, mend, trans } = props;
  if (findings.length === 0) {
    return <p className="nl-Hint">{trans.__('No problems.')}</p>;
  }
  return (
    <List label={trans.__('Problems')}>
      {findings.map((finding, index) => (
        <ProblemItem key={index} finding={finding} goTo={goTo} mend={mend} trans={trans} />
      ))}
    </List>
  );
}

function ProblemItem(props: {
  readonly finding: Finding;
  readonly goTo: GoTo;
  readonly mend?: Mend;
  readonly trans: TranslationBundle;
}): JSX.Element {
  const { finding, goTo, mend, trans } = props;
  const line = finding.span?.line ?? 1;
  const place =
    finding.cell === 0
      ? trans.__('the notebook')
      : finding.span
        ? trans.__('cell %1, line %2', finding.cell, line)
        : trans.__('cell %1', finding.cell);
  return (
    <li className="nl-Item nl-mod-problem">
      <button
        type="button"
        className="nl-Problem"
        data-severity={finding.severity}
        onClick={() => goTo(finding.cell_id, line)}
      >
        <svg className="nl-Glyph" width="12" height="12" viewBox="0 0 12 12" aria-hidden="true">
          <path d={GLYPHS[finding.severity]} />
        </svg>
        <span className="nl-visuallyHidden">{severityText(finding.severity, trans)}</span>
        <span className="nl-Problem-text">
          <span className="nl-Problem-message">
            <Line text={finding.message} />
          </span>
          <span className="nl-Problem-place">
            {finding.code} · {place}
          </span>
          {finding.hint ? (
            <span className="nl-Problem-hint">
              <Line text={finding.hint} />
            </span>
          ) : null}
        </span>
      </button>
      {mend && finding.fixes.length > 0 ? (
        <div className="nl-Problem-fixes">
          {finding.fixes.map(fix => (
            <Button key={fix.title} onClick={() => mend(finding.cell_id, fix)}>
              {fixText(fix.title, trans)}
            </Button>
          ))}
        </div>
      ) : null}
    </li>
  );
}

/** A message of the server, with its code as code. */
function Line({ text }: { readonly text: string }): JSX.Element {
  return (
    <>
      {stretches(sentence(text)).map((each, index) =>
        each.tag ? React.createElement(each.tag, { key: index }, each.text) : each.text
      )}
    </>
  );
}

function severityText(severity: Finding['severity'], trans: TranslationBundle): string {
  switch (severity) {
    case 'error':
      return trans.__('Error:');
    case 'warning':
      return trans.__('Warning:');
    case 'note':
      return trans.__('Note:');
  }
}
