/** Accounts of developers: made by a mail, opened by a password, and apart from the logins of members. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createPool } from '@patient-access/database';
import { findDeveloper, openSession } from '../../src/domain/developers/developers.ts';
import { Browser } from '../browser.ts';
import { configure } from '../configure.ts';
import { takeEvents } from '../events.ts';
import { FROM } from '../mail/world.ts';
import { fillNewPasswords } from '../passwords.ts';
import { PASSWORD as MEMBER_PASSWORD } from '../world.ts';
import {
  DeveloperAtBrowser,
  type DeveloperWorld,
  DEVELOPER_PASSWORD,
  startDeveloperWorld,
} from './developer.ts';

let there: DeveloperWorld;
beforeAll(async () => void (there = await startDeveloperWorld()), 120_000);
afterAll(() => there.stop());
beforeEach(async () => {
  await there.world.db.query(
    'TRUNCATE developer, application, developer_session, throttle, mail, mail_ticket',
  );
  await there.mails.take(0);
});

const newDeveloper = (email = 'dana@apps.example') => new DeveloperAtBrowser(there, email);

describe('the account of a developer', () => {
  it('begins with a mail, and the link leads to the site for developers', async () => {
    const dana = newDeveloper();
    const page = await dana.join();
    expect([page.status, page.html.includes('You have no app yet')]).toEqual([200, true]);
    const { rows } = await there.world.db.query<{ email: string; password_hash: string }>(
      'SELECT email, password_hash FROM developer',
    );
    expect(rows).toEqual([
      { email: 'dana@apps.example', password_hash: expect.stringContaining('$argon2id$') },
    ]);
  });

  it('says the same to an address that has one, and the link then gives a new password', async () => {
    const dana = newDeveloper();
    const first = await dana.fill(await dana.open('/join'), 'send', { email: 'dana@apps.example' });
    const [mail] = await there.mails.take();
    expect(mail?.text).toContain('because this address was typed on its pages for app developers');
    await dana.join();
    const again = await newDeveloper().fill(await newDeveloper().open('/join'), 'send', {
      email: 'dana@apps.example',
    });
    expect(again.html).toBe(first.html);
  });

  it('lets a link be used once, ends older sessions and links, and never stores a link', async () => {
    const dana = newDeveloper();
    await dana.join();
    const link = await dana.getLink();
    const other = newDeveloper();
    await other.logIn();
    const token = link.slice(link.lastIndexOf('/') + 1);
    const { rows } = await there.world.db.query<{ text: string }>(
      `SELECT string_agg(t::text, ' ') AS text FROM mail_ticket t`,
    );
    expect(rows[0]?.text).not.toContain(token);
    expect((await dana.choose(link, `${DEVELOPER_PASSWORD} anew`)).status).toBe(200);
    expect((await new DeveloperAtBrowser(there, 'dana@apps.example').browser.open(link)).status).toBe(410);
    expect((await other.open()).html).toContain('<h1>Log in</h1>');
    expect((await other.logIn()).status).toBe(401);
    expect((await other.logIn(`${DEVELOPER_PASSWORD} anew`)).status).toBe(200);
  });

  it('opens no session with a password that was right a moment before it was replaced', async () => {
    const dana = newDeveloper();
    await dana.join();
    const pool = await createPool(there.world.databaseUrl, { max: 1 });
    try {
      const known = (await findDeveloper(pool, 'northwind', 'dana@apps.example')) ?? { id: '', hash: '' };
      expect(await openSession(pool, 'northwind', known)).toEqual(expect.any(String));
      await dana.choose(await dana.getLink(), `${DEVELOPER_PASSWORD} anew`);
      expect(await openSession(pool, 'northwind', known)).toBeUndefined();
    } finally {
      await pool.end();
    }
  });

  it('keeps a link good while too many passwords are hashed for a new one', async () => {
    const dana = newDeveloper();
    const link = await dana.getLink();
    const leave = fillNewPasswords();
    const later = await dana.choose(link, DEVELOPER_PASSWORD);
    await leave();
    expect([later.status, later.headers.get('retry-after')]).toEqual([503, '5']);
    expect((await dana.choose(link, DEVELOPER_PASSWORD)).status).toBe(200);
  }, 30_000);

  it('gets no password without the event of it, and the link stays good', async () => {
    const dana = newDeveloper();
    const link = await dana.getLink();
    const page = await dana.browser.open(link);
    const choose = () =>
      dana.fill(page, 'save', { password: DEVELOPER_PASSWORD, repeat: DEVELOPER_PASSWORD });
    await there.world.db.query('ALTER TABLE outbox RENAME TO outbox_away');
    try {
      expect((await choose()).status).toBeGreaterThanOrEqual(500);
    } finally {
      await there.world.db.query('ALTER TABLE outbox_away RENAME TO outbox');
    }
    expect((await there.world.db.query('SELECT FROM developer')).rowCount).toBe(0);
    expect((await choose()).status).toBe(200);
  });

  it('refuses a short and an expected password, and a form of another site', async () => {
    const dana = newDeveloper();
    const link = await dana.getLink();
    expect((await dana.choose(link, 'short')).html).toContain('at least 15 characters');
    expect((await dana.choose(link, 'northwind health plan')).status).toBe(400);
    const page = await dana.browser.open(link);
    dana.browser.headers['sec-fetch-site'] = 'cross-site';
    expect(
      (await dana.fill(page, 'save', { password: DEVELOPER_PASSWORD, repeat: DEVELOPER_PASSWORD })).status,
    ).toBe(403);
  });

  it('limits attempts and mails, known or not', async () => {
    await newDeveloper().join();
    for (const email of ['dana@apps.example', 'nobody@apps.example']) {
      const guesser = newDeveloper(email);
      const statuses = [];
      for (let times = 0; times < 6; times += 1) statuses.push((await guesser.logIn('wrong')).status);
      expect(statuses).toEqual([401, 401, 401, 401, 401, 429]);
    }
    const sender = newDeveloper('nobody@apps.example');
    const sent = [];
    for (let times = 0; times < 4; times += 1)
      sent.push(
        (await sender.fill(await sender.open('/join'), 'send', { email: 'nobody@apps.example' })).status,
      );
    expect(sent).toEqual([200, 200, 200, 429]);
  });

  it('O97: opens nothing of a member, and no login of a member opens it', async () => {
    const dana = newDeveloper();
    await dana.join();
    const cookie = dana.browser.cookieHeader(dana.path());
    expect(cookie).toMatch(/^developer=/);
    expect(dana.browser.cookieHeader(`${there.world.url}/auth/northwind/apps`)).toBe('');
    const asMember = await fetch(`${there.world.url}/auth/northwind/apps`, {
      headers: { cookie },
      redirect: 'manual',
    });
    expect(asMember.headers.get('location')).toContain('/oauth2/v1/authorize');
    const member = newDeveloper('maria.many');
    expect((await member.logIn(MEMBER_PASSWORD)).status).toBe(401);
    const elsewhere = await fetch(dana.path('', 'lakeside'), { headers: { cookie }, redirect: 'manual' });
    expect(elsewhere.status).toBe(404);
  });

  it('ends with the log-out, and leaves an event of each act', async () => {
    const dana = newDeveloper();
    const page = await dana.join();
    await dana.logIn();
    const cookie = dana.browser.cookieHeader(dana.path());
    const out = await dana.fill(await dana.open(), 'logout', {}, dana.path('/logout'));
    expect([page.status, out.html.includes('<h1>Log in</h1>')]).toEqual([200, true]);
    const after = await fetch(dana.path(), { headers: { cookie }, redirect: 'manual' });
    expect(after.status).toBe(303);
    const actions = (await takeEvents(there.world)).map(({ action }) => action);
    expect(actions).toEqual(
      expect.arrayContaining([
        'mail-developer-link',
        'developer-password',
        'developer-login',
        'list-own-apps',
      ]),
    );
  });

  it('exists only where the plan sends mails and lets anybody register', async () => {
    for (const settings of [{}, { mail: { from: FROM } }]) {
      await configure(there.world, settings, 'strict');
      expect((await new Browser(there.world.url).open(newDeveloper().path('/login', 'strict'))).status).toBe(
        404,
      );
    }
  });
});
