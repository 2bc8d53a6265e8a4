import { Announcer } from '../announcer';

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

describe('the announcer', () => {
  it('says one thing in three seconds, and then only the newest', () => {
    const announcer = new Announcer(document.body);
    const region = document.querySelector('[role="status"]');
    announcer.say('Starting');
    announcer.say('Edited');
    announcer.say('Live');
    expect(region?.textContent).toBe('Starting');
    jest.advanceTimersByTime(3000);
    expect(region?.textContent).toBe('Live');
    announcer.dispose();
    expect(document.querySelector('[role="status"]')).toBeNull();
  });

  it('speaks at once after a silence', () => {
    const announcer = new Announcer(document.body);
    announcer.say('Starting');
    jest.advanceTimersByTime(6001);
    announcer.say('Live');
    expect(document.querySelector('[role="status"]')?.textContent).toBe('Live');
    announcer.dispose();
  });

  it('says once more what happens once more', () => {
    const announcer = new Announcer(document.body);
    const region = document.querySelector('[role="status"]');
    const said = ['Copied', 'Copied', 'Copied'].map(text => {
      announcer.say(text);
      jest.advanceTimersByTime(3001);
      return region?.textContent;
    });
    expect(said.map(text => text?.trim())).toEqual(['Copied', 'Copied', 'Copied']);
    expect(said[1]).not.toBe(said[0]);
    expect(said[2]).not.toBe(said[1]);
    announcer.dispose();
  });
});
