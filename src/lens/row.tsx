/**
 * The row above a declarative cell: what it is, how it is, what one can do.
 */
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import { CommandIDs, invoke } from '../commands/ids';
import { isUp, type ICondition, type IRow } from '../model';
import type { Endpoint, Figures, Finding, Served } from '../protocol';
import {
  Badge,
  Button,
  Condition,
  EndpointActions,
  Remedy,
  Toolbar,
  Usage,
  conditionText,
  endpointText,
  fixText,
  momentText,
  plain,
  reasonText,
  scheduleText,
  sentence,
  subject,
  untilText,
  useNow,
  type IViewContext
} from '../view';

/** What a row is given beside the view context. */
export interface ILensRowProps {
  readonly view: IViewContext;
  readonly row: IRow;
  /** The notebook's contents path. */
  readonly path: string;
  readonly served: Served | null;
  readonly figures: Figures | null;
  readonly onLeave: () => void;
  readonly onMenu: (key: string, button: HTMLElement) => void;
}

/** One endpoint of the cell. */
export function LensRow(props: ILensRowProps): JSX.Element {
  const { view, row, path, served, figures, onLeave, onMenu } = props;
  const { trans, commands } = view;
  const { endpoint, condition, findings } = row;
  const now = useNow(endpoint.kind === 'schedule' || condition.word === 'starting');
  const name = endpointText(endpoint);
  const reason = reasonText(condition.reason, trans, now, endpoint.cell);
  return (
    <Toolbar
      className={reason ? 'nl-LensRow nl-mod-told' : 'nl-LensRow'}
      label={trans.__('Endpoint %1, %2', name, conditionText(condition, trans, now))}
      onLeave={onLeave}
    >
      <Badge endpoint={endpoint} />
      <span className="nl-LensRow-subject" title={subject(endpoint)}>
        {subject(endpoint)}
      </span>
      <Condition condition={condition} trans={trans} />
      <span className="nl-LensRow-reason" title={reason}>
        {reason || <Timing endpoint={endpoint} figures={figures} now={now} view={view} />}
      </span>
      <Usage endpoint={endpoint} figures={figures} view={view} />
      <Button
        look="quiet"
        aria-label={trans.__('%1: %2', tryText(endpoint, trans), name)}
        title={trans.__('Open it in the preview')}
        onClick={() => void invoke(commands, CommandIDs.tryEndpoint, { key: endpoint.key, path })}
      >
        {tryText(endpoint, trans)}
      </Button>
      <Remedy condition={condition} path={path} view={view} />
      {endpoint.kind === 'schedule' && !isUp(served) ? null : (
        <EndpointActions row={row} path={path} isServed={isUp(served)} view={view} />
      )}
      <Problems findings={findings} path={path} view={view} />
      <Button
        look="quiet"
        aria-label={trans.__('More about %1', name)}
        title={trans.__('More')}
        aria-haspopup="menu"
        onClick={event => onMenu(endpoint.key, event.currentTarget)}
      >
        ⋯
      </Button>
    </Toolbar>
  );
}

/** A cell that means to declare something, but whose declaration cannot be understood. */
export function BrokenRow(props: {
  readonly view: IViewContext;
  /** The notebook's contents path. */
  readonly path: string;
  readonly findings: readonly Finding[];
  readonly onLeave: () => void;
}): JSX.Element {
  const { view, path, findings, onLeave } = props;
  const { trans } = view;
  const first = findings.find(each => each.severity === 'error');
  const text = plain(sentence(first?.message ?? ''));
  const condition: ICondition = { word: 'problem', reason: { kind: 'told', text } };
  return (
    <Toolbar
      className="nl-LensRow"
      label={trans.__('Declaration, %1', conditionText(condition, trans))}
      onLeave={onLeave}
    >
      <Condition condition={condition} trans={trans} />
      <span className="nl-LensRow-reason" title={text}>
        {text}
      </span>
      <Problems findings={findings} path={path} view={view} />
    </Toolbar>
  );
}

function tryText(endpoint: Endpoint, trans: TranslationBundle): string {
  switch (endpoint.kind) {
    case 'http':
      return trans.__('Try');
    case 'websocket':
      return trans.__('Open console');
    case 'schedule':
      return trans.__('Timeline');
    case 'stream':
      return trans.__('Watch');
  }
}

function Timing(props: {
  readonly endpoint: Endpoint;
  readonly figures: Figures | null;
  readonly now: number;
  readonly view: IViewContext;
}): JSX.Element | null {
  const { endpoint, figures, now, view } = props;
  if (endpoint.kind !== 'schedule') {
    return null;
  }
  const next = figures?.next || endpoint.next[0] || '';
  const until = figures?.next ? untilText(figures.next, now, view.trans) : '';
  return (
    <span title={next && view.trans.__('Next run: %1', momentText(next, endpoint.timezone))}>
      {scheduleText(endpoint, figures, until, view.trans)}
    </span>
  );
}

function Problems(props: {
  readonly findings: readonly Finding[];
  readonly path: string;
  readonly view: IViewContext;
}): JSX.Element | null {
  const { findings, path, view } = props;
  const { commands, trans } = view;
  const first = findings[0];
  if (!first) {
    return null;
  }
  const mended = findings.find(each => each.fixes.length > 0);
  const fix = mended?.fixes[0];
  return (
    <>
      {mended && fix ? (
        <Button
          look="quiet"
          className="nl-LensRow-fix"
          title={plain(mended.message)}
          onClick={() =>
            void invoke(commands, CommandIDs.applyFix, { path, cellId: mended.cell_id, ...fix })
          }
        >
          {fixText(fix.title, trans)}
        </Button>
      ) : null}
      <Button
        look="quiet"
        title={sentence(plain(first.hint || first.message))}
        onClick={() =>
          void invoke(commands, CommandIDs.reveal, {
            path,
            cellId: first.cell_id,
            line: first.span?.line ?? 1
          })
        }
      >
        {trans._n('1 problem', '%1 problems', findings.length)}
      </Button>
    </>
  );
}
