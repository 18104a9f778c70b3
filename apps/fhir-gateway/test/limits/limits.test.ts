import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { asApp, NORTHWIND_BASE, newToken, startWorld, type World } from '../world.ts';

/** Longer than an answer takes on a busy machine. */
const LIMIT_MS = 5_000;
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

describe('malformed input', () => {
  let world: World;
  let token: string;
  beforeAll(async () => {
    world = await startWorld();
    token = newToken(world);
  });
  afterAll(() => world?.stop());

  /**
   * Sends bytes unchanged.
   * @returns what came back until the connection closed or a time was over, and whether it closed
   */
  function send(bytes: string): Promise<{ answer: string; closed: boolean }> {
    const { port, hostname } = new URL(world.url);
    return new Promise((resolve) => {
      let answer = '';
      let closed = false;
      const socket = connect(Number(port), hostname, () => socket.write(bytes));
      socket.on('data', (chunk) => (answer += String(chunk)));
      socket.on('end', () => (closed = true));
      socket.on('close', () => resolve({ answer, closed }));
      socket.on('error', () => (closed = true));
      setTimeout(() => socket.destroy(), LIMIT_MS);
    });
  }

  const statuses = (answer: string) =>
    [...answer.matchAll(/HTTP\/1\.1 (\d{3})/g)].map((match) => Number(match[1]));

  it('that is too large is refused with a 4xx', async () => {
    const post = (body: string) =>
      asApp(world, token, 'Observation/_search', { method: 'POST', headers: FORM, body });
    expect((await post('x'.repeat(64 * 1024 + 1))).status).toBe(413);
    expect((await asApp(world, token, `Observation?${'x'.repeat(60_000)}`)).status).toBe(414);
    const headers = { 'x-large': 'x'.repeat(60_000) };
    expect((await asApp(world, token, 'Observation', { headers })).status).toBe(431);
    const many = Object.fromEntries(Array.from({ length: 3_000 }, (_, at) => [`x-${at}`, '1']));
    expect(
      (await asApp(world, token, 'Observation', { headers: many }).catch(() => ({ status: 431 }))).status,
    ).toBeLessThan(500);
  });

  it.each([
    'Observation/%',
    'Observation/%zz',
    'Observation/%ff',
    'Observation/%00',
    'Observation/%e0%a4%a',
    `Observation/${'a'.repeat(2_000)}`,
  ])('in a path (%s) is refused with an OperationOutcome, or goes to the owner', async (path) => {
    const { status, text, headers } = await asApp(world, token, path);
    expect(status).toBeLessThan(500);
    if (status !== 200) expect(JSON.parse(text)).toMatchObject({ resourceType: 'OperationOutcome' });
    expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  it.each(['', 'garbage', 'text/', '/', 'a/b;;;', 'application/x-www-form-urlencoded; charset=\u00ff'])(
    'in a content type (%j) is refused with a 4xx, or goes to the owner',
    async (type) => {
      const answer = await asApp(world, token, 'Observation/_search', {
        method: 'POST',
        body: 'a=b',
        headers: { 'content-type': type },
      });
      expect(answer.status).toBeLessThan(500);
      if (answer.status !== 200)
        expect(JSON.parse(answer.text)).toMatchObject({ resourceType: 'OperationOutcome' });
    },
  );

  it.each(['TRACE', 'PROPFIND', 'LOCK', 'SEARCH', 'M-SEARCH'])(
    'in a method (%s) is refused with a 4xx, or goes to the owner',
    async (method) => {
      const { status } = await asApp(world, token, 'Observation/1', { method });
      expect(status).toBeLessThan(500);
    },
  );

  it.each([
    ['no method', 'nonsense\r\n\r\n'],
    [
      'two lengths',
      `POST ${NORTHWIND_BASE}/Observation/_search HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\ncontent-length: 4\r\n\r\nabcd`,
    ],
    [
      'both a length and chunks',
      `POST ${NORTHWIND_BASE}/Observation/_search HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /health/live HTTP/1.1\r\nhost: x\r\n\r\n`,
    ],
    ['a bare CR', `GET ${NORTHWIND_BASE}/metadata HTTP/1.1\rhost: x\r\n\r\n`],
    [
      'chunks under another name',
      `POST ${NORTHWIND_BASE}/Observation/_search HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\ntransfer-encoding: xchunked\r\n\r\na=b`,
    ],
    [
      'a space before the colon',
      `POST ${NORTHWIND_BASE}/Observation/_search HTTP/1.1\r\nhost: x\r\ntransfer-encoding : chunked\r\n\r\n0\r\n\r\n`,
    ],
    ['a length that is not a number', `POST /auth/x HTTP/1.1\r\nhost: x\r\ncontent-length: +3\r\n\r\na=b`],
    ['a folded header', `GET ${NORTHWIND_BASE}/metadata HTTP/1.1\r\nhost: x\r\nx-a: b\r\n c\r\n\r\n`],
    ['no host', `GET ${NORTHWIND_BASE}/metadata HTTP/1.1\r\n\r\n`],
    ['another version', `GET ${NORTHWIND_BASE}/metadata HTTP/9.9\r\nhost: x\r\n\r\n`],
    [
      'chunked twice',
      `POST /auth/x HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked, chunked\r\n\r\n0\r\n\r\n`,
    ],
    ['NUL in a header', `GET ${NORTHWIND_BASE}/metadata HTTP/1.1\r\nhost: x\r\nx-a: \u0000\r\n\r\n`],
  ])('on the connection (%s) gets one 400, and the connection is closed (case F48)', async (_what, bytes) => {
    const before = world.owner.received.length + world.auth.received.length;
    const { answer, closed } = await send(bytes);
    expect([statuses(answer), closed]).toEqual([[400], true]);
    expect(world.owner.received.length + world.auth.received.length).toBe(before);
  });

  it('that asks to upgrade the protocol is answered in HTTP/1.1', async () => {
    const { answer } = await send(
      `GET ${NORTHWIND_BASE}/metadata HTTP/1.1\r\nhost: x\r\nconnection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABk\r\n\r\n`,
    );
    expect(statuses(answer)).not.toContain(101);
  });

  it('does not affect later requests', async () => {
    expect((await asApp(world, token, 'Observation/1')).status).toBe(200);
  });
});
