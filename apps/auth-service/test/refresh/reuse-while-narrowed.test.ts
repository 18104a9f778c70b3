import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createPool, inTransaction, type Pool } from '@patient-access/database';
import { waitUntil } from '@patient-access/testing';
import { narrowGrants } from '../../src/domain/consent/narrow-grants.ts';
import { queryOn } from '../../src/domain/database.ts';
import { digest } from '../../src/domain/keys/secrets.ts';
import { getTokens, refresh, registerApp } from '../app.ts';
import { lockWaits } from '../lock-waits.ts';
import { startWorld, type World } from '../world.ts';

const SCOPE = 'launch/patient offline_access patient/Coverage.rs patient/Immunization.rs';

describe('a refresh token that is used twice', () => {
  let world: World;
  let pool: Pool;
  beforeAll(async () => {
    world = await startWorld();
    pool = await createPool(world.databaseUrl, { max: 1 });
  }, 60_000);
  afterAll(async () => {
    await pool?.end();
    await world?.stop();
  });

  it('SMART 78: ends also the narrower grant that takes the place of its own at this moment', async () => {
    const app = await registerApp(world);
    const { refresh_token: token = '' } = await getTokens(world, app, { scope: SCOPE });
    expect((await refresh(world, app, token)).status).toBe(200);
    await world.db.query(`DELETE FROM oidc_record WHERE model = 'RefreshResponse'`);
    const text =
      'SELECT c.sub, c.grant_id FROM consent c JOIN oidc_record r USING (tenant, grant_id) WHERE r.id = $1';
    const { rows } = await world.db.query<{ sub: string; grant_id: string }>(text, [digest(token)]);
    const whose = { account: rows[0]?.sub ?? '', likeGrant: rows[0]?.grant_id ?? '' };
    const context = { requestId: randomUUID(), tenant: { id: 'northwind', issuer: '' } };
    const [replaced, answer] = await inTransaction(pool, async (client) => {
      const narrowed = await narrowGrants(queryOn(client), whose, new Set(['vaccines']), context);
      const again = refresh(world, app, token);
      await waitUntil(async () => (await lockWaits(world, 'advisory')) > 0);
      return [narrowed.replaced, again.then(({ body }) => body['error'])] as const;
    });
    expect(await answer).toBe('invalid_grant');
    const ends = 'SELECT end_reason FROM consent WHERE grant_id = ANY ($1)';
    expect((await world.db.query(ends, [replaced])).rows).toEqual([{ end_reason: 'reuse' }]);
  });
});
