import { Signal } from '@lumino/signaling';
import { Reconnection } from '../reconnect';

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

describe('a lost connection', () => {
  it('is asked about until it is back, and not before or after', async () => {
    const failed = new Signal<object, void>({});
    const answers = [false, false, true];
    let asked = 0;
    const subject = new Reconnection({
      failed,
      ask: async () => answers[asked++] ?? true
    });
    await jest.advanceTimersByTimeAsync(60_000);
    expect(asked).toBe(0);
    failed.emit();
    await jest.advanceTimersByTimeAsync(120_000);
    expect(asked).toBe(3);
    await jest.advanceTimersByTimeAsync(120_000);
    expect(asked).toBe(3);
    subject.dispose();
  });
});
