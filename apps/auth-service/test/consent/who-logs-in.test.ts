/** What the consent page says that an app learns of whoever logs in, and what its id_token tells. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  exchange,
  openAndLogIn,
  redirected,
  registerApp,
  type RegisteredApp,
  startAuthorization,
} from '../app.ts';
import { revokePageOf, wordsOf } from '../apps/member.ts';
import { Browser } from '../browser.ts';
import { PASSWORD, startWorld, tenantOf, type World } from '../world.ts';
import { readPage } from './page.ts';

const NOBODY = 'The app gets a code that stands for you. It is the same each time.';
const AS_MEMBER = 'The app learns your name and which member logged in.';
const NAME = 'The app learns your name.';

describe('what an app learns of whoever logs in', () => {
  let world: World;
  let app: RegisteredApp;
  beforeAll(async () => {
    world = await startWorld();
    app = await registerApp(world);
  }, 60_000);
  afterAll(() => world?.stop());

  it.each([
    ['a member for herself', 'paul.parent', 'paul', AS_MEMBER, 'Paul Okafor', 'Patient/paul'],
    ['a member for her child', 'paul.parent', 'cora', NAME, 'Paul Okafor', 'RelatedPerson/father'],
    [
      'a member whom the record of her spouse has not',
      'paul.parent',
      'selma',
      NAME,
      'Paul Okafor',
      undefined,
    ],
    ['somebody who is no member', 'gina.guardian', 'cora', NOBODY, undefined, undefined],
  ])('is what the page says: %s', async (_, login, patient, said, name, fhirUser) => {
    const scope = 'openid profile launch/patient patient/Coverage.rs';
    const { url, verifier } = startAuthorization(world, app, { scope });
    const [browser, first] = await openAndLogIn(world, url, login);
    const choose = () => browser.submit(first, 'choose', (fields) => fields.set('member', patient));
    const consent = login === 'paul.parent' ? await choose() : first;
    const { paragraphs } = readPage(consent.html);
    expect([NOBODY, AS_MEMBER, NAME].filter((text) => paragraphs.includes(text))).toEqual([said]);
    const code = redirected(await browser.submit(consent, 'agree')).get('code') ?? '';
    const { body } = await exchange(world, app, code, verifier);
    const [, payload = ''] = String(body['id_token']).split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, string>;
    const told = fhirUser && `${tenantOf(world).fhirBase}/${fhirUser}`;
    expect([claims['name'], claims['fhirUser']]).toEqual([name, told]);
    // The list of apps and the receipt say no more of who is no member.
    const apps = await browser.open(tenantOf(world).appsPage);
    const receipt = /href="([^"]*\/receipt)"/.exec(apps.html)?.[1] ?? '';
    expect(receipt).not.toBe('');
    const listed = [apps, await browser.open(new URL(receipt, apps.url).href)].map(wordsOf);
    expect(listed.map((words) => words.includes('Your name'))).toEqual(listed.map(() => name !== undefined));
  });

  it.each([
    [
      'her own',
      'paul',
      'The entry about you: name, date of birth, address, phone, sex and gender, race and ethnicity, language, marital status',
    ],
    [
      'that in a child’s record',
      'cora',
      'The entry about you in this member’s record: name, address, phone, sex, date of birth, language',
    ],
  ])('is told by lists and receipts with the entry that the app may read: %s', async (_, patient, entry) => {
    const reader = await registerApp(world, { client_name: `Reader of ${patient}` });
    const browser = new Browser(world.url);
    const agree = async (scope: string) => {
      const { url } = startAuthorization(world, reader, { scope });
      const opened = await browser.open(url);
      const asked = opened.html.includes('name="password"')
        ? await browser.logIn(opened, 'paul.parent', PASSWORD)
        : opened;
      const consent = await browser.submit(asked, 'choose', (fields) => fields.set('member', patient));
      expect(redirected(await browser.submit(consent, 'agree')).has('code')).toBe(true);
      return revokePageOf(world, reader);
    };
    const question = await agree('openid fhirUser launch/patient patient/Coverage.rs');
    for (const page of [question, `${question}/receipt`, `${question}/receipt.html`])
      expect(wordsOf(await browser.request(page))).toContain(entry);
    // A later agreement without it takes nothing from the one before, which goes on.
    const later = await agree('openid launch/patient patient/Coverage.rs');
    expect(wordsOf(await browser.request(later))).toContain(entry);
    expect(wordsOf(await browser.request(`${later}/receipt`))).not.toContain(entry);
  });
});
