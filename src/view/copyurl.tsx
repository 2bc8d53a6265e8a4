/**
 * The button that copies the URL of an endpoint, the same in lens and panel.
 */
import * as React from 'react';
import { CommandIDs, invoke } from '../commandids';
import { ICONS } from './icons';
import type { IRowProps } from './kind';
import { Button } from './pieces';

/** A word in the lens, an icon in the panel; nothing where there is no address. */
export function CopyUrl({ row, path, isServed, where, view }: IRowProps): JSX.Element | null {
  const { commands, kinds, trans } = view;
  const { key } = row.endpoint;
  const isIcon = where === 'panel';
  return row.endpoint.path ? (
    <Button
      look="quiet"
      icon={isIcon ? ICONS.copy : undefined}
      aria-label={isIcon ? trans.__('Copy the URL of %1', kinds.text(row.endpoint)) : undefined}
      title={trans.__('Copy URL')}
      disabledReason={isServed ? '' : trans.__('Serve the notebook first')}
      onClick={() => void invoke(commands, CommandIDs.copyUrl, { key, path })}
    >
      {isIcon ? null : trans.__('Copy URL')}
    </Button>
  ) : null;
}
