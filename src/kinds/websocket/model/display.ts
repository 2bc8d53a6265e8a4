/**
 * Messages as text: in a row, in full, byte by byte.
 */
import { Exact, jsonText, parseJson } from '../../../model/preview/json';
import type { Data } from './entry';

const ROW_CHARACTERS = 300;
const ROW_BYTES = 24;
const BYTES_A_LINE = 16;

/** What is shown of a message at once, and how much of it that is. */
export interface IExcerpt {
  readonly text: string;
  readonly shown: number;
  readonly size: number;
}

/** A message in one line, cut where it is long. */
export function oneLine(data: Data): string {
  if (typeof data !== 'string') {
    return hexOf(new Uint8Array(data, 0, Math.min(data.byteLength, ROW_BYTES))).trim();
  }
  const text = data.length > ROW_CHARACTERS ? `${data.slice(0, ROW_CHARACTERS)}…` : data;
  return text.replace(/\s+/g, ' ');
}

/** A text, with JSON indented and its numbers as they were written, up to so many characters. */
export function textOf(text: string, most: number): IExcerpt {
  const laidOut = text.length <= most ? pretty(text) : text.slice(0, most);
  return { text: laidOut, shown: Math.min(text.length, most), size: text.length };
}

/** Bytes with their places and what they are in ASCII, up to so many; a text as UTF-8. */
export function hexDump(data: Data, most: number): IExcerpt {
  const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : new Uint8Array(data);
  const shown = bytes.subarray(0, most);
  const lines: string[] = [];
  for (let place = 0; place < shown.length; place += BYTES_A_LINE) {
    const part = shown.subarray(place, place + BYTES_A_LINE);
    const ascii = Array.from(part, byte =>
      byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.'
    );
    const offset = place.toString(16).padStart(8, '0');
    lines.push(`${offset}  ${hexOf(part).padEnd(3 * BYTES_A_LINE)} ${ascii.join('')}`);
  }
  return { text: lines.join('\n'), shown: shown.length, size: bytes.length };
}

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, byte => `${byte.toString(16).padStart(2, '0')} `).join('');
}

function pretty(text: string): string {
  try {
    const value = parseJson(text);
    const isPlain = typeof value !== 'object' || value === null || value instanceof Exact;
    return isPlain ? text : jsonText(value, 2);
  } catch {
    return text;
  }
}
