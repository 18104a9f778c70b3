/**
 * A backup of auth's database is put back, under a running service and before a start: nothing that ended works again.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { COMMAND, createPool } from '@patient-access/database';
import { COMPILE_CACHE, tries, waitUntil } from '@patient-access/testing';
import type { CommandTools } from '../../src/commands/command.ts';
import { createPrisma } from '../../src/domain/database.ts';
import { administer, adminHere } from '../administration.ts';
import { openApps, wordsOf } from '../apps/member.ts';
import { getCode, getTokens, exchange, introspectionClaims, post, refresh, registerApp } from '../app.ts';
import { GATEWAY_BASIC, startWorld, tenantOf, type World } from '../world.ts';
import { EVENT_KEY } from '../event-key.ts';
import { putBackupBack, takeBackup } from './backup.ts';
import { startTrail, type Trail } from './trail.ts';

/** Between two answers that are watched. */
const PAUSE_MS = tries(10, 0);

describe('after a restore', () => {
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

  const introspection = (token: string, there: World) =>
    post(`${there.address}/internal/northwind/introspection`, { token }, { authorization: GATEWAY_BASIC });
  /** Everything that ended is in the trail, and a later mark than that of the backup. */
  const delivered = async () => {
    await waitUntil(
      async () => (await world.db.query('SELECT 1 FROM outbox LIMIT 1')).rowCount === 0 || undefined,
      { withinMs: 120_000 },
    );
    await new Promise((resolve) => setTimeout(resolve, 2_500));
  };
  const answersAgain = (there: World = world) =>
    waitUntil(
      async () =>
        (await introspection('nothing', there).catch(() => undefined))?.status === 204 ? true : undefined,
      { withinMs: 30_000 },
    );

  interface Connection {
    app: Awaited<ReturnType<typeof registerApp>>;
    tokens: Record<string, string>;
  }
  async function connect(metadata: Record<string, unknown> = {}): Promise<Connection> {
    const app = await registerApp(world, metadata);
    return { app, tokens: await getTokens(world, app) };
  }
  const refreshStatus = async ({ app, tokens }: Connection, there: World = world) =>
    (await refresh(there, app, tokens['refresh_token'] as string)).status;
  const isLive = async ({ tokens }: Connection) =>
    (await introspectionClaims(world, tokens['access_token'] as string)) !== undefined;

  /** What was there at the backup; then most of it ends. */
  async function endMostAfterBackup() {
    const kept = await connect({ client_name: 'Kept' });
    const [refreshed, reused, banned] = [await connect(), await connect(), await connect()];
    const session = await openApps(world);
    const revoked = await connect({ client_name: 'Revoked' });
    const ofToken = await connect();
    const unredeemed = { app: kept.app, ...(await getCode(world, kept.app)) };
    const visit = { ...session, page: await session.browser.open(tenantOf(world).appsPage) };
    await takeBackup(world.postgres.adminUrl);
    await answersAgain();
    // A refresh within two seconds of the issue that the backup has is taken for that issue (ADR 60).
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    const newer = {
      app: refreshed.app,
      tokens: (await refresh(world, refreshed.app, refreshed.tokens['refresh_token'] as string))
        .body as Record<string, string>,
    };
    await exchange(world, unredeemed.app, unredeemed.code, unredeemed.verifier);
    const again = await refresh(world, reused.app, reused.tokens['refresh_token'] as string);
    await refresh(world, reused.app, again.body['refresh_token'] as string);
    expect(await refreshStatus(reused)).toBe(400);
    await administer(world, 'POST', `northwind/clients/${banned.app.client_id}/ban`, {
      reason: 'copied data',
    });
    await revokeOf(visit, 'Revoked');
    await post(
      `${tenantOf(world).issuer}/revoke`,
      new URLSearchParams({
        token: ofToken.tokens['refresh_token'] as string,
        client_id: ofToken.app.client_id,
      }),
    );
    for (const each of [revoked, banned, reused, ofToken]) expect(await isLive(each)).toBe(false);
    expect([await isLive(kept), await isLive(newer)]).toEqual([true, true]);
    await delivered();
    return { kept, refreshed, newer, ended: [revoked, banned, reused, ofToken], session, unredeemed };
  }
  async function revokeOf({ browser, page }: Awaited<ReturnType<typeof openApps>>, name: string) {
    const [, path = ''] =
      new RegExp(`href="([^"]*/apps/[^"/]+)">[^<]*<span class="unseen"> – ${name}`).exec(page.html) ?? [];
    const confirm = await browser.open(new URL(path, world.url).href);
    expect(wordsOf(await browser.submit(confirm, 'revoke'))).toContain(
      `“${name}” can no longer see your data`,
    );
  }

  /** Every answer for a token that had ended, from now until the service answers again. */
  async function watch({ tokens }: Connection, there: World = world): Promise<Set<number | string>> {
    const seen = new Set<number | string>();
    const end = Date.now() + 6_000;
    while (Date.now() < end) {
      seen.add(
        (await introspection(tokens['access_token'] as string, there).catch(() => undefined))?.status ??
          'none',
      );
      // Without a pause the answers alone would keep a processor busy.
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
    return seen;
  }

  it('O70: nothing that ended works again when the backup comes back under a running service; the rest does', async () => {
    const { kept, refreshed, newer, ended, session, unredeemed } = await endMostAfterBackup();
    const watching = watch(ended[0] as Connection);
    await putBackupBack(world.postgres.adminUrl);
    expect([...(await watching)]).not.toContain(200);
    await answersAgain();
    for (const each of ended)
      expect([await isLive(each), await refreshStatus(each)]).toEqual([
        false,
        expect.not.stringMatching('200'),
      ]);
    for (const each of ended) expect(await refreshStatus(each)).not.toBe(200);
    expect(await refreshStatus(refreshed)).toBe(400);
    expect(await refreshStatus(newer)).toBe(400);
    expect((await exchange(world, unredeemed.app, unredeemed.code, unredeemed.verifier)).status).toBe(400);
    expect(wordsOf(await session.browser.open(tenantOf(world).appsPage))).toContain('Password');
    expect(await refreshStatus(kept)).toBe(200);
    // What is recorded after the restore arrives, although its numbers were given before.
    await delivered();
    const { rows } = await trail.db.query<{ act: string }>(
      "SELECT act FROM trail.audit_event WHERE tenant = 'northwind' AND (act = 'restore-replay' OR reason = 'restore')",
    );
    expect(rows.map(({ act }) => act)).toEqual(expect.arrayContaining(['restore-replay', 'revoke']));
    const reasons = await world.db.query<{ end_reason: string }>(
      'SELECT DISTINCT end_reason FROM consent WHERE end_reason IS NOT NULL',
    );
    expect(reasons.rows.map(({ end_reason: reason }) => reason)).toEqual(
      expect.arrayContaining(['member', 'app', 'plan', 'reuse', 'restore']),
    );
  }, 180_000);

  it('O71: a service that starts on the backup applies what ended before it answers, and two replicas once', async () => {
    const ended = await connect({ client_name: 'Late' });
    await takeBackup(world.postgres.adminUrl);
    await answersAgain();
    await revokeOf(await openApps(world), 'Late');
    await delivered();
    await putBackupBack(world.postgres.adminUrl);
    const replica = await world.replica();
    await answersAgain(replica);
    expect((await introspection(ended.tokens['access_token'] as string, replica)).status).toBe(204);
    expect(await refreshStatus(ended, replica)).toBe(400);
    await answersAgain();
    expect(await isLive(ended)).toBe(false);
  }, 180_000);

  it('O71: while audit-service cannot say what ended, nothing is answered from the older database: 503', async () => {
    const late = await connect({ client_name: 'Unknown' });
    await takeBackup(world.postgres.adminUrl);
    await answersAgain();
    await revokeOf(await openApps(world), 'Unknown');
    await delivered();
    await trail.pause();
    await putBackupBack(world.postgres.adminUrl);
    const seen = await watch(late);
    expect([...seen]).not.toContain(200);
    expect(seen).toContain(503);
    const answer = await fetch(`${tenantOf(world).issuer}/token`, { method: 'POST' });
    expect([answer.status, answer.headers.get('retry-after'), await answer.json()]).toEqual([
      503,
      '2',
      expect.objectContaining({ error: 'temporarily_unavailable' }),
    ]);
    expect((await fetch(tenantOf(world).appsPage)).status).toBe(503);
    expect(await world.metrics()).toMatch(/auth_database_older 1/);
    await trail.resume();
    await answersAgain();
    expect([await isLive(late), await refreshStatus(late)]).toEqual([false, 400]);
  }, 180_000);

  /** `npm run admin -- restore apply`, without a process of its own. */
  async function restoreRefused(...args: string[]): Promise<string> {
    Object.assign(process.env, { AUDIT_URL: trail.url, EVENT_KEY });
    const pool = await createPool(world.databaseUrl, { max: 2, ...COMMAND });
    const tools: CommandTools = { prisma: createPrisma(pool), pool, masters: [world.master] };
    const { code, said } = await adminHere(tools, ['restore', 'apply', ...args]);
    await pool.end();
    expect(code).toBe(1);
    return said;
  }
  /** `npm run admin -- restore apply`, with the exit code of the compiled command. */
  async function restoreApply(...args: string[]): Promise<{ code: number | null; said: string }> {
    const program = join(import.meta.dirname, '../../dist/admin.js');
    const env = {
      ...COMPILE_CACHE,
      DATABASE_URL: world.databaseUrl,
      KEY_ENCRYPTION_KEY: world.master.toString('base64url'),
      AUDIT_URL: trail.url,
      EVENT_KEY,
    };
    const child = spawn(process.execPath, [program, 'restore', 'apply', ...args], { env });
    let said = '';
    child.stderr.on('data', (chunk) => (said += String(chunk)));
    const code = await new Promise<number | null>((done) => child.once('close', done));
    return { code, said };
  }
  /** A grant is revoked after a backup of both databases, and both are put back. */
  async function loseBoth(name: string): Promise<Connection> {
    const revoked = await connect({ client_name: name });
    await delivered();
    await takeBackup(trail.adminUrl, 'audit');
    await takeBackup(world.postgres.adminUrl);
    await answersAgain();
    await revokeOf(await openApps(world), name);
    await delivered();
    await putBackupBack(trail.adminUrl, 'audit');
    await putBackupBack(world.postgres.adminUrl);
    return revoked;
  }

  it('O73: when the trail was put back too, nothing is answered by any replica until operators say what ends', async () => {
    const revoked = await loseBoth('Both');
    const starts = await world.replica();
    for (const seen of await Promise.all([watch(revoked), watch(revoked, starts)])) {
      expect([...seen]).not.toContain(200);
      expect(seen).toContain(503);
    }
    expect(await world.metrics()).toMatch(/auth_database_older 1/);
    expect(await restoreRefused('--since', '2026-02-30T02:00:00Z')).toContain('is no instant');
    const refused = await restoreApply();
    expect([refused.code, refused.said]).toEqual([1, expect.stringContaining('--end-all')]);
    expect(await restoreApply('--end-all')).toMatchObject({ code: 0 });
    for (const there of [world, starts]) {
      await answersAgain(there);
      expect(await refreshStatus(revoked, there)).toBe(400);
    }
    const after = await connect();
    expect([await isLive(after), await refreshStatus(after)]).toEqual([true, 200]);
  }, 180_000);

  it('O72: all that was issued before an instant ends, for one plan, and does not come back', async () => {
    const [before, session] = [await connect(), await openApps(world)];
    const elsewhere = await getTokens(world, await registerApp(world, {}, 'lakeside'), {}, 'manuel.many');
    const end = (body: object) => administer(world, 'POST', 'northwind/not-before', body);
    expect((await end({ before: new Date(Date.now() + 60_000).toISOString() })).status).toBe(400);
    expect((await end({ before: '2001-01-01T00:00:00Z' })).status).toBe(204);
    expect(await isLive(before)).toBe(true);
    expect((await end({})).status).toBe(204);
    expect([await isLive(before), await refreshStatus(before)]).toEqual([false, 400]);
    expect(wordsOf(await session.browser.open(tenantOf(world).appsPage))).toContain('Password');
    expect(await introspectionClaims(world, elsewhere['access_token'] as string, 'lakeside')).toBeDefined();
    const after = await connect();
    expect([await isLive(after), await refreshStatus(after)]).toEqual([true, 200]);
    // A record from before that comes into the table again, as a partial restore would bring it.
    await world.db.query(
      "UPDATE oidc_record SET issued_at = now() - interval '1 hour' WHERE tenant = 'northwind'",
    );
    expect([await isLive(after), await refreshStatus(after)]).toEqual([false, 400]);
    await waitUntil(
      async () =>
        (await world.db.query("SELECT 1 FROM consent WHERE end_reason = 'not-before'")).rowCount || undefined,
    );
  }, 180_000);

  it('O73: both put back while nothing runs: a service that starts waits until the operators answer for the trail', async () => {
    const kept = await connect();
    await delivered();
    await world.stopReplicas();
    for (const each of [
      { url: trail.adminUrl, database: 'audit' },
      { url: world.postgres.adminUrl, database: 'auth' },
    ]) {
      await takeBackup(each.url, each.database);
      await putBackupBack(each.url, each.database);
    }
    const starts = await world.replica();
    expect((await introspection('nothing', starts)).status).toBe(503);
    expect(await restoreRefused()).toContain('--end-all');
    expect(await restoreApply('--trail-is-whole')).toMatchObject({ code: 0 });
    await answersAgain(starts);
    expect(await refreshStatus(kept, starts)).toBe(200);
  }, 180_000);
});
