/**
 * Why a connection ended, in words.
 */
import type { TranslationBundle } from '@jupyterlab/translation';
import type { IEnd } from '../model';

/** HTTP statuses that an endpoint is likely to raise; a WebSocket closes with 4000 more. */
const HTTP_STATUSES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  402: 'Payment Required',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  406: 'Not Acceptable',
  408: 'Request Timeout',
  409: 'Conflict',
  410: 'Gone',
  411: 'Length Required',
  412: 'Precondition Failed',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  418: 'I’m a Teapot',
  422: 'Unprocessable Content',
  423: 'Locked',
  425: 'Too Early',
  428: 'Precondition Required',
  429: 'Too Many Requests',
  451: 'Unavailable For Legal Reasons',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
  507: 'Insufficient Storage'
};

/** The code, what it means, and what the other side said. */
export function closingText(end: IEnd, trans: TranslationBundle): string {
  const { code, reason, wasOpen, isMeant } = end;
  if (isMeant) {
    return wasOpen ? trans.__('Disconnected by you') : trans.__('Cancelled by you');
  }
  const meaning = wasOpen ? codeText(code, trans) : refusedText(trans);
  const told = trans.__('%1: %2', code, meaning);
  return reason ? trans.__('%1 (“%2”)', told, reason) : told;
}

/** A browser never learns why a handshake failed. */
function refusedText(trans: TranslationBundle): string {
  return trans.__(
    'the connection was refused before it opened; look at the path, the query and required headers'
  );
}

function codeText(code: number, trans: TranslationBundle): string {
  switch (code) {
    case 1000:
      return trans.__('closed normally by the server');
    case 1001:
      return trans.__('the server is going away');
    case 1002:
      return trans.__('protocol error');
    case 1003:
      return trans.__('this kind of message is not accepted');
    case 1004:
      return trans.__('a reserved code');
    case 1005:
      return trans.__('closed without a code');
    case 1006:
      return trans.__('the connection broke off without a goodbye');
    case 1007:
      return trans.__('the text was no valid UTF-8');
    case 1008:
      return trans.__('against the server’s policy');
    case 1009:
      return trans.__('the message was too big');
    case 1010:
      return trans.__('an extension that was needed is missing');
    case 1011:
      return trans.__('the endpoint failed with an exception, or its process ended');
    case 1012:
      return trans.__('the endpoint has changed; connect again');
    case 1013:
      return trans.__('too slow: more messages waited than the server keeps');
    case 1014:
      return trans.__('a server in between got a bad answer');
    case 1015:
      return trans.__('the TLS handshake failed');
    default:
      return ownText(code, trans);
  }
}

function ownText(code: number, trans: TranslationBundle): string {
  if (code >= 4100 && code < 4600) {
    const status = code - 4000;
    const name = HTTP_STATUSES[status];
    return name ? trans.__('HTTP %1 %2', status, name) : trans.__('HTTP status %1', status);
  }
  if (code >= 4000 && code < 5000) {
    return trans.__('a code of the application’s own');
  }
  return code >= 3000 && code < 4000
    ? trans.__('a code of a library or framework')
    : trans.__('a code without a meaning');
}
