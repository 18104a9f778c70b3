/** Refreshes of many tokens share a statement. Each has the same result as if it had come alone. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { waitUntil } from '@patient-access/testing';
import { exchange, introspect, refresh, registerApp, type RegisteredApp } from '../app.ts';
import { plantCode } from '../plant.ts';
import { startWorld, type World } from '../world.ts';

const TOKENS = 12;
const TIMES = 3;
const TIMEOUT_MS = 30_000;

describe('refreshes at the same time', () => {
  let worlds: World[];
  let app: RegisteredApp;
  beforeAll(async () => {
    const world = await startWorld();
    worlds = [world, await world.replica()];
    app = await registerApp(world);
  }, 60_000);
  afterAll(() => worlds?.[0]?.stop());

  const [first, second] = [() => worlds[0] as World, () => worlds[1] as World];

  async function plantTokens(): Promise<string[]> {
    const tokens: string[] = [];
    for (let index = 0; index < TOKENS; index += 1) {
      const { code, verifier } = await plantCode(first(), app);
      tokens.push((await exchange(first(), app, code, verifier)).body['refresh_token'] as string);
    }
    return tokens;
  }

  const count = async (text: string) =>
    Number((await first().db.query<{ count: string }>(text)).rows[0]?.count);

  it(
    'D18: rotate each token once, whatever else is in the statement, and repeat the answer to the others',
    async () => {
      const tokens = await plantTokens();
      await first().db.query('DELETE FROM outbox');
      const answers = await Promise.all(
        tokens.flatMap((token) =>
          Array.from({ length: TIMES }, (_, time) => refresh(time === 0 ? second() : first(), app, token)),
        ),
      );
      expect(answers.map(({ status }) => status)).toEqual(Array(TOKENS * TIMES).fill(200));
      const given = tokens.map(
        (_, index) =>
          new Set(answers.slice(index * TIMES, (index + 1) * TIMES).map(({ body }) => body['access_token'])),
      );
      expect(given.map(({ size }) => size)).toEqual(Array(TOKENS).fill(1));
      expect(new Set(given.flatMap((each) => [...each])).size).toBe(TOKENS);
      const actions = `SELECT body::jsonb ->> 'action' AS action, count(*) FROM outbox GROUP BY 1 ORDER BY 1`;
      expect((await first().db.query(actions)).rows).toEqual([
        { action: 'refresh', count: String(TOKENS) },
        { action: 'repeat', count: String(TOKENS * (TIMES - 1)) },
      ]);
    },
    TIMEOUT_MS,
  );

  it(
    'share transactions, each of which holds whole rotations: use, tokens, answer and event',
    async () => {
      const tokens = await plantTokens();
      await first().db.query('DELETE FROM outbox');
      await first().db.query(`DELETE FROM oidc_record WHERE model = 'RefreshResponse'`);
      // The relay numbers an event soon after its transaction, which gives the row the id of another one.
      await first().db.query(`
        CREATE FUNCTION not_numbered() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
        CREATE TRIGGER not_numbered BEFORE UPDATE ON outbox FOR EACH ROW EXECUTE FUNCTION not_numbered()`);
      // An app asks again after a 503, which a database that was too slow for a moment leads to.
      const renew = async (token: string) => (await refresh(first(), app, token)).status === 200;
      const failure = () => 'a token is not renewed';
      await Promise.all(tokens.map((token) => waitUntil(() => renew(token), { failure })));
      const transactions = await count(
        `SELECT count(DISTINCT xmin::text) FROM oidc_record WHERE model = 'RefreshResponse'`,
      );
      expect(transactions).toBeLessThan(TOKENS);
      const whole = await count(
        `SELECT count(*) FROM oidc_record answer
           JOIN oidc_record used ON used.tenant = answer.tenant AND used.model = 'RefreshToken' AND used.id = answer.id
                                AND used.xmin = answer.xmin AND used.consumed_at IS NOT NULL
           JOIN oidc_record fresh ON fresh.grant_id = answer.grant_id AND fresh.model = 'AccessToken'
                                 AND fresh.xmin = answer.xmin
           JOIN outbox event ON event.xmin = answer.xmin AND event.body::jsonb ->> 'grantId' = answer.grant_id
          WHERE answer.model = 'RefreshResponse'`,
      );
      expect(whole).toBe(TOKENS);
      await first().db.query('DROP TRIGGER not_numbered ON outbox');
    },
    TIMEOUT_MS,
  );

  it(
    'with a token that was used long ago end the grant of this token and no other',
    async () => {
      const [stolen = '', ...others] = await plantTokens();
      const { body } = await refresh(first(), app, stolen);
      await first().db.query(`DELETE FROM oidc_record WHERE model = 'RefreshResponse'`);
      const [reused, ...renewed] = await Promise.all(
        [stolen, ...others].map((token) => refresh(first(), app, token)),
      );
      expect([reused?.status, reused?.body['error']]).toEqual([400, 'invalid_grant']);
      expect((await introspect(first(), body['access_token'] as string)).body['active']).toBe(false);
      for (const { status, body: answer } of renewed) {
        expect(status).toBe(200);
        expect((await introspect(first(), answer['access_token'] as string)).body['active']).toBe(true);
      }
    },
    TIMEOUT_MS,
  );
});
