import { generateKeyPairSync } from 'node:crypto';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import {
  batchText,
  eventKeys,
  eventSigner,
  isSignedBy,
  laneOf,
  openBatch,
  parseBatch,
  publicEventKey,
  recordOf,
  signBatch,
} from '../../src/index.ts';

const newKey = () =>
  generateKeyPairSync('ed25519', {
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  }).privateKey;
const [CLAIMS, CLAIMS_BEFORE, AUTH, STRANGER] = [newKey(), newKey(), newKey(), newKey()];
const KEYS = eventKeys(
  JSON.stringify({
    keys: [
      publicEventKey('claims-service', CLAIMS),
      publicEventKey('claims-service', CLAIMS_BEFORE),
      publicEventKey('auth-service', AUTH),
    ],
  }),
);
const PRODUCER = 'claims-service/0a1b2c3d-0000-4000-8000-000000000001';
const event = {
  requestId: '0192f0c1-2222-7000-8000-000000000000',
  service: 'claims-service',
  tenant: 'northwind',
  recorded: '2026-11-25T10:00:00.000Z',
  kind: 'rest',
  action: 'read',
  outcome: '0',
  member: 'anna',
  request: 'GET Patient/ä b',
} as const;
const lane = laneOf(event);
const record = (sequence: number, text = recordOf(event)) => ({ sequence, text });
const unsigned = { producer: PRODUCER, tenant: 'northwind', lane, records: [record(7), record(9)] };
const signed = (change: Partial<typeof unsigned> = {}, pem = CLAIMS, service = 'claims-service') =>
  signBatch(eventSigner(service, pem), { ...unsigned, ...change });
const batch = signed();

