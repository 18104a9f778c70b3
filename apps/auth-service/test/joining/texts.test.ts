import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as bodyOf } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { waitUntil } from '@patient-access/testing';
import { createLocalJWKSet, type JSONWebKeySet, type JWTPayload, jwtVerify } from 'jose';
import { registerApp, type RegisteredApp } from '../app.ts';
import { wordsOf } from '../apps/member.ts';
import { configure } from '../configure.ts';
import { takeActs } from '../events.ts';
import { FROM, type MailWorld, noMailWaits, startMailWorld } from '../mail/world.ts';
import { tenantOf, type World } from '../world.ts';
import { sayWho, typeCode, JUANA, loadPlan, makeLogin, openForm } from './joiner.ts';

describe('a code in a text message', () => {
  let mails: MailWorld;
  let world: World;
  let app: RegisteredApp;
  let server: Server;
  let url: string;
  const answers: number[] = [];
  const received: string[] = [];
  beforeAll(async () => {
    mails = await startMailWorld();
    ({ world } = mails);
    server = createServer((request, response) => {
      void bodyOf(request).then((body) => {
        received.push(`${request.headers['content-type']} ${body}`);
        response.writeHead(answers.shift() ?? 204).end();
      });
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/texts`;
    await configure(world, plan());
    app = await registerApp(world);
    await loadPlan(world);
  }, 60_000);
  afterAll(async () => {
    server?.close();
    await mails?.stop();
  });

  const plan = () => ({
    mail: { from: FROM },
    nativeApps: true,
    loopbackKeySets: true,
    join: { text: { url } },
  });

  /** What the plan's endpoint reads, with the keys that the plan publishes. */
  async function messages(): Promise<JWTPayload[]> {
    const { issuer } = tenantOf(world);
    const keys = createLocalJWKSet((await (await fetch(`${issuer}/keys`)).json()) as JSONWebKeySet);
    const read = received.splice(0).map(async (message) => {
      const [type, jwt = ''] = message.split(' ');
      expect(type).toBe('application/jwt');
      const how = { issuer, audience: url, typ: 'text-message+jwt', algorithms: ['ES256'] };
      return (await jwtVerify(jwt, keys, how)).payload;
    });
    return Promise.all(read);
  }

  it('reaches the phone of the person through the plan’s endpoint, signed', async () => {
    answers.push(503);
    const [browser, form] = await openForm(world, app);
    const page = await sayWho(browser, form, JUANA, 'text');
    expect(page.html).toContain('a phone number that is yours alone');
    await waitUntil(() => received.length === 1);
    await waitUntil(
      async () => (await world.db.query('UPDATE mail SET due_at = now() WHERE attempts = 1')).rowCount === 1,
    );
    await noMailWaits(world);
    const [first, second] = await messages();
    expect(second).toMatchObject({
      jti: first?.jti,
      text: first?.['text'],
      to: '+16125550142',
      language: 'en',
    });
    const text = String(second?.['text']);
    expect(text).toMatch(/^Northwind Health Plan: \d{8} is your code/);
    const login = await typeCode(browser, page, /\d{8}/.exec(text)?.[0] ?? '');
    expect((await makeLogin(browser, login, 'juana.text')).html).toContain('Leo Ibáñez');
    const { rows } = await world.db.query(`SELECT proofing FROM account WHERE login = 'juana.text'`);
    expect(rows).toEqual([{ proofing: 'plan-text' }]);
    const { rows: counted } = await world.db.query(`SELECT codes FROM plan_person WHERE number = 'NW-2001'`);
    expect(counted).toEqual([{ codes: 1 }]);
  });

  it('says to somebody who has an account that she has one', async () => {
    await noMailWaits(world);
    const [browser, form] = await openForm(world, app);
    await sayWho(browser, form, JUANA, 'text');
    await noMailWaits(world);
    expect(await messages()).toMatchObject([
      { text: expect.stringContaining('You have an account already') },
    ]);
  });

  it('is what the page promises, beside a mail or alone', async () => {
    const [, both] = await openForm(world, app);
    expect(wordsOf(both)).toContain('We send a code to an email address or a phone number');
    await configure(world, { ...plan(), mail: undefined });
    const [browser, alone] = await openForm(world, app);
    expect(wordsOf(alone)).toContain('We send a code to a phone number');
    expect(wordsOf(alone)).not.toContain('email address');
    // Without mails there is no page for a forgotten password.
    await sayWho(browser, alone, JUANA, 'text');
    await noMailWaits(world);
    const [{ text } = {}] = await messages();
    expect(text).toContain('or call your plan');
    await configure(world, plan());
  });

  it('is not sent to somebody who has no phone number, and the trail says so', async () => {
    await takeActs(world);
    const [browser, form] = await openForm(world, app);
    await sayWho(
      browser,
      form,
      { ...JUANA, number: 'NW-2005', given: 'Carl', family: 'Quiet', month: '10', day: '10', year: '1990' },
      'text',
    );
    await noMailWaits(world);
    expect(received).toEqual([]);
    expect((await takeActs(world)).at(-1)).toMatchObject({ action: 'mail-join-text', reason: 'no-address' });
  });
});
