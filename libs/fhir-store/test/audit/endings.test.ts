import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { AccessEvent } from '@patient-access/events';
import { type EndedRequest, endInEachWay, type TestedRoute, unaccountedFor } from '@patient-access/testing';
import { FRESHNESS_WITHOUT_EVENT } from '../../src/index.ts';
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

  const routeOf = ({ method, url }: { method: string; url: string }): TestedRoute => ({
    method,
    pattern: url,
    pathAt: (tenant) => url.replace(':tenant', tenant).replace('*', 'Patient/anna'),
  });

  it('leaves its event, or is counted in the trail of no plan', async () => {
    expect(world.routes.length).toBeGreaterThan(8);
    const ended: EndedRequest[] = [];
    const events = await eventsAfter(async () => {
      for (const route of world.routes.map(routeOf)) ended.push(...(await endInEachWay(world.url, route)));
    });
    expect(unaccountedFor(ended, events, { withoutEvent: FRESHNESS_WITHOUT_EVENT })).toEqual([]);
    for (const { tenant, reason } of events)
      expect([tenant, reason]).toEqual(['no-plan', expect.stringMatching(/^[a-z-]+$/)]);
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
