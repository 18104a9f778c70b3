import { describe, expect, it } from '@jest/globals';
import { type AccessEvent, parseRecord, recordOf } from '../../src/access-event.ts';
import { parseArriving } from '../../src/arriving.ts';
import { AttemptReport, callerOfClaims } from '../../src/attempt.ts';

const EVENT: AccessEvent = {
  requestId: '019abcde-0000-7000-8000-000000000001',
  service: 'claims-service',
  tenant: 'north',
  recorded: '2026-11-25T10:00:00.000Z',
  kind: 'rest',
  action: 'read',
  outcome: '0',
  member: 'A',
  client: { id: 'app', name: 'Health Diary' },
  user: { iss: 'https://plan.example', sub: 'login', fhirUser: 'Patient/A' },
  grantId: 'g',
  token: 'j',
  scope: 'patient/*.rs',
  address: '192.0.2.1',
  request: 'GET Claim/1',
  type: 'Claim',
  resource: { reference: 'Claim/1', version: '1' },
  counts: { Claim: 1 },
  bodyHash: 'a'.repeat(64),
};

const parse = (change: object) => parseRecord(JSON.stringify({ v: 1, ...EVENT, ...change }));

const withUser = (change: object) =>
  recordOf({ ...EVENT, user: { iss: 'https://plan.example', sub: 'login', ...change } });

describe('an access event', () => {
  it('can be read back exactly as it was written', () => {
    expect(parse({})).toEqual({ event: { v: 1, ...EVENT } });
  });

  it.each(['requestId', 'service', 'tenant', 'recorded', 'kind', 'action', 'outcome'])(
    'must have %s',
    (name) => {
      expect(parse({ [name]: undefined })).toHaveProperty('invalid');
    },
  );

  it.each([
    ['half of an emoji', 'a\ud83d', 'a\ufffd'],
    ['the other half', '\ude00\ud83d', '\ufffd\ufffd'],
    ['U+0000', 'a\u0000b', 'a\ufffdb'],
    ['what looks like an escape', '\\u0000 \\ud83d\\', '\\u0000 \\ud83d\\'],
    ['a whole emoji and a tab', '\u{1f600}\t', '\u{1f600}\t'],
    ['ends of lines', 'a\u2028\\\u2029\u0085\r\n', 'a\u2028\\\u2029\u0085\r\n'],
  ])('with %s in any text is written so that it can be read', (_what, text, read) => {
    const withText = (of: string) => ({
      ...EVENT,
      request: of,
      client: { id: of, name: of },
      released: [of],
      counts: { [of]: 1 },
    });
    expect(parseArriving(recordOf(withText(text)))).toEqual({ event: { v: 1, ...withText(read) } });
  });

  it.each([
    ['half of an emoji', JSON.stringify({ v: 1, ...EVENT, request: 'a\ud83d' })],
    ['half of an emoji behind a backslash', JSON.stringify({ v: 1, ...EVENT, request: '\\\ud83d' })],
    ['half of an emoji in a name', JSON.stringify({ v: 1, ...EVENT, counts: { 'a\ud83d': 1 } })],
    ['U+0000', JSON.stringify({ v: 1, ...EVENT, request: 'a\u0000' })],
    ['a name that comes twice', recordOf(EVENT).replace('{"v":1', '{"v":1,"member":"B"')],
    [
      'half of an emoji in what a name says first',
      recordOf(EVENT).replace('{"v":1', '{"v":1,"member":"\\ud83d"'),
    ],
    ['a number that is no whole one to others', recordOf({ ...EVENT, count: 1000 }).replace('1000', '1e3')],
    ['a space too much', `${recordOf(EVENT)} `],
    ['a time of microseconds', recordOf({ ...EVENT, recorded: '2026-11-28T00:00:00.1239Z' })],
    ['a subject that no index holds', withUser({ sub: 'x'.repeat(513) })],
    ['an issuer without an end', withUser({ iss: 'x'.repeat(2_049) })],
    ['a person without an end', withUser({ fhirUser: 'x'.repeat(2_049) })],
    [
      'a resource without an end',
      recordOf({ ...EVENT, resource: { reference: 'x'.repeat(257), version: '1' } }),
    ],
    [
      'a version without an end',
      recordOf({ ...EVENT, resource: { reference: 'x', version: 'x'.repeat(257) } }),
    ],
    ['a reason with a tab', recordOf({ ...EVENT, reason: 'a\tb' })],
    ['a reason with a blank', recordOf({ ...EVENT, reason: 'a b' })],
    ['a reason with a control character', recordOf({ ...EVENT, reason: 'a\u007fb' })],
    ['a count of a name that no index holds', recordOf({ ...EVENT, counts: { ['x'.repeat(65)]: 0 } })],
    ['a count that nobody counts', recordOf({ ...EVENT, counts: { Claim: 10_000_000_001 } })],
    ['so many refusals', recordOf({ ...EVENT, count: Number.MAX_SAFE_INTEGER })],
    ['a time of seconds', recordOf({ ...EVENT, recorded: '2026-11-28T00:00:00Z' })],
  ])('with %s is none when it arrives, and can be read where it is stored already', (_what, text) => {
    expect(parseArriving(text)).toEqual({ invalid: expect.any(String) });
    expect(parseRecord(text)).toEqual({ event: expect.objectContaining({ requestId: EVENT.requestId }) });
  });

  it('of an act on records that is no import is written in form 2, and every other one in form 1', () => {
    const formOf = (change: Partial<AccessEvent>) =>
      (JSON.parse(recordOf({ ...EVENT, ...change })) as { v: number }).v;
    for (const action of ['import', 'delete']) expect(formOf({ kind: 'ingest', action })).toBe(1);
    for (const action of ['merge', 'plan-export', 'withdraw'])
      expect(formOf({ kind: 'ingest', action })).toBe(2);
    expect(formOf({ kind: 'trail', action: 'restore' })).toBe(1);
  });

  it('is valid with the required members alone', () => {
    const { requestId, service, tenant, recorded, kind, action, outcome } = EVENT;
    const least = { requestId, service, tenant, recorded, kind, action, outcome };
    expect(parseRecord(JSON.stringify({ v: 1, ...least }))).toEqual({ event: { v: 1, ...least } });
  });

  it.each([
    { v: 0 },
    { v: 3 },
    { v: '1' },
    { v: undefined },
    { requestId: 'r-1' },
    { requestId: '' },
    { service: '' },
    { tenant: 'x'.repeat(65) },
    { recorded: 'yesterday' },
    { recorded: '2026-11-25T10:00:00+01:00' },
    { kind: 'export' },
    { outcome: '1' },
    { outcome: 0 },
    { member: '' },
    { member: ['A', 'B'] },
    { client: { id: 'x'.repeat(513) } },
    { client: {} },
    { request: 'x'.repeat(4_097) },
    { scope: 'x'.repeat(8_193) },
    { sensitive: 'genetics' },
    { sensitive: ['x'.repeat(65)] },
    { until: 'tomorrow' },
    { snapshotSha256: 'a'.repeat(63) },
    { counts: { Claim: -1 } },
    { counts: { Claim: 1.5 } },
    { count: 0 },
    { bodyHash: 'A'.repeat(64) },
    { bodyHash: 'a'.repeat(63) },
    { body: '{"resourceType":"Claim"}' },
    { diagnosis: 'E11' },
  ])('is refused with %j', (change) => {
    expect(parse(change)).toHaveProperty('invalid');
  });

  it.each(['', '{', 'null', '[]', '7', '"text"', '\u0000'])('is none as %j', (text) => {
    expect(parseRecord(text)).toEqual({ invalid: expect.any(String) });
  });
});

