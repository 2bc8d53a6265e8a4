/**
 * The ways in which an answer can be looked at.
 */
import * as React from 'react';
import { pretty, type Exchange, type IOrder } from '../../../model/preview';
import { bytesText } from '../../../view';
import type { IAnswerProps } from './props';

/** Text that is coloured up to here, and plain beyond. */
const COLOURED = 60_000;

/** The ways that fit an answer, the best one first. */
export function renderersFor(exchange: Exchange): readonly string[] {
  const { media, isOver, size } = exchange;
  if (!exchange.status || size === 0 || exchange.isForgotten) {
    return [];
  }
  if (/^image\//.test(media)) {
    return isOver ? (/svg/.test(media) ? ['picture', 'raw'] : ['picture']) : ['bytes'];
  }
  if (media === 'text/html' || media === 'application/xhtml+xml') {
    return ['page', 'raw'];
  }
  if (/[/+]json$/.test(media) && isOver) {
    const asTable = exchange.status < 400 && exchange.table ? ['table'] : [];
    return exchange.isCut ? [...asTable, 'raw'] : ['pretty', ...asTable, 'raw'];
  }
  const isText = /^text\/|[/+](json|xml|yaml)$|javascript|ndjson|event-stream/.test(media);
  return isText || media === '' ? ['raw'] : ['bytes'];
}

/** What draws each of them. */
export const BODIES: Readonly<Record<string, (props: IAnswerProps) => JSX.Element>> = {
  pretty: ({ exchange, view }) => (
    <pre className="nl-Answer-text" tabIndex={0} aria-label={view.trans.__('Response body')}>
      <Json text={pretty(exchange.text)} />
    </pre>
  ),
  raw: RawText,
  table: TableView,
  picture: Picture,
  page: ({ exchange, view }) => (
    <iframe
      className="nl-Answer-page"
      // Of an origin of its own: it can reach neither Jupyter nor this page.
      sandbox="allow-scripts"
      srcDoc={exchange.text}
      title={view.trans.__('Response as a page')}
    />
  ),
  bytes: ({ exchange, view }) => (
    <p className="nl-Answer-none">
      {view.trans.__(
        '%1 of %2, to be downloaded.',
        bytesText(exchange.size, view.trans),
        exchange.media || view.trans.__('an unknown type')
      )}
    </p>
  ),
  output: ({ exchange, view }) => (
    <pre className="nl-Answer-text" tabIndex={0} aria-label={view.trans.__('Printed output')}>
      {exchange.call?.output}
    </pre>
  ),
  headers: ({ exchange }) => (
    <dl className="nl-Answer-headers">
      {exchange.headers.map(([name, value]) => (
        <React.Fragment key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </React.Fragment>
      ))}
    </dl>
  )
};

/** The text as it came; one that streams keeps its end in view for a reader at the end. */
function RawText({ exchange, view }: IAnswerProps): JSX.Element {
  const node = React.useRef<HTMLPreElement>(null);
  const isAtEnd = React.useRef(true);
  React.useLayoutEffect(() => {
    if (node.current && isAtEnd.current && !exchange.isOver) {
      node.current.scrollTop = node.current.scrollHeight;
    }
  });
  const onScroll = (): void => {
    const { scrollTop, scrollHeight, clientHeight } = node.current ?? document.body;
    isAtEnd.current = scrollHeight - scrollTop - clientHeight < 8;
  };
  return (
    <pre
      ref={node}
      className="nl-Answer-text"
      tabIndex={0}
      aria-label={view.trans.__('Response body')}
      onScroll={onScroll}
    >
      {exchange.text}
    </pre>
  );
}

function Picture({ exchange, view }: IAnswerProps): JSX.Element {
  const [url, setUrl] = React.useState('');
  React.useEffect(() => {
    const made = URL.createObjectURL(exchange.blob);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [exchange]);
  return (
    <div className="nl-Answer-picture">
      {url ? <img src={url} alt={view.trans.__('Response as a picture')} /> : null}
    </div>
  );
}

/** How a column shows which way the rows are sorted by it. */
const MARKS = { none: '', ascending: ' ▴', descending: ' ▾' };

function TableView({ exchange, view }: IAnswerProps): JSX.Element {
  const { trans } = view;
  const { table } = exchange;
  const [order, setOrder] = React.useState<IOrder | null>(null);
  const rows = React.useMemo(() => table?.rows(order) ?? [], [table, order]);
  if (!table) {
    return <RawText exchange={exchange} view={view} />;
  }
  const { columns, numeric, count } = table;
  const wayOf = (column: string): 'ascending' | 'descending' | undefined =>
    order?.column === column ? (order.isDescending ? 'descending' : 'ascending') : undefined;
  // Upwards, downwards, as it came.
  const sortBy = (column: string): void => {
    const way = wayOf(column);
    setOrder(way === 'descending' ? null : { column, isDescending: way === 'ascending' });
  };
  return (
    <div
      className="nl-Answer-table"
      tabIndex={0}
      role="region"
      aria-label={trans.__('Response as a table')}
    >
      <table>
        <thead>
          <tr>
            {columns.map(column => (
              <th
                key={column}
                scope="col"
                data-numeric={numeric.has(column) || undefined}
                aria-sort={wayOf(column)}
              >
                <button
                  type="button"
                  className="nl-Answer-sort"
                  title={trans.__('Sort by %1', column)}
                  onClick={() => sortBy(column)}
                >
                  {column}
                  <span aria-hidden="true">{MARKS[wayOf(column) ?? 'none']}</span>
                </button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <tr key={index}>
              {row.map((cell, at) => (
                <td key={at} data-numeric={numeric.has(columns[at] ?? '') || undefined}>
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length < count ? (
        <p className="nl-Form-note">{trans.__('The first %1 of %2 rows.', rows.length, count)}</p>
      ) : null}
    </div>
  );
}

/** JSON in colours. */
function Json({ text }: { readonly text: string }): JSX.Element {
  if (text.length > COLOURED) {
    return <>{text}</>;
  }
  const parts = text.split(
    /("(?:\\.|[^"\\])*"(?:\s*:)?|-?\d[\d.eE+-]*|\btrue\b|\bfalse\b|\bnull\b)/
  );
  return (
    <>
      {parts.map((part, index) =>
        index % 2 === 0 ? (
          part
        ) : (
          <span key={index} className={`nl-Json-${kindOf(part)}`}>
            {part}
          </span>
        )
      )}
    </>
  );
}

function kindOf(part: string): string {
  if (part.startsWith('"')) {
    return part.endsWith(':') ? 'key' : 'text';
  }
  return /^[-\d]/.test(part) ? 'number' : 'word';
}
