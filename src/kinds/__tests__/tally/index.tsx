/**
 * The front-end entry of a kind that is added from outside: a function that is told how often it
 * was called.
 */
import * as React from 'react';
import { CommandIDs, menuItem } from '../../../commandids';
import type { Endpoint } from '../../../protocol';
import { CopyUrl, type IKind } from '../../../view';

export interface ITallyEndpoint extends Endpoint {
  readonly kind: 'tally';
  readonly total: number;
}

export const TALLY: IKind<ITallyEndpoint> = {
  name: 'tally',
  section: 'tallies',
  sample: () => ({ title: 'Tally', about: 'Counts its calls.', command: 'Insert a Tally Cell' }),
  title: (_, count) => `Tallies (${count})`,
  subject: endpoint => `${endpoint.path} counted`,
  scheme: () => 'http',
  tryText: () => 'Count',
  Usage: ({ stats }) => <em>{stats?.calls ?? 0} counted</em>,
  Summary: ({ row, where }) => (
    <>
      from {row.endpoint.total} on, in the {where}
    </>
  ),
  Actions: CopyUrl,
  menu: at => [menuItem(CommandIDs.openPreview, at)],
  register: ({ commands }) =>
    void commands.addCommand('tally:reset', { execute: () => 'reset', describedBy: { args: {} } }),
  Preview: ({ row }) => <p>The tally begins at {row.endpoint.total}.</p>
};
