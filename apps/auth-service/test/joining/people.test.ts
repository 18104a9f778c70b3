import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Readable } from 'node:stream';
import { createPool, type Pool } from '@patient-access/database';
import { makeLetters } from '../../src/domain/administration/members/letters.ts';
import { nameForms } from '../../src/domain/joining/name-forms.ts';
import { administrationOf } from '../administration.ts';
import { registerApp, type RegisteredApp } from '../app.ts';
import { wordsOf } from '../apps/member.ts';
import { configure } from '../configure.ts';
import { takeActs } from '../events.ts';
import { startWorld, type World } from '../world.ts';
import { sayWho, SITI, typeCode, JUANA, loadPeople, loadPlan, makeLogin, openForm } from './joiner.ts';

const juana = {
  number: 'NW-2001',
  names: [{ given: 'Juana', family: 'Ibáñez Ortega' }],
  birthDate: '1984-02-09',
  contacts: [{ email: 'juana@mail.example' }],
};

const name = (text: string) => {
  const [given = '', family = ''] = text.split('|');
  return nameForms({ given, family });
};
const isSame = (a: string, b: string) => name(a).some((form) => name(b).includes(form));

describe('names', () => {
  it.each([
    ['José|García López', 'jose|Garcia'],
    ['José|García López', 'José María|lopez'],
    ['Ana|García-López', 'Ana|Garcia Lopez'],
    ['Paula|O’Brien', "PAULA|o'brien"],
    ['Martin|King, Jr.', 'Martin Luther|King'],
    ['Ludwig|van Beethoven', 'Ludwig|Beethoven'],
    ['Maria|de la Cruz', 'María|Cruz'],
    ['Søren|Weiß', 'Soren|Weiss'],
    ['|Suharto', '|suharto'],
    ['Li|Ng', 'li|ng'],
  ])('are the same: %s and %s', (a, b) => expect(isSame(a, b)).toBe(true));

  it.each([
    ['José|García López', 'José|Martínez'],
    ['José|García', 'Juan|García'],
    ['Maria|de la Cruz', 'Maria|de la Torre'],
    ['Ann|Jr', 'Ann|Sr'],
    ['Ann|-', 'Ann|-'],
  ])('are not the same: %s and %s', (a, b) => expect(isSame(a, b)).toBe(false));
});

