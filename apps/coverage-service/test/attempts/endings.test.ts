/** Every route of the running coverage-service, and every way in which a request to it can end that can be caused from outside. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { AccessEvent } from '@patient-access/events';
import { ask, type RequestOptions, waitUntil } from '@patient-access/testing';
import { COVERAGE_ROUTES_WITHOUT_EVENT } from '../../src/coverage.module.ts';
import { startWorld, type World } from '../world.ts';

/** One request: its route as the trail names it, and the status of its answer. */
interface Ended {
  id: string;
  route: string;
  how: string;
  /** undefined when the client left before it */
  status: number | undefined;
}

const BODILESS = ['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE'];
const isFree = (route: string): boolean => route.replace(/^HEAD/, 'GET') in COVERAGE_ROUTES_WITHOUT_EVENT;

/** Requests that are not in the trail as they ended: with an event of their own, or one of the counts of their route. */
function unaccounted(ended: readonly Ended[], events: readonly AccessEvent[]): string[] {
  const own = new Set(events.map(({ requestId }) => requestId));
  const counted = new Map<string, number>();
  for (const { kind, request = '', count = 0 } of events)
    if (kind === 'denied-attempts') counted.set(request, (counted.get(request) ?? 0) + count);
  return [...Map.groupBy(ended, ({ route }) => route)].flatMap(([route, requests]) => {
    const missing = requests.filter(
      ({ id, status = 499 }) => !own.has(id) && !(status < 300 && isFree(route)),
    );
    const count = counted.get(route) ?? 0;
    if (count === missing.length && missing.every(({ status = 499 }) => status >= 400)) return [];
    return [
      `${route}: ${count} counted, of ${missing.map(({ how, status }) => `${status} ${how}`).join(', ')}`,
    ];
  });
}

describe('every route of coverage-service, and every way in which a request can end', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(() => world?.stop());

  const addressOf = (url: string) => url.replace(':tenant', 'northwind').replace('*', 'Consent');

  async function endingsOf(): Promise<Record<string, RequestOptions>> {
    const claims = world.issuer.claims('northwind', 'anna', { scope: 'patient/Consent.rs' });
    return {
      'as nobody': {},
      'with what is no introspection JWT': { headers: { authorization: 'Bearer nonsense' } },
      'as a member': { headers: { authorization: `Bearer ${await world.issuer.sign(claims)}` } },
      'with a body that nobody signed': { method: 'POST', body: 'a consent' },
      'with a body that is too large': { method: 'POST', body: 'x'.repeat(70_000) },
    };
  }

  /** Sends the head of a request whose body never comes, and closes the connection when the service has read it. */
  async function leave(method: string, url: string): Promise<Ended> {
    const { hostname, port } = new URL(world.url);
    const id = randomUUID();
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    const head = [`${method} ${addressOf(url)} HTTP/1.1`, 'host: plan.example', `x-request-id: ${id}`];
    const body = ['content-type: application/x-ndjson', 'content-length: 100', 'expect: 100-continue'];
    socket.write(`${[...head, ...body].join('\r\n')}\r\n\r\n`);
    await once(socket, 'data');
    socket.destroy();
    return { id, route: `${method} ${url}`, how: 'leaving in the middle of the body', status: undefined };
  }

  async function endAll(): Promise<Ended[]> {
    const ended: Ended[] = [];
    const endings = Object.entries(await endingsOf());
    for (const { method, url } of world.routes) {
      if (/^\/(?:health|metrics)/.test(url)) continue;
      for (const [how, { headers, body }] of endings) {
        // The client announces no body with these methods.
        if (body !== undefined && BODILESS.includes(method)) continue;
        const id = randomUUID();
        const question = {
          method,
          headers: { ...headers, 'x-request-id': id },
          ...(body !== undefined && { body }),
        };
        const { status } = await ask(world.url, addressOf(url), question);
        ended.push({ id, route: `${method} ${url}`, how, status });
      }
      if (url === '/internal/consents' && method === 'POST') ended.push(await leave(method, url));
    }
    return ended;
  }

  it('leaves its event, or is counted with its reason', async () => {
    expect(world.routes.map(({ method, url }) => `${method} ${url}`)).toEqual(
      expect.arrayContaining(['POST /internal/consents', 'GET /:tenant/*']),
    );
    const ended = await endAll();
    const events: AccessEvent[] = [];
    const gaps = async () => {
      events.push(...(await world.takeEvents()));
      return unaccounted(ended, events);
    };
    await waitUntil(async () => (await gaps()).length === 0).catch(() => undefined);
    expect(await gaps()).toEqual([]);
    for (const { kind, reason } of events) if (kind !== 'rest') expect(reason).toMatch(/^[a-z0-9-]+$/);
    const statuses = new Set(ended.map(({ status }) => status));
    expect([...statuses]).toEqual(expect.arrayContaining([200, 400, 401, 405, 413, undefined]));
    // A good answer without an event is withheld by the edge, as a 500.
    expect(ended.filter(({ status = 0 }) => status >= 500)).toEqual([]);
  });

  it('is in the trail when the service cannot record it: the answer is a 503, which is counted', async () => {
    const [, member = {}] = Object.entries(await endingsOf()).find(([how]) => how === 'as a member') ?? [];
    await world.admin.query('ALTER TABLE outbox RENAME TO outbox_away');
    try {
      expect((await ask(world.url, '/northwind/Consent', member)).status).toBe(503);
    } finally {
      await world.admin.query('ALTER TABLE outbox_away RENAME TO outbox');
    }
    const events: AccessEvent[] = [];
    await waitUntil(async () => events.push(...(await world.takeEvents())) > 0);
    expect(events).toMatchObject([
      { kind: 'denied-attempts', outcome: '12', count: 1, member: 'anna', service: 'coverage-service/edge' },
    ]);
  });

  it('is missed by this test when it leaves nothing (canary)', () => {
    const ended = { id: 'x', route: 'GET /forgotten', how: 'as nobody' };
    for (const status of [200, 201, 401, 404, 500, undefined])
      expect(unaccounted([{ ...ended, status }], [])).toHaveLength(1);
    expect(unaccounted([{ ...ended, route: 'POST /internal/consents', status: 204 }], [])).toEqual([]);
  });
});
