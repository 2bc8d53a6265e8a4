/**
 * What an endpoint has done and what can be done with it, the same in lens and panel.
 */
import { copyIcon, runIcon } from '@jupyterlab/ui-components';
import * as React from 'react';
import { CommandIDs, invoke } from '../commands/ids';
import type { IRow } from '../model';
import type { Endpoint, Figures } from '../protocol';
import type { IViewContext } from './context';
import { pauseIcon } from './icons';
import { Button, Calls, Clients } from './pieces';
import { endpointText } from './wording';

/** The calls of an HTTP endpoint, the clients of a WebSocket. */
export function Usage(props: {
  readonly endpoint: Endpoint;
  readonly figures: Figures | null;
  readonly view: IViewContext;
}): JSX.Element | null {
  const { endpoint, figures, view } = props;
  if (!figures || endpoint.kind === 'schedule') {
    return null;
  }
  const Shown = endpoint.kind === 'http' ? Calls : Clients;
  return <Shown figures={figures} trans={view.trans} />;
}

interface IActionProps {
  readonly row: IRow;
  /** The notebook's contents path. */
  readonly path: string;
  readonly isServed: boolean;
  readonly view: IViewContext;
  /** In place of a word; the word is there for those who cannot see it. */
  readonly isIcon?: boolean;
}

/** What a schedule's clock does, or the URL of anything else. */
export function EndpointActions(props: IActionProps): JSX.Element {
  return props.row.endpoint.kind === 'schedule' ? <Clockwork {...props} /> : <CopyUrl {...props} />;
}

function CopyUrl({ row, path, isServed, view, isIcon }: IActionProps): JSX.Element {
  const { commands, trans } = view;
  const { key } = row.endpoint;
  return (
    <Button
      look="quiet"
      className={isIcon ? 'nl-mod-icon' : 'nl-CopyUrl'}
      aria-label={
        isIcon ? trans.__('Copy the URL of %1', endpointText(row.endpoint)) : trans.__('Copy URL')
      }
      title={trans.__('Copy URL')}
      disabledReason={isServed ? '' : trans.__('Serve the notebook first')}
      onClick={() => void invoke(commands, CommandIDs.copyUrl, { key, path })}
    >
      <copyIcon.react tag="span" />
      {isIcon ? null : <span className="nl-CopyUrl-text">{trans.__('Copy URL')}</span>}
    </Button>
  );
}

/** Run a schedule now; let its clock rest, or go on. */
function Clockwork({ row, path, isServed, view, isIcon }: IActionProps): JSX.Element {
  const { commands, trans } = view;
  const name = endpointText(row.endpoint);
  const isPaused = row.condition.word === 'paused';
  const pause = isPaused ? trans.__('Resume') : trans.__('Pause');
  const common = {
    look: 'quiet',
    className: isIcon ? 'nl-mod-icon' : 'nl-Clockwork',
    disabledReason: isServed ? '' : trans.__('Serve the notebook first')
  } as const;
  const run = (id: typeof CommandIDs.runSchedule | typeof CommandIDs.pauseSchedule) => () =>
    void commands.execute(id, { key: row.endpoint.key, path });
  return (
    <>
      <Button
        {...common}
        aria-label={isIcon ? trans.__('Run %1 now', name) : undefined}
        title={trans.__('Run now')}
        onClick={run(CommandIDs.runSchedule)}
      >
        {isIcon ? <runIcon.react tag="span" /> : trans.__('Run now')}
      </Button>
      <Button
        {...common}
        aria-label={
          isIcon ? (isPaused ? trans.__('Resume %1', name) : trans.__('Pause %1', name)) : undefined
        }
        title={pause}
        onClick={run(CommandIDs.pauseSchedule)}
      >
        {isIcon ? <pauseIcon.react tag="span" /> : pause}
      </Button>
    </>
  );
}
