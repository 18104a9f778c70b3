import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sendBytes } from '../socket.ts';
import { NORTHWIND_BASE, newToken, startWorld, type World } from '../world.ts';

const SECOND = 1_000;
/** A busy machine notices late that a deadline is over. Whoever waits for the sender waits 20 s and 30 s here. */
const LATE = 7 * SECOND;

describe('P24: a request that does not come to its end', () => {
  let world: World;
  let token: string;
  beforeAll(async () => {
    world = await startWorld();
    token = newToken(world);
  });
  afterAll(() => world?.stop());

  const ownerCalls = () => world.owner.received.length;
  const head = (length: number) =>
    `POST ${NORTHWIND_BASE}/Observation/_search HTTP/1.1\r\nhost: plan.example\r\nauthorization: Bearer ${token}\r\n` +
    `content-type: application/x-www-form-urlencoded\r\ncontent-length: ${length}\r\n\r\n`;

  it.each([
    ['stops in the middle of its headers', ['GET / HTTP/1.1\r\nhost: plan.example\r\n'], 0],
    [
      'sends a header each half second',
      Array.from({ length: 40 }, (_, at) => (at ? `x-${at}: 1\r\n` : 'GET / HTTP/1.1\r\n')),
      500,
    ],
    ['sends nothing at all', [], 0],
  ])(
    'P24: and %s is 408 within five seconds',
    async (_what, pieces, everyMs) => {
      const { status, tookMs, headers, body } = await sendBytes(world.url, pieces, { everyMs });
      expect(status).toBe(408);
      expect(body).toContain(headers['x-request-id']);
      expect(tookMs).toBeLessThan(5 * SECOND + LATE);
    },
    40_000,
  );

  it.each([
    ['stops in the middle of its body', (): string[] => [head(100), 'code=abc'], 0],
    [
      'sends a byte each half second',
      (): string[] => [head(100), ...Array.from({ length: 60 }, () => 'x')],
      500,
    ],
  ])(
    'P24: and %s is 408 within ten seconds',
    async (_what, pieces, everyMs) => {
      const before = ownerCalls();
      const { status, tookMs } = await sendBytes(world.url, pieces(), { everyMs });
      expect([status, ownerCalls()]).toEqual([408, before]);
      expect(tookMs).toBeLessThan(10 * SECOND + LATE);
    },
    40_000,
  );
});
