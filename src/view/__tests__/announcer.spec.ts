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
});
