import type { JSONObject } from '@lumino/coreutils';
import { DEFAULTS, Preferences, type IPreferences } from '../preferences';
import schema from '../../../schema/model.json';

describe('the settings', () => {
  it('are those of the schema, where nothing is set', () => {
    const usual = Object.entries(schema.properties).map(([name, each]) => [name, each.default]);
    expect(Object.fromEntries(usual)).toEqual(DEFAULTS);
  });

  it('replace one another whole, and tell', () => {
    const preferences = new Preferences();
    let count = 0;
    preferences.changed.connect(() => (count += 1));
    preferences.update({ lens: 'off', exportFiles: ['fonts/*'] });
    expect(preferences.values).toEqual({ ...DEFAULTS, lens: 'off', exportFiles: ['fonts/*'] });
    preferences.update({ exportPackages: ['git'] });
    expect([preferences.values, count]).toEqual([{ ...DEFAULTS, exportPackages: ['git'] }, 2]);
  });

  it('name a model only where one is chosen', () => {
    const preferences = new Preferences();
    expect(preferences.chatOptions()).toEqual({ rounds: 12 });
    const chatBaseUrl = 'http://127.0.0.1:11434/v1';
    preferences.update({ chatModel: 'qwen3-coder', chatBaseUrl, chatRounds: 3 });
    expect(preferences.chatOptions()).toEqual({
      model: 'qwen3-coder',
      base_url: chatBaseUrl,
      rounds: 3
    });
  });

  it.each(['data.csv', 7, null, {}, ['a', 1]])('read no list of texts in %j', value => {
    const preferences = new Preferences();
    const odd: JSONObject = { exportFiles: value, exportPackages: value };
    preferences.update(odd as Partial<IPreferences>);
    expect(preferences.values).toEqual(DEFAULTS);
  });
});
