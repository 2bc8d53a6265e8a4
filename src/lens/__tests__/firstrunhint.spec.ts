import { Preferences } from '../../model';
import { FirstRunHint } from '../firstrunhint';

/** Preferences that are kept, as the settings of JupyterLab keep them. */
function kept(): Preferences {
  const preferences = new Preferences();
  preferences.connect(async (name, value) => preferences.update({ [name]: value }));
  return preferences;
}

describe('the first success', () => {
  it('is told once to a person, in the first notebook that is live', () => {
    const preferences = kept();
    const hint = new FirstRunHint(preferences);
    expect(hint.isDueAt('a.ipynb')).toBe(true);
    expect(preferences.values.introduction).toBe(false);
    // It stays where it is until it is dismissed, and is told nowhere else.
    expect([hint.isDueAt('a.ipynb'), hint.isDueAt('b.ipynb')]).toEqual([true, false]);
    hint.dismiss();
    expect([hint.isDueAt('a.ipynb'), hint.isDueAt('b.ipynb')]).toEqual([false, false]);
    expect(new FirstRunHint(preferences).isDueAt('a.ipynb')).toBe(false);
  });

  it('is not told before the settings have been read', () => {
    expect(new FirstRunHint(new Preferences()).isDueAt('a.ipynb')).toBe(false);
  });
});
