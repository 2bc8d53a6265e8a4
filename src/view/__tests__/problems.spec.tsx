import { nullTranslator } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import { Widget } from '@lumino/widgets';
import * as React from 'react';
import { diagnostic } from '../../model/__tests__/samples';
import { ProblemList } from '../problems';

const { act } = React;

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });

const trans = nullTranslator.load('');

async function buttonsOf(element: JSX.Element): Promise<readonly HTMLElement[]> {
  const widget = ReactWidget.create(element);
  await act(async () => {
    Widget.attach(widget, document.body);
    await widget.renderPromise;
  });
  return [...widget.node.querySelectorAll<HTMLElement>('.nl-Button')];
}

describe('the list of problems', () => {
  it('starts over where a new process is what mends it', async () => {
    const startOver = jest.fn();
    const diagnostics = [diagnostic({ action: 'start-over' }), diagnostic()];
    const buttons = await buttonsOf(
      <ProblemList diagnostics={diagnostics} goTo={jest.fn()} startOver={startOver} trans={trans} />
    );
    expect(buttons.map(each => each.textContent)).toEqual(['Start over']);
    buttons[0]?.click();
    expect(startOver).toHaveBeenCalledTimes(1);
  });

  it('offers it only where a notebook can be started', async () => {
    const diagnostics = [diagnostic({ action: 'start-over' })];
    const list = <ProblemList diagnostics={diagnostics} goTo={jest.fn()} trans={trans} />;
    expect(await buttonsOf(list)).toEqual([]);
  });

  it('has a function drafted where there is none', async () => {
    const generate = jest.fn();
    const diagnostics = [diagnostic({ action: 'draft', cell_id: 'c1' })];
    const buttons = await buttonsOf(
      <ProblemList diagnostics={diagnostics} goTo={jest.fn()} generate={generate} trans={trans} />
    );
    expect(buttons.map(each => each.textContent)).toEqual(['Generate…']);
    buttons[0]?.click();
    expect(generate.mock.calls).toEqual([['c1']]);
  });
});
