/** Kinds of data that an app may read and does not: told to the member, with one press to take them back. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { AccessEvent } from '@patient-access/events';
import { digest } from '../../src/domain/keys/secrets.ts';
import { receiptPath } from '../../src/domain/urls.ts';
import { getTokens, introspect, refresh, registerApp, type RegisteredApp } from '../app.ts';
import { type BrowserPage, hiddenFields } from '../browser.ts';
import { takeActs } from '../events.ts';
import { type ConsentReceiver, startConsentReceiver } from '../publishing/consent-receiver.ts';
import { PASSWORD, startWorld, tenantOf, type World } from '../world.ts';
import { type AppsVisit, openApps, wordsOf } from './member.ts';
import { TrailOfReads } from './trail-of-reads.ts';

const IDENTITY = 'openid fhirUser launch/patient offline_access';
const SCOPE = `${IDENTITY} patient/Coverage.rs patient/Immunization.rs patient/Condition.rs`;
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const today = new Date().toISOString().slice(0, 10);

describe('what an app does not read', () => {
  let world: World;
  let coverage: ConsentReceiver;
  const trail = new TrailOfReads();
  beforeAll(async () => {
    coverage = await startConsentReceiver();
    world = await startWorld({ auditUrl: await trail.start(), coverageUrl: coverage.url });
  }, 60_000);
  afterAll(async () => {
    await world?.stop();
    await coverage?.stop();
    trail.stop();
  });

  type Tokens = Record<string, string>;
  const isActive = async (token: string | undefined) =>
    (await introspect(world, token ?? '')).body['active'] as boolean;
  const scopesOf = (scope: unknown) => String(scope).split(' ').toSorted();
  const grantOf = async (token: string | undefined): Promise<string> => {
    const text = 'SELECT grant_id FROM oidc_record WHERE id = $1';
    return (await world.db.query<{ grant_id: string }>(text, [digest(token ?? '')])).rows[0]?.grant_id ?? '';
  };

  /** Connects an app, as if that was so many days ago, and it used its access today. */
  async function connected(
    scope: string,
    days: number,
    app?: RegisteredApp,
  ): Promise<[RegisteredApp, Tokens, string]> {
    const client = app ?? (await registerApp(world, { client_name: 'Vaccine Diary' }));
    const tokens = await getTokens(world, client, { scope });
    const grantId = await grantOf(tokens['refresh_token']);
    const long = [grantId, days];
    await world.db.query(
      `UPDATE consent SET granted_at = granted_at - make_interval(days => $2) WHERE grant_id = $1`,
      long,
    );
    await world.db.query(
      `INSERT INTO grant_use (tenant, grant_id, used_at) VALUES ('northwind', $1, now())
       ON CONFLICT (tenant, grant_id) DO UPDATE SET used_at = now()`,
      [grantId],
    );
    return [client, tokens, grantId];
  }

  /** Presses the button of an app, as the page has it, for these kinds. */
  function press(
    { browser, page }: AppsVisit,
    grantId: string,
    kinds: string[],
    change: Record<string, string> = {},
  ): Promise<BrowserPage> {
    const genuine = /name="token" value="([^"]+)"/.exec(page.html)?.[1] ?? '';
    const fields = new URLSearchParams({ token: genuine, action: 'narrow', ...change });
    for (const kind of kinds) fields.append('kind', kind);
    const init = { method: 'POST', headers: FORM, body: fields.toString() };
    return browser.open(`${tenantOf(world).appsPage}/${grantId}`, init);
  }

  it('is not asked about where no consent is old enough to be told about', async () => {
    await connected(SCOPE, 89);
    const { page } = await openApps(world);
    expect([wordsOf(page).includes('Vaccine Diary'), trail.asked]).toEqual([true, 0]);
    await world.db.query('DELETE FROM consent');
  });

  describe('that was connected 91 days ago', () => {
    let app: RegisteredApp;
    let tokens: Tokens;
    let before: string;
    let after: string;
    let visit: AppsVisit;
    let events: AccessEvent[];
    beforeAll(async () => {
      [app, tokens, before] = await connected(SCOPE, 91);
      trail.client = app.client_id;
      trail.lastReads = [
        { type: 'Coverage', day: today },
        { type: 'Condition', day: '2020-01-01' },
      ];
    });

    it('is not on the page while nobody can say it', async () => {
      trail.isAway = true;
      const { page } = await openApps(world);
      expect([page.status, wordsOf(page)]).toEqual([200, expect.not.stringContaining('asked for none')]);
      trail.isAway = false;
    });

    it('is named on the page by kind, in the language of the page', async () => {
      visit = await openApps(world);
      expect(wordsOf(visit.page)).toMatch(
        /In the last 90 days “Vaccine Diary” has asked for none of this, from no member of your plan: Health conditions Vaccines The app can still see the rest\. Take this back/,
      );
      const { browser } = await openApps(world);
      const spanish = await browser.open(`${tenantOf(world).appsPage}?lang=es`);
      expect(wordsOf(spanish)).toMatch(/de ningún miembro de su plan: Problemas de salud Vacunas/);
    });

    it('is not taken back by a form of another site', async () => {
      const refused = await press(visit, before, ['vaccines'], { token: 'guessed' });
      expect(refused.status).toBe(403);
      // Nobody who takes a part back is led to the button that ends all.
      expect(wordsOf(refused)).toContain('Nothing was changed');
      expect(refused.html).not.toContain('value="revoke"');
      expect((await introspect(world, tokens['access_token'] ?? '')).body['active']).toBe(true);
    });

    it('is not taken back after the session has ended, and the list says so', async () => {
      const other = await openApps(world);
      await other.browser.open(`${world.url}/auth/northwind/log-out`, {
        method: 'POST',
        body: hiddenFields(other.page).toString(),
        headers: FORM,
      });
      const login = await press(other, before, ['vaccines']);
      const list = await other.browser.logIn(login, 'maria.many', PASSWORD);
      expect(wordsOf(list)).toMatch(/Nothing was taken back yet\. .* Take this back/);
      expect(await isActive(tokens['access_token'])).toBe(true);
    });

    it('is taken back by one press: the old access token ends at once', async () => {
      await takeActs(world);
      const page = await press(visit, before, ['conditions', 'vaccines', 'nonsense']);
      expect(wordsOf(page)).toContain('“Vaccine Diary” can see less now than before.');
      expect(wordsOf(page)).not.toContain('asked for none');
      expect(wordsOf(page)).not.toContain('Apps that no longer have access');
      events = await takeActs(world);
      expect(await isActive(tokens['access_token'])).toBe(false);
    });

    it('stays away at the next refresh, which says so (RFC 6749 section 5.1)', async () => {
      after = await grantOf(tokens['refresh_token']);
      expect(after).not.toBe(before);
      const { status, body } = await refresh(world, app, tokens['refresh_token'] ?? '');
      expect(status).toBe(200);
      expect(scopesOf(body['scope'])).toEqual(scopesOf(`${IDENTITY} patient/Coverage.rs`));
      expect(body['scope_not_granted']).toMatchObject([
        { scope: 'patient/Immunization.rs', reason: 'not-agreed' },
        { scope: 'patient/Condition.rs', reason: 'not-agreed' },
      ]);
      const { body: claims } = await introspect(world, body['access_token'] as string);
      expect(claims).toMatchObject({ active: true, patient: 'maria', grant_id: after });
      expect(scopesOf(claims['scope'])).toEqual(scopesOf(body['scope']));
      const next = body['refresh_token'] as string;
      const wider = await refresh(world, app, next, { scope: 'patient/Immunization.rs' });
      expect([wider.status, wider.body['error']]).toEqual([400, 'invalid_scope']);
      const again = await refresh(world, app, next);
      expect(scopesOf(again.body['scope'])).toEqual(scopesOf(body['scope']));
    });

    it('is in the trail: a narrower consent, and the end of the one before', () => {
      expect(events).toMatchObject([
        { kind: 'consent', action: 'narrow', grantId: after, member: 'maria', outcome: '0' },
        { kind: 'consent', action: 'revoke', grantId: before, reason: 'narrowed', by: 'member' },
      ]);
      const [narrow] = events;
      expect(scopesOf(narrow?.scope)).toEqual(scopesOf(`${IDENTITY} patient/Coverage.rs`));
      expect(narrow?.client).toEqual({ id: app.client_id, name: 'Vaccine Diary' });
    });

    it('leaves the question whether the app shall stop where it was, on a page from before', async () => {
      const question = await visit.browser.open(`${tenantOf(world).appsPage}/${before}`);
      expect([question.url.endsWith(after), wordsOf(question)]).toEqual([
        true,
        expect.stringContaining('Stop “Vaccine Diary”?'),
      ]);
    });

    it('is not in the FHIR Consent and the receipt any more, which are new', async () => {
      expect(await coverage.ended(before)).toMatchObject({ reason: 'narrowed' });
      const [fact] = await coverage.of(after, 1);
      expect(scopesOf(fact?.scope)).toEqual(scopesOf(`${IDENTITY} patient/Coverage.rs`));
      expect(fact?.ended).toBeUndefined();
      const receiptOf = (grantId: string) =>
        visit.browser.open(`${world.url}${receiptPath('northwind', grantId)}`);
      const [now, then] = [wordsOf(await receiptOf(after)), wordsOf(await receiptOf(before))];
      expect([now.includes('Coverage'), now.includes('Vaccines')]).toEqual([true, false]);
      expect(then).toContain('you took a part of it back; the rest goes on');
    });

    it('leaves no mail, and a second press changes nothing', async () => {
      expect((await world.db.query(`SELECT FROM mail WHERE kind = 'app-connected'`)).rowCount).toBe(0);
      await takeActs(world);
      const page = await press(visit, before, ['conditions', 'vaccines']);
      expect([page.status, wordsOf(page)]).toEqual([200, expect.not.stringContaining('can see less')]);
      expect(await takeActs(world)).toEqual([]);
    });

    it('does not help who uses a refresh token twice: the narrower grant ends', async () => {
      await world.db.query(`DELETE FROM oidc_record WHERE model = 'RefreshResponse'`);
      const used = await refresh(world, app, tokens['refresh_token'] ?? '');
      expect([used.status, used.body['error']]).toEqual([400, 'invalid_grant']);
      const text = 'SELECT end_reason FROM consent WHERE grant_id = $1';
      expect((await world.db.query(text, [after])).rows).toEqual([{ end_reason: 'reuse' }]);
    });
  });

  it('ends a grant of which nothing is left, and spells out a wildcard of which something is', async () => {
    const [app, , one] = await connected(`${IDENTITY} patient/Immunization.rs`, 91);
    const [, tokens, two] = await connected(`${IDENTITY} patient/*.rs`, 91, app);
    const visit = await openApps(world);
    await press(visit, two, ['vaccines']);
    const { body } = await refresh(world, app, tokens['refresh_token'] ?? '');
    expect(body['scope']).toContain('patient/Coverage.rs');
    expect(body['scope']).not.toMatch(/patient\/(\*|Immunization)/);
    const text = 'SELECT grant_id, end_reason FROM consent WHERE grant_id = ANY($1) ORDER BY end_reason';
    const { rows } = await world.db.query(text, [[one, two]]);
    expect(rows).toEqual([
      { grant_id: one, end_reason: 'member' },
      { grant_id: two, end_reason: 'narrowed' },
    ]);
  });

  it('is not of another login, and not of an app that was connected lately', async () => {
    const [app, tokens, grantId] = await connected(SCOPE, 89);
    const visit = await openApps(world);
    expect(wordsOf(visit.page)).not.toContain('Take this back');
    const other = await openApps(world, 'paul.parent');
    expect(wordsOf(await press(other, grantId, ['vaccines']))).not.toContain('can see less');
    expect(await isActive(tokens['access_token'])).toBe(true);
    // Its uses are written some seconds later.
    await world.flush();
    const text = `UPDATE grant_use SET used_at = now() - interval '91 days' WHERE grant_id = $1`;
    await world.db.query(text, [grantId]);
    await world.db.query(
      `UPDATE consent SET granted_at = granted_at - interval '2 days' WHERE client_id = $1`,
      [app.client_id],
    );
    const { page } = await openApps(world);
    expect(wordsOf(page)).toContain('has not used its access for 90 days');
    await world.db.query('UPDATE grant_use SET used_at = now() WHERE grant_id = $1', [grantId]);
    const { page: used } = await openApps(world);
    expect(wordsOf(used)).toMatch(/Coverage Health conditions Vaccines It may see nothing else\./);
    expect(wordsOf(used)).not.toContain('Take this back');
  });

  it('is not kept by a revocation at the same moment', async () => {
    const visit = await openApps(world);
    for (let round = 0; round < 5; round += 1) {
      const [app, , grantId] = await connected(SCOPE, 91);
      await Promise.all([
        press(visit, grantId, ['vaccines']),
        press(visit, grantId, [], { action: 'revoke' }),
      ]);
      const live = 'SELECT FROM consent WHERE client_id = $1 AND revoked_at IS NULL';
      expect((await world.db.query(live, [app.client_id])).rowCount).toBe(0);
    }
  }, 60_000);

  it('is not kept by a refresh that was stored while it was taken back', async () => {
    const [app, tokens, grantId] = await connected(SCOPE, 91);
    const visit = await openApps(world);
    const next = randomBytes(32).toString('base64url');
    const ids = [digest(tokens['refresh_token'] ?? ''), digest(next)];
    const client = await world.db.connect();
    // As a refresh stores it: one token is used up, and there is another one.
    await client.query('BEGIN');
    await client.query(
      `INSERT INTO oidc_record (tenant, model, id, payload, grant_id, expires_at)
       SELECT tenant, model, $2, payload, grant_id, expires_at FROM oidc_record WHERE id = $1`,
      ids,
    );
    await client.query('UPDATE oidc_record SET consumed_at = now() WHERE id = $1', ids.slice(0, 1));
    const pressed = press(visit, grantId, ['vaccines']);
    const waits = `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%ORDER BY id FOR UPDATE%'`;
    while ((await world.db.query(waits)).rowCount === 0) await new Promise(setImmediate);
    await client.query('COMMIT');
    client.release();
    expect(wordsOf(await pressed)).toContain('can see less now than before');
    const wider = await refresh(world, app, next, { scope: 'patient/Immunization.rs' });
    expect([wider.status, wider.body['error']]).toEqual([400, 'invalid_scope']);
    const { body } = await refresh(world, app, next);
    expect(scopesOf(body['scope'])).toEqual(scopesOf(`${IDENTITY} patient/Coverage.rs patient/Condition.rs`));
  });

  it('asks an app again whose refresh was under way', async () => {
    const [app, tokens, grantId] = await connected(SCOPE, 91);
    const token = tokens['refresh_token'] ?? '';
    const move = `UPDATE oidc_record SET grant_id = $2 WHERE id = $1`;
    const client = await world.db.connect();
    await client.query('BEGIN');
    await client.query(move, [digest(token), 'moved']);
    const answer = refresh(world, app, token);
    const waits = `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%requested%'`;
    while ((await world.db.query(waits)).rowCount === 0) await new Promise(setImmediate);
    await client.query('COMMIT');
    client.release();
    const { status, body } = await answer;
    expect([status, body['error']]).toEqual([503, 'temporarily_unavailable']);
    await world.db.query(move, [digest(token), grantId]);
    expect((await refresh(world, app, token)).status).toBe(200);
  });
});
