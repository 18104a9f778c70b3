/**
 * Sends ten concurrent requests for everything that may be used once, many times. Exactly one of the ten has to
 * succeed.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createPool, type Pool } from '@patient-access/database';
import { tries } from '@patient-access/testing';
import { endGrant } from '../../src/domain/grants/records.ts';
import {
  exchange,
  introspect,
  startAuthorization,
  openAndLogIn,
  redirected,
  refresh,
  registerApp,
  type RegisteredApp,
} from '../app.ts';
import { hiddenFields } from '../browser.ts';
import { plantCode } from '../plant.ts';
import { startWorld, type World } from '../world.ts';

const RACES = tries(16, 1_000);
const TIMES = 10;
const TIMEOUT_MS = Math.max(60_000, 1_000 * RACES);

const times = <Result>(act: (index: number) => Promise<Result>) =>
  Promise.all(Array.from({ length: TIMES }, (_, index) => act(index)));

describe('in a race of ten requests', () => {
  let worlds: [World, World];
  let app: RegisteredApp;
  let pool: Pool;
  beforeAll(async () => {
    const world = await startWorld();
    worlds = [world, await world.replica()];
    app = await registerApp(world);
    pool = await createPool(world.databaseUrl, { max: 2 });
  }, 60_000);
  afterAll(async () => {
    await pool?.end();
    await worlds?.[0].stop();
  });

  const at = (index: number): World => worlds[index % 2] as World;
  const isLive = async (token: string) => (await introspect(worlds[0], token)).body['active'] as boolean;

  it(
    'O04: a code is redeemed once, and its tokens are then void',
    async () => {
      for (let race = 0; race < RACES; race += 1) {
        const { code, verifier } = await plantCode(worlds[0], app);
        const answers = await times((index) => exchange(at(index), app, code, verifier));
        const redeemed = answers.filter(({ status }) => status === 200);
        expect(redeemed).toHaveLength(1);
        for (const { body } of redeemed) expect(await isLive(body['access_token'] as string)).toBe(false);
        expect(answers.filter(({ body }) => body['error'] === 'invalid_grant').length).toBe(
          TIMES - redeemed.length,
        );
      }
    },
    TIMEOUT_MS,
  );

  it(
    'SMART 78: a refresh token is rotated once, and all ten requests get the same new token',
    async () => {
      const { code, verifier } = await plantCode(worlds[0], app);
      let { refresh_token: token } = (await exchange(worlds[0], app, code, verifier)).body;
      for (let race = 0; race < RACES; race += 1) {
        const answers = await times((index) => refresh(at(index), app, token as string));
        expect(answers.map(({ status }) => status)).toEqual(Array(TIMES).fill(200));
        const distinct = new Set(answers.map(({ body }) => JSON.stringify({ ...body, expires_in: 0 })));
        expect(distinct.size).toBe(1);
        token = answers[0]?.body['refresh_token'];
      }
      const { rows } = await worlds[0].db.query<{ model: string; count: string }>(
        `SELECT model, count(*) FROM oidc_record WHERE model IN ('AccessToken', 'RefreshToken')
            AND grant_id = (SELECT grant_id FROM oidc_record WHERE model = 'RefreshResponse' LIMIT 1)
          GROUP BY model ORDER BY model`,
      );
      expect(rows.map(({ count }) => Number(count))).toEqual([RACES + 1, RACES + 1]);
    },
    TIMEOUT_MS,
  );

  it(
    'O26: a consent page is answered once',
    async () => {
      const [browser] = await openAndLogIn(worlds[0], startAuthorization(worlds[0], app).url);
      for (let race = 0; race < RACES; race += 1) {
        const page = await browser.open(startAuthorization(worlds[0], app).url);
        const fields = hiddenFields(page);
        fields.set('action', 'agree');
        const headers = { 'content-type': 'application/x-www-form-urlencoded' };
        const post = { method: 'POST', body: fields.toString(), headers };
        const answers = await times(() => browser.request(page.url, post));
        const taken = answers.filter(({ status }) => status === 303);
        expect([taken.length, answers.filter(({ status }) => status === 400).length]).toEqual([1, TIMES - 1]);
        const code = redirected(
          await browser.open(new URL(taken[0]?.headers.get('location') ?? '', page.url).href),
        );
        expect(code.get('code')).toBeTruthy();
      }
    },
    TIMEOUT_MS,
  );

  it(
    'O21: the `jti` of an assertion is accepted once',
    async () => {
      const { provider } = await worlds[0].server();
      const exp = Math.floor(Date.now() / 1000) + 60;
      for (let race = 0; race < RACES; race += 1) {
        const unique = () => provider.ReplayDetection.unique(app.client_id, `jti-${race}`, exp);
        const accepted = await times(() => unique().catch(() => false));
        expect(accepted.filter(Boolean)).toEqual([true]);
      }
    },
    TIMEOUT_MS,
  );

  it(
    'O33: a grant that is revoked while its code is redeemed leaves nothing valid',
    async () => {
      for (let race = 0; race < RACES; race += 1) {
        const { code, verifier, grantId } = await plantCode(worlds[0], app);
        // Either of the two may come first.
        const later = new Promise((resolve) => setTimeout(resolve, race % 8));
        const [answer] = await Promise.all([
          exchange(at(race), app, code, verifier),
          later.then(() => endGrant(pool, app.tenant, grantId, 'member')),
        ]);
        if (answer.status !== 200) {
          expect(answer.body['error']).toBe('invalid_grant');
          continue;
        }
        expect(await isLive(answer.body['access_token'] as string)).toBe(false);
        const renewed = await refresh(worlds[0], app, answer.body['refresh_token'] as string);
        expect(renewed.body['error']).toBe('invalid_grant');
      }
    },
    TIMEOUT_MS,
  );
});
