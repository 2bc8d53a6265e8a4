/**
 * Params as they are typed: text in a field, JSON on the wire.
 */
import type { StreamParam } from '../../../protocol';

/** What a field shows of a param. */
export function fieldText({ type, value }: StreamParam): string {
  return type === 'str' && typeof value === 'string' ? value : JSON.stringify(value);
}

/** What was typed, as JSON; text that is none goes as it is, and the server tells what is wrong. */
export function readField(text: string, type: string): unknown {
  if (type === 'str') {
    return text;
  }
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
