/**
 * The panel's content: the sections of the notebook in front, or why there are none.
 */
import * as React from 'react';
import type { IRow, NotebookState } from '../model';
import { SessionsSection, type KernelSessions } from '../sessions';
import {
  Boundary,
  Section,
  lastExportText,
  useSignals,
  type CollapsedSections,
  type ISection,
  type IViewContext
} from '../view';
import { NoDeclarations, NoNotebook, ServerLost, ServerMissing } from './empty';
import { PanelHead } from './head';
import { sectionsOf, type ISectionProps } from './sections';

/** The whole of it. */
export function PanelBody(props: {
  readonly view: IViewContext;
  readonly sessions: KernelSessions | null;
  readonly collapsed: CollapsedSections;
}): JSX.Element {
  const { view, sessions, collapsed } = props;
  const { model } = view;
  useSignals(model.currentChanged, model.served.changed, collapsed.changed);
  if (model.served.connection === 'missing') {
    return <ServerMissing view={view} />;
  }
  return (
    <>
      {model.served.connection === 'lost' ? <ServerLost view={view} /> : null}
      {model.current ? (
        <NotebookBody state={model.current} view={view} collapsed={collapsed} />
      ) : (
        <NoNotebook view={view} />
      )}
      {sessions ? <SessionsSection sessions={sessions} view={view} collapsed={collapsed} /> : null}
    </>
  );
}

function NotebookBody(props: {
  readonly state: NotebookState;
  readonly view: IViewContext;
  readonly collapsed: CollapsedSections;
}): JSX.Element {
  const { state, view, collapsed } = props;
  const { trans } = view;
  const calls = view.model.callsOf(state);
  useSignals(state.changed, view.model.exports.changed, ...(calls ? [calls.changed] : []));
  const [filter, setFilter] = React.useState('');
  const { snapshot } = state;
  const session = view.model.exports.known(state);
  const rows = snapshot.rows.filter(row => matches(row, filter, view));
  const isEmpty = snapshot.isAnalysed && snapshot.rows.length === 0 && snapshot.cells.length === 0;
  const given = { state, snapshot, rows, view };
  const sections = sectionsOf(view.kinds).filter(
    section => (section.isShown?.(given) ?? true) && !(isEmpty && isIdle(section.id, state))
  );
  return (
    <>
      <PanelHead snapshot={snapshot} isEmpty={isEmpty} view={view} />
      {isEmpty ? (
        <NoDeclarations functions={snapshot.functions} path={snapshot.path} view={view} />
      ) : null}
      {snapshot.failure ? <p className="nl-Banner">{snapshot.failure.message}</p> : null}
      {snapshot.rows.length > 0 ? (
        <input
          type="search"
          className="nl-Filter jp-mod-styled"
          value={filter}
          placeholder={trans.__('Filter endpoints')}
          aria-label={trans.__('Filter endpoints')}
          onChange={event => setFilter(event.target.value)}
        />
      ) : null}
      {sections.map(section => (
        <Section
          key={section.id}
          id={section.id}
          title={section.title(given, trans)}
          collapsed={collapsed}
        >
          <Boundary view={view} subject={snapshot.path}>
            <SectionBody section={section} given={given} />
          </Boundary>
        </Section>
      ))}
      {session?.lastExport ? (
        <p className="nl-Panel-foot nl-Hint">{lastExportText(session, trans, view.locale)}</p>
      ) : null}
    </>
  );
}

/** Drawn inside of its boundary. */
function SectionBody(props: {
  readonly section: ISection<ISectionProps>;
  readonly given: ISectionProps;
}): JSX.Element {
  return props.section.body(props.given);
}

/** The diagnostic that says in words what the cards say already. */
const NOTHING_DECLARED = 'NL010';

/** A section that has nothing to tell of a notebook that declares nothing. */
function isIdle(id: string, { snapshot }: NotebookState): boolean {
  return id === 'problems'
    ? snapshot.diagnostics.every(each => each.code === NOTHING_DECLARED)
    : snapshot.served === null;
}

function matches({ endpoint }: IRow, filter: string, { kinds }: IViewContext): boolean {
  const words = filter.toLowerCase().split(/\s+/);
  const text = `${kinds.text(endpoint)} ${endpoint.function}`.toLowerCase();
  return words.every(word => text.includes(word));
}
