/**
 * The preview of an endpoint of a kind without an entry: what it takes, and where it answers.
 */
import * as React from 'react';
import { CommandIDs, invoke } from '../../commandids';
import { isUp } from '../../model';
import { Button, ServeButton, type IPreviewProps } from '../../view';

/** What is told of every endpoint. */
export function OtherView({ view, state, row }: IPreviewProps): JSX.Element {
  const { commands, kinds, model, trans } = view;
  const { served, path } = state.snapshot;
  const { endpoint } = row;
  const scheme = kinds.of(endpoint).scheme(endpoint);
  return (
    <div className="nl-Preview-note">
      <p>{trans.__('There is no form for endpoints of the kind %1.', endpoint.kind)}</p>
      {endpoint.function ? <p>{trans.__('It calls %1.', endpoint.function)}</p> : null}
      {endpoint.inputs.length > 0 ? (
        <>
          <p>{trans.__('It takes:')}</p>
          <ul>
            {endpoint.inputs.map(({ name, type }) => (
              <li key={name}>
                <code>{type ? `${name}: ${type}` : name}</code>
              </li>
            ))}
          </ul>
        </>
      ) : null}
      {isUp(served) && scheme ? (
        <>
          <code>{model.address(served, endpoint.path, scheme)}</code>
          <Button
            data-nl-first
            onClick={() => void invoke(commands, CommandIDs.copyUrl, { key: endpoint.key, path })}
          >
            {trans.__('Copy URL')}
          </Button>
        </>
      ) : null}
      {isUp(served) ? null : (
        <>
          <p>{trans.__('Nothing answers here until the notebook is served.')}</p>
          <ServeButton look="primary" data-nl-first path={path} view={view} />
        </>
      )}
    </div>
  );
}
