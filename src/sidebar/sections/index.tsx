/**
 * The table of the panel's sections; a new one is a row here and a file beside this one.
 */
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import { CommandIDs, invoke } from '../../commands/ids';
import type { IRow, ISnapshot, NotebookState } from '../../model';
import { ProblemList, type IViewContext } from '../../view';
import { CallList } from './calls';
import { EndpointList } from './endpoints';
import { ServerSection } from './server';

/** What a section is drawn from. */
export interface ISectionProps {
  readonly state: NotebookState;
  readonly snapshot: ISnapshot;
  /** The rows that pass the filter. */
  readonly rows: readonly IRow[];
  readonly view: IViewContext;
}

/** One section. */
export interface ISection {
  readonly id: string;
  title(props: ISectionProps, trans: TranslationBundle): string;
  /** Whether it has anything to say. */
  isShown(props: ISectionProps): boolean;
  body(props: ISectionProps): JSX.Element;
}

export const SECTIONS: readonly ISection[] = [
  {
    id: 'server',
    title: (_, trans) => trans.__('Server'),
    isShown: () => true,
    body: ({ snapshot, view }) => <ServerSection snapshot={snapshot} view={view} />
  },
  list('http', 'endpoints', (trans, count) => trans.__('Endpoints (%1)', count)),
  list('websocket', 'websockets', (trans, count) => trans.__('WebSockets (%1)', count)),
  list('schedule', 'schedules', (trans, count) => trans.__('Schedules (%1)', count)),
  {
    id: 'calls',
    title: ({ state, view }, trans) => {
      const unseen = view.model.callsOf(state)?.unseen.length ?? 0;
      return unseen > 0
        ? trans._n('Calls (1 failed)', 'Calls (%1 failed)', unseen)
        : trans.__('Calls');
    },
    isShown: ({ snapshot }) => snapshot.served !== null && snapshot.served.state !== 'stopped',
    body: ({ state, view }) => {
      const log = view.model.callsOf(state);
      return log ? <CallList log={log} state={state} view={view} /> : <></>;
    }
  },
  {
    id: 'problems',
    title: ({ snapshot }, trans) => trans.__('Problems (%1)', snapshot.findings.length),
    isShown: () => true,
    body: ({ snapshot, view: { commands, trans } }) => (
      <ProblemList
        findings={snapshot.findings}
        goTo={(cellId, line) =>
          void invoke(commands, CommandIDs.reveal, { path: snapshot.path, cellId, line })
        }
        mend={(cellId, fix) =>
          void invoke(commands, CommandIDs.applyFix, { path: snapshot.path, cellId, ...fix })
        }
        trans={trans}
      />
    )
  }
];

function list(
  kind: IRow['endpoint']['kind'],
  id: string,
  title: (trans: TranslationBundle, count: number) => string
): ISection {
  const own = (rows: readonly IRow[]): readonly IRow[] =>
    rows.filter(row => row.endpoint.kind === kind);
  return {
    id,
    title: ({ rows }, trans) => title(trans, own(rows).length),
    isShown: ({ snapshot }) => own(snapshot.rows).length > 0,
    body: ({ rows, state, view }) => <EndpointList rows={own(rows)} state={state} view={view} />
  };
}
