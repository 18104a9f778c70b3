import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { registerApp, type RegisteredApp, startAuthorization } from '../app.ts';
import { isThorough, tries } from '@patient-access/testing';
import type { Authenticator } from '../authenticator.ts';
import { Browser, type BrowserPage, withoutTokens } from '../browser.ts';
import { takeAllEvents, takeEvents } from '../events.ts';
import { giveAddress, type MailWorld, startMailWorld, takeMail } from '../mail/world.ts';
import { PASSWORD, type World } from '../world.ts';
import { turnOnSecondFactor } from './second-step.ts';

const FREE = 60;
const BARE_FREE = 30;
const FLOOD = 70;
const NAMES = 15;
/** Wrong ones that are free. Of the wait behind them the first try has an event. */
const CODES = 5;
/** Events of one network in a minute. What a test sends may be in two of them. */
const OWN = 30;
const CLINIC = '203.0.113.77';
/** People who log in together. */
const AT_ONCE = 5;

describe('O80: an address that many people share', () => {
  let mails: MailWorld;
  let world: World;
  let app: RegisteredApp;
  let authenticator: Authenticator;
  beforeAll(async () => {
    mails = await startMailWorld();
    world = mails.world;
    app = await registerApp(world);
    // Twenty people of the plan, who have neither a second factor nor an e-mail address.
    await world.db.query(
      `WITH one AS (SELECT * FROM account WHERE tenant = 'northwind' AND login = 'maria.many'),
            made AS (INSERT INTO account (tenant, sub, login, password_hash)
                     SELECT tenant, gen_random_uuid(), 'person.' || n, password_hash FROM one, generate_series(1, 20) n
                     RETURNING tenant, sub, login)
       INSERT INTO account_member (tenant, sub, patient, relationship, name, position)
       SELECT tenant, sub, login, 'self', login, 0 FROM made`,
    );
    ({ authenticator } = await turnOnSecondFactor(world, app));
    await giveAddress(world, 'paul.parent', 'paul@mail.example');
  }, 60_000);
  beforeEach(async () => {
    await world.db.query('TRUNCATE throttle, mail, mail_ticket');
    await takeEvents(world);
  });
  afterAll(() => mails?.stop());

  /** Each call is a new device. */
  async function atLogin(address: string): Promise<[Browser, BrowserPage]> {
    const browser = new Browser(world.url);
    browser.headers['x-forwarded-for'] = address;
    return [browser, await browser.open(startAuthorization(world, app, { prompt: 'login' }).url)];
  }

  async function tryLogin(
    login: string,
    password: string,
    address = CLINIC,
  ): Promise<[Browser, BrowserPage]> {
    const [browser, page] = await atLogin(address);
    return [browser, await browser.logIn(page, login, password)];
  }

  /** Wrong passwords for many names, from one address. */
  async function spray(names: readonly string[], address = CLINIC): Promise<BrowserPage[]> {
    const pages: BrowserPage[] = [];
    const [browser, page] = await atLogin(address);
    for (const name of names) {
      const answer = await browser.logIn(page, name, 'wrong');
      pages.push(answer);
      if (answer.html.includes('One more step')) await browser.submit(answer, 'again');
    }
    return pages;
  }

  let sprayedAt: number | undefined;
  /**
   * Makes the clinic's address one from which too many wrong passwords came. They are sent once. After that, what they
   * left in the database, which is all that is counted, is put back as if they had come now.
   */
  async function sprayClinic(): Promise<void> {
    if (sprayedAt === undefined) {
      await spray(strangers(FREE + 1));
      await world.db.query('CREATE TABLE sprayed AS SELECT * FROM throttle');
      sprayedAt = Date.now();
      return;
    }
    await world.db.query('TRUNCATE throttle; INSERT INTO throttle SELECT * FROM sprayed');
    await world.db.query(
      `UPDATE throttle SET blocked_until = blocked_until + make_interval(secs => $1),
                           expires_at = expires_at + make_interval(secs => $1)`,
      [(Date.now() - sprayedAt) / 1_000],
    );
  }

  const strangers = (count: number) => Array.from({ length: count }, (_, n) => `guess.${n}`);
  const people = (count: number) => Array.from({ length: count }, (_, n) => `person.${(n % 20) + 1}`);
  const isIn = ({ html }: BrowserPage) => /Share data with|Whose data/.test(html);

  /** In the short form most of the wrong passwords before those are the ones that the clinic sent already. */
  const sprayMembers = async () => {
    if (!isThorough) await sprayClinic();
    await spray(people(tries(20, 70)));
  };

  it.each([
    ['names that do not exist', () => sprayClinic().then(() => spray(strangers(70).slice(FREE + 1)))],
    ['names of members, who then log in', sprayMembers],
  ])(
    'O80: lets twenty people in at their first try, after 70 wrong passwords for %s',
    async (_what, sprayed) => {
      await sprayed();
      // Not all at once: more passwords than can be checked within three seconds are refused until later, whoever asks.
      const answers: [Browser, BrowserPage][] = [];
      for (let at = 0; at < 20; at += AT_ONCE) {
        const some = people(20).slice(at, at + AT_ONCE);
        answers.push(...(await Promise.all(some.map((login) => tryLogin(login, PASSWORD)))));
      }
      expect(answers.map(([, page]) => [page.status, isIn(page)])).toEqual(Array(20).fill([200, true]));
    },
    120_000,
  );

  it('O80: asks for a code from the authenticator app of whoever has one, and lets in with it', async () => {
    await sprayClinic();
    const [browser, page] = await tryLogin('maria.many', PASSWORD);
    expect(page.html).toContain('One more step');
    expect((await browser.submit(page, 'proof', (fields) => fields.set('code', '000000'))).status).toBe(400);
    const code = authenticator.code();
    expect(isIn(await browser.submit(page, 'proof', (fields) => fields.set('code', code)))).toBe(true);
    expect((await world.db.query('SELECT 1 FROM mail')).rowCount).toBe(0);
  }, 60_000);

  it('O80: sends a code to the confirmed address of whoever has no second factor', async () => {
    await sprayClinic();
    const [browser, page] = await tryLogin('paul.parent', PASSWORD);
    expect(page.html).toContain('One more step');
    const mail = await takeMail(mails);
    expect(mail.to).toBe('paul@mail.example');
    const code = /^\d{8}$/m.exec(mail.text)?.[0] ?? '';
    const wrong = await browser.submit(page, 'proof', (fields) => fields.set('code', '00000000'));
    expect(wrong.status).toBe(400);
    const right = await browser.submit(wrong, 'proof', (fields) => fields.set('code', code));
    expect(right.html).not.toContain('One more step');
    expect(isIn(right)).toBe(true);
  }, 60_000);

  it('O80: tells a guesser nothing: right or wrong, known or unknown, the answer is the same', async () => {
    await sprayClinic();
    const told = await Promise.all(
      [
        ['maria.many', PASSWORD],
        ['maria.many', 'wrong'],
        ['paul.parent', PASSWORD],
        ['paul.parent', 'wrong'],
        ['person.1', 'wrong'],
        ['nobody.here', PASSWORD],
      ].map(async ([login = '', password = '']) => {
        const [browser, { status, html, headers, url }] = await tryLogin(login, password);
        const wrong = await browser.submit({ status, html, headers, url }, 'proof', (fields) =>
          fields.set('code', '123123'),
        );
        const names = [...headers.keys()].filter((name) => name !== 'x-request-id').sort();
        return [
          status,
          withoutTokens(html),
          names,
          headers.get('retry-after'),
          wrong.status,
          withoutTokens(wrong.html),
        ];
      }),
    );
    expect(told[0]?.[1]).toContain('One more step');
    for (const each of told) expect(each).toEqual(told[0]);
    // Only the right password of a login without a second factor is worth a mail.
    expect((await world.db.query('SELECT 1 FROM mail')).rowCount).toBe(1);
  }, 60_000);

  it('A16: a flood of names that nobody has leaves few events, and each try at a login of somebody has its own', async () => {
    await sprayClinic();
    await world.flush();
    await takeEvents(world);
    const flood = Array.from({ length: FLOOD }, (_, n) => `flood.${n}`);
    await spray(flood);
    await spray(Array(3).fill('maria.many'));
    await world.flush();
    const refused = (await takeAllEvents(world)).filter(({ reason }) => reason === 'wrong-password');
    const own = refused.filter(({ kind, user }) => kind === 'login' && user === undefined).length;
    const counted = refused.filter(({ kind }) => kind === 'denied-attempts');
    expect(own).toBeLessThanOrEqual(2 * OWN);
    expect(own + counted.reduce((sum, { count = 0 }) => sum + count, 0)).toBe(FLOOD);
    expect(counted[0]).toMatchObject({ address: CLINIC, request: expect.stringMatching(/^POST /) });
    expect(refused.filter(({ user }) => user !== undefined)).toHaveLength(3);
  }, 60_000);

  it('A16: nor does a flood of codes for them, or of waits', async () => {
    await sprayClinic();
    await world.flush();
    await takeEvents(world);
    const [browser, page] = await atLogin(CLINIC);
    for (let n = 0; n < NAMES; n += 1) {
      const step = await browser.logIn(page, `flood.${n}`, 'wrong');
      for (let code = 0; code <= CODES; code += 1)
        await browser.submit(step, 'proof', (fields) => fields.set('code', '123123'));
      await browser.submit(step, 'again');
    }
    await world.flush();
    const events = await takeAllEvents(world);
    const of = (reason: string) => events.filter((event) => event.reason === reason);
    const own = events.filter(({ kind }) => kind === 'login').length;
    const sum = (reason: string) => of(reason).reduce((all, { count = 1 }) => all + count, 0);
    expect(own).toBeLessThanOrEqual(2 * OWN);
    expect([sum('wrong-code'), sum('too-many-attempts')]).toEqual([NAMES * CODES, NAMES]);
  }, 60_000);

  it('O80: a right password shows in no count before the code is there', async () => {
    await sprayClinic();
    const triesUntilWait = async (first: string) => {
      await world.db.query(`DELETE FROM throttle WHERE failures < ${FREE}`);
      await tryLogin('maria.many', first);
      let tries = 1;
      while ((await tryLogin('maria.many', 'wrong'))[1].status !== 429) tries += 1;
      return tries;
    };
    expect(await triesUntilWait(PASSWORD)).toBe(await triesUntilWait('wrong'));
  }, 60_000);

  it('O80: lets guesses at logins that can prove nothing more through once in half a minute', async () => {
    await sprayClinic();
    // Two for each, so that none waits by itself.
    await spray([...people(BARE_FREE), 'person.1']);
    const [, late] = await tryLogin('person.9', PASSWORD);
    expect(late.html).toContain('One more step');
    expect(late.headers.get('retry-after')).toBe('30');
    // Names that do not exist do not lengthen that.
    await spray(strangers(20));
    await world.db.query(
      `UPDATE throttle SET blocked_until = blocked_until - interval '31 seconds' WHERE blocked_until > now()`,
    );
    expect(isIn((await tryLogin('person.9', PASSWORD))[1])).toBe(true);
  }, 60_000);

  it('O80: counts an IPv6 network as one, and no other', async () => {
    const [browser, page] = await atLogin('2001:db8:1:2::1');
    for (let n = 0; n <= FREE; n += 1) {
      browser.headers['x-forwarded-for'] = `2001:db8:1:2::${n + 1}`;
      await browser.logIn(page, `guess.${n}`, 'wrong');
    }
    const within = await tryLogin('maria.many', PASSWORD, '2001:db8:1:2:ffff::1');
    expect(within[1].html).toContain('One more step');
    const elsewhere = await tryLogin('maria.many', PASSWORD, '2001:db8:1:3::1');
    expect(elsewhere[1].html).toContain('Enter your code');
  }, 60_000);

  it('O80: is never asked for more on a device that has logged in before', async () => {
    const [browser] = await tryLogin('person.2', PASSWORD);
    await sprayClinic();
    const page = await browser.open(startAuthorization(world, app, { prompt: 'login' }).url);
    expect(isIn(await browser.logIn(page, 'person.2', PASSWORD))).toBe(true);
  }, 60_000);

  it('O80: says in the trail alone why a right password lets nobody in', async () => {
    await world.db.query(`UPDATE account_member SET coverage_end = '2015-01-31' WHERE patient = 'person.20'`);
    await sprayClinic();
    await takeEvents(world);
    const [, page] = await tryLogin('person.20', PASSWORD);
    expect(page.html).toContain('One more step');
    expect(await takeEvents(world)).toMatchObject([
      { outcome: '4', reason: 'access-over', member: 'person.20' },
    ]);
  }, 60_000);
});
