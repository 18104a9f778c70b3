import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { asAuditor } from '../auditor-search/auditors.ts';
import { asMember, asLines, eventsIn, accessEvent, startWorld, type World, idOf } from '../world.ts';

const OF_ANNA = accessEvent();
const OF_BEN = accessEvent({ member: 'ben' });
const OF_NOBODY = accessEvent({
  member: undefined,
  kind: 'denied-attempts',
  action: 'deny',
  outcome: '4',
  count: 7,
});
const ELSEWHERE = accessEvent({ tenant: 'lakeside' });
const REFUSED = accessEvent({
  outcome: '4',
  reason: 'not-found',
  resource: undefined,
  recorded: '2025-01-01T00:00:00.000Z',
});

describe('the trail', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
    await world.deliver(asLines(OF_ANNA, OF_BEN, OF_NOBODY, ELSEWHERE, REFUSED));
  });
  afterAll(() => world?.stop());

  const idsFor = async (tenant: string, member: string, query = '') =>
    eventsIn(await (await asMember(world, tenant, member))(`AuditEvent${query}`)).map(({ id }) => id);

  it('shows members their own (case A15)', async () => {
    const [anna, refused] = [idOf(OF_ANNA), idOf(REFUSED)];
    expect((await idsFor('northwind', 'anna')).sort()).toEqual([anna, refused].sort());
    expect(await idsFor('northwind', 'ben')).toEqual([idOf(OF_BEN)]);
    expect(await idsFor('lakeside', 'anna')).toEqual([idOf(ELSEWHERE)]);
    expect(await idsFor('northwind', 'nobody')).toEqual([]);
  });

  it.each([OF_BEN, OF_NOBODY, ELSEWHERE])('shows a member no other event, not even by id', async (event) => {
    const anna = await asMember(world, 'northwind', 'anna');
    const [theirs, none] = [await anna(`AuditEvent/${idOf(event)}`), await anna('AuditEvent/none')];
    expect([theirs.status, none.status]).toEqual([404, 404]);
    const same = ({ text }: { text: string }) => text.replace(/[0-9a-f-]{36}/, '');
    expect(same(theirs)).toBe(same(none));
  });

  it('shows an event about no member to no member, whatever id the token names', async () => {
    for (const member of ['null', 'undefined', '-']) expect(await idsFor('northwind', member)).toEqual([]);
    for (const member of ['~', '', '%', '*']) {
      const { status } = await (await asMember(world, 'northwind', member))('AuditEvent');
      expect([member, status]).toEqual([member, 401]);
    }
  });

  it('refuses a wildcard scope, because a scope has to name AuditEvent', async () => {
    for (const scope of ['patient/*.rs', 'user/*.cruds', 'patient/AuditEvent.c']) {
      const app = await asMember(world, 'northwind', 'anna', { scope });
      expect([scope, (await app('AuditEvent')).status]).toEqual([scope, 403]);
    }
  });

  it.each([
    ['?patient=anna', 2],
    ['?outcome=0', 1],
    ['?outcome=4', 1],
    ['?date=2026-11-25', 1],
    ['?date=lt2026', 1],
    ['?agent:identifier=app-1', 2],
    ['?action=R', 2],
    ['?subtype=read', 2],
    ['?type=rest&agent:identifier=app-2', 0],
    ['?policy=urn:ietf:params:oauth:jti:sha256.jti-1', 2],
    ['?source:identifier=claims-service', 2],
    ['?source:missing=false', 2],
    ['?source:missing=true', 0],
    ['?entity:missing=true', 0],
  ])('can be searched by %s', async (query, count) => {
    expect(await idsFor('northwind', 'anna', query)).toHaveLength(count);
  });

  it.each(['agent=app-1', 'agent=Patient/anna', 'source=claims-service', 'source=Device/1'])(
    'says for %s that it is searched by the identifier, to members and to auditors',
    async (query) => {
      const [name] = query.split('=');
      for (const asker of [await asMember(world, 'northwind', 'anna'), await asAuditor(world)]) {
        const { status, text } = await asker(`AuditEvent?${query}`);
        expect([status, text]).toEqual([400, expect.stringContaining(`${name}:identifier=`)]);
      }
    },
  );

  it('records each read of itself', async () => {
    const anna = await asMember(world, 'northwind', 'anna');
    const answer = await anna('AuditEvent?outcome=4');
    const { rows } = await world.admin.query<{ body: string }>(
      "SELECT body FROM outbox WHERE body::json ->> 'requestId' = $1",
      [answer.headers['x-request-id']],
    );
    expect(JSON.parse(rows[0]?.body ?? '{}')).toMatchObject({
      service: 'audit-service',
      type: 'AuditEvent',
      action: 'search-type',
      counts: { AuditEvent: 1 },
    });
  });

  it('cannot be changed by the service that shows it', async () => {
    const { rows } = await world.admin.query<{ table_name: string; privilege_type: string }>(
      `SELECT table_name, privilege_type FROM information_schema.role_table_grants
        WHERE grantee = 'audit_service' AND table_name <> 'outbox'`,
    );
    expect(new Set(rows.map(({ privilege_type }) => privilege_type))).toEqual(new Set(['SELECT']));
  });
});
