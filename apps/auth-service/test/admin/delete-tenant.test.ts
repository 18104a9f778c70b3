/** A plan that has left: what goes, what stays, and what nobody can do any more. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { waitUntil } from '@patient-access/testing';
import { administer } from '../administration.ts';
import { getTokens, introspect, registerApp } from '../app.ts';
import { takeEvents } from '../events.ts';
import { startWorld, type World } from '../world.ts';

const STAYS = ['client', 'consent', 'receipt_key'];
/** SQL for any value of a type. */
const ANY: Readonly<Record<string, string>> = {
  text: "'x'",
  bytea: "'x'",
  boolean: 'false',
  uuid: 'gen_random_uuid()',
  date: 'current_date',
  inet: "'192.0.2.1'",
  json: "'{}'",
  jsonb: "'{}'",
  'timestamp with time zone': 'now()',
  ARRAY: "'{}'",
};

describe('a plan that is deleted', () => {
  let worlds: World[];
  let tokens: Record<string, string>;
  beforeAll(async () => {
    const world = await startWorld();
    worlds = [world, await world.replica()];
    tokens = await getTokens(world, await registerApp(world));
    await fillEachTable('northwind');
    await takeEvents(world);
  }, 120_000);
  afterAll(() => worlds?.[0]?.stop());

  const world = () => worlds[0] as World;
  const admin = (method: string, path: string, body?: object) => administer(world(), method, path, body);
  const isActive = async () => (await introspect(world(), tokens['access_token'] ?? '')).body['active'];

  async function tables(): Promise<string[]> {
    const { rows } = await world().db.query<{ name: string }>(
      `SELECT table_name AS name FROM information_schema.columns c
         JOIN information_schema.tables t USING (table_schema, table_name)
        WHERE c.table_schema = 'public' AND column_name = 'tenant' AND t.table_type = 'BASE TABLE' ORDER BY 1`,
    );
    return rows.map(({ name }) => name);
  }
  /** @returns the tables that have something of the plan */
  async function filled(tenant: string): Promise<string[]> {
    const found: string[] = [];
    for (const name of await tables())
      if ((await world().db.query(`SELECT FROM "${name}" WHERE tenant = $1 LIMIT 1`, [tenant])).rowCount)
        found.push(name);
    return found;
  }
  /** Puts any row into each table that has none of the plan, also into those that later migrations bring. */
  async function fillEachTable(tenant: string): Promise<void> {
    const has = await filled(tenant);
    const { rows: checks } = await world().db.query<{ text: string }>(
      `SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) AS text
         FROM pg_constraint WHERE contype = 'c' AND connamespace = 'public'::regnamespace`,
    );
    for (const { text } of checks) await world().db.query(text);
    for (const table of await tables()) {
      if (has.includes(table)) continue;
      const { rows } = await world().db.query<{ name: string; type: string }>(
        `SELECT column_name AS name, data_type AS type FROM information_schema.columns
          WHERE table_schema = 'public' AND table_name = $1 AND is_nullable = 'NO' AND column_default IS NULL
            AND column_name <> 'tenant' AND is_generated = 'NEVER' AND is_identity = 'NO'`,
        [table],
      );
      const names = rows.map(({ name }) => `, "${name}"`).join('');
      const values = rows.map(({ type }) => `, ${ANY[type] ?? '1'}`).join('');
      // Without triggers and foreign keys: the rows need no others.
      await world().db.query(
        `SET LOCAL session_replication_role = replica; INSERT INTO "${table}" (tenant${names}) VALUES ('${tenant}'${values})`,
      );
    }
  }

  it('stays whole unless it is suspended and its id is said twice', async () => {
    expect(await filled('northwind')).toEqual(await tables());
    for (const query of ['', '?confirm=lakeside', '?confirm=northwind']) {
      const { status, body } = await admin('DELETE', `northwind${query}`);
      expect([query, status, body['error']]).toEqual([query, 400, 'invalid_request']);
    }
    expect((await admin('DELETE', 'nowhere?confirm=nowhere')).status).toBe(404);
    expect(await isActive()).toBe(true);
    expect(await filled('northwind')).toEqual(await tables());
  });

  it('can be taken along before: logins, numbers, consents and apps, and nothing that opens anything', async () => {
    const { status, text } = await admin('GET', 'northwind/export');
    const lines = text
      .trimEnd()
      .split('\n')
      .map((each) => JSON.parse(each) as { kind: string; value: unknown });
    const counts = lines.at(-1)?.value as Record<string, number>;
    const kinds = Object.entries(counts).flatMap(([kind, count]) => Array<string>(count).fill(kind));
    expect([status, lines.map(({ kind }) => kind)]).toEqual([200, ['plan', ...kinds, 'end']]);
    expect(Object.values(counts).every((count) => count > 0)).toBe(true);
    expect(text).toContain('"maria.many"');
    expect(text).not.toMatch(/argon2|sealed|secret|"token"|private/i);
    expect((await admin('GET', 'nowhere/export')).status).toBe(404);
    const events = (await takeEvents(world())).filter(({ action }) => /^tenant-export/.test(action));
    expect(events.map(({ action, user }) => [action, user?.name ?? user?.sub])).toEqual([
      ['tenant-export', 'ada'],
      ['tenant-exported', 'ada'],
    ]);
  });

  it('is gone for everybody, and on paper are who agreed to what, the apps and the keys of receipts', async () => {
    const beside = await filled('lakeside');
    expect((await admin('POST', 'northwind/suspend')).status).toBe(204);
    const { status, body } = await admin('DELETE', 'northwind?confirm=northwind');
    expect([status, body['deleted']]).toEqual([
      200,
      expect.objectContaining({ account: expect.any(Number), plan_member: 1 }),
    ]);
    expect(await filled('northwind')).toEqual(STAYS);
    expect(await filled('lakeside')).toEqual(beside);
    const { rows } = await world().db.query(
      `SELECT (SELECT count(*)::int FROM consent WHERE tenant = t.id AND revoked_at IS NULL AND until > now()) AS live,
              (SELECT count(*)::int FROM consent WHERE tenant = t.id AND end_reason = 'plan') AS ended,
              (SELECT count(*)::int FROM consent WHERE tenant = t.id AND publish_at IS NOT NULL) AS to_publish,
              (SELECT count(secret)::int FROM client WHERE tenant = t.id) AS secrets, settings::text AS settings
         FROM tenant t WHERE id = 'northwind'`,
    );
    expect(rows).toEqual([{ live: 0, ended: 1, to_publish: 0, secrets: 0, settings: '{}' }]);
    const events = (await takeEvents(world())).filter(({ tenant }) => tenant === 'northwind');
    const acts = events.filter(({ kind, action }) => kind === 'consent' || /^tenant-/.test(action));
    expect(acts.map(({ action, reason }) => [action, reason])).toEqual([
      ['tenant-suspend', undefined],
      ['tenant-delete', undefined],
      ['revoke', 'plan'],
      ['tenant-deleted', undefined],
    ]);
    for (const each of worlds)
      await waitUntil(
        async () => (await fetch(`${each.address}/northwind/smart-configuration`)).status === 404,
      );
    expect(await isActive()).not.toBe(true);
  });

  it('does not come back, and its id is nobody else’s', async () => {
    const plan = { name: 'Northwind', kind: 'production' };
    for (const [method, path, body] of [
      ['PUT', 'northwind', plan],
      ['POST', 'northwind/resume', undefined],
      ['PATCH', 'northwind/settings', {}],
      ['GET', 'northwind/clients', undefined],
    ] as const)
      expect([path, (await admin(method, path, body)).status]).toEqual([path, 404]);
    expect((await admin('GET', 'northwind')).body).toMatchObject({
      suspended: true,
      deletedAt: expect.stringMatching(/^20/),
    });
    expect((await admin('DELETE', 'northwind?confirm=northwind')).body).toEqual({ deleted: {} });
  });
});
