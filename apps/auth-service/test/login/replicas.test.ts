/** The limits of an address and of a plan count in Postgres: exactly, at two replicas that share nothing else. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { registerApp, type RegisteredApp, startAuthorization } from '../app.ts';
import { Browser } from '../browser.ts';
import { giveAddress, type MailWorld, startMailWorld } from '../mail/world.ts';
import { PASSWORD, type World } from '../world.ts';

const FREE_OF_ADDRESS = 60;
const FREE_OF_PLAN = 2_000;
const CLINIC = '203.0.113.77';

describe('wrong passwords at two replicas', () => {
  let mails: MailWorld;
  let replicas: World[];
  let app: RegisteredApp;
  let visits = 0;
  beforeAll(async () => {
    mails = await startMailWorld();
    replicas = [mails.world, await mails.world.replica()];
    app = await registerApp(mails.world);
    await giveAddress(mails.world, 'paul.parent', 'paul@mail.example');
  }, 60_000);
  beforeEach(() => mails.world.db.query('TRUNCATE throttle, mail, mail_ticket'));
  afterAll(() => mails?.stop());

  /** @param at the replica that the form reaches @returns what the page says then */
  async function logIn(at: World, login: string, password: string, address: string): Promise<string> {
    const { world } = mails;
    const browser = new Browser(world.url);
    browser.headers['x-forwarded-for'] = address;
    const page = await browser.open(startAuthorization(world, app, { prompt: 'login' }).url);
    const sent = { ...page, url: page.url.replace(world.url, at.url) };
    const answer = await browser.logIn(sent, login, password);
    // A path, which the browser knows at the public host.
    const next = answer.status === 303 ? answer.headers.get('location') : null;
    const { status, html } = next === null ? answer : await browser.open(new URL(next, world.url).href);
    return /One more step|Whose data/.exec(html)?.[0] ?? `refused (${status})`;
  }

  /** Each wrong password is for another login, and reaches the next replica. */
  async function guess(times: number, address: () => string): Promise<void> {
    for (let time = 0; time < times; time += 1) {
      const at = replicas[(visits += 1) % replicas.length] as World;
      expect(await logIn(at, `guess.${visits}`, 'wrong', address())).toBe('refused (400)');
    }
  }

  /** @returns what the right password leads to, at each replica */
  async function tryRight(address: () => string): Promise<string[]> {
    const found: string[] = [];
    for (const at of replicas) found.push(await logIn(at, 'paul.parent', PASSWORD, address()));
    return found;
  }

  it('O80: one more than an address has free, and both ask for more than the right password', async () => {
    const atClinic = () => CLINIC;
    await guess(FREE_OF_ADDRESS - 1, atClinic);
    expect(await tryRight(atClinic)).toEqual(['Whose data', 'Whose data']);
    await guess(1, atClinic);
    expect(await tryRight(atClinic)).toEqual(['One more step', 'One more step']);
    expect(await tryRight(() => '198.51.100.1')).toEqual(['Whose data', 'Whose data']);
  }, 120_000);

  it('O80: one more than a plan has free, from as many addresses, and both ask for more', async () => {
    const anywhere = () => `192.0.2.${(visits += 1) % 250}`;
    await guess(2, anywhere);
    // Of these two guesses only the plan is the same.
    const { rowCount } = await mails.world.db.query(
      `UPDATE throttle SET failures = $1 WHERE tenant = 'northwind' AND failures = 2`,
      [FREE_OF_PLAN - 2],
    );
    expect(rowCount).toBe(1);
    await guess(1, anywhere);
    expect(await tryRight(anywhere)).toEqual(['Whose data', 'Whose data']);
    await guess(1, anywhere);
    expect(await tryRight(anywhere)).toEqual(['One more step', 'One more step']);
  }, 60_000);
});
