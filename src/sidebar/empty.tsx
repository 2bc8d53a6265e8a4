/**
 * What the panel says when it has nothing to list: what it would show, and how to get there.
 */
import * as React from 'react';
import { CommandIDs } from '../commands/ids';
import { Button, CommandLine, type IViewContext } from '../view';

const EXAMPLE = `"""
@HTTP
GET /api/hello
query: name:str="world"
"""
def hello(name: str):
    return {"message": f"Hello, {name}!"}`;

/** No notebook is in front. */
export function NoNotebook({ view }: { readonly view: IViewContext }): JSX.Element {
  return (
    <div className="nl-Empty">
      <p>{view.trans.__('Open a notebook to see its endpoints.')}</p>
    </div>
  );
}

/** The notebook declares nothing. */
export function NoDeclarations({ view }: { readonly view: IViewContext }): JSX.Element {
  const { trans } = view;
  return (
    <div className="nl-Empty">
      <p>
        {trans.__(
          'This notebook declares no endpoint yet. A code cell that begins like this one answers GET /api/hello:'
        )}
      </p>
      <pre tabIndex={0} aria-label={trans.__('Example of a declaration')}>
        {EXAMPLE}
      </pre>
      <p>{trans.__('@WS declares a WebSocket, @SCHEDULE work that runs by the clock.')}</p>
    </div>
  );
}

/** The server has no Neutrino Lab. */
export function ServerMissing({ view }: { readonly view: IViewContext }): JSX.Element {
  const { commands, trans } = view;
  return (
    <div className="nl-Empty" role="group" aria-label={trans.__('The server part is missing')}>
      <h3>{trans.__('Half of Neutrino Lab is missing')}</h3>
      <ul className="nl-Halves" role="list">
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
      <Button look="primary" onClick={() => void commands.execute(CommandIDs.retry)}>
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
      <Button onClick={() => void commands.execute(CommandIDs.retry)}>{trans.__('Retry')}</Button>
    </div>
  );
}
