import type { PlannedCell } from '../../../protocol';
import { DEFAULTS } from '../../preferences';
import {
  EMPTY_DRAFT,
  areKept,
  firstDraft,
  optionErrors,
  keptOptions,
  tick,
  withCell,
  withOptions
} from '../draft';

const cell = (reason: PlannedCell['reason']): PlannedCell => ({
  notebook: 'a.ipynb',
  cell: 1,
  cell_id: 'c1',
  title: '',
  included: true,
  reason,
  needed_by: []
});

describe('what a notebook keeps of an export', () => {
  const draft = {
    ...EMPTY_DRAFT,
    folder: 'elsewhere',
    title: 'My shop',
    python: '3.12',
    files: ['data.csv'],
    packages: ['libgomp1'],
    excluded: ['c1'],
    only_needed: true
  };

  it('comes back as it went in, and keys of others survive', () => {
    const before = {
      version: 1,
      examples: { c1: [] },
      export: { files: ['old.csv'], labels: { owner: 'me' }, port: 9000 }
    };
    const kept = withOptions(before, draft);
    expect(kept).toEqual({
      version: 1,
      examples: { c1: [] },
      export: {
        files: ['data.csv'],
        labels: { owner: 'me' },
        title: 'My shop',
        python: '3.12',
        packages: ['libgomp1'],
        excluded: ['c1'],
        only_needed: true
      }
    });
    expect(keptOptions(kept)).toEqual({
      title: 'My shop',
      python: '3.12',
      port: 8000,
      files: ['data.csv'],
      max_file_mb: 100,
      packages: ['libgomp1'],
      excluded: ['c1'],
      only_needed: true,
      replicas: false,
      engine: '',
      ray: []
    });
    expect([areKept(kept, draft), areKept(before, draft)]).toEqual([true, false]);
  });

  it.each([
    undefined,
    null,
    'text',
    [],
    { export: 7 },
    { export: { files: 'a', excluded: [1], port: 'x', title: ['a'] } }
  ])('is nothing where %j stands', metadata => {
    expect(keptOptions(metadata)).toEqual({
      title: '',
      python: '',
      port: 8000,
      files: [],
      max_file_mb: 100,
      packages: [],
      excluded: [],
      only_needed: false,
      replicas: false,
      engine: '',
      ray: []
    });
    expect(areKept(metadata, EMPTY_DRAFT)).toBe(true);
  });
});

describe('the first draft', () => {
  const settings = { exportFiles: ['fonts/*', 'data.csv'], exportPackages: ['git'] };

  it('is what the notebook keeps, and what the settings add to it', () => {
    const metadata = { export: { title: 'Shop', files: ['data.csv'], packages: ['libgomp1'] } };
    const draft = firstDraft(metadata, settings);
    expect(draft).toEqual({
      ...EMPTY_DRAFT,
      title: 'Shop',
      files: ['data.csv', 'fonts/*'],
      packages: ['libgomp1', 'git']
    });
    expect(areKept(metadata, draft)).toBe(false);
    const kept = withOptions(metadata, draft);
    expect(areKept(kept, firstDraft(kept, settings))).toBe(true);
  });

  it("is the notebook's where nothing is set", () => {
    expect(firstDraft(undefined, DEFAULTS)).toEqual(EMPTY_DRAFT);
  });
});

describe('a draft', () => {
  it('is flawed where a value cannot be meant', () => {
    expect(optionErrors(EMPTY_DRAFT)).toEqual([]);
    expect(optionErrors({ ...EMPTY_DRAFT, port: 0, python: 'latest' })).toEqual(['port', 'python']);
    expect(optionErrors({ ...EMPTY_DRAFT, port: NaN, python: '3.12' })).toEqual(['port']);
    expect(optionErrors({ ...EMPTY_DRAFT, port: 65536 })).toEqual(['port']);
  });

  it('takes a cell out once, and in again', () => {
    const out = withCell(withCell(EMPTY_DRAFT, 'c1', false), 'c1', false);
    expect([out.excluded, withCell(out, 'c1', true).excluded]).toEqual([['c1'], []]);
  });
});

describe('the tick of a cell', () => {
  const excluding = withCell(EMPTY_DRAFT, 'c1', false);

  it('follows the draft before the plan does', () => {
    expect(tick(cell('all'), excluding)).toEqual({ isOn: false, isFree: true });
    expect(tick(cell('excluded'), EMPTY_DRAFT)).toEqual({ isOn: true, isFree: true });
    expect(tick(cell('not-needed'), EMPTY_DRAFT)).toEqual({ isOn: true, isFree: true });
  });

  it('is not free where only what is needed goes in, and where there is nothing to go in', () => {
    const only = { ...EMPTY_DRAFT, only_needed: true };
    expect(tick(cell('not-needed'), only)).toEqual({ isOn: false, isFree: false });
    expect(tick(cell('needed'), only)).toEqual({ isOn: true, isFree: true });
    expect(tick(cell('skipped'), EMPTY_DRAFT)).toEqual({ isOn: false, isFree: false });
    expect(tick(cell('empty'), EMPTY_DRAFT)).toEqual({ isOn: false, isFree: false });
  });
});
