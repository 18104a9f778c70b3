import { once } from 'node:events';
import { type ClientRequest, request, type ServerResponse } from 'node:http';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { AttemptReport } from '@patient-access/events';
import { ask, waitUntil } from '@patient-access/testing';
import { MOST_STANDING, StandingAnswers } from '../../src/proxy/standing-answers.ts';
import { asApp, asOwner, bind, NORTHWIND_BASE, newToken, startWorld, type World } from '../world.ts';

/** of a gateway to a service */
const CONNECTIONS = 64;
const IDLE = CONNECTIONS + 6;
/** More than the network takes for a client that does not read. */
const LARGE = Buffer.alloc(8 * 1024 * 1024, 'x');
const SOON_MS = 5_000;

let world: World;
const idle: ClientRequest[] = [];
beforeAll(async () => {
  world = await startWorld({ DENIAL_REPORT_SECONDS: '0.2' });
});
afterAll(async () => {
  for (const each of idle) each.destroy();
  await world?.stop();
});

const soon = () => new Promise((resolve) => setTimeout(resolve, SOON_MS, 'nothing').unref());

it('clients that do not read leave connections for others', async () => {
  const { hostname, port } = new URL(world.url);
  world.owner.handle = (received, response) => {
    bind(received, response);
    response.end(LARGE);
  };
  const token = newToken(world);
  for (let at = 0; at < IDLE; at += 1) {
    const headers = { authorization: `Bearer ${token}` };
    const asked = request({ hostname, port, path: `${NORTHWIND_BASE}/Observation`, headers });
    idle.push(asked.end());
    asked.on('error', () => undefined);
    const began = once(asked, 'response').then(() => 'begun');
    expect([at, await Promise.race([began, soon()])]).toEqual([at, 'begun']);
  }
  world.owner.handle = asOwner;
  const other = asApp(world, newToken(world, { grant_id: 'another' }, 'ben'), 'Observation/1');
  expect(await Promise.race([other.then(({ status }) => status), soon()])).toBe(200);
  const reports = () =>
    world.auth.received
      .filter(({ url }) => url === '/internal/attempts')
      .flatMap(({ body }) => JSON.parse(body) as AttemptReport[]);
  await waitUntil(() => reports().length === IDLE - MOST_STANDING);
  expect(new Set(reports().map(({ interrupted, reason }) => `${interrupted} ${reason}`))).toEqual(
    new Set(['true client-does-not-read']),
  );
}, 30_000);

it('whoever waits for auth-service takes no connection by which tokens are checked', async () => {
  const { handle } = world.auth;
  const waiting: ServerResponse[] = [];
  world.auth.handle = (received, response) =>
    received.url === '/auth/northwind/slow' ? waiting.push(response) : handle(received, response);
  const strangers = Array.from({ length: IDLE }, () => ask(world.url, '/auth/northwind/slow'));
  await waitUntil(() => waiting.length === CONNECTIONS);
  const member = asApp(world, newToken(world), 'Observation/1');
  expect(await Promise.race([member.then(({ status }) => status), soon()])).toBe(200);
  world.auth.handle = handle;
  for (const response of waiting) response.end('late');
  expect(new Set((await Promise.all(strangers)).map(({ status }) => status))).toEqual(new Set([200]));
}, 30_000);

it('of too many answers that stand still, the one that has stood longest is broken off, of the network with the most', () => {
  const standing = new StandingAnswers();
  const broken: string[] = [];
  const stand = (network: string, name = network) =>
    standing.add({ network, breakOff: () => void broken.push(name) });
  stand('telephone');
  stand('busy', 'busy 1')();
  stand('busy', 'busy 2');
  for (let at = 0; at < MOST_STANDING - 2; at += 1) stand(at === 0 ? 'busy' : `other-${at}`, `later ${at}`);
  expect(broken).toEqual([]);
  stand('one more');
  stand('the next one');
  expect(broken).toEqual(['busy 2', 'telephone']);
});
