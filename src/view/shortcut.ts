/**
 * Keys as people read them.
 */
import { CommandRegistry } from '@lumino/commands';

/** The keys that call a command with no arguments now; empty where none do. */
export function shortcutText(commands: Pick<CommandRegistry, 'keyBindings'>, id: string): string {
  const bound = commands.keyBindings.filter(
    ({ command, args }) => command === id && Object.keys(args).length === 0
  );
  // The last one is the one that counts.
  const { keys } = bound[bound.length - 1] ?? {};
  return keys ? CommandRegistry.formatKeystroke(keys) : '';
}

/** Keys that a view listens for by itself, in the words of the platform. */
export function keysText(...keys: readonly string[]): string {
  return CommandRegistry.formatKeystroke(keys);
}
