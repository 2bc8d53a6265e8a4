/**
 * The params of a stream as fields: they change while it runs.
 */
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import type { StreamParam } from '../../../protocol';
import { Button } from '../../../view';
import { fieldText, readField, type StreamFeed } from '../model';

interface IParamsProps {
  readonly feed: StreamFeed;
  readonly params: readonly StreamParam[];
  readonly trans: TranslationBundle;
}

/** What was typed stays until it is taken: a report that comes meanwhile changes no field. */
export function Params({ feed, params, trans }: IParamsProps): JSX.Element | null {
  const [typed, setTyped] = React.useState<Readonly<Record<string, string>>>({});
  if (params.length === 0) {
    return null;
  }
  const changed = params.filter(({ name }) => name in typed);
  const submit = async (event: React.FormEvent): Promise<void> => {
    event.preventDefault();
    const given = changed.map(({ name, type }) => [name, readField(typed[name] ?? '', type)]);
    if (await feed.act({ action: 'params', params: Object.fromEntries(given) })) {
      setTyped({});
    }
  };
  return (
    <form
      className="nl-Stream-part nl-Stream-params"
      aria-label={trans.__('Params')}
      onSubmit={event => void submit(event)}
    >
      <h3>{trans.__('Params')}</h3>
      {params.map(param => (
        <label key={param.name}>
          <code>{param.type ? `${param.name}: ${param.type}` : param.name}</code>
          <input
            className="jp-mod-styled"
            value={typed[param.name] ?? fieldText(param)}
            onChange={({ target }) => setTyped({ ...typed, [param.name]: target.value })}
          />
        </label>
      ))}
      <Button
        disabledReason={changed.length === 0 ? trans.__('Change a field first') : ''}
        onClick={event => event.currentTarget.form?.requestSubmit()}
      >
        {trans.__('Apply')}
      </Button>
    </form>
  );
}
