/**
 * The user's sessions in the panel: a row for each, with what one can do to it.
 */
import { closeIcon, refreshIcon, stopIcon } from '@jupyterlab/ui-components';
import * as React from 'react';
import { CommandIDs, invoke } from '../commandids';
import type { StatusKind } from '../model';
import type { SessionAnswer } from '../protocol';
import {
  Boundary,
  Button,
  Glyph,
  List,
  Section,
  useNow,
  useSignals,
  type CollapsedSections,
  type IViewContext
} from '../view';
import type { KernelSessions } from './model';
import { ageText, memoryText, sessionStateText, sessionText } from './wording';

const REFRESHED_MS = 30_000;

const GLYPHS: Readonly<Record<SessionAnswer['state'], StatusKind>> = {
  starting: 'starting',
  idle: 'ready',
  busy: 'busy',
  restarting: 'starting',
  ended: 'stopped'
};

/** The section; nothing while there is no session. */
export function SessionsSection(props: {
  readonly sessions: KernelSessions;
  readonly view: IViewContext;
  readonly collapsed: CollapsedSections;
}): JSX.Element | null {
  const { sessions, view, collapsed } = props;
  const { trans } = view;
  useSignals(sessions.changed, collapsed.changed);
  const { all } = sessions;
  const now = useNow(all.length > 0, REFRESHED_MS);
  if (all.length === 0) {
    return null;
  }
  return (
    <Section id="sessions" title={trans.__('Sessions (%1)', all.length)} collapsed={collapsed}>
      <Boundary view={view} subject="sessions">
        <List label={trans.__('Sessions')}>
          {all.map(each => (
            <SessionItem key={each.session_id} session={each} nowMs={now} view={view} />
          ))}
        </List>
      </Boundary>
    </Section>
  );
}

function SessionItem(props: {
  readonly session: SessionAnswer;
  readonly nowMs: number;
  readonly view: IViewContext;
}): JSX.Element {
  const { session, nowMs, view } = props;
  const { commands, trans } = view;
  const { session_id: id, name, state, created } = session;
  const kind = GLYPHS[state];
  const end = (): void => void invoke(commands, CommandIDs.endSession, { id });
  const stats = [
    sessionStateText(session, trans),
    ageText(created, nowMs, trans),
    memoryText(session, trans)
  ];
  return (
    <li className="nl-Item nl-Session">
      <button
        type="button"
        className="nl-Item-main"
        title={trans.__('%1\nEnter opens it; Delete ends it', sessionText(session, nowMs, trans))}
        onClick={() => void invoke(commands, CommandIDs.pickSession, { id })}
        onKeyDown={event => {
          if (event.key === 'Delete') {
            event.preventDefault();
            end();
          }
        }}
      >
        <Glyph kind={kind} />
        <span className="nl-Item-subject">{name}</span>
        <span className="nl-Item-second">{stats.filter(Boolean).join(' · ')}</span>
      </button>
      <span className="nl-Item-actions">
        <Button
          look="quiet"
          icon={stopIcon}
          aria-label={trans.__('Interrupt %1', name)}
          title={trans.__('Interrupt')}
          disabledReason={state === 'busy' ? undefined : trans.__('Nothing runs in it')}
          onClick={() => void invoke(commands, CommandIDs.interruptSession, { id })}
        />
        <Button
          look="quiet"
          icon={refreshIcon}
          aria-label={trans.__('Restart %1', name)}
          title={trans.__('Restart')}
          onClick={() => void invoke(commands, CommandIDs.restartSession, { id })}
        />
        <Button
          look="quiet"
          icon={closeIcon}
          aria-label={trans.__('End %1', name)}
          title={trans.__('End')}
          onClick={end}
        />
      </span>
    </li>
  );
}
