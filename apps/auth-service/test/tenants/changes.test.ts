import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { configureTenant, createTenant } from '../../src/domain/administration/tenants.ts';
import { createPrisma } from '../../src/domain/database.ts';
import { registerApp } from '../app.ts';
import { startWorld, tenantOf, type World } from '../world.ts';
import { createPool, type Pool } from '@patient-access/database';
import { randomBytes } from 'node:crypto';
import { waitUntil } from '@patient-access/testing';

describe('a change of a tenant', () => {
  let world: World;
  let pool: Pool;
  beforeAll(async () => {
    world = await startWorld();
    pool = await createPool(world.databaseUrl, { max: 2 });
  }, 60_000);
  afterAll(async () => {
    await pool?.end();
    await world?.stop();
  });

  async function nameShown(): Promise<string | undefined> {
    const { issuer } = tenantOf(world);
    const page = await (await fetch(`${issuer}/authorize?client_id=nobody`)).text();
    return /<title>[^<]*– ([^<]*)<\/title>/.exec(page)?.[1];
  }

  it('applies without a restart', async () => {
    expect(await nameShown()).toBe('Northwind Health Plan');
    const renamed = { id: 'northwind', name: 'Northwind Care', kind: 'preview' } as const;
    await createTenant(createPrisma(pool), [randomBytes(32)], renamed);
    await waitUntil(async () => (await nameShown()) === 'Northwind Care');
    const app = await registerApp(world);
    expect(app.client_id).toBeTruthy();
  });

  it('is refused with the name of an unknown setting', async () => {
    const change = configureTenant(pool, 'northwind', { colour: 'blue' });
    await expect(change).rejects.toThrow(/colour/);
    await expect(configureTenant(pool, 'nowhere', {})).rejects.toThrow('no tenant "nowhere"');
  });
});
