import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createPool, type Pool } from '@patient-access/database';
import { GATEWAY_CLIENT_ID } from '@patient-access/smart';
import * as jose from 'jose';
import { waitUntil } from '@patient-access/testing';
import { createPrisma } from '../../src/domain/database.ts';
import { describeKeys, replaceKeys, rotateKeys } from '../../src/domain/administration/plans/keys.ts';
import type { PrismaClient } from '../../src/generated/client.ts';
import { sweep } from '../../src/domain/grants/sweep.ts';
import { exchange, introspect, refresh, registerApp, type RegisteredApp } from '../app.ts';
import { takeEvents } from '../events.ts';
import { plantCode } from '../plant.ts';
import { startWorld, tenantOf, type World } from '../world.ts';

const JWT = 'application/token-introspection+jwt';
const ADA = { administrator: 'ada' };
/** The overlap is longer than the cache time, as in production. Both are short here. */
const TIMES = { overlapSeconds: 3, retirementSeconds: 2 };
const CACHE = { cacheMaxAge: 1_000, cooldownDuration: 30_000 };
const WHOLE_MS = (TIMES.overlapSeconds + TIMES.retirementSeconds + 1) * 1_000;

describe('rotation of the signing keys', () => {
  let worlds: [World, World];
  let app: RegisteredApp;
  let pool: Pool;
  let prisma: PrismaClient;
  let refreshToken: string;
  let accessToken: string;
  beforeAll(async () => {
    const world = await startWorld();
    worlds = [world, await world.replica()];
    app = await registerApp(world);
    pool = await createPool(world.databaseUrl, { max: 2 });
    prisma = createPrisma(pool);
    const { code, verifier } = await plantCode(world, app, 'openid offline_access patient/*.rs');
    const { body } = await exchange(world, app, code, verifier);
    [refreshToken, accessToken] = [body['refresh_token'] as string, body['access_token'] as string];
  }, 60_000);
  afterAll(async () => {
    await pool?.end();
    await worlds?.[0].stop();
  });

  const issuer = () => tenantOf(worlds[0]).issuer;
  const keyActs = async () =>
    (await takeEvents(worlds[0])).flatMap(({ kind, action, user }) =>
      kind === 'administration' && action.startsWith('keys-') ? [`${action} by ${user?.sub}`] : [],
    );

  async function publishedAt(world: World): Promise<string[]> {
    const response = await fetch(`${tenantOf(world).issuer}/keys`);
    return ((await response.json()) as jose.JSONWebKeySet).keys.map(({ kid }) => kid as string).sort();
  }

  /**
   * One refresh and one introspection at a replica, with both answers verified.
   *
   * @returns the ids of the keys that signed
   */
  async function signedAt(world: World, keys: jose.JWTVerifyGetKey): Promise<string[]> {
    const { body } = await refresh(world, app, refreshToken);
    refreshToken = body['refresh_token'] as string;
    const { text } = await introspect(world, accessToken, 'northwind', JWT);
    const id = await jose.jwtVerify(body['id_token'] as string, keys, {
      issuer: issuer(),
      audience: app.client_id,
    });
    const statement = await jose.jwtVerify(text, keys, { issuer: issuer(), audience: GATEWAY_CLIENT_ID });
    return [id, statement].map(({ protectedHeader }) => protectedHeader.kid as string);
  }

  it('D21: fails no request on any replica, and needs no second command', async () => {
    const verifiers = worlds.map((world) =>
      jose.createRemoteJWKSet(new URL(`${tenantOf(world).issuer}/keys`), CACHE),
    );
    const old = await publishedAt(worlds[0]);
    const end = Date.now() + WHOLE_MS;
    const signsFrom = await rotateKeys(prisma, [worlds[0].master], 'northwind', undefined, TIMES);
    const seen: { at: number; kids: string[] }[] = [];
    for (let round = 0; Date.now() < end; round += 1) {
      const at = Date.now();
      const verifier = verifiers[(round >> 1) % 2] as jose.JWTVerifyGetKey;
      seen.push({ at, kids: await signedAt(worlds[round % 2] as World, verifier) });
    }
    const kids = [...new Set(seen.flatMap((each) => each.kids))];
    expect(kids).toHaveLength(4);
    for (const { at, kids: used } of seen)
      if (at >= signsFrom.getTime()) expect(old).not.toEqual(expect.arrayContaining(used));
    expect(seen[0]?.kids.every((kid) => old.includes(kid))).toBe(true);
    for (const world of worlds) {
      await waitUntil(async () => (await publishedAt(world)).length === 2);
      const published = await publishedAt(world);
      expect(old).not.toEqual(expect.arrayContaining(published));
    }
    const failed: string[] = [];
    await sweep(pool, (table) => failed.push(table));
    expect(failed).toEqual([]);
    const { rows } = await worlds[0].db.query<{ kid: string }>(
      `SELECT kid FROM signing_key WHERE tenant = 'northwind' ORDER BY kid`,
    );
    expect(rows.map(({ kid }) => kid).sort()).toEqual(await publishedAt(worlds[0]));
  });

  it('publishes the next keys at once, and signs with the old keys until the overlap ends', async () => {
    const keys = jose.createRemoteJWKSet(new URL(`${issuer()}/keys`), CACHE);
    const before = await publishedAt(worlds[0]);
    const signsFrom = await rotateKeys(prisma, [worlds[0].master], 'northwind', ADA);
    expect(await keyActs()).toEqual(['keys-rotate by ada']);
    expect(signsFrom.getTime() - Date.now()).toBeGreaterThan(600_000);
    for (const world of worlds) {
      await waitUntil(async () => (await publishedAt(world)).length === 4);
      expect(before).toEqual(expect.arrayContaining(await signedAt(world, keys)));
    }
    const retiring = await worlds[0].db.query<{ seconds: number }>(
      `SELECT extract(epoch FROM retires_at - $1::timestamptz)::float8 AS seconds FROM signing_key
        WHERE tenant = 'northwind' AND retires_at > $1`,
      [signsFrom.toISOString()],
    );
    // For 15 minutes an auditor's JWT asks for the names in a file that she began to take.
    expect(retiring.rows.map(({ seconds }) => seconds > 900)).toEqual([true, true]);
    const lines = await describeKeys(prisma, 'northwind');
    expect(lines.map((line) => line.split('  ')[2]).sort()).toEqual(['next', 'next', 'signing', 'signing']);
    await expect(rotateKeys(prisma, [worlds[0].master], 'northwind')).rejects.toThrow(
      /a rotation is under way/,
    );
    await expect(rotateKeys(prisma, [worlds[0].master], 'nowhere')).rejects.toThrow('no tenant "nowhere"');
    await expect(pool.query('DELETE FROM signing_key')).rejects.toThrow(/has not retired/);
  });

  it('A29: drops compromised keys at once, and says in the trail who did', async () => {
    const before = await publishedAt(worlds[0]);
    const { text } = await introspect(worlds[0], accessToken, 'northwind', JWT);
    await replaceKeys(prisma, [worlds[0].master], 'northwind', ADA);
    expect(await keyActs()).toEqual(['keys-replace by ada']);
    for (const world of worlds) {
      await waitUntil(async () => (await publishedAt(world)).every((kid) => !before.includes(kid)));
      expect(await publishedAt(world)).toHaveLength(2);
    }
    const keys = jose.createRemoteJWKSet(new URL(`${issuer()}/keys`));
    await expect(jose.jwtVerify(text, keys)).rejects.toThrow('no applicable key');
    await signedAt(worlds[1], keys);
    const { rows } = await worlds[0].db.query(`SELECT 1 FROM signing_key WHERE tenant = 'northwind'`);
    expect(rows).toHaveLength(2);
  });
});
