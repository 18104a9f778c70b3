import { describe, expect, it } from '@jest/globals';
import { messageLine, openMessage, parseMessageLine, signMessage } from '../../src/index.ts';

const SECRET = 'a-secret-of-the-tests';
const PRODUCER = 'claims-service/0a1b2c3d-0000-4000-8000-000000000001';
const event = {
  requestId: '0192f0c1-2222-7000-8000-000000000000',
  service: 'claims-service',
  tenant: 'northwind',
  recorded: '2026-11-25T10:00:00.000Z',
  kind: 'rest',
  action: 'read',
  outcome: '0',
  request: 'GET Patient/ä b',
} as const;
const signed = (body: string, sequence = 7) => signMessage(SECRET, { producer: PRODUCER, sequence, body });
const message = signed(JSON.stringify(event));

describe('a signed message', () => {
  it('is opened with the secret that signed it, also after it travelled as a line', () => {
    expect(openMessage(SECRET, message)).toEqual({ event });
    const line = messageLine(message);
    expect(line).not.toContain('\n');
    expect(parseMessageLine(line)).toEqual(message);
    expect(openMessage(SECRET, { ...message, key: 'northwind/' })).toEqual({ event });
  });

  it.each([
    ['another secret', { ...message, mac: signMessage('another-secret', message).mac }],
    ['another body', { ...message, body: message.body.replace('read', 'vread') }],
    ['another sequence number', { ...message, sequence: 8 }],
    ['another producer', { ...message, producer: PRODUCER.replace('claims', 'auth') }],
    ['half a MAC', { ...message, mac: message.mac.slice(0, 20) }],
    ['no MAC', { ...message, mac: '' }],
    ['no sequence number', { ...message, sequence: Number.NaN }],
    ['a sequence number out of range', signed(message.body, 0)],
    ['a malformed producer', signMessage(SECRET, { ...message, producer: 'claims service' })],
  ])('with %s is not believed', (_what, changed) => {
    expect(openMessage(SECRET, changed)).toEqual({ invalid: expect.any(String), authentic: false });
  });

  it.each(['lakeside/', 'northwind/anna', ''])(
    'is misdirected when its key is %j and its body has another key (case T06)',
    (key) =>
      expect(openMessage(SECRET, { ...message, key })).toEqual({
        ...{ invalid: expect.any(String), authentic: false, misdirected: event },
      }),
  );

  it.each(['not json', '{"kind":"rest"}', JSON.stringify({ ...event, diagnosis: 'E11' })])(
    'is authentic but holds no event when the producer signed %s',
    (body) =>
      expect(openMessage(SECRET, signed(body))).toEqual({ invalid: expect.any(String), authentic: true }),
  );

  it.each(['', '{', 'a b', 'a x b {}', `${PRODUCER} 7 mac`, `${PRODUCER} 7  {}`])(
    'cannot be read from the line %j',
    (line) => expect(parseMessageLine(line)).toBeUndefined(),
  );
});
