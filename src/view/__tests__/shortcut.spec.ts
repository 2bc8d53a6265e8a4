import { CommandRegistry } from '@lumino/commands';
import { keysText, shortcutText } from '../shortcut';

it('shows the keys that are bound now', () => {
  const commands = new CommandRegistry();
  const command = 'send';
  commands.addCommand(command, {
    describedBy: { args: { type: 'object' } },
    execute: () => undefined
  });
  const bind = (...keys: string[]): void =>
    void commands.addKeyBinding({ command, keys, args: {}, selector: 'body' });

  expect(shortcutText(commands, command)).toBe('');
  bind('Accel Enter');
  expect(shortcutText(commands, command)).toBe(keysText('Accel Enter'));
  bind('N', 'Shift S');
  commands.addKeyBinding({ command, keys: ['F9'], args: { run: true }, selector: 'body' });
  expect(shortcutText(commands, command)).toBe('N, Shift+S');
});
