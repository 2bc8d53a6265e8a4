import { nullTranslator } from '@jupyterlab/translation';
import { stats, diagnostic } from '../../model/__tests__/samples';
import {
  callsText,
  clientsText,
  hintText,
  messageText,
  statusText,
  millisecondsText,
  outcomeText,
  percentilesText,
  reasonText,
  untilText,
  statusKindText
} from '../wording';

const trans = nullTranslator.load('neutrino_lab');

describe('the words', () => {
  it('of a state with its reason', () => {
    const reason = { kind: 'diagnostic', diagnostic: diagnostic() } as const;
    expect(statusText({ kind: 'serving-previous', reason }, trans)).toBe(
      'Problem – serving previous: Cell 2: nam is not declared'
    );
    expect(statusText({ kind: 'live', reason: { kind: 'none' } }, trans)).toBe('Live');
  });

  it('of a diagnostic leave out the cell beside which they stand', () => {
    const reason = { kind: 'diagnostic', diagnostic: diagnostic() } as const;
    expect([reasonText(reason, trans, 0, 2), reasonText(reason, trans, 0, 3)]).toEqual([
      'nam is not declared',
      'Cell 2: nam is not declared'
    ]);
  });

  it('of a finding are translated before their arguments are put in', () => {
    const german: Record<string, string> = {
      '`{name}` needs `{{id}}` in {where}': 'in {where} fehlt `{{id}}` für `{name}`',
      'cell {cell}': 'Zelle {cell}'
    };
    const other = { __: (text: string) => german[text] ?? text } as unknown as typeof trans;
    const where = { template: 'cell {cell}', arguments: { cell: '3' } };
    const wording = {
      template: '`{name}` needs `{{id}}` in {where}',
      arguments: { name: '%1 {where} %% $&', where }
    };
    const message = '`%1 {where} %% $&` needs `{id}` in cell 3';
    const found = diagnostic({ message, message_wording: wording });
    expect([messageText(found, other), messageText(found, trans), hintText(found, other)]).toEqual([
      'in Zelle 3 fehlt `{id}` für `%1 {where} %% $&`',
      message,
      'declare it'
    ]);
  });

  it('of every state differ', () => {
    const words = ['not-served', 'starting', 'live', 'edited', 'serving-previous', 'problem'];
    const texts = [...words, 'stopped'].map(word =>
      statusKindText(word as Parameters<typeof statusKindText>[0], trans)
    );
    expect(new Set(texts).size).toBe(texts.length);
  });

  it('of a running cell count its seconds', () => {
    const reason = { kind: 'running-cell', running: { cell: 3, since: 100 } } as const;
    expect(reasonText(reason, trans, 104_900)).toBe('Cell 3 has been running for 4 s');
  });

  it('of a duration are short', () => {
    expect([0.4, 12.4, 1234, 61_000].map(each => millisecondsText(each, trans))).toEqual([
      '<1 ms',
      '12 ms',
      '1.2 s',
      '61 s'
    ]);
  });

  it('of the calls say what the sparkline shows', () => {
    const latencies_ms = [12, 40, -1, 11];
    expect(callsText(stats({ latencies_ms }), trans)).toBe(
      'last 4 calls: median 12 ms, slowest 40 ms, 1 failed'
    );
    expect(callsText(stats({ latencies_ms: [-1] }), trans)).toBe('last call: 1 failed');
  });

  it('of the percentiles tell errors too, and nothing before the first call', () => {
    const told = stats({ calls: 12, errors: 1, p50_ms: 2, p95_ms: 1800 });
    expect([percentilesText(told, trans), percentilesText(stats(), trans)]).toEqual([
      'p50 2 ms, p95 1.8 s, 12 calls, 1 error',
      ''
    ]);
  });

  it('of runs', () => {
    const all = (['ok', 'failed', 'skipped', 'missed'] as const).map(each =>
      outcomeText(each, trans)
    );
    expect(all).toEqual(['ok', 'failed', 'skipped', 'missed']);
  });

  it('of the clients count rooms where there are any', () => {
    expect(clientsText(stats({ clients: 1 }), trans)).toBe('1 client');
    expect(clientsText(stats({ clients: 3, rooms: 2 }), trans)).toBe('3 clients, 2 rooms');
  });

  it('of the next run count down', () => {
    const now = Date.parse('2026-01-01T00:00:00Z');
    const texts = ['2026-01-01T02:14:09Z', '2026-01-03T01:00:00Z', '2025-12-31T00:00:00Z', ''];
    expect(texts.map(each => untilText(each, now, trans))).toEqual([
      'in 02:14:09',
      'in 2 days',
      'now',
      ''
    ]);
  });
});
