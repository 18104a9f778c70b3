import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { getTokens, introspect, startAuthorization, post, redirected, refresh, registerApp } from '../app.ts';
import { Browser, hiddenFields } from '../browser.ts';
import { startWorld, tenantOf, type World } from '../world.ts';
import { vouchFor } from '../consent/world.ts';
import { openApps, revokeFirst, revokeLinks, wordsOf } from './member.ts';

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

describe('the page of connected apps', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  }, 60_000);
  afterAll(() => world?.stop());

  const isActive = async (tokens: Record<string, string>, tenant?: string) =>
    (await introspect(world, tokens['access_token'] as string, tenant)).body['active'];

  it('SMART 14: is the management_endpoint of discovery', async () => {
    const response = await fetch(`${world.url}/northwind/smart-configuration`);
    const { management_endpoint } = (await response.json()) as Record<string, string>;
    expect(management_endpoint).toBe(`${world.url}/auth/northwind/apps`);
    expect((await fetch(`${world.url}/auth/nowhere/apps`)).status).toBe(404);
  });

  it('lets a member in by the same login as apps use, without a consent page', async () => {
    const browser = new Browser(world.url);
    const login = await browser.open(tenantOf(world).appsPage);
    expect(wordsOf(login)).toContain('Log in to see and change which apps');
    expect(wordsOf(login)).not.toContain('The app never sees your password');
    const page = await browser.logIn(login, 'maria.many', 'correct horse battery staple');
    expect([page.status, page.url]).toEqual([200, tenantOf(world).appsPage]);
    expect(wordsOf(page)).toContain('No app is connected with this login right now.');
    expect((await browser.request(tenantOf(world).appsPage)).status).toBe(200);
  });

  it('says what each app may see, for whom, since when, until when and when it was last used', async () => {
    const app = await registerApp(world, { client_name: 'Family Health' });
    await getTokens(world, app, { scope: 'launch/patient offline_access patient/Coverage.rs' });
    const { page } = await openApps(world);
    const today = new Intl.DateTimeFormat('en-US', {
      dateStyle: 'long',
      timeZone: 'America/New_York',
    }).format(new Date());
    const words = wordsOf(page);
    expect(words).toContain('Your data (Maria Castellan) Family Health Not verified by your plan');
    expect(words).toMatch(new RegExp(`May see Coverage Since ${today} Until [A-Z][a-z]+ \\d+, \\d{4}`));
    expect(words).toContain('Last used Not used yet');
    expect(words).not.toContain('Apps that no longer have access');
  });

  it('shows the grants of one app for one person together, and those of a dependant apart', async () => {
    const app = await registerApp(world, { client_name: 'One For All' });
    const { browser, page } = await openApps(world, 'paul.parent');
    expect(wordsOf(page)).toContain('No app is connected');
    for (const [member, scope] of [
      ['paul', 'patient/Coverage.rs'],
      ['paul', 'patient/AllergyIntolerance.rs'],
      ['cora', 'patient/Immunization.rs'],
    ] as const) {
      const chooser = await browser.open(
        startAuthorization(world, app, { scope: `offline_access ${scope}` }).url,
      );
      const consent = await browser.submit(chooser, 'choose', (fields) => fields.set('member', member));
      expect(redirected(await browser.submit(consent, 'agree')).has('code')).toBe(true);
    }
    const listed = await browser.open(tenantOf(world).appsPage);
    expect(revokeLinks(listed, world)).toHaveLength(2);
    expect(wordsOf(listed)).toMatch(
      /Your data \(Paul Okafor\) One For All .*Coverage Allergies .*Data of Cora Okafor \(your child\) One For All .*Vaccines/,
    );
    const after = await revokeFirst(world, { browser, page: listed });
    expect(wordsOf(after)).toContain(
      '“One For All” can no longer see your data. But it can still see: Data of Cora Okafor.',
    );
    expect(wordsOf(after)).toMatch(
      /Data of Cora Okafor .* Apps that no longer have access .*One For All Your data Ended/,
    );
    expect(revokeLinks(after, world)).toHaveLength(1);
    // Her other guardian has connected nothing, and does not read that nobody else has.
    const guardian = wordsOf((await openApps(world, 'gina.guardian')).page);
    expect(guardian).toContain('No app is connected with this login right now.');
    expect(guardian).not.toMatch(/No app can see/);
    const last = wordsOf(await revokeFirst(world, { browser, page: after }));
    expect(last).toContain('“One For All” can no longer see the data of Cora Okafor.');
    expect(last).not.toMatch(/can no longer see your data|can still see/);
  });

  it('SMART 99: ends all access of an app after a confirmation, and lists the app below', async () => {
    const app = await registerApp(world, { client_name: 'Goes Away' });
    const [first, second] = [await getTokens(world, app), await getTokens(world, app)];
    const other = await getTokens(world, await registerApp(world, { client_name: 'Stays' }));
    const member = await openApps(world);
    const link = revokeLinks(member.page, world)[1] as string;
    const confirm = await member.browser.open(link);
    expect(wordsOf(confirm)).toMatch(
      /Stop “Goes Away”\?.*Everything your plan holds.*But no extra private records.*loses its access at once/,
    );
    expect(await isActive(first)).toBe(true);
    await world.db.query('DELETE FROM outbox');
    const after = await member.browser.submit(confirm, 'revoke');
    expect([after.status, new URL(after.url).pathname]).toEqual([200, '/auth/northwind/apps']);
    expect(wordsOf(after)).toMatch(
      /Apps that no longer have access.*Goes Away Your data Ended .*: you revoked it/,
    );
    expect([await isActive(first), await isActive(second), await isActive(other)]).toEqual([
      false,
      false,
      true,
    ]);
    expect((await refresh(world, app, second['refresh_token'] as string)).status).toBe(400);
    const { rows } = await world.db.query<{ body: string }>('SELECT body FROM outbox');
    const events = rows.map(({ body }) => JSON.parse(body) as { kind: string });
    expect(events.filter(({ kind }) => kind === 'consent')).toEqual(
      Array.from({ length: 2 }, () =>
        expect.objectContaining({
          kind: 'consent',
          action: 'revoke',
          by: 'member',
          member: 'maria',
          client: { id: app.client_id, name: 'Goes Away' },
          grantId: expect.any(String),
          user: expect.objectContaining({ iss: tenantOf(world).issuer }),
        }),
      ),
    );
    // A second post from a page that was still open. There is nothing left to revoke.
    expect((await member.browser.submit(confirm, 'revoke')).status).toBe(200);
  });

  it('asks about an app also where the member has agreed to it once more since the page was opened', async () => {
    const app = await registerApp(world, { client_name: 'Twice Agreed' });
    const first = await getTokens(world, app);
    const { browser, page } = await openApps(world);
    const second = await getTokens(world, app);
    const question = await browser.open(revokeLinks(page, world)[0] as string);
    expect(wordsOf(question)).toContain('Stop “Twice Agreed”?');
    const after = await browser.submit(question, 'revoke');
    expect(wordsOf(after)).toContain('“Twice Agreed” can no longer see your data.');
    expect([await isActive(first), await isActive(second)]).toEqual([false, false]);
  });

  it('says what ended where the member has agreed once more since she was asked', async () => {
    const app = await registerApp(world, { client_name: 'Agreed While Asked' });
    const first = await getTokens(world, app);
    const { browser, page } = await openApps(world);
    const question = await browser.open(revokeLinks(page, world)[0] as string);
    const second = await getTokens(world, app);
    const after = await browser.submit(question, 'revoke');
    expect(wordsOf(after)).toContain('“Agreed While Asked” can no longer see your data.');
    expect([await isActive(first), await isActive(second)]).toEqual([false, false]);
  });

  it('shows nothing as revoked when its event cannot be stored', async () => {
    const tokens = await getTokens(world, await registerApp(world, { client_name: 'Kept' }));
    const member = await openApps(world);
    const link = revokeLinks(member.page, world)[0] as string;
    const confirm = await member.browser.open(link);
    await world.db.query('ALTER TABLE outbox RENAME TO outbox_away');
    try {
      const failed = await member.browser.submit(confirm, 'revoke');
      expect([failed.status, wordsOf(failed)]).toEqual([500, expect.stringContaining('open the page again')]);
      expect(wordsOf(failed)).not.toContain('Nothing was shared');
      // The page itself is not shown either: what it says of the member would leave without its event.
      const unrecorded = await member.browser.open(link);
      expect([unrecorded.status, unrecorded.html]).toEqual([503, expect.not.stringContaining('Kept')]);
      expect(await isActive(tokens)).toBe(true);
    } finally {
      await world.db.query('ALTER TABLE outbox_away RENAME TO outbox');
    }
  });

  it('O08: refuses posts from elsewhere, and changes nothing by GET', async () => {
    const tokens = await getTokens(world, await registerApp(world, { client_name: 'Wanted' }));
    const [mine, theirs] = [await openApps(world), await openApps(world, 'paul.parent')];
    const link = revokeLinks(mine.page, world)[0] as string;
    const confirm = await mine.browser.open(link);
    const fields = hiddenFields(confirm);
    fields.set('action', 'revoke');
    const send = (browser: Browser, body: URLSearchParams) =>
      browser.request(link, { method: 'POST', body: body.toString(), headers: FORM });
    // The post without a session, with another session, with the token of another session, without a token, and as a
    // link.
    expect((await post(link, fields)).status).toBe(303);
    expect((await send(theirs.browser, fields)).status).toBe(303);
    const foreign = new URLSearchParams(fields);
    foreign.set('token', hiddenFields(theirs.page).get('token') as string);
    expect((await send(mine.browser, foreign)).status).toBe(403);
    foreign.delete('token');
    expect((await send(mine.browser, foreign)).status).toBe(403);
    expect((await mine.browser.request(`${link}?${fields}`)).status).toBe(200);
    expect(await isActive(tokens)).toBe(true);
    // A valid token of the other member's own form, for a grant of this member.
    const own = new URLSearchParams({
      action: 'revoke',
      token: hiddenFields(theirs.page).get('token') as string,
    });
    expect((await send(theirs.browser, own)).status).toBe(303);
    expect(await isActive(tokens)).toBe(true);
    expect((await send(mine.browser, fields)).status).toBe(303);
    expect(await isActive(tokens)).toBe(false);
  });

  it('O11: has the same security headers as the other pages', async () => {
    const { browser, page } = await openApps(world);
    const out = await browser.request(`${world.url}/auth/northwind/logged-out`);
    for (const { headers, html } of [page, out]) {
      expect(Object.fromEntries(headers)).toMatchObject({
        'content-security-policy':
          "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
        'x-frame-options': 'DENY',
        'cache-control': 'no-store',
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
        'cross-origin-opener-policy': 'same-origin',
      });
      expect(html).not.toMatch(/<script|<img|javascript:| on[a-z]+=| style=/i);
    }
  });

  it('SMART 120: can be shown in Spanish, remembers the choice, and answers a form in the language of the form', async () => {
    const app = await registerApp(world, { client_name: 'Diario' });
    await getTokens(world, app, { scope: 'launch/patient offline_access patient/AllergyIntolerance.rs' });
    const { browser, page } = await openApps(world);
    const spanish = await browser.open(`${page.url}?lang=es`);
    expect(wordsOf(spanish)).toMatch(/Sus datos \(Maria Castellan\) Diario .*Puede ver Alergias Desde/);
    const confirm = await browser.open(revokeLinks(spanish, world)[0] as string);
    expect(confirm.html).toContain('<html lang="es">');
    const after = await browser.submit(confirm, 'revoke');
    expect(wordsOf(after)).toMatch(
      /“Diario” ya no puede ver sus datos.*Terminó el .*: usted canceló el permiso/,
    );
  });

  it('names the sensitive data that was released', async () => {
    const app = await registerApp(world, { client_name: 'Confided' });
    await getTokens(world, app, { scope: 'launch/patient offline_access patient/Condition.rs' });
    await world.db.query(`UPDATE consent SET sensitive = '{mental-health}' WHERE client_id = $1`, [
      app.client_id,
    ]);
    expect(wordsOf((await openApps(world)).page)).toMatch(
      /Confided .*May see Health conditions Mental health Since/,
    );
  });

  it('shows the name of an app as text', async () => {
    const hostile = await registerApp(world, { client_name: '<script>alert(1)</script>' });
    await getTokens(world, hostile);
    const member = await openApps(world);
    const after = await revokeFirst(world, member);
    for (const { html } of [member.page, after]) {
      expect(html).toContain('&lt;script&gt;');
      expect(html).not.toMatch(/<script/);
    }
  });

  it('no longer lists an app 13 months after its end, and names the reason of each end', async () => {
    const app = await registerApp(world, { client_name: 'Long Ago' });
    await getTokens(world, app);
    const shown = async (change: string) => {
      await world.db.query(`UPDATE consent SET ${change} WHERE client_id = $1`, [app.client_id]);
      return wordsOf((await openApps(world)).page);
    };
    const reasons = { plan: 'your plan ended', password: 'your password was changed', reuse: 'used twice' };
    for (const [reason, words] of Object.entries(reasons)) {
      expect(await shown(`revoked_at = now(), end_reason = '${reason}'`)).toMatch(
        new RegExp(`Long Ago Your data Ended [^:]*: [^.]*${words}`),
      );
    }
    expect(await shown(`revoked_at = NULL, end_reason = NULL, until = now() - interval '1 day'`)).toMatch(
      /Long Ago Your data Ended [^:]*: the time you agreed to was over/,
    );
    expect(await shown(`until = now() - interval '14 months'`)).not.toContain('Long Ago');
  });

  it('O15: tells apps of one name apart by what they cannot make up', async () => {
    const name = { client_name: 'Twin Diary', publisher: 'Twin Ltd.' };
    const checked = await registerApp(world, name);
    await vouchFor(world, checked);
    const today = new Intl.DateTimeFormat('en-US', { dateStyle: 'long', timeZone: 'America/New_York' });
    const other = await registerApp(world, { ...name, redirect_uris: ['https://other.example/back'] });
    const phone = await registerApp(world, {
      ...name,
      application_type: 'native',
      redirect_uris: ['com.example.twin:/back'],
    });
    const scope = 'launch/patient offline_access patient/Coverage.rs';
    for (const app of [checked, other, phone]) await getTokens(world, app, { scope }, 'gina.guardian');
    const { page, browser } = await openApps(world, 'gina.guardian');
    const words = wordsOf(page);
    expect(words).toContain(
      'Twin Diary Verified by Northwind Health Plan Made by Example Apps, Inc. Website app.example May see',
    );
    const unchecked = 'Twin Diary Not verified by your plan Says it is made by Twin Ltd. You went back to';
    expect(words).toContain(`${unchecked} other.example May see`);
    expect(words).toContain(`${unchecked} an app on a device of yours May see`);
    const atLinks = [...words.matchAll(/Revoke access – (Twin Diary, (?:\S+\.example|\w+ \d+, \d{4}))/g)].map(
      ([, said]) => said,
    );
    expect(new Set(atLinks)).toEqual(
      new Set([
        'Twin Diary, other.example',
        'Twin Diary, app.example',
        `Twin Diary, ${today.format(new Date())}`,
      ]),
    );
    const link = revokeLinks(page, world).find((_, index) => atLinks[index]?.endsWith('other.example'));
    const confirm = await browser.open(link as string);
    expect(wordsOf(confirm)).toContain('You went back to other.example');
    expect(wordsOf(await browser.submit(confirm, 'revoke'))).toMatch(
      /Twin Diary Data of Cora Okafor Ended [^:]*: you revoked it You went back to other.example/,
    );
  });
});
