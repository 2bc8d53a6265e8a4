/**
 * A log as a file: one JSON object a line.
 */
import { isMessage, type Data, type Entry } from './entry';

/** Write rows as JSON Lines; binary data is Base64. */
export function jsonLines(rows: readonly Entry[]): string {
  return rows.map(row => `${JSON.stringify(line(row))}\n`).join('');
}

function line(row: Entry): object {
  const { id, at, kind, clients, room } = row;
  const common = { id, at: new Date(at).toISOString(), kind, clients, ...(room ? { room } : {}) };
  if (isMessage(row)) {
    const recipients = row.delivery ? { recipients: row.delivery.count } : {};
    return { ...common, ...recipients, ...content(row.data) };
  }
  return row.kind === 'closed' ? { ...common, code: row.code, reason: row.reason } : common;
}

function content(data: Data): object {
  if (typeof data === 'string') {
    return { data };
  }
  const bytes = Array.from(new Uint8Array(data), byte => String.fromCharCode(byte));
  return { base64: btoa(bytes.join('')) };
}
