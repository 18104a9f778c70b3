import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { post, REDIRECT, registerApp, type RegisteredApp, startAuthorization } from '../app.ts';
import { Browser } from '../browser.ts';
import { configure } from '../configure.ts';
import { takeAllEvents } from '../events.ts';
import { openLaunch, registerPortal } from '../launch/portal.ts';
import { tenantOf } from '../world.ts';
import {
  federation,
  type FederatedWorld,
  identityProviderLink,
  leaveAndLogIn,
  locationOf,
  startFederatedWorld,
} from './world.ts';

describe('a login at the identity provider that took too long', () => {
  let all: FederatedWorld;
  beforeAll(async () => {
    all = await startFederatedWorld();
  }, 60_000);
  afterAll(() => all?.stop());

  const settings = (more: object = {}) => ({
    nativeApps: true,
    passwordLogin: false,
    federation: { ...federation(all.idp), ...more },
  });
  const expire = () => all.world.db.query(`DELETE FROM oidc_record WHERE model = 'Interaction'`);
  const againIn = (html: string): string | undefined =>
    /<a class="button primary" href="([^"]+authorize[^"]+)"/.exec(html)?.[1]?.replaceAll('&amp;', '&');

  it('begins again with the request of the app', async () => {
    const asked = { state: 'of the app', scope: 'openid launch/patient patient/*.cruds' };
    const { browser, callback } = await leaveAndLogIn(all, 'u-frida', asked);
    await expire();
    const late = await browser.open(callback);
    expect(late.status).toBe(400);
    expect(late.html).toContain('took too long');
    const again = new URL(againIn(late.html) ?? '');
    expect(Object.fromEntries(again.searchParams)).toMatchObject(asked);
    const away = locationOf(await browser.open(identityProviderLink(await browser.open(again.href))));
    const back = locationOf(await new Browser(all.idp.issuer).open(away));
    expect((await browser.open(back)).html).toContain('Frida Lund');
  });

  it('begins again after a second login there, for which the first was too weak', async () => {
    await configure(all.world, settings({ require: { acr: 'gold' } }));
    const { browser, callback } = await leaveAndLogIn(all, 'u-frida', { state: 'of the app' });
    const away = new URL(locationOf(await browser.open(callback)), all.world.url);
    const left = away.origin === all.idp.issuer ? away.href : locationOf(await browser.open(away.href));
    expect(new URL(left).searchParams.get('prompt')).toBe('login');
    const back = locationOf(await new Browser(all.idp.issuer).open(left));
    await expire();
    const late = await browser.open(back);
    expect(late.html).toContain('took too long');
    expect(new URL(againIn(late.html) ?? '').searchParams.get('state')).toBe('of the app');
    await configure(all.world, settings());
  });

  it('leads back to the portal when the portal has opened it, as a launch is good once and not for long', async () => {
    const portal = await registerPortal(all.world);
    const launch = await openLaunch(all.world, portal, { patient: 'frida' });
    const scope = 'launch openid fhirUser patient/Coverage.rs';
    const { browser, callback } = await leaveAndLogIn(all, 'u-frida', { launch, scope });
    await expire();
    const late = await browser.open(callback);
    expect(late.status).toBe(400);
    expect(late.html).toContain('open the app from there again');
    expect(againIn(late.html)).toBeUndefined();
  });

  it('leads back to an app that pushes each request, as none of them begins here', async () => {
    const app = await registerApp(all.world, { require_pushed_authorization_requests: true });
    const { issuer } = tenantOf(all.world);
    const whole = new URL(startAuthorization(all.world, app).url).searchParams;
    const { body } = await post(`${issuer}/par`, whole);
    const pushed = { client_id: app.client_id, request_uri: String(body['request_uri']) };
    const browser = new Browser(all.world.url);
    const login = await browser.open(`${issuer}/authorize?${new URLSearchParams(pushed)}`);
    const away = locationOf(await browser.open(identityProviderLink(login)));
    all.idp.person = 'u-frida';
    const back = locationOf(await new Browser(all.idp.issuer).open(away));
    await expire();
    const late = await browser.open(back);
    expect([late.status, againIn(late.html)]).toEqual([400, undefined]);
    expect(late.html).toContain('go back to the app and start again');
  });

  it('is not what an app is told that has taken its redirect URI away meanwhile', async () => {
    const redirect_uris = [REDIRECT, 'https://app.example/second'];
    const app = (await registerApp(all.world, { redirect_uris })) as RegisteredApp & Record<string, string>;
    const { browser, callback } = await leaveAndLogIn({ ...all, app }, 'u-frida');
    await all.world.flush();
    await takeAllEvents(all.world);
    const answer = await fetch(app['registration_client_uri'] ?? '', {
      method: 'PUT',
      headers: {
        authorization: `Bearer ${app['registration_access_token']}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({
        client_id: app.client_id,
        client_name: 'Health Diary',
        redirect_uris: ['https://app.example/second'],
        token_endpoint_auth_method: 'none',
      }),
    });
    expect(answer.status).toBe(200);
    const page = await browser.open(callback);
    expect([page.status, againIn(page.html)]).toEqual([400, undefined]);
    expect(page.html).toContain('go back to the app and start again');
    await all.world.flush();
    expect((await takeAllEvents(all.world)).find(({ kind }) => kind === 'denied-attempts')).toMatchObject({
      reason: 'redirect-uri-gone',
    });
  });

  it('does not begin again in another browser, which knows nothing of the request', async () => {
    const { callback } = await leaveAndLogIn(all, 'u-frida');
    await expire();
    const page = await new Browser(all.world.url).open(callback);
    expect(page.status).toBe(400);
    expect(againIn(page.html)).toBeUndefined();
  });
});
