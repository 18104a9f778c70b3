/** Backend services: clients without a member, whose tokens have `system/` scopes. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createReadPool, type ReadPool } from '@patient-access/database';
import { NO_MEMBER, type TokenClaims } from '@patient-access/smart';
import { observation, practitioner } from '@patient-access/testing';
import { readRows } from '../../src/sql/row-scope.ts';
import { type Asker, asking, idsOf, startWorld, type World } from '../world.ts';

const CLIENT = 'auditor';
const TABLES = ['resource', 'resource_history', 'search_value'];

describe('a backend service', () => {
  let world: World;
  let ask: Asker;
  let service: ReadPool;
  beforeAll(async () => {
    world = await startWorld();
    await world.store('north', observation('anna-1', 'anna'), practitioner('p-1', 'Berg'));
    await world.store(
      'north',
      observation('anna-1', 'anna', { status: 'amended' }),
      practitioner('p-1', 'Berger'),
    );
    await world.store('south', practitioner('p-2', 'Sund'));
    ask = await withScope('system/*.rs');
    service = await createReadPool(world.urls.service, { max: 1 });
  });
  afterAll(async () => {
    await service?.end();
    await world?.stop();
  });

  const withScope = (scope: string, change: Partial<TokenClaims> = {}) => {
    const own = { sub: CLIENT, client_id: CLIENT, grant_id: CLIENT, patient: undefined, fhirUser: undefined };
    return asking(world, world.issuer.claims('north', undefined, { ...own, scope, ...change }));
  };

  it('reads reference data of its plan: read, vread, search', async () => {
    expect((await ask('Practitioner/p-1')).status).toBe(200);
    expect((await ask('Practitioner/p-1/_history/1')).status).toBe(200);
    expect(idsOf(await ask('Practitioner'))).toEqual(['p-1']);
    expect((await ask('Practitioner/p-2')).status).toBe(404);
  });

  it.each(['Observation/anna-1', 'Observation/anna-1/_history/1', 'Observation', 'Observation?patient=anna'])(
    'is refused %s before any data is read',
    async (path) => {
      for (const scope of ['system/*.rs', 'system/Observation.rs', 'system/*.cruds patient/*.rs user/*.rs']) {
        const { status, text } = await (await withScope(scope))(path);
        expect([status, text.includes('anna-1')]).toEqual([403, false]);
      }
      const { status } = await (await withScope('system/*.rs', { patient: 'anna' }))(path);
      expect(status).toBe(403);
    },
  );

  it('needs a scope for each interaction', async () => {
    const only = await withScope('system/Practitioner.r?name=berger system/Location.s');
    expect((await only('Practitioner/p-1')).status).toBe(200);
    expect((await only('Practitioner')).status).toBe(403);
    expect((await only('Location')).status).toBe(200);
    const another = await withScope('system/Practitioner.r?name=other');
    expect((await another('Practitioner/p-1')).status).toBe(404);
  });

  it('leaves events that name the client, and no member, user or grant', async () => {
    const { requestId } = await ask('Practitioner/p-1');
    const refused = await ask('Observation/anna-1');
    const events = await world.events();
    const event = events.find((each) => each.requestId === requestId);
    expect(event).toMatchObject({
      outcome: '0',
      client: { id: CLIENT },
      resource: { reference: 'Practitioner/p-1' },
    });
    expect(events.find((each) => each.requestId === refused.requestId)).toMatchObject({
      outcome: '4',
      reason: 'no-member',
      client: { id: CLIENT },
    });
    for (const name of ['member', 'user', 'grantId']) expect(event).not.toHaveProperty(name);
  });

  it.each(TABLES)(
    'sees only rows of its plan without a member in %s, even if a statement has no predicate',
    async (table) => {
      const everything = [{ text: `SELECT tenant, member FROM ${table}`, values: [] }];
      const [rows = []] = await readRows<{ tenant: string; member: string }>(
        service,
        { tenant: 'north', member: NO_MEMBER },
        everything,
      );
      expect(rows.length).toBeGreaterThan(0);
      for (const row of rows) expect(row).toEqual({ tenant: 'north', member: '' });
      const { rows: stored } = await world.admin.query(`SELECT 1 FROM ${table} WHERE member = 'anna'`);
      expect(stored.length).toBeGreaterThan(0);
    },
  );

  it('acts for a member id under which nothing can be stored', async () => {
    await expect(world.store('north', observation('x-1', NO_MEMBER))).rejects.toThrow();
    await expect(world.store('north', { resourceType: 'Patient', id: NO_MEMBER })).rejects.toThrow();
  });
});
