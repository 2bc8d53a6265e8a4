import { keepFocus } from '../focus';

function build() {
  document.body.innerHTML =
    '<div id="host"><button>a</button><button>b</button><button>c</button></div><input>';
  const host = document.getElementById('host') as HTMLElement;
  return { host, buttons: [...host.querySelectorAll('button')], kept: keepFocus(host) };
}

const settle = () => new Promise<void>(resolve => queueMicrotask(() => resolve()));

describe('the focus', () => {
  it('goes to what stands in the place of a control that is gone', async () => {
    const { buttons } = build();
    buttons[1]?.focus();
    buttons[1]?.remove();
    await settle();
    expect(document.activeElement).toBe(buttons[2]);
    buttons[2]?.remove();
    await settle();
    expect(document.activeElement).toBe(buttons[0]);
  });

  it('goes to nothing that is not shown', async () => {
    const { buttons } = build();
    buttons[2]?.setAttribute('hidden', '');
    buttons[1]?.focus();
    buttons[1]?.remove();
    await settle();
    expect(document.activeElement).toBe(buttons[0]);
  });

  it('stays where it has gone to', async () => {
    const { buttons, kept } = build();
    buttons[1]?.focus();
    const other = document.querySelector('input');
    other?.focus();
    await settle();
    buttons[1]?.remove();
    await settle();
    expect(document.activeElement).toBe(other);
    other?.blur();
    kept.dispose();
  });
});
