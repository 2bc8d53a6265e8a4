/**
 * The row above a declarative cell: what it is, how it is, what one can do.
 */
import * as React from 'react';
import { CommandIDs, invoke } from '../commandids';
import { isUp, type IRow, type IStatus, type NotebookState } from '../model';
import type { Diagnostic } from '../protocol';
import {
  Badge,
  Button,
  StatusLabel,
  StatusAction,
  Toolbar,
  statusText,
  fixText,
  plain,
  reasonText,
  sentence,
  messageText,
  hintText,
  useNow,
  useStats,
  type IViewContext
} from '../view';

/** One endpoint of the cell. */
export function LensRow(props: {
  readonly view: IViewContext;
  readonly row: IRow;
  readonly state: NotebookState;
  readonly onLeave: () => void;
  readonly onMenu: (key: string, button: HTMLElement) => void;
}): JSX.Element {
  const { view, row, state, onLeave, onMenu } = props;
  const { commands, kinds, trans } = view;
  const { endpoint, status, diagnostics } = row;
  const { path, served } = state.snapshot;
  const stats = useStats(state, endpoint.key);
  const kind = kinds.of(endpoint);
  const now = useNow(status.kind === 'starting');
  const name = kinds.text(endpoint);
  const subject = kind.subject(endpoint);
  const tried = kind.tryText(trans);
  const given = { row, stats, path, isServed: isUp(served), where: 'lens', view } as const;
  // The button beside it says how an edit goes live.
  const isSaid = status.reason.kind === 'save' || status.reason.kind === 'update';
  const reason = isSaid ? '' : reasonText(status.reason, trans, now, endpoint.cell);
  return (
    <Toolbar
      className="nl-LensRow"
      label={trans.__('Endpoint %1, %2', name, statusText(status, trans, now))}
      onLeave={onLeave}
    >
      <Badge endpoint={endpoint} />
      <span className="nl-LensRow-subject" title={subject}>
        {subject}
      </span>
      <StatusLabel status={status} trans={trans} rank={5} />
      <span className="nl-LensRow-reason" title={reason}>
        {reason || <kind.Summary {...given} />}
      </span>
      <Part rank={reason ? 0 : 1}>
        <kind.Usage {...given} />
      </Part>
      {/* What comes and goes while somebody types stands before what stays at the end. */}
      <Problems diagnostics={diagnostics} path={path} view={view} />
      <Part rank={6}>
        <StatusAction status={status} path={path} view={view} />
      </Part>
      <Part rank={2}>
        <kind.Actions {...given} />
      </Part>
      <Part rank={7}>
        <Button
          look="quiet"
          aria-label={trans.__('%1: %2', tried, name)}
          title={trans.__('Open it in the preview')}
          onClick={() => void invoke(commands, CommandIDs.tryEndpoint, { key: endpoint.key, path })}
        >
          {tried}
        </Button>
      </Part>
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

/** A part of the row; the lower its rank, the earlier it makes room, and the menu has it still. */
function Part(props: { readonly rank: number; readonly children: React.ReactNode }): JSX.Element {
  return (
    <span className="nl-LensRow-part" data-rank={props.rank}>
      {props.children}
    </span>
  );
}

interface IProblemsProps {
  readonly diagnostics: readonly Diagnostic[];
  /** The notebook's contents path. */
  readonly path: string;
  readonly view: IViewContext;
}

/** A cell that means to declare something, but whose declaration cannot be understood. */
export function BrokenRow(props: IProblemsProps & { readonly onLeave: () => void }): JSX.Element {
  const { diagnostics, onLeave } = props;
  const { trans } = props.view;
  const first = diagnostics.find(each => each.severity === 'error');
  const text = first ? plain(sentence(messageText(first, trans))) : '';
  const status: IStatus = { kind: 'problem', reason: { kind: 'told', text } };
  return (
    <Toolbar
      className="nl-LensRow"
      label={trans.__('Declaration, %1', statusText(status, trans))}
      onLeave={onLeave}
    >
      <StatusLabel status={status} trans={trans} rank={7} />
      <span className="nl-LensRow-reason" title={text}>
        {text}
      </span>
      <Problems {...props} />
    </Toolbar>
  );
}

function Problems({ diagnostics, path, view }: IProblemsProps): JSX.Element | null {
  const { commands, trans } = view;
  const first = diagnostics[0];
  if (!first) {
    return null;
  }
  const fixable = diagnostics.find(each => each.fixes.length > 0);
  const fix = fixable?.fixes[0];
  const draft = diagnostics.find(each => each.action === 'draft');
  return (
    <>
      {fixable && fix ? (
        <Part rank={3}>
          <Button
            look="quiet"
            className="nl-LensRow-fix"
            title={plain(messageText(fixable, trans))}
            onClick={() =>
              void invoke(commands, CommandIDs.applyFix, { path, cellId: fixable.cell_id, ...fix })
            }
          >
            {fixText(fix, trans)}
          </Button>
        </Part>
      ) : null}
      <Part rank={4}>
        <Button
          look="quiet"
          title={sentence(plain(hintText(first, trans) || messageText(first, trans)))}
          onClick={() =>
            void invoke(commands, CommandIDs.reveal, {
              path,
              cellId: first.cell_id,
              line: first.span?.line ?? 1
            })
          }
        >
          {trans._n('1 problem', '%1 problems', diagnostics.length)}
        </Button>
      </Part>
      {draft ? (
        <Part rank={5}>
          <Button
            look="quiet"
            title={trans.__('Have the function drafted from words')}
            onClick={() =>
              void invoke(commands, CommandIDs.generate, { path, cellId: draft.cell_id })
            }
          >
            {trans.__('Generate…')}
          </Button>
        </Part>
      ) : null}
      {diagnostics.some(each => each.action === 'start-over') ? (
        <Part rank={3}>
          <Button
            look="quiet"
            className="nl-LensRow-fix"
            title={trans.__('Serve the notebook from a new process, which remembers nothing')}
            onClick={() => void invoke(commands, CommandIDs.startOver, { path })}
          >
            {trans.__('Start over')}
          </Button>
        </Part>
      ) : null}
    </>
  );
}
