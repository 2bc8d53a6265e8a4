/**
 * The pane beside a notebook in which the function of one cell is drafted from words.
 */
import * as React from 'react';
import { CommandIDs, invoke } from '../commandids';
import type { NotebookState } from '../model';
import {
  Boundary,
  Button,
  Line,
  Pane,
  modelSettingText,
  plain,
  useSignals,
  type IViewContext
} from '../view';
import { Candidate } from './candidate';
import type { Drafting } from './drafting';
import { AgainForm, Form } from './form';
import type { IDraftProps, IGenerateActions } from './props';
import { checkText, failureText, stepText } from './wording';

interface IBodyProps extends IDraftProps {
  readonly state: NotebookState;
  readonly actions: IGenerateActions;
}

/** The draft of one cell. */
export class GeneratePane extends Pane {
  constructor(
    view: IViewContext,
    state: NotebookState,
    readonly drafting: Drafting,
    actions: IGenerateActions
  ) {
    super({
      view,
      subject: drafting,
      state,
      key: () => `${state.snapshot.path}#${drafting.cellId}`,
      className: 'nl-Generate',
      element: <PaneBody view={view} state={state} drafting={drafting} actions={actions} />,
      name: () => nameOf(view, state, drafting),
      renamed: [state.changed]
    });
    this._view = view;
    this._toldCandidate = drafting.state.candidate;
    drafting.changed.connect(this._tell, this);
  }

  /** Tell a screen reader how far it is. */
  private _tell({ state }: Drafting): void {
    const { trans, say } = this._view;
    const { steps, candidate } = state;
    const newest = steps[steps.length - 1];
    if (candidate !== this._toldCandidate) {
      this._toldCandidate = candidate;
      const failed = candidate?.checks.find(each => each.status === 'failed');
      if (candidate) {
        say(
          failed
            ? trans.__('A draft is there, and is refused: %1', checkText(failed.name, trans))
            : trans.__('A draft is there: all checks pass')
        );
      }
    } else if (newest && newest !== this._toldStep) {
      say(plain(stepText(newest, trans)));
    }
    this._toldStep = newest;
  }

  private readonly _view: IViewContext;
  private _toldStep: unknown = undefined;
  private _toldCandidate: unknown;
}

function nameOf(
  { kinds, trans }: IViewContext,
  { snapshot }: NotebookState,
  { cellId }: Drafting
): Pane.IName {
  const row = snapshot.rows.find(each => each.endpoint.cell_id === cellId);
  const label = row
    ? trans.__('Generate %1', kinds.subject(row.endpoint))
    : trans.__('Generate from words');
  return {
    label,
    caption: trans.__('%1, in %2', label, snapshot.path),
    description: label
  };
}

/** What is wanted, how far it is, or what came of it. */
export function PaneBody({ view, state, drafting, actions }: IBodyProps): JSX.Element {
  const { commands, trans } = view;
  useSignals(state.changed, drafting.changed);
  const { work, candidate, isAgain } = drafting.state;
  const { cellId, hasCell } = drafting;
  const goToCell = (): void =>
    void invoke(commands, CommandIDs.resume, { cellId, path: state.snapshot.path });
  const onKeyDown = (event: React.KeyboardEvent): void => {
    if (event.key === 'Escape' && !event.defaultPrevented && hasCell) {
      event.preventDefault();
      goToCell();
    }
  };
  const given = { view, drafting };
  const part =
    work === 'drafting' ? (
      <Progress {...given} />
    ) : isAgain ? (
      <AgainForm {...given} />
    ) : candidate ? (
      <Candidate {...given} actions={actions} />
    ) : (
      <Form {...given} />
    );
  return (
    <div className="nl-Generate-frame" onKeyDown={onKeyDown}>
      <div className="nl-Generate-head">
        <h2>{trans.__('A cell from words')}</h2>
        <Button
          look="quiet"
          disabledReason={hasCell ? '' : trans.__('The cell is gone')}
          onClick={goToCell}
        >
          {trans.__('Go to cell')}
        </Button>
      </div>
      <Failed {...given} />
      <Boundary view={view} subject={candidate?.id ?? work}>
        {part}
      </Boundary>
      <span className="nl-visuallyHidden">{trans.__('Escape goes back to the cell.')}</span>
    </div>
  );
}

function Progress({ view, drafting }: IDraftProps): JSX.Element {
  const { trans } = view;
  const { words, steps } = drafting.state;
  return (
    <section className="nl-Generate-part" aria-label={trans.__('Progress')}>
      <h3>{words}</h3>
      <ol className="nl-Generate-steps" aria-label={trans.__('Progress')}>
        {steps.map((step, index) => (
          <li key={index} className={step.failure ? 'nl-mod-error' : ''}>
            <Line text={stepText(step, trans)} />
          </li>
        ))}
      </ol>
      {steps.length === 0 ? <p>{trans.__('Beginning…')}</p> : null}
      <div className="nl-Generate-row">
        <Button
          title={trans.__('End the model and the trial')}
          onClick={() => void drafting.stop()}
        >
          {trans.__('Stop')}
        </Button>
      </div>
    </section>
  );
}

/** Why nothing came of what was asked for last. */
function Failed({ view, drafting }: IDraftProps): JSX.Element | null {
  const { trans } = view;
  const { failure, words } = drafting.state;
  if (!failure) {
    return null;
  }
  const text = failureText(failure, trans);
  if (failure.code === 'no-model') {
    return (
      <div className="nl-Generate-failure" role="alert">
        <p>
          <strong>{trans.__('No model is set.')}</strong> <Line text={text} />
        </p>
        <p>
          {modelSettingText(trans)} {trans.__('Words that mean a built-in operator need no model.')}
        </p>
      </div>
    );
  }
  // A cell without words yet is no mistake.
  return (
    <div
      className="nl-Generate-failure"
      role={failure.code === 'no-draft' && !words ? 'status' : 'alert'}
    >
      <p>
        <Line text={text} />
      </p>
      {failure.code === 'lost' ? (
        <Button onClick={() => void drafting.resume()}>{trans.__('Connect again')}</Button>
      ) : null}
    </div>
  );
}
