import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { digest } from '../../src/domain/keys/secrets.ts';
import { exchange, getCode, getTokens, post, refresh, registerApp, type RegisteredApp } from '../app.ts';
import { startWorld, tenantOf, type World } from '../world.ts';

const ONLINE = 'openid launch/patient online_access patient/*.rs';

/** Puts a refresh token, or its consent, into a state in which it is not good any more. */
type End = (world: World, app: RegisteredApp, token: string) => Promise<unknown>;

const ofToken = `(SELECT grant_id FROM oidc_record WHERE id = $1)`;

/** The consent ends as `domain/consent/end-grants.ts` ends it. */
const endedBy =
  (reason: string): End =>
  (world, _app, token) =>
    world.db.query(
      `WITH ended AS (UPDATE consent SET revoked_at = now(), end_reason = '${reason}'
                       WHERE grant_id = ${ofToken} RETURNING grant_id)
       DELETE FROM oidc_record WHERE grant_id IN (SELECT grant_id FROM ended)`,
      [digest(token)],
    );

const REASONS: [what: string, code: string, says: RegExp, end: End][] = [
  ['the member revoked', 'consent-revoked', /^The member has revoked/, endedBy('member')],
  [
    'the member took a part back before the app redeemed its code',
    'consent-revoked',
    /^The member has taken a part of the consent back/,
    endedBy('narrowed'),
  ],
  [
    'the app gave it up',
    'consent-revoked',
    /^The app has given the consent up/,
    (world, app, token) =>
      post(`${tenantOf(world).issuer}/revoke`, new URLSearchParams({ token, client_id: app.client_id })),
  ],
  [
    'the plan ended it',
    'consent-ended',
    /^The plan ended the consent\. The member has to agree/,
    endedBy('plan'),
  ],
  [
    'a child came of age',
    'consent-ended',
    /^The plan ended the consent\. The member has to agree/,
    endedBy('of-age'),
  ],
  [
    'a password was changed',
    'consent-ended',
    /^The plan ended the consent\. The member/,
    endedBy('password'),
  ],
  [
    'its time is over',
    'consent-ended',
    /^The time of the consent is over/,
    async (world, _app, token) => {
      const { rows } = await world.db.query<{ grant_id: string }>(
        `UPDATE consent SET until = now() - interval '1 minute' WHERE grant_id = ${ofToken} RETURNING grant_id`,
        [digest(token)],
      );
      await world.db.query(
        `UPDATE oidc_record SET expires_at = now() - interval '1 minute' WHERE grant_id = $1`,
        [rows[0]?.grant_id],
      );
    },
  ],
  [
    'it was used twice',
    'refresh-token-used',
    /used (before|twice), so the consent was revoked/,
    async (world, app, token) => {
      const { body } = await refresh(world, app, token);
      await refresh(world, app, String(body['refresh_token']));
      await refresh(world, app, token);
    },
  ],
];

