/**
 * The bar between request and answer: dragged, or moved by arrow keys, and where it was left the
 * next time.
 */
import type { IStateDB } from '@jupyterlab/statedb';
import * as React from 'react';
import type { IViewContext } from '../../../view';

const KEY = 'neutrino-lab:split';
const LEAST = 0.15;
const STEP = 0.05;

/** The share of the upper part; null where nobody has chosen one. */
export function useSplit(
  storage: IStateDB | null
): readonly [number | null, (share: number) => void] {
  const [share, setShare] = React.useState<number | null>(null);
  React.useEffect(() => {
    let isHere = true;
    void storage?.fetch(KEY).then(kept => {
      if (isHere && typeof kept === 'number') {
        setShare(bounded(kept));
      }
    });
    return () => {
      isHere = false;
    };
  }, [storage]);
  const choose = (next: number): void => {
    setShare(bounded(next));
    void storage?.save(KEY, bounded(next));
  };
  return [share, choose];
}

/** The bar; its parent is what is shared. */
export function Split(props: {
  readonly share: number | null;
  readonly onChoose: (share: number) => void;
  readonly view: IViewContext;
}): JSX.Element {
  const { share, onChoose, view } = props;
  const node = React.useRef<HTMLDivElement>(null);
  const shareAt = (clientY: number): number => {
    const { top, height } = node.current?.parentElement?.getBoundingClientRect() ?? new DOMRect();
    return height > 0 ? (clientY - top) / height : 0.5;
  };
  const here = (): number => share ?? shareAt(node.current?.getBoundingClientRect().top ?? 0);
  const onKeyDown = (event: React.KeyboardEvent): void => {
    const way = { ArrowUp: -STEP, ArrowDown: STEP }[event.key];
    if (way !== undefined) {
      event.preventDefault();
      onChoose(here() + way);
    }
  };
  return (
    <div
      ref={node}
      className="nl-Split"
      role="separator"
      aria-orientation="horizontal"
      aria-label={view.trans.__('Room for request and response')}
      aria-valuenow={Math.round((share ?? 0.5) * 100)}
      aria-valuemin={LEAST * 100}
      aria-valuemax={100 - LEAST * 100}
      tabIndex={0}
      onKeyDown={onKeyDown}
      onPointerDown={event => event.currentTarget.setPointerCapture(event.pointerId)}
      onPointerMove={event => {
        if (event.currentTarget.hasPointerCapture(event.pointerId)) {
          onChoose(shareAt(event.clientY));
        }
      }}
    />
  );
}

function bounded(share: number): number {
  return Math.min(1 - LEAST, Math.max(LEAST, share));
}
