/**
 * The pane in which a model is asked: the conversation at the left, the notebook at the right.
 */
import { MainAreaWidget } from '@jupyterlab/apputils';
import type { IEditorServices } from '@jupyterlab/codeeditor';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { BoxPanel, SplitPanel, type Widget } from '@lumino/widgets';
import * as React from 'react';
import { ArtifactView, untrusting } from '../artifact';
import { CommandIDs, invoke } from '../commandids';
import {
  Boundary,
  BoundedWidget,
  Button,
  focusWhenDrawn,
  logoIcon,
  useSignals,
  type IViewContext
} from '../view';
import { TurnView, type IAnswerContext } from './answer';
import { Composer, type IComposerActions } from './composer';
import type { Conversation } from './conversation';
import type { Draft } from './draft';

const NARROW_PX = 720;
/** How near to the end it is followed. */
const NEAR_PX = 64;

/** Asks a model; one for the whole of JupyterLab. */
export class AskPane extends MainAreaWidget<BoxPanel> {
  constructor(options: AskPane.IOptions) {
    const { conversation, draft, view, editors, actions } = options;
    const rendermime = untrusting(options.rendermime, view.trans);
    super({ content: new BoxPanel({ direction: 'top-to-bottom', spacing: 0 }) });
    this.conversation = conversation;
    this.artifactView = new ArtifactView({
      artifact: conversation.artifact,
      view,
      rendermime,
      editors,
      decide: (cell, decision) => void conversation.decide(cell, decision)
    });
    const context: IAnswerContext = {
      view,
      conversation,
      rendermime,
      reveal: cell => this.artifactView.reveal(cell),
      again: question => {
        draft.write(question);
        void this.focusQuestion();
      }
    };
    const talk = BoundedWidget.of(view, <Talk context={context} draft={draft} actions={actions} />);
    talk.addClass('nl-Ask-talk');
    this._split = new SplitPanel({ orientation: 'horizontal', spacing: 1 });
    this._split.addClass('nl-Ask-split');
    this._split.addWidget(talk);
    this._split.addWidget(this.artifactView);
    this._split.setRelativeSizes([2, 3]);
    const bar = BoundedWidget.of(view, <Bar context={context} />);
    bar.addClass('nl-AskBar');
    this.content.addClass('nl-Ask');
    this.content.addWidget(bar);
    this.content.addWidget(this._split);
    BoxPanel.setStretch(bar, 0);
    BoxPanel.setStretch(this._split, 1);
    this.toolbar.hide();
    this.id = 'neutrino-lab-ask';
    this.title.icon = logoIcon;
    this.title.label = view.trans.__('Ask');
    this.title.caption = view.trans.__('Ask a model that runs code');
    this.title.closable = true;
    this.content.node.setAttribute('role', 'region');
    this.content.node.setAttribute('aria-label', view.trans.__('Ask'));
  }

  readonly conversation: Conversation;
  readonly artifactView: ArtifactView;

  /** Put the focus into the field for the question. */
  async focusQuestion(): Promise<void> {
    await focusWhenDrawn(this.node);
  }

  protected override onResize(msg: Widget.ResizeMessage): void {
    super.onResize(msg);
    const width = msg.width < 0 ? this.node.clientWidth : msg.width;
    this._split.orientation = width && width < NARROW_PX ? 'vertical' : 'horizontal';
  }

  private readonly _split: SplitPanel;
}

export namespace AskPane {
  export interface IOptions {
    readonly view: IViewContext;
    readonly conversation: Conversation;
    readonly draft: Draft;
    readonly editors: IEditorServices;
    readonly rendermime: IRenderMimeRegistry;
    readonly actions: IComposerActions;
  }
}

/** What holds for the whole conversation. */
function Bar({ context }: { readonly context: IAnswerContext }): JSX.Element {
  const { conversation, view } = context;
  const { commands, trans } = view;
  const { artifact, model } = conversation;
  useSignals(conversation.changed, artifact.changed);
  const isEmpty = artifact.written.length === 0 && conversation.turns.length === 0;
  const isHeldBack = artifact.cells.some(cell => cell.isHeldBack);
  const busy = conversation.current ? trans.__('Wait for the answer, or stop it') : '';
  return (
    <div className="nl-AskBar-row">
      <span className="nl-AskBar-model">
        {model ? trans.__('%1 at %2', model.model, model.host) : trans.__('Ask')}
      </span>
      {isHeldBack ? (
        <Button
          title={trans.__(
            'Outputs of a model’s code are shown without scripts until you trust them'
          )}
          onClick={() => void invoke(commands, CommandIDs.trustOutputs, {})}
        >
          {trans.__('Trust outputs')}
        </Button>
      ) : null}
      <Button
        disabledReason={isEmpty ? trans.__('There is nothing to keep yet') : busy}
        title={trans.__('Write a notebook beside the files, on the same kernel')}
        onClick={() => void invoke(commands, CommandIDs.keepSession, {})}
      >
        {trans.__('Keep as notebook')}
      </Button>
      <Button
        disabledReason={isEmpty ? trans.__('Nothing was asked yet') : busy}
        title={trans.__('Begin from nothing, in another session')}
        onClick={() => conversation.clear()}
      >
        {trans.__('New')}
      </Button>
    </div>
  );
}

function Talk(props: {
  readonly context: IAnswerContext;
  readonly draft: Draft;
  readonly actions: IComposerActions;
}): JSX.Element {
  const { context, draft, actions } = props;
  const { conversation, view } = context;
  const { trans } = view;
  useSignals(conversation.changed);
  const { turns } = conversation;
  const list = React.useRef<HTMLOListElement>(null);
  const isAtEnd = React.useRef(true);
  const frame = React.useRef(0);
  // Once a frame: to ask for a height is to lay out the page.
  React.useLayoutEffect(() => {
    frame.current ||= requestAnimationFrame(() => {
      frame.current = 0;
      const node = list.current;
      if (node && isAtEnd.current) {
        node.scrollTop = node.scrollHeight;
      }
    });
  });
  const onScroll = (event: React.UIEvent): void => {
    const { scrollHeight, scrollTop, clientHeight } = event.currentTarget;
    isAtEnd.current = scrollHeight - scrollTop - clientHeight < NEAR_PX;
  };
  return (
    <div className="nl-Talk">
      {turns.length ? (
        <ol
          ref={list}
          className="nl-Talk-turns"
          aria-label={trans.__('Questions and answers')}
          tabIndex={0}
          onScroll={onScroll}
        >
          {turns.map((turn, index) => (
            <Boundary key={index} view={view} subject={turn.status}>
              <TurnView turn={turn} context={context} />
            </Boundary>
          ))}
        </ol>
      ) : (
        <div className="nl-Talk-empty">
          <h2>{trans.__('Ask about your data')}</h2>
          <p>
            {trans.__(
              'The model writes Python, runs it in a session of its own, and you see each cell with what it shows. Add a file, and ask for instance: analyse this CSV and create a bar chart.'
            )}
          </p>
          <p>
            {trans.__(
              'The model is told names, shapes and types of your data, and of its values those that code prints.'
            )}
          </p>
        </div>
      )}
      <Composer view={view} conversation={conversation} draft={draft} actions={actions} />
    </div>
  );
}