describe('a report of attempts', () => {
  const REPORT = { tenant: 'north', address: '192.0.2.1', reason: 'not-found', outcome: '4', count: 1 };

  it('says when in the form that its event has', () => {
    const isTaken = (since: string) => AttemptReport.safeParse({ ...REPORT, since }).success;
    expect(isTaken(new Date(0).toISOString())).toBe(true);
    for (const since of ['2026-11-28T00:00:00.1239Z', '2026-11-28T00:00:00Z', '2026-11-28T00:00Z'])
      expect(isTaken(since)).toBe(false);
  });

  it('has a reason and a count that its event may have', () => {
    const isTaken = (change: object) =>
      AttemptReport.safeParse({ ...REPORT, since: new Date(0).toISOString(), ...change }).success;
    expect(isTaken({})).toBe(true);
    for (const change of [{ reason: 'a\tb' }, { count: Number.MAX_SAFE_INTEGER }])
      expect(isTaken(change)).toBe(false);
  });

  it('has the names of its caller on one line and no longer than an event takes, as a read has (case A13)', () => {
    const ids = { client_id: 'app', iss: 'https://plan.example', sub: 'login', grant_id: 'g', jti: 'j' };
    const name = `A\r\n\u001b\u2028B${'x'.repeat(600)}`;
    const { client, user } = callerOfClaims({ ...ids, client_name: name, username: name });
    const recorded = `A    B${'x'.repeat(506)}`;
    expect([client?.name, user?.name]).toEqual([recorded, recorded]);
  });
});