describe('the reason of invalid_grant', () => {
  let world: World;
  let app: RegisteredApp;
  let other: RegisteredApp;
  let plain: string;
  beforeAll(async () => {
    world = await startWorld();
    app = await registerApp(world);
    other = await registerApp(world);
    plain = wordsOf(await refresh(world, other, 'a-token-that-never-was'));
  }, 60_000);
  afterAll(() => world?.stop());

  /** All of an answer but the request id. */
  function wordsOf({ status, headers, text }: { status: number; headers: Headers; text: string }): string {
    const id = headers.get('x-request-id') ?? '';
    const named = [...headers].filter(([name]) => name !== 'date' && name !== 'x-request-id');
    expect(text).toContain(id);
    return JSON.stringify([status, named, text.replace(id, '')]);
  }

  it.each(REASONS)('O95: is told to the client of a refresh token: %s', async (_what, code, says, end) => {
    const { refresh_token: token = '' } = await getTokens(world, app);
    await end(world, app, token);
    const answer = await refresh(world, app, token);
    expect(answer.body).toMatchObject({
      error: 'invalid_grant',
      error_description: expect.stringMatching(says),
      error_uri: `${world.url}/docs/errors#${code}`,
    });
    const unnamed = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: token });
    const named = await post(`${tenantOf(world).issuer}/token`, unnamed);
    expect(named.body['error_uri']).toBe(answer.body['error_uri']);
  });

  it.each(REASONS)('O95: is told to nobody else: %s', async (_what, _code, _says, end) => {
    const { refresh_token: token = '' } = await getTokens(world, app);
    expect(wordsOf(await refresh(world, other, token))).toBe(plain);
    await end(world, app, token);
    expect(wordsOf(await refresh(world, other, token))).toBe(plain);
    expect(wordsOf(await exchange(world, other, token, 'x'.repeat(43)))).toBe(plain);
  });

  it('O95: is told to the client of a code, before and after it is gone, and to nobody else', async () => {
    const { code, verifier } = await getCode(world, app);
    const reason = async (verifierOf: string, change: object = {}) =>
      (await exchange(world, { ...app, ...change }, code, verifierOf)).body['error_uri'];
    expect(await reason('x'.repeat(43))).toMatch(/#code-verifier-wrong$/);
    expect(await reason(verifier, { redirect_uri: 'https://app.example/other' })).toMatch(
      /#redirect-uri-different$/,
    );
    expect(wordsOf(await exchange(world, other, code, 'x'.repeat(43)))).toBe(plain);
    const { status, body } = await exchange(world, app, code, verifier);
    expect(status).toBe(200);
    for (let times = 0; times < 3; times += 1) expect(await reason(verifier)).toMatch(/#code-used$/);
    const refreshed = await refresh(world, app, String(body['refresh_token']));
    expect(refreshed.body['error_description']).toMatch(/^The code or a refresh token .* was used twice/);
    expect(wordsOf(await exchange(world, other, code, verifier))).toBe(plain);
  });

  it('O95: of a code that nobody redeemed in time stays known when its record is swept', async () => {
    const { code, verifier } = await getCode(world, app);
    const late = `UPDATE oidc_record SET expires_at = now() - interval '1 second' WHERE id = $1`;
    await world.db.query(late, [digest(code)]);
    const reason = async (who: RegisteredApp) => exchange(world, who, code, verifier);
    expect((await reason(app)).body['error_uri']).toMatch(/#code-expired$/);
    await world.db.query(`DELETE FROM oidc_record WHERE expires_at < now()`);
    expect((await reason(app)).body['error_uri']).toMatch(/#code-expired$/);
    expect(wordsOf(await reason(other))).toBe(plain);
  });

  it('O95: is told also where a text of the app had a NUL, which Postgres reads in no JSON', async () => {
    const { refresh_token: token = '' } = await getTokens(world, app, { nonce: 'a\u0000\\u0000b' });
    await endedBy('member')(world, app, token);
    expect((await refresh(world, app, token)).body['error_uri']).toMatch(/#consent-revoked$/);
  });

  it('O95: is told also where a text has half a character, which Postgres reads in no JSON either', async () => {
    const { refresh_token: token = '' } = await getTokens(world, app, { nonce: 'half' });
    const reason = async () => (await refresh(world, app, token)).body['error_uri'];
    const plant = String.raw`UPDATE oidc_record SET expires_at = now() - interval '1 second',
      payload = replace(payload, '"half"', '"\ud83d \\ud83d \udc00"') WHERE id = $1 RETURNING payload`;
    const { rows } = await world.db.query<{ payload: string }>(plant, [digest(token)]);
    expect(JSON.parse(rows[0]?.payload ?? '{}')).toMatchObject({ nonce: '\ud83d \\ud83d \udc00' });
    expect(await reason()).toMatch(/#consent-ended$/);
    await world.db.query('DELETE FROM oidc_record WHERE expires_at < now()');
    expect(await reason()).toMatch(/#consent-ended$/);
  });

  it('O95: of a token with online_access is the end of the login', async () => {
    const { refresh_token: token = '' } = await getTokens(world, app, { scope: ONLINE });
    await world.db.query(`DELETE FROM oidc_record WHERE model = 'Session'`);
    expect((await refresh(world, app, token)).body['error_uri']).toMatch(/#session-ended$/);
  });

  it('leaves nothing behind that opens anything', async () => {
    const { refresh_token: token = '' } = await getTokens(world, app);
    await endedBy('member')(world, app, token);
    const { rows } = await world.db.query('SELECT * FROM ended_record WHERE id = $1', [digest(token)]);
    expect(rows).toHaveLength(1);
    expect(Object.keys(rows[0] as object).sort()).toEqual(
      [
        'client_id',
        'ended_at',
        'expires_at',
        'good_until',
        'grant_id',
        'id',
        'model',
        'tenant',
        'used',
      ].sort(),
    );
    expect(JSON.stringify(rows)).not.toContain(token);
  });
});
