/**
 * What was sent and received: chosen, counted, drawn once a frame.
 */
import * as React from 'react';
import { CAPACITIES, jsonLines, type Filter } from '../model';
import { Button, useRedraw } from '../../../view';
import { download } from '../../download';
import { Detail } from './detail';
import { useFrames } from './frames';
import { List } from './list';
import type { IConsoleProps } from './props';
import { Row } from './row';

/** The log with its tools. */
export function Log({ socket, view }: IConsoleProps): JSX.Element {
  const { trans } = view;
  const { log, selection } = socket;
  useFrames(log.changed);
  const redraw = useRedraw();
  const shown = log.view;
  selection.follow(shown, socket.criteria);
  const choose = (id: number | null): void => {
    socket.choose(id);
    redraw();
  };
  const chosen = socket.chosen;
  return (
    <div className="nl-Log">
      <Tools socket={socket} view={view} onChange={redraw} />
      <div className="nl-Log-told" role="note">
        <Counts socket={socket} view={view} />
      </div>
      <List
        label={trans.__('Messages')}
        length={selection.length}
        idAt={index => selection.id(index)}
        indexOf={id => selection.indexOf(id)}
        row={id => {
          const entry = shown.get(id);
          return entry ? <Row entry={entry} trans={trans} /> : null;
        }}
        chosen={chosen?.id ?? null}
        onChoose={choose}
      />
      {chosen ? (
        <Detail key={chosen.id} entry={chosen} trans={trans} onClose={() => choose(null)} />
      ) : null}
    </div>
  );
}

/** How many there are, and how many there are no more. */
function Counts({ socket, view }: IConsoleProps): JSX.Element {
  const { trans } = view;
  const { log, selection, criteria } = socket;
  const { first, next, dropped } = log.view;
  const isChosen = criteria.filter !== 'all' || criteria.search !== '';
  const parts = [
    trans.__(
      '%1 sent, %2 received',
      log.count.sent.toLocaleString(),
      log.count.received.toLocaleString()
    ),
    isChosen && trans.__('%1 of %2 rows shown', selection.length, next - first),
    log.isPaused &&
      trans._n(
        'paused, 1 row waits',
        'paused, %2 rows wait',
        log.waiting,
        log.waiting.toLocaleString()
      )
  ];
  return (
    <>
      <span>{parts.filter(Boolean).join(' · ')}</span>
      {dropped > 0 ? (
        <span className="nl-Log-dropped">
          {trans._n(
            '1 older message discarded',
            '%2 older messages discarded',
            dropped,
            dropped.toLocaleString()
          )}
        </span>
      ) : null}
    </>
  );
}

function Tools(props: IConsoleProps & { readonly onChange: () => void }): JSX.Element {
  const { socket, view, onChange } = props;
  const { trans } = view;
  const { log, criteria } = socket;
  const filters: readonly (readonly [Filter, string])[] = [
    ['all', trans.__('All')],
    ['sent', trans.__('Sent')],
    ['received', trans.__('Received')],
    ['errors', trans.__('Errors')]
  ];
  const exportRows = (): void => {
    const file = new Blob([jsonLines(log.rows())], { type: 'application/jsonl' });
    download(file, `${fileName(socket.endpoint.path)}.jsonl`);
  };
  const change = (changes: Partial<typeof criteria>): void => {
    socket.criteria = { ...socket.criteria, ...changes };
    onChange();
  };
  return (
    <div className="nl-Log-tools">
      <div className="nl-Segments" role="group" aria-label={trans.__('Show')}>
        {filters.map(([filter, text]) => (
          <Button
            key={filter}
            look="quiet"
            aria-pressed={criteria.filter === filter}
            onClick={() => change({ filter })}
          >
            {text}
          </Button>
        ))}
      </div>
      <input
        type="search"
        className="nl-Log-search jp-mod-styled"
        value={criteria.search}
        placeholder={trans.__('Search messages')}
        aria-label={trans.__('Search messages')}
        onChange={event => change({ search: event.target.value })}
      />
      <Button
        look="quiet"
        aria-pressed={log.isPaused}
        title={trans.__('Let the list stand still; messages are still counted and kept')}
        onClick={() => (log.isPaused ? log.resume() : log.pause())}
      >
        {log.isPaused ? trans.__('Resume') : trans.__('Pause')}
      </Button>
      <Button
        look="quiet"
        title={trans.__('Download what is kept as JSON Lines')}
        onClick={exportRows}
      >
        {trans.__('Export')}
      </Button>
      <Button look="quiet" onClick={() => log.clear()}>
        {trans.__('Clear')}
      </Button>
      <label className="nl-Log-keep">
        {trans.__('Keep last')}
        <select value={log.capacity} onChange={event => log.resize(Number(event.target.value))}>
          {CAPACITIES.map(each => (
            <option key={each} value={each}>
              {each.toLocaleString()}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}

function fileName(path: string): string {
  return path.replace(/\W+/g, '-').replace(/^-|-$/g, '') || 'messages';
}
