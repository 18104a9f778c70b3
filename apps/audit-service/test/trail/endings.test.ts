import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type AccessEvent, parseRecord } from '@patient-access/events';
import { ask } from '@patient-access/testing';
import { ROUTES_WITHOUT_EVENT } from '../../src/without-event.ts';
import { auditorCredential } from '../auditor-search/auditors.ts';
import { startWorld, type World } from '../world.ts';

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
    const member = await world.issuer.sign(
      world.issuer.claims('northwind', 'anna', { scope: 'patient/AuditEvent.s' }),
    );
    const credentials = [undefined, 'Bearer nonsense', `Bearer ${member}`, await auditorCredential(world)];
    const own = new Map<string, string>();
    const mayBeCounted = new Map<string, number>();
    for (const { method, url } of world.routes) {
      if (/^\/(?:health|metrics)/.test(url)) continue;
      for (const authorization of credentials) {
        const id = randomUUID();
        const path = url
          .replace(':tenant', 'northwind')
          .replace(':page', 'overview')
          .replace('*', 'AuditEvent');
        const headers = { 'x-request-id': id, ...(authorization !== undefined && { authorization }) };
        const { status } = await ask(world.url, path, { method, headers });
        const route = `${method} ${url}`;
        if (status < 300 && route.replace('HEAD', 'GET') in ROUTES_WITHOUT_EVENT) continue;
        own.set(id, `${route} ${status}`);
      }
    }
    await world.flush();
    const events = await recorded();
    for (const { requestId } of events) own.delete(requestId);
    for (const { request = '', kind, count = 0 } of events)
      if (kind === 'denied-attempts') mayBeCounted.set(request, (mayBeCounted.get(request) ?? 0) + count);
    const left = new Map<string, number>();
    for (const ending of own.values()) {
      const [method = '', url = '', status = ''] = ending.split(' ');
      expect([ending, Number(status) >= 400]).toEqual([ending, true]);
      left.set(`${method} ${url}`, (left.get(`${method} ${url}`) ?? 0) + 1);
    }
    expect(Object.fromEntries(mayBeCounted)).toEqual(Object.fromEntries(left));
  });
});
