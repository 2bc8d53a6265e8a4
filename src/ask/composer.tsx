/**
 * Where a question is written: its text, what goes with it, and how the model may go about it.
 */
import { closeIcon } from '@jupyterlab/ui-components';
import * as React from 'react';
import { Button, modelSettingText, useSignals, type IViewContext } from '../view';
import type { Conversation } from './conversation';
import type { Draft } from './draft';

/** What the buttons do that ask for something first. */
export interface IComposerActions {
  /** Let a person choose files. */
  readonly addFiles: () => Promise<void>;
  /** Let a person choose a data frame of the notebook in front. */
  readonly addFrame: () => Promise<void>;
  readonly send: () => Promise<void>;
}

/** The field and its buttons. */
export function Composer(props: {
  readonly view: IViewContext;
  readonly conversation: Conversation;
  readonly draft: Draft;
  readonly actions: IComposerActions;
}): JSX.Element {
  const { view, conversation, draft, actions } = props;
  const { trans } = view;
  useSignals(conversation.changed, draft.changed);
  const { current, model, modelProblem } = conversation;
  const onKeyDown = (event: React.KeyboardEvent): void => {
    // While a word is being composed, Enter belongs to the input method.
    if (event.key === 'Enter' && !event.shiftKey && !event.nativeEvent.isComposing) {
      event.preventDefault();
      void actions.send();
    }
  };
  return (
    <div className="nl-AskForm">
      {modelProblem ? (
        <div className="nl-AskForm-problem" role="status">
          <p>
            <strong>{trans.__('No model is set.')}</strong> {modelProblem}
          </p>
          <p>
            {modelSettingText(trans)}{' '}
            {trans.__('Code that you type at the right runs without a model.')}
          </p>
          <Button onClick={() => void conversation.look()}>{trans.__('Look again')}</Button>
        </div>
      ) : null}
      <Attached draft={draft} view={view} />
      <textarea
        className="nl-Words nl-Input nl-AskForm-text"
        data-nl-first=""
        aria-label={trans.__('Question')}
        placeholder={trans.__('Ask about your data. Enter sends, Shift+Enter begins a line.')}
        rows={3}
        value={draft.text}
        onChange={event => draft.write(event.target.value)}
        onKeyDown={onKeyDown}
      />
      <div className="nl-AskForm-buttons">
        <Button onClick={() => void actions.addFiles()}>{trans.__('Add files…')}</Button>
        <Button
          title={trans.__('A data frame of the notebook in front: names, shapes and types')}
          onClick={() => void actions.addFrame()}
        >
          {trans.__('Add data frame…')}
        </Button>
        <span className="nl-AskForm-space" />
        {current ? (
          <Button
            look="primary"
            disabledReason={current.status === 'stopping' ? trans.__('It is being stopped') : ''}
            title={trans.__('End the model and what it runs')}
            onClick={() => void conversation.stop()}
          >
            {trans.__('Stop')}
          </Button>
        ) : (
          <Button
            look="primary"
            disabledReason={sendDisabledReason(draft, modelProblem, view)}
            title={model ? trans.__('Ask %1', model.model) : ''}
            onClick={() => void actions.send()}
          >
            {trans.__('Ask')}
          </Button>
        )}
      </div>
      <label className="nl-AskForm-asks">
        <input
          type="checkbox"
          checked={conversation.asksFirst}
          disabled={current !== null}
          onChange={event => conversation.setAsksFirst(event.target.checked)}
        />
        {trans.__('Ask before each run')}
      </label>
    </div>
  );
}

function Attached(props: {
  readonly draft: Draft;
  readonly view: IViewContext;
}): JSX.Element | null {
  const { draft, view } = props;
  const { trans } = view;
  const { attachments } = draft;
  if (attachments.length === 0) {
    return null;
  }
  return (
    <ul className="nl-AskForm-attached" aria-label={trans.__('Goes with the question')}>
      {attachments.map(each => (
        <li key={each.file} title={each.told}>
          <span>{each.name}</span>
          <Button
            look="quiet"
            icon={closeIcon}
            aria-label={trans.__('Remove %1', each.name)}
            onClick={() => draft.detach(each)}
          />
        </li>
      ))}
    </ul>
  );
}

function sendDisabledReason(draft: Draft, problem: string, { trans }: IViewContext): string {
  if (problem) {
    return trans.__('No model is set');
  }
  return draft.text.trim() ? '' : trans.__('Write a question first');
}
