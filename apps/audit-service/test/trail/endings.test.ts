import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type AccessEvent, parseRecord } from '@patient-access/events';
import {
  type EndedRequest,
  endInEachWay,
  STRANGERS_ENDINGS,
  type TestedRoute,
  unaccountedFor,
} from '@patient-access/testing';
import { ROUTES_WITHOUT_EVENT } from '../../src/without-event.ts';
import { auditorCredential } from '../auditor-search/auditors.ts';
import { startWorld, type World } from '../world.ts';

const routeOf = ({ method, url }: { method: string; url: string }): TestedRoute => ({
  method,
  pattern: url,
  pathAt: (tenant) => url.replace(':tenant', tenant).replace(':page', 'overview').replace('*', 'AuditEvent'),
});

describe('every route of audit-service, and every way in which a request can end', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(() => world?.stop());

  async function recorded(): Promise<AccessEvent[]> {
    const { rows } = await world.admin.query<{ body: string }>('SELECT body FROM outbox');
    return rows.map(({ body }) => {
      const record = parseRecord(body);
      if ('invalid' in record) throw new Error(record.invalid);
      return record.event;
    });
  }

  it('leaves its event, or is counted with its reason', async () => {
    expect(world.routes.length).toBeGreaterThan(12);
    const claims = world.issuer.claims('northwind', 'anna', { scope: 'patient/AuditEvent.s' });
    const endings = {
      ...STRANGERS_ENDINGS,
      'as a member': { headers: { authorization: `Bearer ${await world.issuer.sign(claims)}` } },
      'as an auditor': { headers: { authorization: await auditorCredential(world) } },
    };
    const ended: EndedRequest[] = [];
    for (const route of world.routes.map(routeOf))
      ended.push(...(await endInEachWay(world.url, route, endings)));
    await world.flush();
    expect(unaccountedFor(ended, await recorded(), { withoutEvent: ROUTES_WITHOUT_EVENT })).toEqual([]);
    const statuses = new Set(ended.map(({ status }) => status));
    expect([...statuses]).toEqual(expect.arrayContaining([200, 400, 401, 403, 405]));
  });
});
