import { nullTranslator } from '@jupyterlab/translation';
import * as React from 'react';
import type { IRow } from '../../../../model';
import { fakeApi } from '../../../../model/__tests__/samples';
import { asState, fakeDocument, servedState } from '../../../../model/preview/__tests__/samples';
import { PreviewSession } from '../../../../model/preview';
import type { StreamEndpoint, StreamReport, StreamRequest } from '../../../../protocol';
import type { IViewContext } from '../../../../view';
import { draw } from '../../../../view/__tests__/drawn';
import { StreamView } from '..';

const mockRedraw = jest.fn();

jest.mock('uplot', () => {
  // There is no canvas here.
  class Plot {
    static readonly join = (tables: unknown[]): unknown[] => tables;
    readonly redraw = mockRedraw;
    readonly setData = (): void => undefined;
    readonly setSize = (): void => undefined;
    readonly destroy = (): void => undefined;
  }
  return { __esModule: true, default: Plot };
});

const { act } = React;

const MEAN: StreamEndpoint = {
  key: 'STREAM mean',
  kind: 'stream',
  badge: 'STREAM',
  path: '',
  function: 'mean',
  cell: 2,
  cell_id: 'mean-cell',
  inputs: [],
  source: 'every:1s',
  operator: 'mean',
  emit: []
};

const REPORT: StreamReport = {
  flows: [{}],
  parameters: {},
  status: 'live',
  reason: '',
  op: 'mean@2',
  run: 'isolated by bubblewrap',
  at: 10,
  seq: 9000,
  received: 10000,
  emitted: 9000,
  failed: 1,
  dropped: 3,
  waiting: 2,
  lag_s: 0.25,
  subscribers: 1,
  newest: '{"seq":9000}',
  values_in: [[1, 2, 10000]],
  values_out: [[1, 4, 9000]],
  params: [{ name: 'size', type: 'int', value: 5 }],
  versions: [
    { number: 3, since: 3, refused: 'the state does not fit', is_current: false },
    { number: 2, since: 2, refused: '', is_current: true },
    { number: 1, since: 1, refused: '', is_current: false }
  ],
  errors: [
    {
      at: 9,
      kind: 'ValueError',
      message: 'too small',
      version: 2,
      value: '1.5',
      traceback: 'Traceback: …',
      cell: 2,
      line: 7
    }
  ]
};

/** The view of a stream that is served, and what it asks of the server. */
async function build(refuse = '') {
  const asked: StreamRequest[] = [];
  const revealed: unknown[] = [];
  const api = fakeApi({
    stream: async () => REPORT,
    actOnStream: async (_, request) => {
      asked.push(request);
      if (refuse) {
        throw new Error(refuse);
      }
      return { rows: [{ at: 1, value: '3', outputs: ['6'], error: '' }] };
    }
  });
  const served = servedState(MEAN);
  const [state, row] = [asState(served), served.snapshot.rows[0] as IRow<StreamEndpoint>];
  const session = new PreviewSession(state, { document: fakeDocument(), storage: null });
  const trans = nullTranslator.load('neutrino_lab');
  const cells = { get: (index: number) => ({ id: `cell ${index}` }) };
  const notebooks = { at: () => ({ content: { model: { cells } } }) };
  const commands = {
    execute: async (_: string, args: unknown) => {
      revealed.push(args);
    }
  };
  const view = { model: { api }, notebooks, trans, commands } as unknown as IViewContext;
  const host = await draw(<StreamView view={view} state={state} row={row} session={session} />);
  while (!host.querySelector('.nl-Stream')) {
    await act(() => new Promise(resolve => setTimeout(resolve, 0)));
  }
  const click = (name: string) =>
    act(async () => {
      const found = [...host.querySelectorAll('button')].find(
        each => (each.getAttribute('aria-label') ?? each.textContent) === name
      );
      found?.click();
      await Promise.resolve();
    });
  const end = (): void => {
    document.body.replaceChildren();
    session.dispose();
  };
  return { asked, revealed, host, click, end };
}

describe('the preview of a stream', () => {
  it('tells how the stream fares', async () => {
    const { host, revealed, click, end } = await build();
    const text = host.textContent ?? '';
    expect(text).toContain('Live');
    expect(text).toContain('10,000 in · 9,000 out · lag 250 ms · 2 waiting · 3 dropped · 1 failed');
    expect(text).toContain('All 2 values are drawn.');
    expect(text).toContain('Sandboxed, isolated by bubblewrap');
    expect(text).toContain('the state does not fit');
    expect(text).toContain('ValueError too small');
    await click('Cell 2, line 7');
    expect(revealed).toEqual([{ cellId: 'cell 1', line: 7, path: 'a.ipynb' }]);
    end();
  });

  it('draws its chart again when the theme has changed, whether values come or not', async () => {
    const { end } = await build();
    await act(async () => undefined); // the chart's library is loaded
    mockRedraw.mockClear();
    await act(async () => {
      document.body.dataset.jpThemeName = 'JupyterLab Dark';
    });
    expect(mockRedraw).toHaveBeenCalled();
    end();
    delete document.body.dataset.jpThemeName;
  });

  it('pauses, goes back and replays', async () => {
    const { host, asked, click, end } = await build();
    await click('Pause');
    await click('Go back to version 1');
    await click('Replay');
    expect(asked).toEqual([
      { key: MEAN.key, parameters: {}, action: 'pause' },
      { key: MEAN.key, parameters: {}, action: 'roll_back', version: 1 },
      { key: MEAN.key, parameters: {}, action: 'replay', count: 20 }
    ]);
    expect([...host.querySelectorAll('td')].map(each => each.textContent)).toEqual(['3', '6']);
    end();
  });

  it('tells why something was not done', async () => {
    const { host, click, end } = await build('it has no version 1');
    await click('Go back to version 1');
    expect(host.querySelector('[role="alert"]')?.textContent).toBe('it has no version 1');
    end();
  });
});
