/** Life after the coverage, and after a death: who sees what, until when, and how it ends (ADR 87). */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createPool, type Pool } from '@patient-access/database';
import { waitUntil } from '@patient-access/testing';
import { saveAccount } from '../../src/domain/administration/logins/accounts.ts';
import { createPrisma } from '../../src/domain/database.ts';
import { queueReminders } from '../../src/domain/mail/reminders.ts';
import { passwordPath } from '../../src/domain/urls.ts';
import { administer } from '../administration.ts';
import { openApps, wordsOf } from '../apps/member.ts';
import { configure } from '../configure.ts';
import { takeAllEvents } from '../events.ts';
import { PASSWORD, startWorld, tenantOf, type World } from '../world.ts';
import { connectionOf, openConsent } from './connection.ts';

const PAUL = { id: 'paul', relationship: 'self', name: 'Paul Okafor' };
const CORA = { id: 'cora', relationship: 'child', name: 'Cora Okafor' };
const OVER = 'The time in which you can log in and see your data is over.';
const DAY_MS = 86_400_000;

/** @returns the day that is so many years and days after today, in UTC */
function day(years: number, days = 0): string {
  const date = new Date();
  date.setUTCFullYear(date.getUTCFullYear() + years);
  return new Date(date.getTime() + days * DAY_MS).toISOString().slice(0, 10);
}
const inWords = (date: string, locale = 'en-US'): string =>
  new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: 'UTC' }).format(new Date(date));

