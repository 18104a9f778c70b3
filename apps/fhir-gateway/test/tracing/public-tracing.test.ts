/** Whose `traceparent` the gateway goes on with (ADR 83). */
import { afterAll, describe, expect, it } from '@jest/globals';
import fastify, { type FastifyInstance } from 'fastify';
import { publicTracing } from '../../src/edge/public-tracing.ts';

const PROXY = '127.0.0.1';
const servers: FastifyInstance[] = [];
afterAll(() => Promise.all(servers.map((server) => server.close())));

/** @returns whether a request that came from this machine is believed */
async function believed(
  from: 'nobody' | 'proxies',
  trustProxy: string | false,
  headers: Record<string, string>,
): Promise<unknown> {
  const server = fastify({ trustProxy });
  servers.push(server);
  const { believes } = publicTracing({ TRACEPARENT_FROM: from });
  server.get('/', (request) => ({ believed: believes(request) }));
  const url = await server.listen({ host: PROXY, port: 0 });
  const answer = (await (await fetch(url, { headers })).json()) as { believed: boolean };
  return answer.believed;
}

const FORWARDED = { 'x-forwarded-for': '203.0.113.9' };

describe('the trace of a caller', () => {
  it('goes on where operators say that their proxies write it, and a trusted proxy sent it', async () => {
    expect(await believed('proxies', PROXY, FORWARDED)).toBe(true);
  });

  it.each([
    ['unless operators say so', 'nobody', PROXY, FORWARDED],
    ['from an address that is no proxy', 'proxies', '198.51.100.7', FORWARDED],
    ['where no proxy is trusted', 'proxies', false, FORWARDED],
    ['from a proxy that does not say where the request came from', 'proxies', PROXY, {}],
  ] as const)('ends at the gateway %s', async (_when, from, trusted, headers) => {
    expect(await believed(from, trusted, headers)).toBe(false);
  });
});
