/**
 * A question and its answer, as they are read.
 */
import { MimeModel, type IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { Widget } from '@lumino/widgets';
import * as React from 'react';
import type { Artifact, ArtifactCell } from '../artifact';
import { Button, millisecondsText, useNow, useSignals, type IViewContext } from '../view';
import type { Conversation } from './conversation';
import type { Piece, Turn } from './turn';
import { pieceText, turnText } from './wording';

const MARKDOWN = 'text/markdown';
/** A text that grows is drawn again as often as this. */
const DRAWN_EVERY_MS = 100;

/** What an answer is drawn with. */
export interface IAnswerContext {
  readonly view: IViewContext;
  readonly conversation: Conversation;
  readonly rendermime: IRenderMimeRegistry;
  /** Show a cell in the notebook at the right. */
  readonly reveal: (cell: ArtifactCell) => void;
  /** Put a question back into the field. */
  readonly again: (question: string) => void;
}

/** One question and its answer. */
export function TurnView(props: {
  readonly turn: Turn;
  readonly context: IAnswerContext;
}): JSX.Element {
  const { turn, context } = props;
  const { trans } = context.view;
  const now = useNow(!turn.isOver);
  const elapsed = turn.durationMs ?? (turn.isOver ? null : now - turn.beganMs);
  const tokens = turn.promptTokens + turn.completionTokens;
  const stats = [
    turn.rounds ? trans._n('1 round', '%1 rounds', turn.rounds) : '',
    tokens ? trans.__('%1 tokens', tokens.toLocaleString()) : '',
    elapsed !== null && elapsed >= 1 ? millisecondsText(elapsed, trans) : ''
  ].filter(Boolean);
  return (
    <li className="nl-Turn" data-status={turn.status}>
      <div className="nl-Turn-question">
        <p>{turn.question}</p>
        {turn.attached.length ? (
          <p className="nl-Turn-attached">{trans.__('With %1', turn.attached.join(', '))}</p>
        ) : null}
      </div>
      {turn.pieces.map((piece, index) => (
        <PieceView key={index} piece={piece} context={context} />
      ))}
      {turn.failure ? (
        <div className="nl-Turn-failure" role="alert">
          <p>{turn.failure}</p>
          <Button onClick={() => context.again(turn.question)}>{trans.__('Ask again')}</Button>
        </div>
      ) : null}
      <p className="nl-Turn-stats">
        <span className="nl-Turn-status">{turnText(turn, trans)}</span>
        {stats.length ? <span>{stats.join(' · ')}</span> : null}
      </p>
    </li>
  );
}

/** Drawn once: a piece that has changed is another, and a cell tells of its own changes. */
const PieceView = React.memo(function PieceView(props: {
  readonly piece: Piece;
  readonly context: IAnswerContext;
}): JSX.Element {
  const { piece, context } = props;
  const { trans } = context.view;
  if (piece.kind === 'cell') {
    return <CellLink cell={piece.cell} context={context} />;
  }
  if (piece.kind === 'tool') {
    return (
      <div className="nl-Turn-tool">
        <p>{pieceText(piece.name, piece.path, trans)}</p>
        {piece.isError ? <pre>{piece.text}</pre> : null}
      </div>
    );
  }
  return (
    <>
      <Markdown text={piece.text} rendermime={context.rendermime} />
      {piece.isCut ? (
        <p className="nl-Turn-attached">{trans.__('The rest is too long to be shown.')}</p>
      ) : null}
    </>
  );
});

/** Where a cell stands in the answer; pressed, it is shown at the right. */
function CellLink(props: {
  readonly cell: ArtifactCell;
  readonly context: IAnswerContext;
}): JSX.Element | null {
  const { cell, context } = props;
  const { conversation, reveal, view } = context;
  const { trans } = view;
  useSignals(cell.changed);
  const number = useNumber(cell, conversation.artifact);
  if (cell.isDisposed) {
    return null;
  }
  const line = cell.code.split('\n').find(each => each.trim()) ?? '';
  return (
    <button
      type="button"
      className="nl-Turn-cell"
      data-state={cell.state}
      data-status={cell.status}
      onClick={() => reveal(cell)}
    >
      <span>{trans.__('Cell %1', number)}</span>
      <code>{line}</code>
    </button>
  );
}

/** The number of a cell; it is drawn again when that changes, and not whenever cells come. */
function useNumber(cell: ArtifactCell, artifact: Artifact): number {
  const numberOf = (): number => artifact.cells.indexOf(cell) + 1;
  const [, setNumber] = React.useState(numberOf);
  React.useLayoutEffect(() => {
    const slot = (): void => setNumber(numberOf());
    artifact.changed.connect(slot);
    return () => void artifact.changed.disconnect(slot);
  }, [cell, artifact]);
  return numberOf();
}

/** A text of the model's, drawn by JupyterLab as it grows. */
export function Markdown(props: {
  readonly text: string;
  readonly rendermime: IRenderMimeRegistry;
}): JSX.Element {
  const { text, rendermime } = props;
  const host = React.useRef<HTMLDivElement>(null);
  const newest = React.useRef(text);
  const timer = React.useRef<number | null>(null);
  const draw = React.useRef<(() => void) | null>(null);
  newest.current = text;
  React.useEffect(() => {
    const node = host.current;
    if (!node) {
      return;
    }
    const renderer = rendermime.createRenderer(MARKDOWN);
    if (node.isConnected) {
      Widget.attach(renderer, node);
    } else {
      node.append(renderer.node);
    }
    draw.current = () => {
      timer.current = null;
      const model = new MimeModel({ data: { [MARKDOWN]: newest.current } });
      renderer.renderModel(model).catch(() => {
        renderer.node.textContent = newest.current;
      });
    };
    draw.current();
    return () => {
      if (timer.current !== null) {
        window.clearTimeout(timer.current);
      }
      draw.current = null;
      renderer.dispose();
    };
  }, [rendermime]);
  React.useEffect(() => {
    if (timer.current === null && draw.current) {
      timer.current = window.setTimeout(draw.current, DRAWN_EVERY_MS);
    }
  }, [text]);
  return <div ref={host} className="nl-Turn-text" />;
}
