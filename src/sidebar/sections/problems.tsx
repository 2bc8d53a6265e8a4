/**
 * What is wrong with the notebook: the home of the squiggles for keyboard and screen reader.
 */
import * as React from 'react';
import { CommandIDs } from '../../commands/ids';
import type { Finding } from '../../protocol';
import type { IViewContext } from '../../view';

const GLYPHS: Readonly<Record<Finding['severity'], string>> = {
  error: 'M6 1.2 11 10.5H1z',
  warning: 'M6 1 11 6 6 11 1 6z',
  note: 'M6 1.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9z'
};

/** The findings, each a link to its place. */
export function ProblemList(props: {
  readonly findings: readonly Finding[];
  readonly view: IViewContext;
}): JSX.Element {
  const { findings, view } = props;
  if (findings.length === 0) {
    return <p className="nl-Hint">{view.trans.__('No problems.')}</p>;
  }
  return (
    <ul className="nl-List" role="list">
      {findings.map((finding, index) => (
        <ProblemItem key={index} finding={finding} view={view} />
      ))}
    </ul>
  );
}

function ProblemItem(props: {
  readonly finding: Finding;
  readonly view: IViewContext;
}): JSX.Element {
  const { finding, view } = props;
  const { commands, trans } = view;
  const line = finding.span?.line ?? 1;
  const place =
    finding.cell === 0
      ? trans.__('the notebook')
      : finding.span
        ? trans.__('cell %1, line %2', finding.cell, line)
        : trans.__('cell %1', finding.cell);
  return (
    <li className="nl-Item">
      <button
        type="button"
        className="nl-Problem"
        data-severity={finding.severity}
        onClick={() => void commands.execute(CommandIDs.reveal, { cellId: finding.cell_id, line })}
      >
        <svg className="nl-Glyph" width="12" height="12" viewBox="0 0 12 12" aria-hidden="true">
          <path d={GLYPHS[finding.severity]} />
        </svg>
        <span className="nl-visuallyHidden">{severityText(finding.severity, view)}</span>
        <span className="nl-Problem-text">
          <span className="nl-Problem-message">{finding.message}</span>
          <span className="nl-Problem-place">
            {finding.code} · {place}
          </span>
          {finding.hint ? <span className="nl-Problem-hint">{finding.hint}</span> : null}
        </span>
      </button>
    </li>
  );
}

function severityText(severity: Finding['severity'], { trans }: IViewContext): string {
  switch (severity) {
    case 'error':
      return trans.__('Error:');
    case 'warning':
      return trans.__('Warning:');
    case 'note':
      return trans.__('Note:');
  }
}
