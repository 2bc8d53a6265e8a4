import { nullTranslator } from '@jupyterlab/translation';
import { closingText } from '../closing';
import { messageErrorText, deliveryText, sizeText } from '../wording';

const trans = nullTranslator.load('neutrino_lab');

describe('the end of a connection', () => {
  it.each([
    [{ code: 1000 }, '1000: closed normally by the server'],
    [{ code: 1001, reason: 'bye' }, '1001: the server is going away (“bye”)'],
    [{ code: 1006 }, '1006: the connection broke off without a goodbye'],
    [{ code: 1011 }, '1011: the endpoint failed with an exception, or its process ended'],
    [{ code: 3500 }, '3500: a code of a library or framework'],
    [{ code: 4404 }, '4404: HTTP 404 Not Found'],
    [{ code: 4499 }, '4499: HTTP status 499'],
    [{ code: 4001 }, '4001: a code of the application’s own'],
    [{ code: 2000 }, '2000: a code without a meaning'],
    [{ code: 1000, isMeant: true }, 'Disconnected by you'],
    [{ code: 1000, isMeant: true, wasOpen: false }, 'Cancelled by you'],
    [
      { code: 1006, wasOpen: false },
      '1006: the connection was refused before it opened; look at the path, the query and required headers'
    ]
  ])('is told in words: %j', (ending, wanted) => {
    expect(closingText({ reason: '', wasOpen: true, isMeant: false, ...ending }, trans)).toBe(
      wanted
    );
  });

  it('has words for every code of the protocol', () => {
    const codes = Array.from({ length: 16 }, (_, index) => 1000 + index);
    const texts = codes.map(code =>
      closingText({ code, reason: '', wasOpen: true, isMeant: false }, trans)
    );
    expect(new Set(texts).size).toBe(16);
    expect(texts.filter(text => text.includes('without a meaning'))).toEqual([]);
  });
});

describe('a message', () => {
  it.each([
    [{ count: 0, room: '', client: 'B' }, 'reached nobody'],
    [{ count: 2, room: '', client: '' }, 'broadcast to 2'],
    [{ count: 1200, room: '', client: '' }, `broadcast to ${(1200).toLocaleString()}`],
    [{ messages: 2, count: 3, room: '', client: '' }, '2 equal messages, to 3'],
    [{ count: 3, room: 'blue', client: '' }, 'to 3 in room blue'],
    [{ count: 1, room: '', client: 'B' }, 'direct to B'],
    [{ count: 1, room: '', client: '#4' }, 'direct']
  ])('reached %j', (delivery, wanted) => {
    expect(deliveryText({ messages: 1, ...delivery }, trans)).toBe(wanted);
  });

  it('has a size', () => {
    expect([
      sizeText('x', trans),
      sizeText('x'.repeat(1234), trans),
      sizeText(new ArrayBuffer(2), trans)
    ]).toEqual(['1 character', `${(1234).toLocaleString()} characters`, '2 bytes']);
  });

  it('is told what is wrong with it', () => {
    expect([
      messageErrorText({ kind: 'not-json', detail: 'oh' }, trans),
      messageErrorText({ kind: 'missing', field: 'text' }, trans),
      messageErrorText({ kind: 'type', field: 'n', expected: 'int' }, trans)
    ]).toEqual(['not JSON: oh', '“text” is missing', '“n” is not int']);
  });
});
