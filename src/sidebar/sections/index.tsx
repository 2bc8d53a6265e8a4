/**
 * The panel's sections.
 */
import * as React from 'react';
import { CommandIDs, invoke } from '../../commandids';
import type { IRow, ISnapshot, NotebookState } from '../../model';
import { ProblemList, type IKind, type ISection, type IViewContext, type Kinds } from '../../view';
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

/** What is listed of each kind stands between the server and what happened. */
export function sectionsOf(kinds: Kinds): readonly ISection<ISectionProps>[] {
  return [SERVER, ...[...kinds.all, kinds.other].map(kind => list(kind)), CALLS, PROBLEMS];
}

const SERVER: ISection<ISectionProps> = {
  id: 'server',
  title: (_, trans) => trans.__('Server'),
  body: ({ snapshot, view }) => <ServerSection snapshot={snapshot} view={view} />
};

const CALLS: ISection<ISectionProps> = {
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
};

const PROBLEMS: ISection<ISectionProps> = {
  id: 'problems',
  title: ({ snapshot }, trans) => trans.__('Problems (%1)', snapshot.diagnostics.length),
  isShown: ({ snapshot }) => snapshot.diagnostics.length > 0,
  body: ({ snapshot, view: { commands, trans } }) => (
    <ProblemList
      diagnostics={snapshot.diagnostics}
      goTo={(cellId, line) =>
        void invoke(commands, CommandIDs.reveal, { path: snapshot.path, cellId, line })
      }
      applyFix={(cellId, fix) =>
        void invoke(commands, CommandIDs.applyFix, { path: snapshot.path, cellId, ...fix })
      }
      startOver={() => void invoke(commands, CommandIDs.startOver, { path: snapshot.path })}
      generate={cellId =>
        void invoke(commands, CommandIDs.generate, { path: snapshot.path, cellId })
      }
      trans={trans}
    />
  )
};

function list(kind: IKind): ISection<ISectionProps> {
  const own = (rows: readonly IRow[], { kinds }: IViewContext): readonly IRow[] =>
    rows.filter(row => kinds.of(row.endpoint) === kind);
  return {
    id: kind.section,
    title: ({ rows, view }, trans) => kind.title(trans, own(rows, view).length),
    isShown: ({ snapshot, view }) => own(snapshot.rows, view).length > 0,
    body: ({ rows, state, view }) => {
      const listed = own(rows, view);
      const label = kind.title(view.trans, listed.length);
      return <EndpointList label={label} rows={listed} state={state} view={view} />;
    }
  };
}
