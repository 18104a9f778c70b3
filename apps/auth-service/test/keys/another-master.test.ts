import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createPool, inTransaction, type Pool } from '@patient-access/database';
import { waitUntil } from '@patient-access/testing';
import { setPlanSetting } from '../../src/domain/administration/plans/plan-settings.ts';
import { reseal } from '../../src/domain/administration/plans/reseal.ts';
import { createPrisma } from '../../src/domain/database.ts';
import { SecondFactors } from '../../src/domain/second-factor/second-factors.ts';
import { openSecret, sealSecrets } from '../../src/domain/tenant/federation-settings.ts';
import { registerVerifiedApp } from '../app.ts';
import { configure } from '../configure.ts';
import { lockWaits } from '../lock-waits.ts';
import { type KeptNote, turnOnSecondFactor } from '../login/second-step.ts';
import { startWorld, tenantOf, type World } from '../world.ts';

const FEDERATION = {
  issuer: 'http://127.0.0.1:9',
  name: 'Plan login',
  clientId: 'us',
  clientSecret: 'a secret of the provider',
  memberClaim: 'member',
};

describe('another KEY_ENCRYPTION_KEY', () => {
  const next = randomBytes(32);
  let world: World;
  let pool: Pool;
  let member: KeptNote;
  let sub: string;
  beforeAll(async () => {
    world = await startWorld();
    pool = await createPool(world.databaseUrl, { max: 2 });
    await configure(world, { federation: FEDERATION }, 'lakeside');
    member = (await turnOnSecondFactor(world, await registerVerifiedApp(world))).authenticator;
    const [row] = (await pool.query<{ sub: string }>('SELECT sub::text FROM second_factor')).rows;
    sub = row?.sub ?? '';
  }, 60_000);
  afterAll(async () => {
    await pool?.end();
    await world?.stop();
  });

  /** A replica with these keys tries a code. */
  const use = (keys: [Buffer, ...Buffer[]], code = '') =>
    new SecondFactors(pool, keys, 'northwind').use(sub, code);

  it('opens what the old one sealed, seals with the new one, and then does without the old one', async () => {
    const [first, second, third] = member.recovery;
    expect(await use([world.master, next], first)).toBe('recovery-code');
    expect(await use([next, world.master], second)).toBe('recovery-code');
    await expect(use([next], third)).rejects.toThrow();

    const counts = { identityProviders: 1, secondFactors: 1 };
    expect(await reseal(createPrisma(pool), pool, [next, world.master])).toMatchObject(counts);
    expect(await reseal(createPrisma(pool), pool, [next])).toMatchObject(counts);

    expect(await use([next], third)).toBe('recovery-code');
    expect(await use([next], third)).toBeUndefined();
    expect(await use([next], member.code())).toBe('totp');
    const stored = `SELECT settings #>> '{federation,clientSecret}' AS sealed FROM tenant WHERE id = 'lakeside'`;
    const [{ sealed } = { sealed: '' }] = (await pool.query<{ sealed: string }>(stored)).rows;
    expect(openSecret([next], 'lakeside', 'clientSecret', sealed)).toBe(FEDERATION.clientSecret);
  }, 60_000);

  it('leaves what somebody sets meanwhile, and seals it too', async () => {
    const settings = { federation: { ...FEDERATION, name: 'Another name' } };
    const returned = inTransaction(pool, async (db) => {
      const sealed = JSON.stringify(sealSecrets([world.master], 'lakeside', settings));
      await db.query(`UPDATE tenant SET settings = $1 WHERE id = 'lakeside'`, [sealed]);
      const resealed = reseal(createPrisma(world.pool), world.pool, [next, world.master]);
      await waitUntil(async () => (await lockWaits(world)) > 0);
      return [resealed];
    });
    await Promise.all(await returned);
    const { rows } = await pool.query<{ settings: typeof settings }>(
      `SELECT settings FROM tenant WHERE id = 'lakeside'`,
    );
    const { name, clientSecret } = rows[0]?.settings.federation ?? FEDERATION;
    expect(name).toBe('Another name');
    expect(openSecret([next], 'lakeside', 'clientSecret', clientSecret)).toBe(FEDERATION.clientSecret);
  }, 60_000);

  it('is in force for a secret that stays where somebody sets the others meanwhile', async () => {
    const prisma = createPrisma(pool);
    const id = 'lakeside';
    await configure(world, { federation: FEDERATION }, id);
    let asked = 0;
    const operation = {
      prisma,
      pool,
      masters: [world.master, next] as const,
      by: { administrator: 'ada' },
      askProvider: async () => {
        asked += 1;
        if (asked === 1) {
          await setPlanSetting(
            { prisma, pool, masters: [world.master], by: { administrator: 'bea' } },
            id,
            ['maxConsentDays'],
            30,
          );
          await reseal(prisma, pool, [next, world.master]);
        }
        return [];
      },
    };
    await setPlanSetting(operation, id, ['federation', 'name'], 'A third name');
    expect(asked).toBe(2);
    const { rows } = await pool.query<{
      settings: { maxConsentDays: number; federation: typeof FEDERATION };
    }>('SELECT settings FROM tenant WHERE id = $1', [id]);
    const { maxConsentDays, federation } = rows[0]?.settings ?? { federation: FEDERATION };
    expect([maxConsentDays, federation.name]).toEqual([30, 'A third name']);
    expect(openSecret([next], id, 'clientSecret', federation.clientSecret)).toBe(FEDERATION.clientSecret);
  }, 60_000);

  it('is given to a service as a list of keys', async () => {
    const keys = [next, world.master].map((key) => key.toString('base64url')).join(',');
    const { issuer } = tenantOf(await world.replica({ KEY_ENCRYPTION_KEY: keys }));
    expect((await fetch(`${issuer}/keys`)).status).toBe(200);
  }, 60_000);
});
