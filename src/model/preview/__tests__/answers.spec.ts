import { Signal } from '@lumino/signaling';
import type { Call } from '../../../protocol';
import { Answers } from '../answers';
import { noted } from '../noting';

describe('the room for answers', () => {
  it('is given to the newest; the oldest lets go', () => {
    const forgotten: string[] = [];
    const [a, b, c] = ['a', 'b', 'c'].map(name => ({ forget: () => void forgotten.push(name) }));
    const answers = new Answers(10);
    if (!a || !b || !c) {
      throw new Error();
    }
    expect([answers.take(a, 6), answers.take(b, 4), answers.take(a, 0)]).toEqual([
      true,
      true,
      true
    ]);
    expect([answers.take(c, 3), forgotten]).toEqual([true, ['b']]);
    expect([answers.take(c, 8), forgotten]).toEqual([false, ['b']]);
    answers.release(a);
    expect([answers.take(c, 7), forgotten]).toEqual([true, ['b']]);
  });
});

describe('what was noted of a call', () => {
  const call = { id: 'c1' } as Call;

  it('is asked for again when something happened, and without that too', async () => {
    const happened = new Signal<object, void>({});
    let asked = 0;
    const ask = async () => (++asked < 4 ? null : call);
    const found = noted(ask, happened, () => false);
    await Promise.resolve();
    happened.emit();
    expect(await found).toBe(call);
    expect(asked).toBe(4);
  });

  it('is given up where nobody waits any more', async () => {
    let asked = 0;
    const ask = async () => {
      asked += 1;
      return null;
    };
    expect(await noted(ask, new Signal<object, void>({}), () => asked > 1)).toBe(null);
  });
});
