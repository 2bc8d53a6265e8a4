/**
 * The named examples of an endpoint: in the notebook, because they were asked for.
 */
import { InputDialog, Notification } from '@jupyterlab/apputils';
import * as React from 'react';
import type { IExample } from '../model/preview';
import type { IViewContext } from './context';
import { Button } from './pieces';

/** For how long the deletion of an example can be undone. */
const UNDO_MS = 10_000;

/** One to fill in, one to keep, one to delete. */
export function ExamplesView(props: {
  readonly view: IViewContext;
  readonly examples: readonly IExample[];
  readonly onChoose: (example: IExample) => void;
  readonly onSave: (name: string) => void;
  /** Delete one; the result undoes it. */
  readonly onDelete: (name: string) => () => void;
  /** Keep what one expects of its answer, null for nothing; left out where there is no status. */
  readonly onExpect?: (name: string, expected: IExample['expect'] | null) => void;
}): JSX.Element {
  const { view, examples, onChoose, onSave, onDelete, onExpect } = props;
  const { trans } = view;
  const [chosen, setChosen] = React.useState('');
  const known = examples.find(each => each.name === chosen);
  const choose = (name: string): void => {
    setChosen(name);
    const example = examples.find(each => each.name === name);
    if (example) {
      onChoose(example);
    }
  };
  const save = async (): Promise<void> => {
    const answer = await InputDialog.getText({
      title: trans.__('Save as example'),
      label: trans.__('Name. The values go into the notebook’s metadata; secrets by name only.'),
      text: chosen || trans.__('Example %1', examples.length + 1),
      okLabel: trans.__('Save')
    });
    const name = answer.value?.trim();
    if (answer.button.accept && name) {
      onSave(name);
      setChosen(name);
    }
  };
  const expect = async (): Promise<void> => {
    const answer = await InputDialog.getText({
      title: trans.__('What is expected of “%1”', chosen),
      label: trans.__(
        'A status, or what stands at a place of the answer: {"status": 422} or {"path": "$.sum", "equals": 3}. Empty for any success.'
      ),
      text: known?.expect ? JSON.stringify(known.expect) : ''
    });
    if (answer.button.accept) {
      const written = (answer.value ?? '').trim();
      try {
        onExpect?.(chosen, written ? (JSON.parse(written) as IExample['expect']) : null);
      } catch {
        Notification.warning(trans.__('That is no JSON, so what is expected stays as it was.'));
      }
    }
  };
  const remove = (): void => {
    const name = chosen;
    const undo = onDelete(name);
    setChosen('');
    const id = Notification.info(trans.__('Example “%1” was deleted', name), {
      autoClose: UNDO_MS,
      actions: [
        {
          label: trans.__('Undo'),
          callback: () => {
            undo();
            Notification.dismiss(id);
          }
        }
      ]
    });
  };
  return (
    <>
      {examples.length > 0 ? (
        <select
          className="nl-Select"
          aria-label={trans.__('Example')}
          value={known ? chosen : ''}
          onChange={event => choose(event.target.value)}
        >
          <option value="" disabled>
            {trans.__('Examples')}
          </option>
          {examples.map(({ name }) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      ) : null}
      {known && onExpect ? (
        <Button look="quiet" onClick={() => void expect()}>
          {trans.__('Expect…')}
        </Button>
      ) : null}
      {known ? (
        <Button
          look="quiet"
          aria-label={trans.__('Delete example %1', chosen)}
          title={trans.__('Delete this example from the notebook')}
          onClick={remove}
        >
          ✕
        </Button>
      ) : null}
      <Button look="quiet" onClick={() => void save()}>
        {trans.__('Save as example')}
      </Button>
    </>
  );
}
