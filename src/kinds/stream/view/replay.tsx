/**
 * The newest values once more, beside the stream: what each becomes, from a state of its own.
 */
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import { Button } from '../../../view';
import type { StreamFeed } from '../model';

const MOST = 256;
const FIRST = 20;

/** How many, and a table of what became of them. */
export function Replay(props: {
  readonly feed: StreamFeed;
  readonly disabledReason: string;
  readonly trans: TranslationBundle;
}): JSX.Element {
  const { feed, disabledReason, trans } = props;
  const [count, setCount] = React.useState(FIRST);
  return (
    <section className="nl-Stream-part" aria-label={trans.__('Replay')}>
      <h3>{trans.__('Replay')}</h3>
      <div className="nl-Stream-row">
        <label>
          {trans.__('The last')}{' '}
          <input
            type="number"
            className="jp-mod-styled"
            min={1}
            max={MOST}
            value={count}
            onChange={({ target }) =>
              setCount(Math.min(Math.max(Number(target.value) || 1, 1), MOST))
            }
          />
        </label>
        <Button
          disabledReason={disabledReason}
          onClick={() => void feed.act({ action: 'replay', count })}
        >
          {trans.__('Replay')}
        </Button>
        <span className="nl-Hint">
          {trans.__('Through a copy that begins without a state; subscribers see nothing of it.')}
        </span>
      </div>
      {feed.replayed.length > 0 ? (
        <div className="nl-Stream-table" tabIndex={0} role="region" aria-label={trans.__('Rows')}>
          <table>
            <thead>
              <tr>
                <th scope="col">{trans.__('In')}</th>
                <th scope="col">{trans.__('Out')}</th>
              </tr>
            </thead>
            <tbody>
              {feed.replayed.map((row, index) => (
                <tr key={index}>
                  <td>{row.value}</td>
                  <td className={row.error ? 'nl-mod-error' : ''}>
                    {row.error || row.outputs.join(', ') || trans.__('nothing')}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : null}
    </section>
  );
}
