/**
 * What one can do to a session: open it, interrupt what runs in it, restart it, end it.
 */
import { Dialog, InputDialog, showDialog, showErrorMessage } from '@jupyterlab/apputils';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import type { ISessionsApi } from '../api';
import { CommandIDs, invoke } from '../commandids';
import { withArgs } from '../commands/availability';
import type { SessionAnswer } from '../protocol';
import type { IViewContext } from '../view';
import type { KernelSessions } from './model';

type Context = Pick<IViewContext, 'commands' | 'trans' | 'say'>;

/** Those of this module, in the order of the palette. */
export const SESSION_COMMANDS = [
  CommandIDs.pickSession,
  CommandIDs.interruptSession,
  CommandIDs.restartSession,
  CommandIDs.endSession
] as const;

/** Register the commands; without an argument each asks which session is meant. */
export function registerSessions(
  view: Context,
  sessions: KernelSessions,
  api: Omit<ISessionsApi, 'listen'>
): void {
  const { commands, trans, say } = view;
  const add = (
    id: (typeof SESSION_COMMANDS)[number],
    label: string,
    caption: string,
    act: (session: SessionAnswer) => Promise<void>
  ): void => {
    commands.addCommand(id, {
      label: () =>
        sessions.all.length > 0 ? label : trans.__('%1 (%2)', label, trans.__('there is none')),
      caption,
      isEnabled: () => sessions.all.length > 0,
      describedBy: withArgs({
        id: {
          type: 'string',
          description: trans.__('The session; left out, the command asks for it')
        }
      }),
      execute: async args => {
        const session = await meant(args, sessions, label, view);
        if (session) {
          try {
            await act(session);
          } catch (error) {
            await showErrorMessage(trans.__('%1: %2', label, session.name), error as Error);
          }
        }
      }
    });
  };
  add(
    CommandIDs.pickSession,
    trans.__('Open Session'),
    trans.__('Show what was run in a session, and follow it'),
    async ({ session_id: id }) => {
      if (commands.hasCommand(CommandIDs.openSession)) {
        await invoke(commands, CommandIDs.openSession, { id });
      } else {
        window.open(api.pageUrl(id), '_blank', 'noopener');
      }
    }
  );
  add(
    CommandIDs.interruptSession,
    trans.__('Interrupt Session'),
    trans.__('End what runs in a session; its variables stay'),
    async ({ session_id, name }) => {
      await api.interrupt(session_id);
      say(trans.__('%1 interrupted', name));
    }
  );
  add(
    CommandIDs.restartSession,
    trans.__('Restart Session'),
    trans.__('Give a session a fresh kernel; its files stay'),
    async ({ session_id, name }) => {
      const title = trans.__('Restart %1?', name);
      const body = trans.__('All its variables will be lost. Its files stay.');
      if (await isConfirmed(title, body, trans.__('Restart'), view)) {
        await api.restart(session_id);
        say(trans.__('%1 restarted', name));
      }
    }
  );
  add(
    CommandIDs.endSession,
    trans.__('End Session'),
    trans.__('End a session, with its variables and files'),
    async ({ session_id, name }) => {
      const title = trans.__('End %1?', name);
      const body = trans.__('All its variables and files will be lost.');
      if (await isConfirmed(title, body, trans.__('End'), view)) {
        await api.end(session_id);
        say(trans.__('%1 ended', name));
      }
    }
  );
  sessions.changed.connect(() => SESSION_COMMANDS.forEach(id => commands.notifyCommandChanged(id)));
}

/** The session that is named, the only one, or the one that the user chooses. */
async function meant(
  { id }: ReadonlyPartialJSONObject,
  sessions: KernelSessions,
  title: string,
  { trans }: Context
): Promise<SessionAnswer | null> {
  const { all } = sessions;
  if (typeof id === 'string') {
    return sessions.get(id);
  }
  if (all.length === 1) {
    return all[0] ?? null;
  }
  // Two may have one name.
  const items = all.map((each, index) => trans.__('%1: %2', index + 1, each.name));
  const { button, value } = await InputDialog.getItem({ title, items });
  return (button.accept && value !== null && all[items.indexOf(value)]) || null;
}

async function isConfirmed(
  title: string,
  body: string,
  label: string,
  { trans }: Context
): Promise<boolean> {
  const buttons = [
    Dialog.cancelButton({ label: trans.__('Cancel') }),
    Dialog.warnButton({ label })
  ];
  return (await showDialog({ title, body, buttons })).button.accept;
}
