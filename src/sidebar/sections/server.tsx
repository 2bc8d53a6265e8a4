/**
 * How the notebook is served: state, address, and what one can do about it.
 */
import * as React from 'react';
import { CommandIDs, invoke } from '../../commandids';
import { isUp, type ISnapshot, type Reason } from '../../model';
import type { Served } from '../../protocol';
import {
  Button,
  CommandLine,
  ICONS,
  MiddleCut,
  StatusLabel,
  reasonText,
  useNow,
  type IViewContext
} from '../../view';

/** What the list of problems says, and what the word of the state and the button beside it do. */
const TOLD_ELSEWHERE: ReadonlySet<Reason['kind']> = new Set(['diagnostic', 'save', 'update']);

interface IServerProps {
  readonly snapshot: ISnapshot;
  readonly view: IViewContext;
}

/** The first section. */
export function ServerSection({ snapshot, view }: IServerProps): JSX.Element {
  const { status, served } = snapshot;
  const { trans } = view;
  const now = useNow(status.kind === 'starting');
  const reason = TOLD_ELSEWHERE.has(status.reason.kind)
    ? ''
    : reasonText(status.reason, trans, now);
  return (
    <div className="nl-Server">
      <div className="nl-Server-state">
        <StatusLabel status={status} trans={trans} />
        <span className="nl-Server-actions">
          <Actions snapshot={snapshot} view={view} />
        </span>
      </div>
      {reason ? <p className="nl-Server-reason">{reason}</p> : null}
      {served && view.model.served.hasLostMemory(served.id) ? (
        <div className="nl-Server-unsaved" role="note">
          <span>
            {trans.__('The process ended and was started again: what it held in memory is lost.')}
          </span>
          <Button onClick={() => view.model.served.takeNote(served.id)}>
            {trans.__('Got it')}
          </Button>
        </div>
      ) : null}
      {served?.command ? <CommandLine command={served.command} trans={trans} /> : null}
      {isUp(served) ? <Address served={served} path={snapshot.path} view={view} /> : null}
    </div>
  );
}

type ServingCommand = typeof CommandIDs.serve | typeof CommandIDs.stop | typeof CommandIDs.update;

function Actions({ snapshot, view }: IServerProps): JSX.Element {
  const { commands, trans } = view;
  const { status, served, path } = snapshot;
  const run = (id: ServingCommand) => () => void invoke(commands, id, { path });
  if (status.kind === 'starting') {
    return <Button onClick={run(CommandIDs.stop)}>{trans.__('Cancel')}</Button>;
  }
  if (isUp(served)) {
    return (
      <>
        {status.reason.kind === 'update' ? (
          <Button look="primary" onClick={run(CommandIDs.update)}>
            {trans.__('Make live')}
          </Button>
        ) : null}
        <Button icon={ICONS.stop} onClick={run(CommandIDs.stop)}>
          {trans.__('Stop')}
        </Button>
      </>
    );
  }
  const isAgain = status.kind === 'problem' || status.kind === 'stopped';
  return (
    <>
      <Button look="primary" icon={ICONS.serve} onClick={run(CommandIDs.serve)}>
        {isAgain ? trans.__('Serve again') : trans.__('Serve notebook')}
      </Button>
      {status.kind === 'problem' ? (
        <Button icon={ICONS.stop} onClick={run(CommandIDs.stop)}>
          {trans.__('Stop')}
        </Button>
      ) : null}
    </>
  );
}

function Address(props: {
  readonly served: Served;
  readonly path: string;
  readonly view: IViewContext;
}): JSX.Element {
  const { served, path, view } = props;
  const { model, commands, trans } = view;
  const url = model.address(served, '/');
  const isOwn = url === served.own_url;
  return (
    <>
      <div className="nl-Server-address">
        <MiddleCut className="nl-Server-url" text={url} />
        <Button
          look="quiet"
          icon={ICONS.copy}
          aria-label={trans.__('Copy the URL of the served notebook')}
          title={trans.__('Copy URL')}
          onClick={() => void invoke(commands, CommandIDs.copyUrl, { key: '', path })}
        />
      </div>
      {isOwn ? (
        <Button onClick={() => void invoke(commands, CommandIDs.copyKey, { path })}>
          {trans.__('Copy API key')}
        </Button>
      ) : null}
      <p className="nl-Hint">
        {isOwn
          ? trans.__('Programs on this machine that send the key in X-API-Key can call it.')
          : trans.__('Everybody who may use this Jupyter server can call it.')}
      </p>
    </>
  );
}
