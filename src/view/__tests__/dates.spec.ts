import { clockText, localeOf, momentText, visitText } from '../dates';

describe('the dates', () => {
  it('are in the language of JupyterLab', () => {
    expect(['fr_FR', 'zh_CN', 'en'].map(localeOf)).toEqual(['fr-FR', 'zh-CN', 'en']);
    expect(['no language!', '', undefined].map(localeOf)).toEqual([
      undefined,
      undefined,
      undefined
    ]);
    const [then, now] = ['2026-03-01T12:00:00Z', '2026-03-05T12:00:00Z'].map(Date.parse);
    expect(visitText(then ?? 0, 'de', now)).toMatch(/^01\.03\.26/);
    expect(visitText(then ?? 0, 'en', now)).toMatch(/^3\/1\/26/);
    expect(momentText('2026-03-02T09:30:00Z', 'UTC', 'fr-FR')).toMatch(/^lun\./);
  });

  it('have the hour of midnight as 00', () => {
    expect(clockText(new Date(2026, 0, 1, 0, 5).getTime(), 'en')).toBe('00:05:00');
  });

  it('always carry a zone, also an unknown one', () => {
    expect(momentText('2026-01-02T09:30:00+01:00', 'Europe/Rome', 'en')).toMatch(/09:30.*GMT\+1/);
    expect(momentText('2026-01-02T09:30:00+01:00', 'Nowhere/At_All', 'en')).toMatch(/GMT|UTC/);
    expect(momentText('soon', 'UTC', 'en')).toBe('');
  });
});