describe('a batch', () => {
  it('is opened with the public key of its service, also after it was text', () => {
    const opened = openBatch(KEYS, batch, Date.now());
    expect(opened).toMatchObject({ records: [{ sequence: 7, event }, { sequence: 9 }], invalid: [] });
    expect(parseBatch(batchText(batch))).toEqual(batch);
    expect(openBatch(KEYS, { ...batch, key: `northwind/${lane}` }, Date.now())).toEqual(opened);
  });

  const lineEnds = { ...event, request: 'a\u2028b\u2029c\u0085d\r\n\u{1f600}\\\u2028' };

  it.each([
    ['escaped, as it is written', recordOf(lineEnds)],
    ['as it was written before', JSON.stringify({ v: 1, ...lineEnds })],
  ])('brings every kind of line end: %s', (_what, text) => {
    const sent = signed({ records: [record(7, text), record(9)] });
    const parsed = parseBatch(batchText(sent));
    expect(parsed).toEqual(sent);
    expect(openBatch(KEYS, parsed ?? sent, Date.now())).toMatchObject({
      records: [{ text, event: lineEnds }, { sequence: 9 }],
      invalid: [],
    });
  });

  it('has records that are one line for every reader of lines', async () => {
    const lines: string[] = [];
    for await (const line of createInterface({ input: Readable.from([recordOf(lineEnds)]) }))
      lines.push(line);
    expect(lines).toEqual([recordOf(lineEnds)]);
  });

  it('says of each record that is none of it why, once, and opens the others', () => {
    const refused = [
      record(8, '{'),
      record(9, recordOf({ ...event, member: 'ben' })),
      record(10, recordOf({ ...event, kind: 'consent' })),
      record(11, recordOf({ ...event, service: 'auth-service' })),
    ];
    const opened = openBatch(KEYS, signed({ records: [record(7), ...refused, record(12)] }), Date.now());
    expect(opened).toMatchObject({
      records: [{ sequence: 7, event }, { sequence: 12 }],
      invalid: [
        { record: { sequence: 8 }, invalid: expect.stringMatching(/./) },
        {
          record: { sequence: 9 },
          invalid: 'the record belongs to another tenant or lane than its batch',
        },
        { record: { sequence: 10 }, invalid: 'claims-service does not record consent' },
        { record: { sequence: 11 }, invalid: 'the record is of another service than its producer' },
      ],
    });
  });

  it('is not opened when the time of its key has passed, and is until then', () => {
    const withEnd = (seconds: number) =>
      eventKeys(JSON.stringify({ keys: [{ ...publicEventKey('claims-service', CLAIMS), exp: seconds }] }));
    const now = Math.floor(Date.now() / 1000);
    expect(openBatch(withEnd(now + 60), batch, Date.now())).toMatchObject({ invalid: [] });
    expect(openBatch(withEnd(now), batch, Date.now())).toMatchObject({
      rejected: 'the signature does not verify',
    });
    const statement = 'what was signed while the key was good';
    const before = { kid: batch.kid, signature: eventSigner('', CLAIMS).sign(statement), statement };
    expect(isSignedBy(withEnd(now), 'claims-service', before, Date.now() - 60_000)).toBe(true);
    expect(() => withEnd(0.5)).toThrow();
  });

  it('is opened with either of two keys while a service changes its key', () => {
    expect(openBatch(KEYS, signed({}, CLAIMS_BEFORE), Date.now())).toMatchObject({ invalid: [] });
  });

  it.each([
    ['the key of a stranger', signed({}, STRANGER)],
    ['the key of another service', signed({}, AUTH, 'claims-service')],
    ['another text', { ...batch, records: [record(7, `${recordOf(event)} `), record(9)] }],
    ['another number', { ...batch, records: [record(8), record(9)] }],
    ['one record less', { ...batch, records: [record(7)] }],
    ['its records in another order', { ...batch, records: [record(9), record(7)] }],
    ['another lane', { ...batch, lane: lane + 1 }],
    ['another tenant', { ...batch, tenant: 'lakeside' }],
    ['another producer', { ...batch, producer: PRODUCER.replace('0a1b', '0a1c') }],
    ['half a signature', { ...batch, signature: batch.signature.slice(0, 20) }],
    ['no signature', { ...batch, signature: '' }],
    ['numbers that do not ascend', signed({ records: [record(9), record(7)] })],
    ['a producer that is none', signed({ producer: 'claims-service' })],
  ])('with %s is not believed', (_what, changed) => {
    expect(openBatch(KEYS, changed, Date.now())).toEqual({
      rejected: expect.any(String),
      misdirected: false,
    });
  });

  it.each([`lakeside/${lane}`, `northwind/${lane + 1}`, ''])(
    'under the key %j of somebody else was not sent by its producer (case T06)',
    (key) =>
      expect(openBatch(KEYS, { ...batch, key }, Date.now())).toEqual({
        rejected: expect.any(String),
        misdirected: true,
      }),
  );

  it.each([
    ['what is no JSON', 'not json'],
    ['half an event', '{"v":1,"kind":"rest"}'],
    ['more than an event', JSON.stringify({ v: 1, ...event, diagnosis: 'E11' })],
    ['what Postgres cannot read', JSON.stringify({ v: 1, ...event, request: 'a\ud83d' })],
    ['a form that is not known', JSON.stringify({ ...event, v: 3 })],
    ['an event of another service', recordOf({ ...event, service: 'auth-service' })],
    ['what only another service does', recordOf({ ...event, kind: 'consent', action: 'revoke' })],
    ['an event of another tenant', recordOf({ ...event, tenant: 'lakeside' })],
  ])('with %s in it has arrived all the same, and the rest of it counts', (_what, text) => {
    const opened = openBatch(KEYS, signed({ records: [record(7, text), record(9)] }), Date.now());
    expect(opened).toMatchObject({ records: [{ sequence: 9 }], invalid: [{ record: { sequence: 7 } }] });
  });

  it.each([
    '',
    '{',
    'a b',
    batchText(batch).split('\n')[0] ?? '',
    batchText(batch).replace(/^2 /, '1 '),
    `${batchText(batch)}\nmore`,
    `${batchText(batch)}\n0 {}`,
  ])('is not this text: %s', (text) => expect(parseBatch(text)).toBeUndefined());
});

describe('a lane', () => {
  it('is the same for a member on every machine, and one of sixteen', () => {
    expect(laneOf({ tenant: 'northwind', member: 'anna' })).toBe(lane);
    const lanes = Array.from({ length: 1_000 }, (_, at) => laneOf({ tenant: 'northwind', member: `m${at}` }));
    const counts = [...Map.groupBy(lanes, (each) => each)].map(([, same]) => same.length);
    expect(counts).toHaveLength(16);
    expect(Math.max(...counts)).toBeLessThan(120);
    expect(laneOf({ tenant: 'northwind' })).toBe(laneOf({ tenant: 'northwind', member: undefined }));
  });
});