describe('after the coverage and after a death', () => {
  let world: World;
  let pool: Pool;
  beforeAll(async () => {
    world = await startWorld();
    pool = await createPool(world.databaseUrl, { max: 2 });
    await configure(world, { timeZone: 'UTC', mail: { from: 'care@plan.example' } });
  }, 60_000);
  afterAll(async () => {
    await pool?.end();
    await world?.stop();
  });
  beforeEach(async () => {
    await says('paul.leaves', PAUL, CORA);
    await world.db.query('DELETE FROM outbox; DELETE FROM mail');
  });

  /** What the plan says about a login. */
  async function says(login: string, ...patients: object[]) {
    const account = { tenant: 'northwind', login, password: PASSWORD, patients: patients as never };
    await saveAccount(createPrisma(pool), account);
    await world.db.query(
      "UPDATE account SET email = login || '@mail.example', email_source = 'plan' WHERE login = $1 AND email IS NULL",
      [login],
    );
  }

  /** The consent page for a person's data. */
  const ask = (member: string, login = 'paul.leaves', name?: string) =>
    openConsent(world, login, member, name);
  async function connect(member: string, login?: string, name?: string) {
    const { app, verifier, browser, consent } = await ask(member, login, name);
    const connection = await connectionOf(world, app, verifier, await browser.submit(consent, 'agree'));
    expect(await connection.isLive()).toBe(true);
    return { browser, ...connection };
  }
  /** The events about the ends of the grants of an app. */
  const ends = (name: string, count = 1) =>
    waitUntil(async () => {
      const { rows } = await world.db.query<{ body: string }>(
        `SELECT body FROM outbox WHERE body LIKE '%"consent"%revoke%' AND body LIKE '%' || $1 || '%' ORDER BY created_at`,
        [name],
      );
      return rows.length >= count ? rows.map(({ body }) => JSON.parse(body) as object) : undefined;
    });
  const subOf = async (login: string) =>
    (await world.db.query<{ sub: string }>('SELECT sub FROM account WHERE login = $1', [login])).rows[0]?.sub;
  const mails = async () =>
    (
      await world.db.query<{ kind: string; login: string }>(
        'SELECT kind, login FROM mail JOIN account USING (tenant, sub)',
      )
    ).rows;

  it('O107: for the plan’s years everything goes on, and both pages say until when, in both languages', async () => {
    const app = await connect('paul');
    const left = day(0, -30);
    await says('paul.leaves', { ...PAUL, coverageEnd: left }, CORA);
    expect([await app.isLive(), await app.canRefresh()]).toEqual([true, true]);
    const until = day(5, -30);
    const { page, browser } = await openApps(world, 'paul.leaves');
    expect(wordsOf(page)).toContain(
      `Your data: because coverage by this plan ends or has ended, you and your apps can see it until ${inWords(until)}.`,
    );
    const spanish = await browser.open(`${tenantOf(world).appsPage}?lang=es`);
    expect(wordsOf(spanish)).toContain(`pueden verlos hasta el ${inWords(until, 'es-US')}.`);
    const asked = await ask('paul');
    expect(wordsOf(asked.consent)).toContain(`Can be seen until ${inWords(until)}`);
    const askedInSpanish = await asked.browser.open(`${asked.consent.url.split('?')[0]}?lang=es`);
    expect(wordsOf(askedInSpanish)).toContain(`Se pueden ver hasta el ${inWords(until, 'es-US')}`);
    expect(wordsOf((await ask('cora')).consent)).not.toContain('Can be seen until');
  });

  it.each(['coverageEnd', 'until'])('O107: 9999-12-31 as %s is no last day', async (name) => {
    await says('paul.leaves', { ...PAUL, [name]: '9999-12-31' }, CORA);
    const { page } = await openApps(world, 'paul.leaves');
    expect([page.status, wordsOf(page)]).toEqual([200, expect.not.stringContaining('can see it until')]);
    expect(wordsOf((await ask('paul')).consent)).not.toContain('Can be seen until');
  });

  it('O107: the last day of a relation is the last day of its apps, on the page of connected apps too', async () => {
    await connect('cora', 'paul.leaves', 'Last Day');
    const until = day(0, 20);
    await says('paul.leaves', PAUL, { ...CORA, until });
    const { page } = await openApps(world, 'paul.leaves');
    expect(wordsOf(page)).toMatch(new RegExp(`Last Day .* Until ${inWords(until)} `));
  });

  it('O107: nobody can agree to more than is left', async () => {
    await says('paul.leaves', { ...PAUL, coverageEnd: day(-5, 40) }, CORA);
    const { consent, browser } = await ask('paul');
    expect(wordsOf(consent)).toMatch(/(39|40|41) days/);
    expect(wordsOf(consent)).not.toContain('13 months');
    await browser.submit(consent, 'agree');
    const { rows } = await world.db.query<{ late: boolean }>(
      `SELECT until > over_at AS late FROM consent WHERE sub = $1 ORDER BY granted_at DESC LIMIT 1`,
      [await subOf('paul.leaves')],
    );
    expect(rows).toEqual([{ late: false }]);
  });

  it('O107: when they are over, grants, sessions and logins end without anybody’s act; whoever comes back finds the account', async () => {
    const [own, child] = [await connect('paul', 'paul.leaves', 'Own Diary'), await connect('cora')];
    const sub = await subOf('paul.leaves');
    const long = { coverageEnd: day(-6) };
    await says('paul.leaves', { ...PAUL, ...long }, CORA);
    expect([await own.isLive(), await own.canRefresh(), await child.isLive()]).toEqual([false, false, true]);
    expect(await ends('Own Diary')).toMatchObject([
      { reason: 'coverage', by: 'plan', member: 'paul', outcome: '0' },
    ]);
    // A former member who sees her child's data logs in for that.
    const former = await openApps(world, 'paul.leaves');
    expect(wordsOf(former.page)).toMatch(
      /Own Diary Your data Ended .*the time after the end of the coverage is over/,
    );
    // What he does with his login is in his own trail all the same, as his login is.
    await takeAllEvents(world);
    const password = await former.browser.open(`${world.url}${passwordPath('northwind')}`);
    await former.browser.submit(password, 'change-password', (fields) => {
      const next = 'another password of his';
      for (const [name, value] of Object.entries({ current: 'wrong', next, again: next }))
        fields.set(name, value);
    });
    expect((await takeAllEvents(world)).filter(({ kind }) => kind === 'login')).toMatchObject([
      { action: 'password-change', outcome: '4', member: 'paul', released: [] },
    ]);
    await says('paul.leaves', { ...PAUL, ...long }, { ...CORA, ...long });
    expect(await child.isLive()).toBe(false);
    expect(wordsOf(await own.browser.open(tenantOf(world).appsPage))).not.toContain('Own Diary');
    expect(wordsOf((await openApps(world, 'paul.leaves')).page)).toContain(OVER);
    expect(wordsOf((await openApps(world, 'paul.leaves', 'another password of his')).page)).not.toContain(
      OVER,
    );
    await says('paul.leaves', PAUL, CORA);
    expect(wordsOf((await openApps(world, 'paul.leaves')).page)).toContain('Own Diary');
    expect([await subOf('paul.leaves'), await own.isLive()]).toEqual([sub, false]);
    await connect('paul');
  }, 20_000);

  it('O107: another number of years is in force at once', async () => {
    await says('paul.leaves', { ...PAUL, coverageEnd: day(-3) }, CORA);
    const own = await connect('paul');
    await configure(world, { timeZone: 'UTC', mail: { from: 'care@plan.example' }, leaving: { years: 2 } });
    expect(await own.isLive()).toBe(false);
    await configure(world, { timeZone: 'UTC', mail: { from: 'care@plan.example' } });
  });

  it('O107: the member is told once, 60 days before, without a name', async () => {
    await says('paul.leaves', { ...PAUL, coverageEnd: day(-5, 61) }, CORA);
    await queueReminders(pool);
    expect(await mails()).toEqual([]);
    const soon = { coverageEnd: day(-5, 30) };
    await says('paul.leaves', { ...PAUL, ...soon }, { ...CORA, ...soon });
    await Promise.all([queueReminders(pool), queueReminders(pool)]);
    await queueReminders(pool);
    expect(await mails()).toEqual([{ kind: 'access-ends', login: 'paul.leaves' }]);
  });

  it('O108: with a death the login ends, also for the data of others, and nobody writes to the dead', async () => {
    const [own, child] = [
      await connect('paul', 'paul.leaves', 'Last Diary'),
      await connect('cora', 'paul.leaves', 'Last Diary'),
    ];
    await world.db.query('DELETE FROM mail');
    await says('paul.leaves', { ...PAUL, died: day(0, -3) }, CORA);
    expect([await own.isLive(), await child.isLive(), await own.canRefresh()]).toEqual([false, false, false]);
    expect(await ends('Last Diary', 2)).toMatchObject([{ reason: 'death' }, { reason: 'death' }]);
    expect(wordsOf((await openApps(world, 'paul.leaves')).page)).toContain(OVER);
    expect(await mails()).toEqual([]);
    await says('paul.leaves', PAUL, CORA);
    expect(wordsOf((await openApps(world, 'paul.leaves')).page)).toMatch(/Last Diary .*this person has died/);
  });

  it('O108: of those who saw the data only who acts for the dead goes on, for the plan’s years, and reads until when', async () => {
    const spouse = { id: 'paul', relationship: 'spouse', name: 'Paul Okafor' };
    const ada = { id: 'ada', relationship: 'self', name: 'Ada Okafor' };
    await says('ada.acts', ada, spouse);
    await says('ben.watches', spouse);
    const [acts, watches] = [
      await connect('paul', 'ada.acts'),
      await connect('paul', 'ben.watches', 'Spouse Diary'),
    ];
    const died = day(0, -3);
    await says('ada.acts', ada, { ...spouse, relationship: 'executor', coverageEnd: died, died });
    await says('ben.watches', { ...spouse, coverageEnd: died, died });
    expect([await acts.isLive(), await watches.isLive()]).toEqual([true, false]);
    expect(wordsOf((await openApps(world, 'ada.acts')).page)).toContain(
      `Data of Paul Okafor: because this person has died, you and your apps can see it until ${inWords(day(2, -3))}.`,
    );
    expect(await ends('Spouse Diary')).toMatchObject([{ reason: 'death', member: 'paul' }]);
    expect(await mails()).toContainEqual({ kind: 'relation-ended', login: 'ben.watches' });
  });

  it('O108: when the years after the death are over it ends for who acts for the dead, whose own data goes on', async () => {
    const ada = { id: 'ada', relationship: 'self', name: 'Ada Okafor' };
    const dead = { id: 'paul', relationship: 'executor', name: 'Paul Okafor' };
    await says('ada.ends', ada, { ...dead, died: day(-2, 3) });
    const [acts, own] = [
      await connect('paul', 'ada.ends', 'Estate Diary'),
      await connect('ada', 'ada.ends', 'Own Diary of Ada'),
    ];
    await says('ada.ends', ada, { ...dead, died: day(-2, -3) });
    expect([await acts.isLive(), await acts.canRefresh(), await own.isLive()]).toEqual([false, false, true]);
    expect(await ends('Estate Diary')).toMatchObject([{ reason: 'death', member: 'paul' }]);
    expect(wordsOf((await openApps(world, 'ada.ends')).page)).not.toContain(OVER);
    await says('rex.ends', { ...dead, died: day(-2, -3) });
    expect(wordsOf((await openApps(world, 'rex.ends')).page)).toContain(OVER);
  });

  it('O107: over HTTP the plan sets and reads both days; what is no day is refused', async () => {
    const path = 'northwind/logins/paul.leaves/relations/cora';
    const put = (facts: object) =>
      administer(world, 'PUT', path, { relationship: 'child', name: 'Cora Okafor', ...facts });
    const { body } = await put({ coverageEnd: '2024-10-31', died: '2024-11-02' });
    expect((body['relations'] as object[])[0]).toMatchObject({
      coverageEnd: '2024-10-31',
      died: '2024-11-02',
      endsAt: '2024-11-02T00:00:00.000Z',
      endsBy: 'death',
    });
    expect((await put({ died: 'yesterday' })).status).toBe(400);
    expect(await put({ died: day(0, 2) })).toMatchObject({
      status: 400,
      body: { error_description: 'died: is in the future' },
    });
    // As systems write no date. Of the year 0000 Postgres knows no day.
    for (const [name, none] of [
      ['died', '0001-01-01'],
      ['birthDate', '0001-01-01'],
      ['coverageEnd', '0001-01-01'],
      ['until', '0000-01-01'],
    ] as const)
      expect(await put({ [name]: none })).toMatchObject({
        status: 400,
        body: { error_description: `${name}: is no date` },
      });
  });
});
