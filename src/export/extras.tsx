/**
 * What the cells need beside themselves and cannot say, and keeping it with the notebook.
 */
import * as React from 'react';
import { Button } from '../view';
import { LinesField } from './fields';
import type { IExportProps } from './props';

/** Further files, Debian packages, and the button that keeps the options. */
export function Extras({ session, view }: IExportProps): JSX.Element {
  const { trans } = view;
  const { draft } = session;
  return (
    <>
      <div className="nl-ExportExtras">
        <LinesField
          label={trans.__('Files')}
          hint={trans.__(
            'Paths or patterns from the folder of the notebook, one a line: data/*.csv'
          )}
          lines={draft.files}
          onChange={files => session.change({ files })}
        />
        <LinesField
          label={trans.__('Debian packages')}
          hint={trans.__('Installed with apt, one a line: libgomp1')}
          lines={draft.packages}
          onChange={packages => session.change({ packages })}
        />
      </div>
      <Button
        disabledReason={session.areOptionsKept ? trans.__('The notebook has these options') : ''}
        onClick={() => session.keepOptions()}
      >
        {trans.__('Save these options in the notebook')}
      </Button>
    </>
  );
}
