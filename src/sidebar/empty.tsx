/**
 * What the panel says when it has nothing to list: what it would show, and how to get there.
 */
import * as React from 'react';
import { CommandIDs, invoke } from '../commandids';
import type { PlainFunction } from '../protocol';
import { Button, CommandLine, samplesOf, type IViewContext } from '../view';

/** No notebook is in front. */
export function NoNotebook({ view }: { readonly view: IViewContext }): JSX.Element {
  return (
    <div className="nl-Empty">
      <p>{view.trans.__('Open a notebook to see its endpoints.')}</p>
    </div>
  );
}

/** The notebook declares nothing: a cell of each kind, and the functions that could be declared. */
export function NoDeclarations(props: {
  readonly functions: readonly PlainFunction[];
  /** The notebook's contents path. */
  readonly path: string;
  readonly view: IViewContext;
}): JSX.Element {
  const { functions, path, view } = props;
  const { commands, trans } = view;
  return (
    <div className="nl-Empty">
      <p>{trans.__('This notebook declares no endpoint yet. Begin with a cell that works:')}</p>
      <ul className="nl-Cards" role="list">
        {samplesOf(view).map(({ kind, title, about }) => (
          <li key={kind}>
            <button
              type="button"
              className="nl-Card"
              onClick={() => void invoke(commands, CommandIDs.insertSample, { kind, path })}
            >
              <span className="nl-Card-title">{title}</span>
              <span className="nl-Card-about">{about}</span>
            </button>
          </li>
        ))}
      </ul>
      {functions.length > 0 ? (
        <>
          <p>{trans.__('Or declare a function that you already have:')}</p>
          <ul className="nl-List" role="list">
            {functions.slice(0, MOST_FUNCTIONS).map(({ name, cell, cell_id }) => (
              <li key={cell_id} className="nl-Item">
                <Button
                  onClick={() =>
                    void invoke(commands, CommandIDs.declareFunction, { cellId: cell_id, path })
                  }
                >
                  <code>{name}</code> {trans.__('(cell %1)', cell)}
                </Button>
              </li>
            ))}
          </ul>
        </>
      ) : null}
    </div>
  );
}

const MOST_FUNCTIONS = 8;

/** The server has no Neutrino Lab. */
export function ServerMissing({ view }: { readonly view: IViewContext }): JSX.Element {
  const { commands, trans } = view;
  return (
    <div className="nl-Empty" role="group" aria-label={trans.__('The server part is missing')}>
      <h3>{trans.__('Half of Neutrino Lab is missing')}</h3>
      <ul className="nl-Empty-parts" role="list">
        <li>{trans.__('✓ JupyterLab extension: installed')}</li>
        <li>{trans.__('✕ Jupyter server extension: not found')}</li>
      </ul>
      <p>
        {trans.__(
          'Install it where the Jupyter server runs, start the server again, then press Retry.'
        )}
      </p>
      <CommandLine command="pip install neutrino-lab" trans={trans} />
      <p>{trans.__('If it is installed there, it may only be switched off:')}</p>
      <CommandLine command="jupyter server extension enable neutrino_lab" trans={trans} />
      <Button look="primary" onClick={() => void invoke(commands, CommandIDs.retry, {})}>
        {trans.__('Retry')}
      </Button>
    </div>
  );
}

/** The server did not answer. */
export function ServerLost({ view }: { readonly view: IViewContext }): JSX.Element {
  const { commands, trans } = view;
  return (
    <div className="nl-Banner">
      <span>
        {trans.__('The Jupyter server does not answer. What is below may be out of date.')}
      </span>
      <Button onClick={() => void invoke(commands, CommandIDs.retry, {})}>
        {trans.__('Retry')}
      </Button>
    </div>
  );
}
