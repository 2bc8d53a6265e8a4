/**
 * What the user says about the export as a whole, and keeping it with the notebook.
 */
import * as React from 'react';
import { optionErrors } from '../model';
import { Button } from '../view';
import { LinesField, TextField, Tick } from './fields';
import type { IExportProps } from './props';
import { optionErrorText } from './wording';

/** Name, folder, Python, port and the two ticks. */
export function Options({ session, view }: IExportProps): JSX.Element {
  const { trans } = view;
  const { draft, newestPlan } = session;
  const worked = newestPlan?.options;
  const found = optionErrors(draft);
  const errorOf = (error: 'port' | 'python'): string =>
    found.includes(error) ? optionErrorText(error, trans) : '';
  return (
    <div className="nl-ExportOptions">
      <div className="nl-ExportOptions-fields">
        <TextField
          label={trans.__('Name')}
          value={draft.title || (worked?.title ?? '')}
          onChange={title => session.change({ title })}
        />
        <TextField
          label={trans.__('Folder')}
          value={draft.folder || (worked?.folder ?? '')}
          onChange={folder => session.change({ folder })}
        />
        <TextField
          label={trans.__('Python')}
          value={draft.python || (worked?.python ?? '')}
          error={errorOf('python')}
          onChange={python => session.change({ python })}
        />
        <TextField
          label={trans.__('Port')}
          value={Number.isNaN(draft.port) ? '' : String(draft.port)}
          error={errorOf('port')}
          isNumber
          onChange={port => session.change({ port: /^\d+$/.test(port) ? Number(port) : NaN })}
        />
      </div>
      <div className="nl-ExportOptions-ticks">
        <Tick
          label={trans.__('Only what is needed')}
          hint={trans.__('Leave out the cells that no endpoint depends on.')}
          isOn={draft.only_needed}
          onChange={isOn => session.change({ only_needed: isOn })}
        />
        <Tick
          label={trans.__('Files for replicas')}
          hint={trans.__('Add Compose with Redis and HAProxy, and manifests for Kubernetes.')}
          isOn={draft.replicas}
          onChange={isOn => session.change({ replicas: isOn })}
        />
        <Tick
          label={trans.__('Files for Ray Serve')}
          hint={trans.__('Add what runs the service on a Ray cluster that exists.')}
          isOn={draft.engine === 'ray'}
          onChange={isOn => session.change({ engine: isOn ? 'ray' : '' })}
        />
        <Tick
          label={trans.__('Check before it is written')}
          hint={trans.__('Start the app in a fresh process and replay the saved examples.')}
          isOn={draft.check}
          onChange={isOn => session.change({ check: isOn })}
        />
      </div>
    </div>
  );
}

/** What the cells need beside themselves and cannot say, and the button that keeps all of it. */
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
