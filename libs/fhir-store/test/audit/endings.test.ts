import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { AccessEvent } from '@patient-access/events';
import { ask, type RequestOptions } from '@patient-access/testing';
import { asMember, startWorld, type World } from '../world.ts';

describe('every route of a data service, and every way in which a request can end', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
    await world.store('northwind', { resourceType: 'Patient', id: 'anna' });
  });
  afterAll(() => world?.stop());

  async function eventsAfter(act: () => Promise<unknown>): Promise<AccessEvent[]> {
    await world.admin.query('DELETE FROM outbox');
    await act();
    await world.flush();
    return world.events();
  }

  const ENDINGS: Readonly<Record<string, RequestOptions>> = {
    'as nobody': {},
    'with what is no introspection JWT': { headers: { authorization: 'Bearer nonsense' } },
    'with a body that is too large': { method: 'POST', body: 'x'.repeat(70_000) },
  };

  it('leaves its event, or is counted in the trail of no plan', async () => {
    expect(world.routes.length).toBeGreaterThan(8);
    const expected = new Map<string, number>();
    const events = await eventsAfter(async () => {
      for (const { method, url } of world.routes) {
        if (/^\/(?:health|metrics)/.test(url)) continue;
        for (const question of Object.values(ENDINGS)) {
          // The client announces no body with these methods.
          if (question.body && ['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE'].includes(method)) continue;
          const path = url.replace(':tenant', 'northwind').replace('*', 'Patient/anna');
          const { status } = await ask(world.url, path, { ...question, method });
          if (status >= 400) expected.set(`${method} ${url}`, (expected.get(`${method} ${url}`) ?? 0) + 1);
        }
      }
    });
    const counted = new Map<string, number>();
    for (const { request = '', count = 0, tenant, reason } of events) {
      expect([tenant, reason]).toEqual(['no-plan', expect.stringMatching(/^[a-z-]+$/)]);
      counted.set(request, (counted.get(request) ?? 0) + count);
    }
    expect(Object.fromEntries(counted)).toEqual(Object.fromEntries(expected));
  });

  it('of a known caller is recorded by the engine, and by nobody else', async () => {
    const anna = await asMember(world, 'northwind', 'anna');
    const events = await eventsAfter(async () => {
      for (const path of ['Patient/anna', 'Patient/ben', 'Patient?nonsense:x=1', 'Nothing/1'])
        await anna(path);
    });
    expect(events.map(({ kind, client }) => [kind, client?.id])).toEqual(Array(4).fill(['rest', 'app-1']));
  });

  it('A04: that could not be recorded (503) is counted with its caller when it can be', async () => {
    const anna = await asMember(world, 'northwind', 'anna');
    await world.admin.query('ALTER TABLE outbox RENAME TO outbox_away');
    expect((await anna('Patient/anna')).status).toBe(503);
    await world.flush();
    await world.admin.query('ALTER TABLE outbox_away RENAME TO outbox');
    expect(await eventsAfter(() => Promise.resolve())).toMatchObject([
      {
        kind: 'denied-attempts',
        tenant: 'northwind',
        outcome: '12',
        count: 1,
        member: 'anna',
        client: { id: 'app-1' },
        service: 'clinical-service/edge',
      },
    ]);
  });
});
