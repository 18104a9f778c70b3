import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { configureTenant, createTenant } from '../../src/domain/administration/tenants.ts';
import { createPrisma } from '../../src/domain/database.ts';
import { NOTIFY_REVOCATION } from '../../src/domain/grants/records.ts';
import { registerApp } from '../app.ts';
import { DatabaseLine } from '../database-line.ts';
import { listenToRevocations } from '../revocation/stream.ts';
import { startWorld, tenantOf, type World } from '../world.ts';
import { createPool, type Pool } from '@patient-access/database';
import { randomBytes } from 'node:crypto';
import { waitUntil } from '@patient-access/testing';

describe('a change of a tenant', () => {
  let world: World;
  let pool: Pool;
  /** they end after the replicas that use them, and before Postgres */
  const lines: DatabaseLine[] = [];
  beforeAll(async () => {
    world = await startWorld();
    pool = await createPool(world.databaseUrl, { max: 3 });
  }, 60_000);
  afterAll(async () => {
    await pool?.end();
    await world?.stopReplicas();
    for (const line of lines) line.stop();
    await world?.stop();
  });

  async function nameShown({ address } = world): Promise<string | undefined> {
    const { issuer } = tenantOf({ ...world, url: address });
    const page = await (await fetch(`${issuer}/authorize?client_id=nobody`)).text();
    return /<title>[^<]*– ([^<]*)<\/title>/.exec(page)?.[1];
  }

  async function replicaOnLine(): Promise<[World, DatabaseLine]> {
    const { line, url } = await DatabaseLine.lead(world.databaseUrl);
    lines.push(line);
    return [await world.replica({ DATABASE_URL: url }), line];
  }

  const rename = (name: string) =>
    createTenant(createPrisma(pool), [randomBytes(32)], { id: 'northwind', name, kind: 'preview' });

  it('applies without a restart', async () => {
    expect(await nameShown()).toBe('Northwind Health Plan');
    await rename('Northwind Care');
    await waitUntil(async () => (await nameShown()) === 'Northwind Care');
    const app = await registerApp(world);
    expect(app.client_id).toBeTruthy();
  });

  it('applies where its notice overtakes the older row', async () => {
    const [replica, line] = await replicaOnLine();
    const notices = await listenToRevocations(replica);
    await rename('Northwind Before');
    const held = line.hold('"public"."tenant"', 'Northwind Before');
    const asked = nameShown(replica);
    await held.answered;
    await rename('Northwind After');
    // It comes on the same connection after the notice of the change.
    await pool.query(NOTIFY_REVOCATION, ['"later"']);
    await notices.until(/"later"/);
    held.release();
    expect([await asked, await nameShown(replica)]).toEqual(['Northwind After', 'Northwind After']);
    await notices.end();
  }, 30_000);

  it('is refused with the name of an unknown setting', async () => {
    const change = configureTenant(pool, 'northwind', { colour: 'blue' });
    await expect(change).rejects.toThrow(/colour/);
    await expect(configureTenant(pool, 'nowhere', {})).rejects.toThrow('no tenant "nowhere"');
  });
});
