/** What auth-service is told about the calls of apps: nothing of a member, and only what it signed for. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { AccessEvent } from '@patient-access/events';
import {
  type AppCall,
  type AppCallsQuery,
  appCallsStatement,
  QUESTION_SIGNATURE_HEADER,
} from '@patient-access/internal-api';
import { type Answer, ask } from '@patient-access/testing';
import { withoutValues } from '../../src/app-calls/request-line.ts';
import { accessEvent, asLines, signerOf, startWorld, type World } from '../world.ts';

describe('the calls of an app', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  }, 60_000);
  afterAll(() => world?.stop());

  function question(
    change: Partial<AppCallsQuery> & { clients: string },
    { tenant = 'northwind', service = 'auth-service' } = {},
  ): Promise<Answer> {
    const query: AppCallsQuery = { asked: new Date().toISOString(), ...change };
    const signer = signerOf(service);
    const url = `/internal/app-calls/${tenant}?${new URLSearchParams(Object.entries(query))}`;
    const signature = signer.sign(appCallsStatement(tenant, query));
    return ask(world.url, url, { headers: { [QUESTION_SIGNATURE_HEADER]: `${signer.kid} ${signature}` } });
  }
  async function calls(...given: Parameters<typeof question>): Promise<AppCall[]> {
    const { status, text } = await question(...given);
    expect(status).toBe(200);
    return (JSON.parse(text) as { calls: AppCall[] }).calls;
  }

  const of = (client: string, change: Partial<AccessEvent> = {}): AccessEvent =>
    accessEvent({ requestId: randomUUID(), client: { id: client, name: 'App' }, ...change });
  const refused = (client: string, reason: string, request: string): AccessEvent => {
    const { counts: _counts, resource: _resource, bodyHash: _hash, ...event } = of(client);
    return { ...event, outcome: '4', reason, request };
  };

  it('has time, line without values, outcome and reason, the newest first, and no other app’s', async () => {
    const first = of('app-a', { request: 'GET Observation?patient=secret-1&code=4548-4' });
    const second = refused('app-a', 'not-found', 'GET Observation/secret-2');
    await world.deliver(asLines(first));
    await world.deliver(asLines(second, of('app-b')));
    const found = await calls({ clients: 'app-a' });
    expect(found).toEqual([
      expect.objectContaining({
        requestId: second.requestId,
        client: 'app-a',
        request: 'GET Observation/{id}',
        outcome: 'refused',
        reason: 'not-found',
      }),
      expect.objectContaining({
        requestId: first.requestId,
        request: 'GET Observation?patient=…&code=…',
        outcome: 'answered',
        reason: null,
      }),
    ]);
    expect(JSON.stringify(found)).not.toMatch(/secret|4548|maria|grant/);
    expect(await calls({ clients: 'app-a', only: 'refused' })).toHaveLength(1);
    expect(await calls({ clients: 'app-a app-b' })).toHaveLength(3);
    expect(await calls({ clients: 'app-a' }, { tenant: 'lakeside' })).toEqual([]);
  });

  it('is told in the order of time, though several are stored at once', async () => {
    const at = (second: number) => of('app-e', { recorded: `2026-11-27T10:00:0${second}.000Z` });
    const events = [at(2), at(4), at(1), at(3)];
    await world.deliver(asLines(...events));
    const found = (await calls({ clients: 'app-e' })).map(({ requestId }) => requestId);
    expect(found).toEqual([1, 3, 0, 2].map((index) => events[index]?.requestId));
  });

  it('is found by its request id, and the call of another app is not there', async () => {
    const own = of('app-c');
    const others = of('app-d');
    await world.deliver(asLines(own, others));
    expect(await calls({ clients: 'app-c', request: own.requestId })).toHaveLength(1);
    const [elsewhere, nowhere] = await Promise.all(
      [others.requestId, randomUUID()].map((request) => question({ clients: 'app-c', request })),
    );
    expect(elsewhere?.text).toBe(nowhere?.text);
  });

  it('is told to auth-service alone, for a minute, for what was signed', async () => {
    expect((await question({ clients: 'app-a' }, { service: 'claims-service' })).status).toBe(401);
    const old = new Date(Date.now() - 61_000).toISOString();
    expect((await question({ clients: 'app-a', asked: old })).status).toBe(401);
    const query = { clients: 'app-b', asked: new Date().toISOString() };
    const signer = signerOf('auth-service');
    const signature = signer.sign(appCallsStatement('northwind', { ...query, clients: 'app-a' }));
    const url = `/internal/app-calls/northwind?${new URLSearchParams(query)}`;
    const headers = { [QUESTION_SIGNATURE_HEADER]: `${signer.kid} ${signature}` };
    expect((await ask(world.url, url, { headers })).status).toBe(401);
    expect((await ask(world.url, url)).status).toBe(401);
  });
});

describe('a request line without values', () => {
  it.each([
    ['GET Patient/1/_history/2', 'GET Patient/{id}/_history/{id}'],
    ['POST Observation/_search?code=x', 'POST Observation/_search?code=…'],
    ['GET Patient/7/$everything?_type=Observation', 'GET Patient/{id}/$everything?_type=…'],
    [
      'GET Coverage?patient.identifier=9&_include=Coverage:payor',
      'GET Coverage?patient.identifier=…&_include=…',
    ],
    ['GET Coverage?Maria%20Castellan=1', 'GET Coverage?…'],
    ['GET maria-castellan/x', 'GET {id}/{id}'],
    ['GET Patient/Castellan', 'GET Patient/{id}'],
    ['GET Patient/Castellan/Observation', 'GET Patient/{id}/Observation'],
    ['GET r4/Patient/Castellan', 'GET {id}/Patient/{id}'],
    ['GET Practitioner?name=Smith&Castellan', 'GET Practitioner?name=…&…'],
    ['POST /auth/:tenant/oauth2/v1/*', 'POST /auth/:tenant/oauth2/v1/*'],
    ['GET /payer/patient-access/v2/:tenant/*', 'GET /payer/patient-access/v2/:tenant/*'],
    ['GET /payer/patient-access/v2/northwind/Coverage/Castellan', 'GET Coverage/{id}'],
    ['GET /payer/patient-access/v2/northwind', 'GET '],
    ['GET /auth/northwind/Castellan', 'GET /{id}/{id}/{id}'],
    ['Maria Castellan', '…'],
    ['', '…'],
  ])('%s', (line, shown) => expect(withoutValues(line)).toBe(shown));
});
