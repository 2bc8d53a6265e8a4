/**
 * The button that copies the URL of an endpoint, the same in lens and panel.
 */
import { copyIcon } from '@jupyterlab/ui-components';
import * as React from 'react';
import { CommandIDs, invoke } from '../commandids';
import type { IRowProps } from './kind';
import { Button } from './pieces';

/** The word is there also where only the icon is shown, for those who cannot see it. */
export function CopyUrl({ row, path, isServed, where, view }: IRowProps): JSX.Element {
  const { commands, kinds, trans } = view;
  const { key } = row.endpoint;
  const isIcon = where === 'panel';
  return (
    <Button
      look="quiet"
      className={isIcon ? 'nl-mod-icon' : 'nl-CopyUrl'}
      aria-label={
        isIcon ? trans.__('Copy the URL of %1', kinds.text(row.endpoint)) : trans.__('Copy URL')
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
