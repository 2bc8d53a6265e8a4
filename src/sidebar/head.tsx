/**
 * The head of the panel: which notebook it is about, and what can be done with the whole of it.
 */
import { PathExt } from '@jupyterlab/coreutils';
import * as React from 'react';
import { CommandIDs, invoke } from '../commandids';
import { isUp, type ISnapshot } from '../model';
import { Button, ICONS, Toolbar, type IViewContext } from '../view';

/** Name and icons; none of them comes or goes with a key press. */
export function PanelHead(props: {
  readonly snapshot: ISnapshot;
  /** Whether there is anything to export. */
  readonly isEmpty: boolean;
  readonly view: IViewContext;
}): JSX.Element {
  const { snapshot, isEmpty, view } = props;
  const { commands, trans } = view;
  const { path, served, editedCells } = snapshot;
  const edited = trans._n('1 edited cell not saved', '%1 edited cells not saved', editedCells);
  return (
    <div className="nl-Panel-head">
      <h2 className="nl-Panel-notebook" title={path}>
        {PathExt.basename(path)}
      </h2>
      <Toolbar className="nl-Panel-tools" label={trans.__('Notebook')}>
        {isUp(served) ? (
          <>
            <Button
              look="quiet"
              icon={ICONS.save}
              aria-label={trans.__('Save')}
              title={trans.__('Save: %1', edited)}
              disabledReason={editedCells === 0 ? trans.__('Every cell is saved') : ''}
              onClick={() => void invoke(commands, CommandIDs.save, { path })}
            />
            <Button
              look="quiet"
              icon={ICONS.docs}
              aria-label={trans.__('Open API Docs')}
              title={trans.__('Open API Docs')}
              onClick={() => void invoke(commands, CommandIDs.openDocs, { path })}
            />
          </>
        ) : null}
        {isEmpty ? null : (
          <Button
            look="quiet"
            icon={ICONS.export}
            aria-label={trans.__('Export to Docker…')}
            title={trans.__('Export to Docker…')}
            onClick={() => void invoke(commands, CommandIDs.exportDocker, { path })}
          />
        )}
      </Toolbar>
    </div>
  );
}