describe('what a plan says about people who may make accounts', () => {
  let world: World;
  let pool: Pool;
  let app: RegisteredApp;
  beforeAll(async () => {
    world = await startWorld();
    pool = await createPool(world.databaseUrl, { max: 2 });
    await configure(world, { nativeApps: true, join: { letterDays: 10 } });
    app = await registerApp(world);
    await loadPlan(world);
  }, 60_000);
  afterAll(async () => {
    await pool?.end();
    await world?.stop();
  });

  const rows = async () =>
    (await world.db.query('SELECT p.*, p.xmin FROM plan_person p ORDER BY number')).rows as object[];

  async function letters(...numbers: string[]) {
    const written: { number: string; code: string; until: Date }[] = [];
    const said: string[] = [];
    const admin = administrationOf(pool);
    const settings = { ...admin.tenant.settings, join: { minAge: 18, letterDays: 10 } };
    const file = Readable.from([Buffer.from(numbers.join('\n'))]);
    await makeLetters({ ...admin, tenant: { ...admin.tenant, settings } }, [world.master], file, {
      write: (letter) => void written.push(letter),
      reject: (text) => void said.push(text),
    });
    return { written, said };
  }

  it('is kept without names and dates of birth, and the same file changes nothing', async () => {
    const before = await rows();
    expect(JSON.stringify(before)).not.toMatch(/juana|ib[aá]ñez|1984/i);
    await takeActs(world);
    expect(await loadPlan(world)).toMatchObject({ set: 0, unchanged: 8, rejected: 0 });
    expect(await rows()).toEqual(before);
    expect(await takeActs(world)).toEqual([]);
  });

  it('names the lines that it does not load, and quotes nothing of them', async () => {
    const { said, ...result } = await loadPeople(world, [
      { ...juana, birthDate: undefined },
      { ...juana, number: '' },
      { ...juana, number: 'X-1', names: [{ given: 'A', family: '?' }] },
      { ...juana, number: 'X-2', contacts: [{}] },
      { ...juana, number: 'X-3' },
      { ...juana, number: 'X-3' },
      { ...juana, number: 'X-4', birthDate: '0001-01-01' },
      { ...juana, number: 'X-5', birthDate: '2999-01-01' },
    ]);
    expect(result).toEqual({ lines: 8, set: 1, unchanged: 0, rejected: 7 });
    expect(said.sort()).toEqual([
      'line 1: birthDate: is missing',
      'line 2: number: Too small: expected string to have >=1 characters',
      'line 3: names: has a name without a letter',
      'line 4: contacts.0: needs either email or phone',
      'line 6: its number stands in an earlier line',
      'line 7: birthDate: is no date',
      'line 8: birthDate: is in the future',
    ]);
    expect(await loadPeople(world, [{ number: 'X-3', names: [] }])).toMatchObject({ set: 1 });
    expect(await loadPeople(world, [{ number: 'X-3', names: [] }])).toMatchObject({ unchanged: 1 });
  });

  it('a letter opens an account once, and a new letter ends the one before', async () => {
    const [first, second] = [await letters('NW-2001', 'NW-9999'), await letters('NW-2001')];
    expect(first.said).toEqual(['line 2: nobody who may make an account, or somebody who has one']);
    const [old, code] = [first.written[0]?.code ?? '', second.written[0]?.code ?? ''];
    expect(code).toMatch(/^[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}$/);
    expect(JSON.stringify(await rows())).not.toContain(code);
    const [browser, form] = await openForm(world, app);
    expect(form.html).not.toContain('value="mail"');
    // The plan sends neither mails nor text messages, and the page promises none.
    expect(wordsOf(form)).toContain('You also need a code from a letter of your plan.');
    expect(wordsOf(form)).not.toMatch(/email address|phone number/);
    const page = await sayWho(browser, form, JUANA, 'letter');
    expect((await typeCode(browser, page, old)).status).toBe(400);
    const login = await typeCode(browser, page, code.toLowerCase().replaceAll('-', ' '));
    expect((await makeLogin(browser, login, 'juana.paper')).html).toContain('Leo Ibáñez');
    const [another, form2] = await openForm(world, app);
    expect((await typeCode(another, await sayWho(another, form2, JUANA, 'letter'), code)).status).toBe(400);
    expect((await letters('NW-2001')).written).toEqual([]);
    const acts = (await takeActs(world)).filter(({ action }) => action === 'join');
    expect(acts).toMatchObject([
      { outcome: '4', reason: 'wrong-code', member: 'juana' },
      { outcome: '0', request: 'plan-paper' },
      { outcome: '4', reason: 'has-account' },
    ]);
  });

  it('who has one name leaves the field for the first one empty', async () => {
    const code = (await letters('NW-2007')).written[0]?.code ?? '';
    const [browser, form] = await openForm(world, app);
    const inputs = form.html.matchAll(/<input\b[^>]*\bid="(\w+)"[^>]*\brequired\b/g);
    expect([...inputs].map(([, id]) => id)).toEqual(['number', 'family', 'month', 'day', 'year']);
    const login = await typeCode(browser, await sayWho(browser, form, SITI, 'letter'), code);
    await makeLogin(browser, login, 'siti');
    const { rows: made } = await world.db.query(
      `SELECT patient, relationship FROM account JOIN account_member USING (tenant, sub) WHERE login = 'siti'`,
    );
    expect(made).toEqual([{ patient: 'siti', relationship: 'self' }]);
  });

  it('an account follows the address of the plan, and has none that another person has too', async () => {
    const email = async () =>
      (await world.db.query(`SELECT email, email_source FROM account WHERE login = 'juana.paper'`)).rows;
    expect(await email()).toEqual([{ email: 'juana@mail.example', email_source: 'plan' }]);
    await loadPeople(world, [{ ...juana, contacts: [{ email: 'new@mail.example' }] }]);
    expect(await email()).toEqual([{ email: 'new@mail.example', email_source: 'plan' }]);
    await loadPeople(world, [{ ...juana, contacts: [{ email: 'two@mail.example' }] }]);
    expect(await email()).toEqual([{ email: null, email_source: null }]);
  });

  it('a letter is for one person, and for a time', async () => {
    const code = (await letters('NW-2005')).written[0]?.code ?? '';
    const carl = { number: 'NW-2005', given: 'Carl', family: 'Quiet', month: '10', day: '10', year: '1990' };
    const omar = { number: 'NW-2002', given: 'Omar', family: 'Ibanez', month: '1', day: '1', year: '1982' };
    const tryCode = async (typed: typeof carl) => {
      const [browser, form] = await openForm(world, app);
      return (await typeCode(browser, await sayWho(browser, form, typed, 'letter'), code)).html;
    };
    expect(await tryCode(omar)).toContain('That did not work');
    await world.db.query(`UPDATE plan_person SET letter_until = now() WHERE number = 'NW-2005'`);
    expect(await tryCode(carl)).toContain('That did not work');
    await world.db.query(
      `UPDATE plan_person SET letter_until = now() + interval '1 hour' WHERE number = 'NW-2005'`,
    );
    expect(await tryCode(carl)).toContain('Choose how you log in');
  });
});
