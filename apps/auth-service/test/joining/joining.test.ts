import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { exchange, redirected, registerApp, type RegisteredApp, startAuthorization } from '../app.ts';
import { Browser, type BrowserPage, hiddenFields, withoutTokens } from '../browser.ts';
import { configure, loadMembers } from '../configure.ts';
import { takeActs } from '../events.ts';
import { FROM, type MailWorld, noMailWaits, startMailWorld, takeMail } from '../mail/world.ts';
import type { World } from '../world.ts';
import {
  CARL,
  MARIA,
  NINA,
  OMAR,
  ROSA,
  sayWho,
  codeIn,
  typeCode,
  JOINED_PASSWORD,
  JUANA,
  loadPlan,
  makeLogin,
  openForm,
  type Typed,
} from './joiner.ts';

const NOBODY: Typed = { ...JUANA, number: 'NW-9999' };

describe('an account that a member makes alone', () => {
  let mails: MailWorld;
  let world: World;
  let app: RegisteredApp;
  beforeAll(async () => {
    mails = await startMailWorld({ nativeApps: true, join: {} });
    ({ world } = mails);
    app = await registerApp(world);
    expect(await loadPlan(world)).toMatchObject({ set: 8, unchanged: 0, rejected: 0 });
  }, 60_000);
  afterEach(async () => {
    await noMailWaits(world);
    await world.db.query(`DELETE FROM account WHERE proofing LIKE 'plan-%'`);
    await world.db.query('UPDATE plan_person SET codes = 0; TRUNCATE throttle, mail, mail_ticket');
    await takeActs(world);
    mails.server.mails.length = 0;
  });
  afterAll(() => mails?.stop());

  /** @returns the page on which she chooses her login */
  async function prove(typed: Typed): Promise<[Browser, BrowserPage]> {
    const [browser, form] = await openForm(world, app);
    const page = await sayWho(browser, form, typed);
    return [browser, await typeCode(browser, page, codeIn(await takeMail(mails)))];
  }

  const accounts = async () =>
    (
      await world.db.query(
        `SELECT login, email, email_source, proofing, fhir_user,
                ARRAY(SELECT patient || ':' || relationship FROM account_member m WHERE m.sub = a.sub ORDER BY 1) AS sees
           FROM account a WHERE proofing LIKE 'plan-%'`,
      )
    ).rows;

  it('is made with a code at the address that the plan has, and her request goes on', async () => {
    const { url, verifier } = startAuthorization(world, app);
    const browser = new Browser(world.url);
    const form = await browser.submit(await browser.open(url), 'join');
    expect(form.html).toContain('Make an account');
    const page = await sayWho(browser, form, { ...JUANA, number: 'nw 2001', family: 'ibanez' });
    const mail = await takeMail(mails);
    expect(mail).toMatchObject({
      to: 'juana@mail.example',
      from: FROM,
      headers: { subject: 'Your code to make an account' },
    });
    expect(mail.text).not.toMatch(/Juana|NW-?2001/i);
    const login = await typeCode(browser, page, codeIn(mail));
    expect(login.html).toContain('Choose how you log in');
    const consent = await makeLogin(browser, login, 'Juana.I');
    // She sees her own data and her child's.
    expect(consent.html).toContain('Leo Ibáñez');
    expect(await accounts()).toEqual([
      {
        login: 'juana.i',
        email: 'juana@mail.example',
        email_source: 'plan',
        proofing: 'plan-email',
        fhir_user: null,
        sees: ['juana:self', 'leo:child'],
      },
    ]);
    const share = await browser.submit(consent, 'choose', (fields) => fields.set('member', 'juana'));
    const code = redirected(await browser.submit(share, 'agree')).get('code') ?? '';
    const { body } = await exchange(world, app, code, verifier);
    const [, payload = ''] = String(body['id_token']).split('.');
    expect(JSON.parse(Buffer.from(payload, 'base64url').toString())).toMatchObject({
      'urn:payer-patient-access:proofing': { by: 'plan-email', at: expect.stringMatching(/^\d{4}-.*Z$/) },
    });
    const events = (await takeActs(world)).filter(({ action }) => /join/.test(action));
    expect(events).toMatchObject([
      { action: 'mail-join-code', outcome: '0', member: 'juana' },
      { action: 'join', outcome: '0', member: 'juana', request: 'plan-email' },
    ]);
    const [notice] = await mails.server.take();
    expect(notice).toMatchObject({ to: 'juana@mail.example', headers: { subject: 'Your account was made' } });
  });

  it('keeps what was typed when the language is changed, sealed and in no address; never a password', async () => {
    const switched = (browser: Browser, page: BrowserPage, typed: object, lang: string) =>
      browser.submit(page, '', (fields) => {
        for (const [name, value] of Object.entries({ ...typed, lang })) fields.set(name, value as string);
      });
    const stored = async () =>
      JSON.stringify(
        (await world.db.query('SELECT payload FROM oidc_record WHERE model = $1', ['Interaction'])).rows,
      );
    const [browser, form] = await openForm(world, app);
    const spanish = await switched(browser, form, JUANA, 'es');
    expect([spanish.status, spanish.html]).toEqual([200, expect.stringContaining('<html lang="es">')]);
    for (const value of Object.values(JUANA)) expect(spanish.html).toContain(`value="${value}"`);
    expect(spanish.url).not.toMatch(/Juana|NW-|1984/);
    expect(await stored()).not.toMatch(/Ib..?ez|NW-2001/);
    // As the Enter key sends it, which presses the first button: the usual way, and not the switch.
    expect(spanish.html).toMatch(/<button[^>]*name="enter" value="press-mail"[^]*name="lang"/);
    const enter = hiddenFields(spanish);
    for (const [name, value] of Object.entries({ ...JUANA, enter: 'press-mail' })) enter.set(name, value);
    const code = await browser.open(spanish.url, { method: 'POST', body: enter });
    const mail = await takeMail(mails);
    const login = await typeCode(browser, code, codeIn(mail));
    const secret = { password: JOINED_PASSWORD, repeat: JOINED_PASSWORD };
    const english = await switched(browser, login, { login: 'juana.i', ...secret }, 'en');
    expect(english.html).toMatch(/<html lang="en">[^]*value="juana.i"/);
    expect(english.html).not.toContain(JOINED_PASSWORD);
    expect(await stored()).not.toContain('turtles');
    expect((await makeLogin(browser, english, 'juana.i')).html).toContain('Leo Ibáñez');
  });

  it('of a representative sees what the plan says, as a delegate', async () => {
    const [browser, page] = await prove(ROSA);
    expect((await makeLogin(browser, page, 'rosa')).html).toContain('Otto Old');
    expect(await accounts()).toMatchObject([{ fhir_user: 'RelatedPerson/rosa', sees: ['old:parent'] }]);
  });

  it('uses the address of a request for confidential communication, and no other', async () => {
    const [browser, form] = await openForm(world, app);
    await sayWho(browser, form, CARL);
    expect(await mails.server.take()).toMatchObject([{ to: 'quiet@mail.example' }]);
  });

  const head = ({ headers }: BrowserPage) =>
    [...headers]
      .filter(([name]) => !['date', 'x-request-id', 'set-cookie', 'location'].includes(name))
      .join();
  const same = ({ html }: BrowserPage) =>
    withoutTokens(html.replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, ''));

  it('tells nobody who is a member: the same answers, and no look-up before the mail', async () => {
    const everybody = [
      JUANA,
      { ...JUANA, family: 'Wrong' },
      { ...JUANA, year: '1985' },
      NOBODY,
      OMAR,
      NINA,
      MARIA,
    ];
    const pages: BrowserPage[] = [];
    const wrong: BrowserPage[] = [];
    for (const typed of everybody) {
      const [browser, form] = await openForm(world, app);
      const client = await world.db.connect();
      try {
        // Who looks the person up to answer has to wait here, and fails.
        await client.query(
          'BEGIN; LOCK TABLE plan_person, plan_contact, plan_member IN ACCESS EXCLUSIVE MODE',
        );
        pages.push(await sayWho(browser, form, typed));
      } finally {
        await client.query('ROLLBACK');
        client.release();
      }
      wrong.push(await typeCode(browser, pages.at(-1) as BrowserPage, '12345678'));
    }
    for (const each of [pages, wrong]) {
      expect(new Set(each.map(({ status }) => status)).size).toBe(1);
      expect(new Set(each.map(head)).size).toBe(1);
      expect(new Set(each.map(same)).size).toBe(1);
    }
    await noMailWaits(world);
    const sent = await mails.server.take(2);
    expect(sent.map(({ to, headers }) => [to, headers['subject']]).sort()).toEqual([
      ['castellan@mail.example', 'You have an account already'],
      ['juana@mail.example', 'Your code to make an account'],
    ]);
    const events = (await takeActs(world)).filter(({ action }) => action === 'mail-join-code');
    // Each is decided behind the answer, so one may be noted before the one that was asked before it.
    expect(events.map(({ reason, member }) => `${reason ?? 'sent'} ${member ?? '-'}`).sort()).toEqual([
      'has-account maria',
      'minor nina',
      'sent juana',
      'shared-address omar',
      'unknown-person -',
      'unknown-person -',
      'unknown-person -',
    ]);
  });

  it('O107, O108: nobody makes an account whose time is over, or who has died', async () => {
    const carl = { id: 'carl', relationship: 'self', name: 'Carl Quiet' };
    const says = (...patients: object[]) =>
      loadMembers(world, JSON.stringify({ number: 'NW-2005', patients }));
    const leo = { id: 'leo', relationship: 'child', name: 'Leo Quiet' };
    const long = { coverageEnd: '2001-12-31' };
    for (const patients of [
      [
        { ...carl, ...long },
        { ...leo, ...long },
      ],
      [{ ...carl, died: '2026-01-31' }, leo],
    ]) {
      await says(...patients);
      const [browser, form] = await openForm(world, app);
      await sayWho(browser, form, CARL);
      await noMailWaits(world);
      const events = (await takeActs(world)).filter(({ action }) => action === 'mail-join-code');
      expect(events).toMatchObject([{ reason: 'no-data', member: 'carl' }]);
    }
    await says(carl);
    expect(mails.server.mails).toEqual([]);
  });

  it('needs the code, in the browser that asked for it, once', async () => {
    const [hers, form] = await openForm(world, app);
    const page = await sayWho(hers, form, JUANA);
    const code = codeIn(await takeMail(mails));
    const [other, otherForm] = await openForm(world, app);
    const otherPage = await sayWho(other, otherForm, JUANA);
    expect((await typeCode(other, otherPage, code)).status).toBe(400);
    const login = await typeCode(hers, page, code);
    expect(login.html).toContain('Choose how you log in');
    expect((await typeCode(other, otherPage, code)).status).toBe(400);
    expect((await typeCode(hers, page, code)).html).not.toContain('Choose how you log in');
  });

  it('takes five wrong codes, and then not the right one either', async () => {
    const [browser, form] = await openForm(world, app);
    const page = await sayWho(browser, form, JUANA);
    const code = codeIn(await takeMail(mails));
    for (let n = 0; n < 5; n += 1) expect((await typeCode(browser, page, `0000000${n}`)).status).toBe(400);
    const refused = await typeCode(browser, page, code);
    expect([refused.status, refused.html]).toEqual([429, expect.stringContaining('Too many wrong codes')]);
    const reasons = (await takeActs(world))
      .filter(({ action }) => action === 'join')
      .map(({ reason }) => reason);
    expect(reasons).toEqual([...Array<string>(5).fill('wrong-code'), 'too-many-attempts']);
  });

  it('is not asked for more than five times in a row, whatever the address and whoever has the number', async () => {
    for (const typed of [JUANA, NOBODY]) {
      const statuses: number[] = [];
      for (let n = 0; n < 6; n += 1) {
        const [browser, form] = await openForm(world, app);
        statuses.push((await sayWho(browser, form, typed)).status);
      }
      expect(statuses).toEqual([200, 200, 200, 200, 200, 429]);
    }
    await noMailWaits(world);
    await world.db.query('TRUNCATE throttle');
    const [browser, form] = await openForm(world, app);
    expect((await sayWho(browser, form, JUANA)).status).toBe(200);
    await noMailWaits(world);
    expect(mails.server.mails).toHaveLength(5);
    expect((await takeActs(world)).filter(({ reason }) => reason === 'too-many-codes')).toHaveLength(1);
  });

  it('is one, on two replicas at once', async () => {
    const { url } = await world.replica();
    const proved = [await prove(JUANA), await prove(JUANA)];
    const made = await Promise.all(
      proved.map(([browser, page], n) => {
        const form = n === 0 ? page : { ...page, url: page.url.replace(world.url, url) };
        return makeLogin(browser, form, `juana.${n}`);
      }),
    );
    expect(made.map(({ status }) => status).sort()).toEqual([200, 400]);
    expect(await accounts()).toHaveLength(1);
  });

  it('asks for another user name where somebody has it, and for a good password', async () => {
    const [browser, page] = await prove(JUANA);
    expect((await makeLogin(browser, page, 'maria.many')).html).toContain(
      'Somebody has this user name already',
    );
    expect((await makeLogin(browser, page, 'juana', 'short')).html).toContain('too short');
    expect((await makeLogin(browser, page, 'juana')).html).toContain('Leo Ibáñez');
    const anew = new Browser(world.url);
    const login = await anew.open(startAuthorization(world, app).url);
    expect((await anew.logIn(login, 'juana', JOINED_PASSWORD)).html).toContain('Leo Ibáñez');
  });

  it('tells no more than ten user names that exist', async () => {
    const [browser, page] = await prove(JUANA);
    const statuses: number[] = [];
    for (let n = 0; n < 11; n += 1) statuses.push((await makeLogin(browser, page, 'maria.many')).status);
    expect(statuses).toEqual([...Array<number>(10).fill(400), 429]);
  });

  it('is not offered by a plan that makes the accounts itself', async () => {
    await configure(world, { mail: { from: FROM } });
    const browser = new Browser(world.url);
    const login = await browser.open(startAuthorization(world, app).url);
    expect(login.html).not.toContain('Make an account');
    expect((await browser.submit(login, 'join')).status).toBe(400);
    await configure(world, { mail: { from: FROM }, nativeApps: true, join: {} });
  });
});
