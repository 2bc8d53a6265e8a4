import { CodeCellModel } from '@jupyterlab/cells';
import { acceptedHash, takeOver } from '../provenance';

beforeEach(() => {
  // yjs warns of cells that are in no document.
  jest.spyOn(console, 'warn').mockImplementation();
});

function cell(metadata: unknown): CodeCellModel {
  const model = new CodeCellModel();
  if (metadata !== undefined) {
    model.setMetadata('neutrino_lab', metadata);
  }
  return model;
}

describe('a cell that a model drafted', () => {
  it('tells what a person accepted', () => {
    expect(acceptedHash(cell({ generated: { hash: 'abc', words: 'x' } }))).toBe('abc');
    for (const other of [undefined, [], 'x', { generated: 'x' }, { generated: { hash: 5 } }]) {
      expect(acceptedHash(cell(other))).toBe('');
    }
  });

  it('becomes the own one of who takes it over, and keeps the rest', () => {
    const alone = cell({ generated: { hash: 'abc' } });
    takeOver(alone);
    expect(alone.metadata).not.toHaveProperty('neutrino_lab');
    const more = cell({ generated: { hash: 'abc' }, examples: [1] });
    takeOver(more);
    expect(more.getMetadata('neutrino_lab')).toEqual({ examples: [1] });
  });

  it('is left as it is where there is nothing to take over', () => {
    const other = cell({ examples: [1] });
    const changed = jest.fn();
    other.metadataChanged.connect(changed);
    takeOver(other);
    expect(changed).not.toHaveBeenCalled();
  });
});
