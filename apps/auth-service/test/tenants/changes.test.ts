import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { configureTenant, createTenant } from '../../src/domain/administration/plans/tenants.ts';
import { ChangeFeed, NOTIFY_COMMAND } from '../../src/domain/changes/change-feed.ts';
import { createPrisma } from '../../src/domain/database.ts';
import { NOTIFY_REVOCATION } from '../../src/domain/grants/records.ts';
import { LiveReplicas } from '../../src/domain/replicas/live-replicas.ts';
import { registerApp } from '../app.ts';
import { DatabaseLine } from '../database-line.ts';
import { startWorld, tenantOf, type World } from '../world.ts';
import { createPool, type Pool } from '@patient-access/database';
import { createLogger } from '@patient-access/platform';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
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
    await rename('Northwind Before');
    const held = line.hold('"public"."tenant"', 'Northwind Before');
    const asked = nameShown(replica);
    await held.answered;
    await rename('Northwind After');
    // It comes on the same connection after the notice of the change.
    await line.carries(async () => void (await pool.query(NOTIFY_REVOCATION, ['"later"'])), '"later"');
    held.release();
    expect([await asked, await nameShown(replica)]).toEqual(['Northwind After', 'Northwind After']);
  }, 30_000);

  it('is heard again after the connection that listens has fallen silent', async () => {
    const { line, url } = await DatabaseLine.lead(world.databaseUrl);
    const through = await createPool(url, { max: 3 });
    const replicas = new LiveReplicas(through);
    const feed = new ChangeFeed(through, createLogger('test', 'silent'), replicas);
    await feed.start();
    line.silence('LISTEN');
    const lost = once(feed, 'lost');
    for (let beat = 0; beat < 3; beat += 1) replicas.emit('beat', (await replicas.beat()) ?? 0);
    await lost;
    // It listens again, and says that something may have been missed.
    await once(feed, 'lost');
    const heard = once(feed, 'tenant');
    await rename('Northwind Heard');
    expect(await heard).toEqual(['northwind']);
    replicas.stop();
    feed.stop();
    await through.end();
    line.stop();
  }, 30_000);

  it('is heard on one connection for as long as the beats are', async () => {
    const replicas = new LiveReplicas(pool);
    const feed = new ChangeFeed(pool, createLogger('test', 'silent'), replicas);
    await feed.start();
    let lost = 0;
    feed.on('lost', () => (lost += 1));
    for (let beat = 0; beat < 5; beat += 1) {
      const number = await replicas.beat();
      const heard = once(feed, 'command');
      // It comes on the same connection after the notice of the beat.
      await pool.query(NOTIFY_COMMAND);
      await heard;
      replicas.emit('beat', number ?? 0);
    }
    expect(lost).toBe(0);
    replicas.stop();
    feed.stop();
  });

  it('is refused with the name of an unknown setting', async () => {
    const change = configureTenant(pool, 'northwind', { colour: 'blue' });
    await expect(change).rejects.toThrow(/colour/);
    await expect(configureTenant(pool, 'nowhere', {})).rejects.toThrow('no tenant "nowhere"');
  });
});
