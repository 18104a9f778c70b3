import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { applyMigrations, COMMAND, createPool, type Pool, provisionDatabase } from '@patient-access/database';
import { type Postgres, startPostgres, tries } from '@patient-access/testing';
import { hashPassword, verifyPassword } from '../../src/domain/accounts/password.ts';
import { createPrisma } from '../../src/domain/database.ts';
import { reseal } from '../../src/domain/administration/plans/reseal.ts';
import { parseSeed, seed } from '../../src/commands/seed.ts';
import type { PrismaClient } from '../../src/generated/client.ts';
import { unseal, seal } from '../../src/domain/keys/secrets.ts';
import { loadSigningKeys } from '../../src/domain/keys/signing-keys.ts';
import { holdThreads } from '../passwords.ts';

const master = randomBytes(32);
/** Longer than a password waits in a service until another one is hashed. */
const SLOW_MS = 4_000;
/** At each plan. */
const LOGINS = tries(2, 10);
const patients = [{ id: 'p1', relationship: 'self' as const, name: 'One' }];

describe('administration', () => {
  let postgres: Postgres;
  let pool: Pool;
  let prisma: PrismaClient;
  beforeAll(async () => {
    postgres = await startPostgres();
    const urls = await provisionDatabase(postgres.adminUrl, 'auth', () => 'test');
    await applyMigrations(urls.owner, join(import.meta.dirname, '../../prisma/migrations'));
    pool = await createPool(urls.service, { max: 4, ...COMMAND });
    prisma = createPrisma(pool);
  }, 60_000);
  afterAll(async () => {
    await pool?.end();
    await postgres?.stop();
  });

  const content = (password: string) =>
    parseSeed(
      JSON.stringify({
        tenants: ['a', 'b'].map((id) => ({ id, name: `Plan ${id}`, kind: 'preview' })),
        accounts: ['a', 'b'].flatMap((tenant) =>
          Array.from({ length: LOGINS }, (_, index) => ({
            tenant,
            login: `Login.${index}`,
            password,
            patients,
          })),
        ),
      }),
    );

  it('seeds two plans with several logins each; a second run changes nothing', async () => {
    await seed(prisma, [master], content('a secret of the two of us'));
    const before = await prisma.account.findMany({ orderBy: [{ tenantId: 'asc' }, { login: 'asc' }] });
    const keys = await loadSigningKeys(prisma, [master], 'a');
    await seed(prisma, [master], content('quite another secret of ours'));
    const after = await prisma.account.findMany({ orderBy: [{ tenantId: 'asc' }, { login: 'asc' }] });
    expect(after.map(({ sub, login }) => [sub, login])).toEqual(before.map(({ sub, login }) => [sub, login]));
    expect(after).toHaveLength(2 * LOGINS);
    expect(await prisma.accountMember.count()).toBe(2 * LOGINS);
    expect(await loadSigningKeys(prisma, [master], 'a')).toEqual(keys);
    expect(await verifyPassword(after[0]?.passwordHash, 'quite another secret of ours')).toBe(true);
    expect(await verifyPassword(after[0]?.passwordHash, 'a secret of the two of us')).toBe(false);
  });

  it('seeds logins also where a machine needs seconds to hash a password', async () => {
    const release = holdThreads();
    const seeding = seed(prisma, [master], content('a third secret of the two'));
    await Promise.all([delay(SLOW_MS).then(release), expect(seeding).resolves.toBeUndefined()]);
  });

  it('seeds an app of the installation at preview plans alone; a second run sets its address', async () => {
    const at = (port: number, kind = 'preview') => {
      const metadata = { redirect_uris: [`http://127.0.0.1:${port}/`], token_endpoint_auth_method: 'none' };
      const tenant = kind === 'preview' ? 'a' : 'strict';
      const tenants = [{ id: tenant, name: `Plan ${tenant}`, kind, settings: { nativeApps: true } }];
      return parseSeed(JSON.stringify({ tenants, clients: [{ tenant, id: 'test-client', metadata }] }));
    };
    for (const port of [8082, 8092]) await seed(prisma, [master], at(port));
    const [client, ...more] = await prisma.client.findMany();
    expect(more).toEqual([]);
    expect(client).toMatchObject({ id: 'test-client', registeredBy: 'plan', secret: null });
    expect(client?.origins).toEqual(['http://127.0.0.1:8092']);
    await expect(seed(prisma, [master], at(8082, 'production'))).rejects.toThrow('is no preview plan');
  });

  it('opens a sealed signing key only with the same key, tenant and bytes', async () => {
    await seed(prisma, [master], content('a secret of the two of us'));
    await expect(loadSigningKeys(prisma, [randomBytes(32)], 'a')).rejects.toThrow();
    const sealed = seal([master], 'a/1', 'text');
    expect(unseal([master], 'a/1', sealed)).toBe('text');
    expect(() => unseal([master], 'b/1', sealed)).toThrow();
    for (let at = 0; at < sealed.length; at += 1) {
      const changed = Buffer.from(sealed);
      changed[at] = (changed[at] as number) ^ 1;
      expect(() => unseal([master], 'a/1', changed)).toThrow();
    }
  });

  it('seals signing keys with a new KEY_ENCRYPTION_KEY, while both keys open them', async () => {
    await seed(prisma, [master], content('a secret of the two of us'));
    const before = await loadSigningKeys(prisma, [master], 'a');
    const next = randomBytes(32);
    // Two sign tokens and one signs receipts, for each plan.
    const all = 3 * (await prisma.tenant.count());
    expect(await loadSigningKeys(prisma, [next, master], 'a')).toEqual(before);
    await expect(reseal(prisma, pool, [next, randomBytes(32)])).rejects.toThrow(/was sealed with another/);
    expect(await loadSigningKeys(prisma, [master], 'a')).toEqual(before);
    expect((await reseal(prisma, pool, [next, master])).keys).toBe(all);
    expect(await loadSigningKeys(prisma, [next], 'a')).toEqual(before);
    await expect(loadSigningKeys(prisma, [master], 'a')).rejects.toThrow();
    expect((await reseal(prisma, pool, [master, next])).keys).toBe(all);
  });

  it('reads NDJSON, and reports an error in one line', () => {
    const line = JSON.stringify({ tenants: [{ id: 'a', name: 'A', kind: 'preview' }] });
    expect(parseSeed(`${line}\n\n${line}\n`).tenants).toHaveLength(2);
    expect(() => parseSeed(`${line}\nnonsense`)).toThrow('seed, line 2: not JSON');
    const twice = '{"emails":[],"emails":[]}';
    expect(() => parseSeed(twice)).toThrow('seed: column 14: its object has this name already');
    expect(() => parseSeed(`${line}\n${twice}`)).toThrow('seed, line 2: column 14: its object has');
    expect(() => parseSeed('{"tenants":[{"id":"A b","name":"x","kind":"preview"}]}')).toThrow(
      /^seed: tenants\.0\.id: /,
    );
  });

  it('takes any UUID as the id of a plan', async () => {
    const id = '0f8fad5b-d9cb-469f-a165-70867728950e';
    await seed(
      prisma,
      [master],
      parseSeed(JSON.stringify({ tenants: [{ id, name: 'U', kind: 'preview' }] })),
    );
    expect(await prisma.tenant.findUnique({ where: { id } })).toMatchObject({ id, name: 'U' });
  });

  it('hashes each password with argon2id and a salt of its own', async () => {
    const [one, two] = await Promise.all([hashPassword('x'), hashPassword('x')]);
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(one).not.toBe(two);
    expect(await verifyPassword(undefined, 'x')).toBe(false);
  });

  it('lets the service role change only the end of a consent, and no table', async () => {
    for (const statement of [
      `UPDATE consent SET scope = 'patient/*.rs'`,
      'DELETE FROM consent',
      'UPDATE replay SET expires_at = now()',
      'DELETE FROM signing_key',
      'DROP TABLE consent',
    ]) {
      await expect(pool.query(statement)).rejects.toThrow(/permission denied|must be owner|has not retired/);
    }
  });
});
