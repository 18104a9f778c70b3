/** A receipt outlives the keys that were in use when it was made, and a restore of the database. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createPool, type Pool } from '@patient-access/database';
import { waitUntil } from '@patient-access/testing';
import { rotateKeys } from '../../src/domain/administration/plans/keys.ts';
import { reseal } from '../../src/domain/administration/plans/reseal.ts';
import { createPrisma } from '../../src/domain/database.ts';
import { openApps, revokeFirst, wordsOf } from '../apps/member.ts';
import { EVENT_KEY } from '../event-key.ts';
import { putBackupBack, takeBackup } from '../restore/backup.ts';
import { startTrail, type Trail } from '../restore/trail.ts';
import { startWorld, tenantOf, type World } from '../world.ts';
import { agree, check, download } from './receipt-world.ts';

describe('a receipt', () => {
  let trail: Trail;
  let world: World;
  beforeAll(async () => {
    trail = await startTrail(EVENT_KEY);
    world = await startWorld({ auditUrl: trail.url });
  }, 120_000);
  afterAll(async () => {
    await world?.stop();
    await trail?.stop();
  });

  const signingKids = async () => {
    const response = await fetch(`${tenantOf(world).issuer}/keys`);
    return ((await response.json()) as { keys: { kid: string }[] }).keys.map(({ kid }) => kid);
  };
  async function withPool(work: (pool: Pool) => Promise<unknown>): Promise<void> {
    const pool = await createPool(world.databaseUrl, { max: 2 });
    try {
      await work(pool);
    } finally {
      await pool.end();
    }
  }
  const rotate = () =>
    withPool((pool) =>
      rotateKeys(createPrisma(pool), [world.master], 'northwind', undefined, {
        overlapSeconds: 0,
        retirementSeconds: 0,
      }),
    );
  const answered = (receipt: string) =>
    waitUntil(
      async () => {
        const page = await check(world, receipt).catch(() => undefined);
        return page && page.status !== 503 && page.status !== 500 ? wordsOf(page) : undefined;
      },
      { withinMs: 30_000 },
    );

  it('still verifies after two rotations of the signing keys and a restore, and says what ended meanwhile', async () => {
    const grantId = await agree(world, 'Kept');
    const receipt = (await download(world, grantId)).html;
    const before = await signingKids();
    await rotate();
    await rotate();
    const kids = await signingKids();
    expect(kids.filter((kid) => before.includes(kid))).toEqual([]);
    expect(wordsOf(await check(world, receipt))).toMatch(/This receipt is genuine.* Now In force/);

    await takeBackup(world.postgres.adminUrl);
    await answered(receipt);
    const later = await agree(world, 'After the backup');
    const lost = (await download(world, later)).html;
    const visit = await openApps(world);
    const ended = await download(world, grantId);
    await revokeFirst(world, visit);
    await waitUntil(
      async () => (await world.db.query('SELECT 1 FROM outbox LIMIT 1')).rowCount === 0 || undefined,
      { withinMs: 20_000 },
    );
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    await putBackupBack(world.postgres.adminUrl);
    const words = await answered(receipt);
    expect(words).toContain('This receipt is genuine');
    expect(wordsOf(await check(world, ended.html))).toContain('This receipt is genuine');
    // The plan signed it, and its record of this consent is lost with the database.
    expect(wordsOf(await check(world, lost))).toMatch(/This receipt is genuine.* Not known/);
  }, 120_000);

  it('verifies after the master key was changed, and new ones are signed', async () => {
    const grantId = await agree(world, 'Sealed again');
    const receipt = (await download(world, grantId)).html;
    await withPool(async (pool) => {
      const other = Buffer.alloc(32, 7);
      await reseal(createPrisma(pool), pool, [other, world.master]);
      await reseal(createPrisma(pool), pool, [world.master, other]);
    });
    // This service knows one master key, so it is asked when that one is back.
    expect(wordsOf(await check(world, receipt))).toContain('This receipt is genuine');
    expect((await download(world, grantId)).status).toBe(200);
  });
});
