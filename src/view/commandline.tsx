/**
 * A command to run in a terminal, ready to be copied.
 */
import { Clipboard } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import { ICONS } from './icons';
import { Button } from './pieces';

/** The command and its copy button. */
export function CommandLine(props: {
  readonly command: string;
  readonly trans: TranslationBundle;
}): JSX.Element {
  const { command, trans } = props;
  return (
    <div className="nl-CommandLine">
      <code>{command}</code>
      <Button
        look="quiet"
        icon={ICONS.copy}
        aria-label={trans.__('Copy the command')}
        title={trans.__('Copy the command')}
        onClick={() => Clipboard.copyToSystem(command)}
      />
    </div>
  );
}
