/**
 * The small things that lens, panel and status bar are made of.
 */
import type { TranslationBundle } from '@jupyterlab/translation';
import type { LabIcon } from '@jupyterlab/ui-components';
import * as React from 'react';
import type { IStatus, StatusKind } from '../model';
import type { Endpoint } from '../protocol';
import type { IRowProps } from './kind';
import { sparkline } from './sparkline';
import {
  callsText,
  clientsText,
  millisecondsText,
  percentilesText,
  statusKindText
} from './wording';

const SIZE = 12;
const SPARK = { width: 64, height: 16 };

/** The verb, or what kind of thing it is, outlined in its colour. */
export function Badge({ endpoint }: { readonly endpoint: Endpoint }): JSX.Element {
  return (
    <span className="nl-Badge" data-badge={endpoint.badge}>
      {endpoint.badge}
    </span>
  );
}

/** The shape of a state; it says nothing to a screen reader, the word beside it does. */
export function Glyph({ kind }: { readonly kind: StatusKind }): JSX.Element {
  return (
    <svg
      className="nl-Glyph"
      data-word={kind}
      width={SIZE}
      height={SIZE}
      viewBox="0 0 12 12"
      aria-hidden="true"
      focusable="false"
    >
      {SHAPES[kind]}
    </svg>
  );
}

const HALF = (
  <>
    <circle cx="6" cy="6" r="4" className="nl-mod-line" />
    <path d="M6 2a4 4 0 0 0 0 8z" />
  </>
);
const RING = <circle cx="6" cy="6" r="4" className="nl-mod-line" />;
const DOT = <circle cx="6" cy="6" r="4.5" />;
const CROSS = <path d="M2.5 2.5l7 7M9.5 2.5l-7 7" className="nl-mod-line nl-mod-bold" />;

const SHAPES: Readonly<Record<StatusKind, JSX.Element>> = {
  'not-served': RING,
  starting: <circle cx="6" cy="6" r="4" className="nl-mod-line nl-mod-dashed" />,
  live: DOT,
  edited: HALF,
  'serving-previous': <path d="M6 1.2 11 10.5H1z" />,
  problem: CROSS,
  stopped: <rect x="2.5" y="2.5" width="7" height="7" rx="1" />,
  paused: <path d="M4 2v8M8 2v8" className="nl-mod-line nl-mod-bold" />,
  ready: DOT,
  'not-run': HALF,
  undefined: RING,
  busy: (
    <>
      {RING}
      <circle cx="6" cy="6" r="1.8" />
    </>
  ),
  outdated: (
    <>
      <path d="M9.6 7.6A4 4 0 1 1 8.9 3.2" className="nl-mod-line" />
      <path d="M10.7 1.2v3.9H6.8z" />
    </>
  ),
  lost: RING,
  'no-kernel': CROSS
};

/** A state: shape and word. */
export function StatusLabel(props: {
  readonly status: IStatus;
  readonly trans: TranslationBundle;
  /** How important the word is where there is little room; see `collapse`. */
  readonly rank?: number;
}): JSX.Element {
  const { status, trans, rank } = props;
  return (
    <span className="nl-StatusKind" data-word={status.kind}>
      <Glyph kind={status.kind} />
      <span className="nl-StatusKind-text" data-rank={rank}>
        {statusKindText(status.kind, trans)}
      </span>
    </span>
  );
}

/** Who is connected to an endpoint, as the `Usage` of its kind. */
export function ClientUsage({ stats, view }: IRowProps): JSX.Element | null {
  return stats && <span className="nl-Clients">{clientsText(stats, view.trans)}</span>;
}

/** The last calls of an endpoint, as the `Usage` of its kind: the newest, and the trend. */
export function CallUsage({ stats, view }: IRowProps): JSX.Element | null {
  const { trans } = view;
  const latencies = stats?.latencies_ms ?? [];
  const newest = latencies[latencies.length - 1];
  if (!stats || newest === undefined) {
    return null;
  }
  const text = [callsText(stats, trans), percentilesText(stats, trans)].filter(Boolean).join('\n');
  const { lines, dots, ticks } = sparkline(latencies, SPARK.width, SPARK.height);
  const isDrawn = [lines, dots, ticks].some(each => each.length > 0);
  return (
    <span className="nl-Calls" title={text}>
      <span className="nl-Calls-newest">
        {newest < 0 ? trans.__('failed') : millisecondsText(newest, trans)}
      </span>
      {isDrawn ? (
        <svg
          className="nl-Sparkline"
          role="img"
          aria-label={text}
          width={SPARK.width}
          height={SPARK.height}
          viewBox={`0 0 ${SPARK.width} ${SPARK.height}`}
        >
          {lines.map(line => (
            <path key={line} d={line} className="nl-mod-line" />
          ))}
          {dots.map(({ x, y }) => (
            <circle key={x} cx={x} cy={y} r={1.5} />
          ))}
          {ticks.map(x => (
            <path
              key={x}
              d={`M${x} ${SPARK.height - 3}V${SPARK.height}`}
              className="nl-mod-line nl-mod-failed"
            />
          ))}
        </svg>
      ) : null}
    </span>
  );
}

/** How many letters of a long text are always seen at its end. */
const TAIL = 16;

/** A text that is cut in its middle where there is no room: both ends of an address tell most. */
export function MiddleCut(props: {
  readonly text: string;
  readonly className: string;
}): JSX.Element {
  const { text, className } = props;
  const at = Math.max(0, text.length - TAIL);
  return (
    <span className={`nl-MiddleCut ${className}`} title={text}>
      <span className="nl-MiddleCut-head">{text.slice(0, at)}</span>
      <span className="nl-MiddleCut-tail">{text.slice(at)}</span>
    </span>
  );
}

/** A button of ours. A disabled one can still be reached, and its title says why it is. */
export function Button(
  props: {
    readonly disabledReason?: string;
    /** Stands before the words, or alone. */
    readonly icon?: LabIcon;
    readonly look?: 'plain' | 'primary' | 'quiet';
  } & React.ButtonHTMLAttributes<HTMLButtonElement>
): JSX.Element {
  const { disabledReason, icon, look = 'plain', className = '', onClick, title, ...rest } = props;
  const { children, ...attributes } = rest;
  const width = icon ? (children ? 'nl-mod-worded' : 'nl-mod-icon') : '';
  return (
    <button
      {...attributes}
      type="button"
      className={`nl-Button nl-mod-${look} ${width} ${className}`}
      aria-disabled={disabledReason ? true : undefined}
      title={disabledReason || title}
      onClick={disabledReason ? undefined : onClick}
    >
      {icon ? <icon.react tag="span" /> : null}
      {children}
    </button>
  );
}
