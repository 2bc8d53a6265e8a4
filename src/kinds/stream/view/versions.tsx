/**
 * The versions of an operator, the newest first, each with the way back to it.
 */
import * as React from 'react';
import type { StreamVersion } from '../../../protocol';
import { Button, clockText, type IViewContext } from '../../../view';
import type { StreamFeed } from '../model';

/** Older versions of this process are kept with the state that they had. */
export function Versions(props: {
  readonly feed: StreamFeed;
  readonly versions: readonly StreamVersion[];
  readonly view: Pick<IViewContext, 'locale' | 'trans'>;
}): JSX.Element {
  const { feed, versions, view } = props;
  const { locale, trans } = view;
  return (
    <section className="nl-Stream-part" aria-label={trans.__('Versions')}>
      <h3>{trans.__('Versions')}</h3>
      <ul className="nl-Stream-versions">
        {versions.map(({ number, since, refused, is_current: isCurrent }) => (
          <li key={number} aria-current={isCurrent ? 'true' : undefined}>
            <span>{trans.__('Version %1, since %2', number, clockText(since * 1000, locale))}</span>
            {isCurrent ? <strong>{trans.__('current')}</strong> : null}
            {refused ? <span className="nl-mod-error">{refused}</span> : null}
            {isCurrent || refused ? null : (
              <Button
                look="quiet"
                aria-label={trans.__('Go back to version %1', number)}
                onClick={() => void feed.act({ action: 'roll_back', version: number })}
              >
                {trans.__('Go back')}
              </Button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
