/** What a page that was answered gives to whom, request by request, as browsers send them. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { setClockBack, waitUntil } from '@patient-access/testing';
import { exchange, registerApp, type RegisteredApp, startAuthorization } from '../app.ts';
import { Browser, type BrowserPage, hiddenFields } from '../browser.ts';
import { holdRecords } from './held-records.ts';
import { PASSWORD, startWorld, type World } from '../world.ts';

const NAVIGATION = {
  'sec-fetch-mode': 'navigate',
  'sec-fetch-site': 'same-origin',
  'sec-fetch-dest': 'document',
};
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

describe('a page that was answered', () => {
  let world: World;
  let app: RegisteredApp;
  beforeAll(async () => {
    world = await startWorld();
    app = await registerApp(world, {
      redirect_uris: ['https://app.example/callback'],
      client_uri: 'https://app.example/',
    });
  }, 60_000);
  afterAll(() => world?.stop());

  function newBrowser(): Browser {
    const browser = new Browser(world.url);
    Object.assign(browser.headers, NAVIGATION);
    return browser;
  }

  const bodyOf = (page: BrowserPage, change: Record<string, string>): string => {
    const fields = hiddenFields(page);
    for (const [name, value] of Object.entries(change)) fields.set(name, value);
    return fields.toString();
  };
  const goesOnTo = ({ html }: BrowserPage): string | undefined =>
    /http-equiv="refresh" content="0; url=([^"]*)"/.exec(html)?.[1]?.replaceAll('&amp;', '&');

  async function atConsent() {
    const browser = newBrowser();
    const { url, verifier } = startAuthorization(world, app, {
      scope: 'openid launch/patient patient/Coverage.rs',
    });
    const login = await browser.open(url);
    const loginBody = bodyOf(login, { login: 'maria.many', password: PASSWORD, action: 'login' });
    const post = (page: BrowserPage, body: string) =>
      browser.open(page.url, { method: 'POST', body, headers: FORM });
    const consent = await post(login, loginBody);
    return { browser, login, loginBody, consent, verifier, post };
  }

  it('goes on to the app from a page of this server, whose forms post nowhere else', async () => {
    const { consent, post, verifier } = await atConsent();
    expect(consent.headers.get('content-security-policy')).toContain("form-action 'self';");
    expect(consent.headers.get('cross-origin-opener-policy')).toBe('unsafe-none');
    const page = await post(consent, bodyOf(consent, { action: 'agree' }));
    expect([page.status, page.url, page.headers.get('location')]).toEqual([200, consent.url, null]);
    const to = new URL(goesOnTo(page) ?? '');
    expect(to.href).toMatch(/^https:\/\/app\.example\/callback\?code=/);
    expect(page.html).toContain(`href="${to.href.replaceAll('&', '&amp;')}"`);
    expect((await exchange(world, app, to.searchParams.get('code') ?? '', verifier)).status).toBe(200);
  });

  it('gives the same form the same answer again, and one consent, while the code is unused', async () => {
    const { consent, post, verifier, browser } = await atConsent();
    const body = bodyOf(consent, { action: 'agree' });
    const before = (await world.db.query('SELECT 1 FROM consent')).rowCount ?? 0;
    const [first, second] = [await post(consent, body), await post(consent, body)];
    expect(goesOnTo(second)).toBe(goesOnTo(first));
    const code = new URL(goesOnTo(first) ?? '').searchParams.get('code') ?? '';
    expect((await exchange(world, app, code, verifier)).status).toBe(200);
    for (const page of [await post(consent, body), await browser.open(consent.url)]) {
      expect(page.html).toContain('You have already answered');
      expect(page.html).toContain('href="https://app.example/"');
      expect(page.html).not.toContain('code=');
    }
    expect((await world.db.query('SELECT 1 FROM consent')).rowCount).toBe(before + 1);
  });

  it('keeps nobody waiting for an hour when the clock is set back by one', async () => {
    const { consent, post } = await atConsent();
    const body = bodyOf(consent, { action: 'agree' });
    await post(consent, body);
    await world.db.query("DELETE FROM oidc_record WHERE model = 'Outcome'");
    const second = post(consent, body);
    await delay(500);
    const mend = setClockBack(0);
    const page = await Promise.race([second, delay(8_000)]).finally(mend);
    expect(page).toMatchObject({ status: 400 });
  }, 20_000);

  it('says to another form that the page was answered, and gives it no code', async () => {
    const { consent, post } = await atConsent();
    await post(consent, bodyOf(consent, { action: 'agree' }));
    const denied = await post(consent, bodyOf(consent, { action: 'deny' }));
    expect([denied.status, goesOnTo(denied)]).toEqual([400, undefined]);
    expect(denied.html).toContain('You have already answered');
    expect(denied.html).not.toContain('code=');
  });

  it('leads from the login on to the page that it led to', async () => {
    const { browser, login, loginBody, post } = await atConsent();
    expect((await browser.open(login.url)).html).toContain('Agree and share');
    expect((await post(login, loginBody)).html).toContain('Agree and share');
  });

  it('leads a second press on that was sent on while the first one went on', async () => {
    const browser = newBrowser();
    const login = await browser.open(startAuthorization(world, app).url);
    const body = bodyOf(login, { login: 'maria.many', password: PASSWORD, action: 'login' });
    const press = () => browser.request(login.url, { method: 'POST', body, headers: FORM });
    const [first, second] = [await press(), await press()];
    const to = new URL(second.headers.get('location') ?? '', login.url).href;
    expect(first.headers.get('location')).toBe(second.headers.get('location'));
    const cookie = browser.cookieHeader(to);
    // Where a press leads is kept no sooner than this ends.
    const outcomes = await holdRecords(world, 'INSERT', 'Outcome');
    // The second press has called off what the first one led to: the browser gets nothing of this answer.
    const calledOff = newBrowser().request(to, { headers: { cookie } });
    await waitUntil(async () => (await outcomes.waiting()) === 1);
    const page = browser.open(to);
    await new Promise((resolve) => setTimeout(resolve, 300));
    await outcomes.release();
    expect([(await calledOff).status, (await page).html]).toEqual([
      303,
      expect.stringContaining('Agree and share'),
    ]);
  });

  /** @returns what the Enter key sends, and what the button sends; a browser sends the fields in the order of the page */
  function bothPresses(page: BrowserPage, action: string, change: Record<string, string> = {}): string[] {
    const fields = bodyOf(page, change);
    return [`enter=press-${action}&${fields}`, `${fields}&action=${action}`];
  }

  it.each([0, 100])('leads on a click that calls off the Enter key (%i ms)', async (pause) => {
    const browser = newBrowser();
    const login = await browser.open(startAuthorization(world, app).url);
    expect(login.html).toMatch(/name="enter" value="press-login"[^]*<form method="post" +id="login-form"/);
    const [enter, click] = bothPresses(login, 'login', { login: 'maria.many', password: PASSWORD });
    const cookie = browser.cookieHeader(login.url);
    // The browser gets nothing of the first answer.
    const calledOff = newBrowser().request(login.url, {
      method: 'POST',
      body: enter,
      headers: { ...FORM, cookie },
    });
    await delay(pause);
    const page = await browser.open(login.url, { method: 'POST', body: click, headers: FORM });
    expect([(await calledOff).status, page.html]).toEqual([303, expect.stringContaining('Agree and share')]);
  });

  it('leads on the Enter key after a click that was answered and called off', async () => {
    const { browser, consent } = await atConsent();
    const [enter, click] = bothPresses(consent, 'agree');
    const cookie = browser.cookieHeader(consent.url);
    await newBrowser().request(consent.url, { method: 'POST', body: click, headers: { ...FORM, cookie } });
    const page = await browser.open(consent.url, { method: 'POST', body: enter, headers: FORM });
    expect(goesOnTo(page)).toContain('code=');
  });

  it('O25: gives the cookies of the login again to who knows the password, and to nobody who only has the interaction', async () => {
    const victim = newBrowser();
    const login = await victim.open(startAuthorization(world, app).url);
    // The attacker has planted the cookie of this interaction, so both browsers have it.
    const planted = victim.cookieHeader(login.url);
    const body = bodyOf(login, { login: 'maria.many', password: PASSWORD, action: 'login' });
    await victim.open(login.url, { method: 'POST', body, headers: FORM });
    const asks = (sent: string | undefined) => {
      const init = sent === undefined ? {} : { method: 'POST', body: sent };
      return newBrowser().request(login.url, { ...init, headers: { ...FORM, cookie: planted } });
    };
    const sentBack = newBrowser().request(`${login.url}?resumed`, {
      headers: { cookie: `${planted}; northwind-second-press=guess` },
    });
    const guess = bodyOf(login, { login: 'maria.many', password: 'guess', action: 'login' });
    for (const answer of [await asks(undefined), await asks(guess), await sentBack]) {
      expect(answer.headers.getSetCookie().filter((line) => /session|interaction/.test(line))).toEqual([]);
      expect(answer.html).not.toMatch(/Agree|Maria/);
    }
    const same = await asks(body);
    expect(same.headers.getSetCookie().some((line) => line.startsWith('northwind-session='))).toBe(true);
  });

  it('O25: gives nobody the session of a browser that somebody else’s refusal leads on', async () => {
    const { browser: victim } = await atConsent();
    const attacker = newBrowser();
    const login = await attacker.open(startAuthorization(world, app).url);
    const init = { method: 'POST', body: bodyOf(login, { action: 'cancel' }), headers: FORM };
    const refused = await attacker.request(login.url, init);
    const to = new URL(refused.headers.get('location') ?? '', login.url).href;
    // The attacker has planted what this interaction goes on with, and does not go on.
    const cookie = `${victim.cookieHeader(to)}; ${attacker.cookieHeader(to)}`;
    const ledOn = await victim.request(to, { headers: { cookie } });
    const sessions = ({ headers }: BrowserPage) =>
      headers.getSetCookie().filter((line) => line.startsWith('northwind-session='));
    expect([ledOn.status, sessions(ledOn).length]).toEqual([303, 1]);
    const again = await attacker.request(login.url, init);
    expect([again.status, sessions(again)]).toEqual([303, []]);
    expect(goesOnTo(await attacker.open(login.url))).toContain('error=access_denied');
  });

  it('keeps neither the code nor a cookie in clear text', async () => {
    const { consent, post } = await atConsent();
    const to = goesOnTo(await post(consent, bodyOf(consent, { action: 'agree' }))) ?? '';
    const { rows } = await world.db.query(`SELECT payload FROM oidc_record WHERE model = 'Outcome'`);
    const stored = JSON.stringify(rows);
    expect(rows.length).toBeGreaterThan(1);
    expect(stored).not.toContain(new URL(to).searchParams.get('code') ?? 'x');
    expect(stored).not.toMatch(/session=|app\.example/);
  });

  it('is nothing in another browser', async () => {
    const { consent, post } = await atConsent();
    await post(consent, bodyOf(consent, { action: 'agree' }));
    const other = await newBrowser().open(consent.url);
    expect([other.status, /code=|answered/.test(other.html)]).toEqual([400, false]);
  });
});
