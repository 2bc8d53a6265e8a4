/**
 * Where an endpoint answers, and how to get it to do so.
 */
import * as React from 'react';
import { CommandIDs, invoke } from '../commands/ids';
import { isUp } from '../model';
import { Button } from '../view';
import type { IPreviewProps } from './props';

/** A line of text, with the address below where there is one. */
export function AddressNote(props: IPreviewProps & { readonly text: string }): JSX.Element {
  const { view, state, row, text } = props;
  const { commands, model, trans } = view;
  const { served, path } = state.snapshot;
  const { endpoint } = row;
  if (!isUp(served)) {
    return (
      <div className="nl-Preview-note">
        <p>{trans.__('Nothing answers here until the notebook is served.')}</p>
        <Button look="primary" onClick={() => void invoke(commands, CommandIDs.serve, { path })}>
          {trans.__('Serve notebook')}
        </Button>
      </div>
    );
  }
  const scheme = endpoint.kind === 'websocket' ? 'ws' : 'http';
  return (
    <div className="nl-Preview-note">
      <p>{text}</p>
      <code>{model.address(served, endpoint.path, scheme)}</code>
      <Button
        onClick={() => void invoke(commands, CommandIDs.copyUrl, { key: endpoint.key, path })}
      >
        {trans.__('Copy URL')}
      </Button>
    </div>
  );
}
