import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sendBytes, type WireAnswer } from '../socket.ts';
import { NORTHWIND_BASE, newToken, startWorld, type World } from '../world.ts';

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** Around the limit, around each power of two up to beyond what Node reads of a request, and far beyond. */
const TOO_LONG = [
  16_000, 16_001, 16_200, 16_383, 16_384, 20_000, 32_768, 49_000, 49_152, 49_300, 60_000, 65_535, 65_536,
  70_000, 131_072, 140_000, 262_144, 1_000_000,
];

/** A granular scope as wide as has been measured: it is in the credential that goes to an owner. */
const LONG_SCOPE = Array.from(
  { length: 70 },
  (_, at) =>
    `patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|kind-${at}-of-observation`,
).join(' ');

describe('P23: a URL', () => {
  let world: World;
  let token: string;
  beforeAll(async () => {
    world = await startWorld();
    token = newToken(world);
  });
  afterAll(() => world?.stop());

  const targetOf = (characters: number, path = `${NORTHWIND_BASE}/Observation?code=`) =>
    path + 'x'.repeat(characters - path.length);
  const get = (target: string, credential = token) =>
    `GET ${target} HTTP/1.1\r\nhost: plan.example\r\nauthorization: Bearer ${credential}\r\nconnection: close\r\n\r\n`;

  function expectTooLong({ status, headers, body }: WireAnswer): void {
    expect(status).toBe(414);
    expect(headers['content-type']).toBe('application/fhir+json; charset=utf-8');
    expect(headers['x-request-id']).toMatch(ID);
    const { resourceType, issue } = JSON.parse(body) as { resourceType: string; issue: unknown };
    expect(resourceType).toBe('OperationOutcome');
    expect(issue).toMatchObject([{ code: 'too-long', details: { coding: [{ code: 'url-too-long' }] } }]);
    expect(body).toContain(headers['x-request-id']);
  }

  it.each(TOO_LONG)(
    'P23: of %i characters is 414 with an OperationOutcome and a request id',
    async (size) => {
      expectTooLong(await sendBytes(world.url, [get(targetOf(size))]));
    },
  );

  it.each([16_000, 49_200, 70_000, 200_000])(
    'P23: of %i characters that comes in small pieces is 414 too',
    async (size) => {
      const bytes = get(targetOf(size));
      const pieces = bytes.match(/[^]{1,8000}/g) ?? [];
      expectTooLong(await sendBytes(world.url, pieces, { everyMs: 5 }));
    },
  );

  it.each([1_000, 12_000, 15_000, 15_999])(
    'P23: of %i characters reaches the owner, also beside a long granular scope and many cookies',
    async (size) => {
      expect(LONG_SCOPE.length).toBeGreaterThan(6_900);
      const wide = newToken(world, { scope: LONG_SCOPE });
      for (const credential of [token, wide]) {
        const target = targetOf(size);
        world.owner.received.length = 0;
        const answer = await sendBytes(world.url, [get(target, credential)]);
        expect([answer.status, world.owner.received.length]).toEqual([200, 1]);
        expect(world.owner.received[0]?.url).toContain('x'.repeat(size - 200));
      }
      const cookies = `cookie: a=${'x'.repeat(20_000)}\r\nhost:`;
      const answer = await sendBytes(world.url, [get(targetOf(size)).replace('host:', cookies)]);
      expect(answer.status).toBe(200);
    },
  );

  it('P23: is what it is too long as: headers that are too large are 431', async () => {
    for (const size of [50_000, 60_000, 100_000]) {
      const large = get(`${NORTHWIND_BASE}/Observation/1`).replace(
        'host:',
        `x-a: ${'x'.repeat(size)}\r\nhost:`,
      );
      const { status, headers, body } = await sendBytes(world.url, [large]);
      expect([size, status]).toEqual([size, 431]);
      expect(body).toContain(headers['x-request-id']);
    }
  });

  it.each([
    '/auth/northwind/oauth2/v1/token?',
    '/auth/northwind/oauth2/v1/authorize?',
    '/nothing?',
    '/docs/errors?',
  ])('P23: below %s has the same limit', async (path) => {
    world.auth.received.length = 0;
    const { status, headers } = await sendBytes(world.url, [get(targetOf(16_000, path))]);
    expect([status, headers['x-request-id']]).toEqual([414, expect.stringMatching(ID)]);
    expect(world.auth.received).toEqual([]);
  });
});
