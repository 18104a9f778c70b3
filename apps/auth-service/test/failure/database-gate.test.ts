import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fastify, { type FastifyInstance } from 'fastify';
import { refuseOlderDatabase } from '../../src/provider/endpoints/database-gate.ts';

const PUBLIC_URL = 'https://api.example';

describe('P28: a database that may be an older one', () => {
  let server: FastifyInstance;
  const check = { isCurrent: true, doubts: 0 };
  beforeEach(() => {
    Object.assign(check, { isCurrent: true, doubts: 0 });
    server = fastify();
    refuseOlderDatabase(server, check, PUBLIC_URL);
    server.get('/auth/*', async (request, reply) => {
      // The connection breaks while the answer is made.
      if (request.url.includes('doubt')) check.doubts += 1;
      await reply
        .code(303)
        .headers({ location: '/auth/northwind/apps', 'set-cookie': 'session=of-the-older-database' })
        .send();
    });
  });
  afterEach(() => server.close());

  const ask = (path: string, accept: string) =>
    server.inject({ method: 'GET', url: path, headers: { accept } });

  it.each(['before the request', 'while the answer is made'])(
    'P28: in doubt %s, a person gets a page and an app an OAuth error, and nothing of the answer',
    async (when) => {
      if (when === 'before the request') check.isCurrent = false;
      const page = await ask('/auth/northwind/apps?doubt', 'text/html');
      const { statusCode, headers, body } = page;
      expect([statusCode, headers['retry-after'], headers['content-type']]).toEqual([
        503,
        '2',
        'text/html; charset=utf-8',
      ]);
      expect(body).toMatch(/^<!doctype html>/i);
      expect(body).toContain(headers['x-request-id']);
      expect([headers['location'], headers['set-cookie']]).toEqual([undefined, undefined]);

      const answer = await ask('/auth/northwind/oauth2/v1/userinfo?doubt', '*/*');
      expect([answer.statusCode, answer.headers['retry-after'], answer.headers['set-cookie']]).toEqual([
        503,
        '2',
        undefined,
      ]);
      expect(answer.json()).toMatchObject({
        error: 'temporarily_unavailable',
        request_id: answer.headers['x-request-id'],
      });
    },
  );

  it('P28: without a doubt the answer leaves as it was made', async () => {
    const { statusCode, headers } = await ask('/auth/northwind/apps', 'text/html');
    expect([statusCode, headers['location']]).toEqual([303, '/auth/northwind/apps']);
  });
});
