/**
 * Access to the whole trail of a plan: only auditors of the tenant and named clients have it, whatever a token says.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { TokenClaims } from '@patient-access/smart';
import { ask } from '@patient-access/testing';
import pg from 'pg';
import { accessEvent, asMember, asLines, eventsIn, startWorld, type World, idOf } from '../world.ts';
import { ofNobody, asAuditor, asBackend } from './auditors.ts';

const OF_ANNA = accessEvent();
const OF_BEN = accessEvent({ member: 'ben' });
const OF_NOBODY = ofNobody();
const ELSEWHERE = accessEvent({ tenant: 'lakeside' });

describe('the whole trail of a plan', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
    await world.deliver(asLines(OF_ANNA, OF_BEN, OF_NOBODY, ELSEWHERE));
  });
  afterAll(() => world?.stop());

  const ids = async (answer: Promise<{ text: string }>) =>
    eventsIn((await answer) as never).map(({ id }) => id);
  const all = [OF_ANNA, OF_BEN, OF_NOBODY].map(idOf).sort();

  it('is open to an auditor, and to a client whose system scope names AuditEvent', async () => {
    for (const asker of [await asAuditor(world), await asBackend(world)]) {
      expect((await ids(asker('AuditEvent'))).sort()).toEqual(all);
      for (const event of [OF_ANNA, OF_BEN, OF_NOBODY])
        expect((await asker(`AuditEvent/${idOf(event)}`)).status).toBe(200);
    }
  });

  it('holds only events of the caller’s own tenant', async () => {
    for (const asker of [await asAuditor(world), await asBackend(world)]) {
      expect((await asker(`AuditEvent/${idOf(ELSEWHERE)}`)).status).toBe(404);
      expect(await ids(asker(`AuditEvent?_id=${idOf(ELSEWHERE)}`))).toEqual([]);
    }
    const there = await asAuditor(world, 'lakeside');
    expect(await ids(there('AuditEvent'))).toEqual([idOf(ELSEWHERE)]);
    // A statement of one tenant at another's path: signed with another key, for another audience.
    const claims = world.issuer.claims('northwind', undefined, {
      scope: 'system/AuditEvent.rs',
      sub: 'app-1',
    });
    const authorization = `Bearer ${await world.issuer.sign(claims)}`;
    const answer = await ask(world.url, '/lakeside/AuditEvent', { headers: { authorization } });
    expect(answer.status).toBe(401);
  });

  it.each<[string, Partial<TokenClaims>]>([
    ['patient/AuditEvent.rs', {}],
    ['user/AuditEvent.rs', {}],
    ['user/AuditEvent.rs patient/AuditEvent.rs system/AuditEvent.rs', { role: 'auditor' }],
    ['user/AuditEvent.rs', { role: 'auditor', username: 'anna', sub: 'auditor' }],
  ])('is closed to a token with a member: %s %j', async (scope, change) => {
    const anna = await asMember(world, 'northwind', 'anna', { scope, ...change });
    expect(await ids(anna('AuditEvent'))).toEqual([idOf(OF_ANNA)]);
    expect(await ids(anna('AuditEvent?_id=' + all.join()))).toEqual([idOf(OF_ANNA)]);
    expect((await anna(`AuditEvent/${idOf(OF_BEN)}`)).status).toBe(404);
    expect((await anna('AuditEvent?patient=ben')).status).toBe(403);
  });

  it.each<[string, Partial<TokenClaims>]>([
    ['user/AuditEvent.rs', {}],
    ['user/*.rs', { role: 'auditor' }],
    ['system/AuditEvent.rs', { role: 'auditor' }],
    ['patient/AuditEvent.rs', { role: 'auditor' }],
    ['system/*.rs', { sub: 'app-1' }],
    ['user/AuditEvent.rs', { sub: 'app-1', role: 'auditor' }],
    ['system/AuditEvent.rs', { sub: 'app-1', patient: 'anna' }],
  ])('is refused to every other caller: %s %j', async (scope, change) => {
    const claims = world.issuer.claims('northwind', undefined, { fhirUser: undefined, scope, ...change });
    const authorization = `Bearer ${await world.issuer.sign(claims)}`;
    const { status, text } = await ask(world.url, '/northwind/AuditEvent', { headers: { authorization } });
    expect([status, text.includes('"entry"')]).toEqual([403, false]);
  });

  it('is limited by a granular scope, and closed to a granular scope that names a member', async () => {
    const onlyBen = await asBackend(world, 'northwind', 'system/AuditEvent.rs?outcome=4');
    expect(await ids(onlyBen('AuditEvent'))).toEqual([idOf(OF_NOBODY)]);
    expect((await onlyBen(`AuditEvent/${idOf(OF_ANNA)}`)).status).toBe(404);
    const named = await asBackend(world, 'northwind', 'system/AuditEvent.rs?patient=anna');
    expect((await named('AuditEvent')).status).toBe(403);
  });

  it('records each read of itself with the auditor’s name', async () => {
    const auditor = await asAuditor(world);
    const answer = await auditor('AuditEvent?patient=ben');
    const { rows } = await world.admin.query<{ body: string }>(
      "SELECT body FROM outbox WHERE body::json ->> 'requestId' = $1",
      [answer.headers['x-request-id']],
    );
    expect(JSON.parse(rows[0]?.body ?? '{}')).toMatchObject({
      kind: 'rest',
      action: 'search-type',
      user: { sub: 'auditor-1', name: 'audrey.auditor' },
      client: { id: 'audit-console' },
      request: 'GET AuditEvent?patient=ben',
      counts: { AuditEvent: 1 },
    });
    expect(JSON.parse(rows[0]?.body ?? '{}')).not.toHaveProperty('member');
  });

  it('is visible to the auditor’s database role alone, one tenant at a time, and never to the members’ role', async () => {
    const see = async (url: string, tenant: string, member: string) => {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      try {
        await client.query('BEGIN');
        await client.query("SELECT set_config('app.tenant', $1, true), set_config('app.member', $2, true)", [
          tenant,
          member,
        ]);
        const { rows } = await client.query('SELECT id FROM trail.audit_event');
        return rows.length;
      } finally {
        await client.end();
      }
    };
    const { service, auditor } = world.urls;
    for (const member of ['(everybody)', '~', '%', 'anna'])
      expect([member, await see(service, 'northwind', member)]).toEqual([
        member,
        member === 'anna' || member === '~' ? 1 : 0,
      ]);
    expect(await see(auditor, 'northwind', '(everybody)')).toBe(3);
    expect(await see(auditor, 'lakeside', '(everybody)')).toBe(1);
    expect(await see(auditor, 'nowhere', '(everybody)')).toBe(0);
    const client = new pg.Client({ connectionString: auditor });
    await client.connect();
    for (const statement of [
      'SELECT id FROM trail.audit_event',
      `INSERT INTO trail.audit_event SELECT * FROM trail.audit_event`,
      'DELETE FROM trail.audit_event',
      `SELECT trail.append('northwind', '', '[]', '{}', '', '{}', '{}', ${Array(18).fill("''").join()})`,
      'SELECT * FROM outbox',
      'SELECT * FROM dead_letter',
    ])
      await expect(client.query(statement)).rejects.toThrow(/permission denied|"app.tenant"/);
    await client.end();
  });
});
