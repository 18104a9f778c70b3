import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  exchange,
  getTokens,
  introspect,
  startAuthorization,
  openAndLogIn,
  redirected,
  registerApp,
  type RegisteredApp,
} from '../app.ts';
import { Browser, hiddenFields } from '../browser.ts';
import { PASSWORD, startWorld, type World } from '../world.ts';
import { TEXTS } from '../../src/domain/pages/language.ts';
import { readPage } from './page.ts';

describe("the member's decision", () => {
  let world: World;
  let app: RegisteredApp;
  beforeAll(async () => {
    world = await startWorld();
    app = await registerApp(world);
  }, 60_000);
  afterAll(() => world?.stop());

  const scope = 'launch/patient patient/Coverage.rs patient/ExplanationOfBenefit.read patient/Observation.rs';

  it('narrows the grant: page, token, introspection and database agree', async () => {
    const { url, verifier } = startAuthorization(world, app, { scope });
    const [browser, page] = await openAndLogIn(world, url);
    expect(hiddenFields(page).getAll('kind')).toEqual(['coverage', 'claims', 'results']);
    const answer = await browser.submit(page, 'agree', (fields) => fields.delete('kind', 'claims'));
    const { body } = await exchange(world, app, redirected(answer).get('code') as string, verifier);
    const granted = 'launch/patient patient/Coverage.rs patient/Observation.rs';
    expect(body['scope']).toBe(granted);
    const { body: claims } = await introspect(world, body['access_token'] as string);
    expect(claims['scope']).toBe(granted);
    const { rows } = await world.db.query('SELECT * FROM consent WHERE grant_id = $1', [claims['grant_id']]);
    expect(rows[0]).toMatchObject({
      requested_scope: scope,
      scope: granted,
      declined: ['claims'],
      member: 'maria',
    });
  });

  it('lets one login share the data of each of its members, one member at a time', async () => {
    const { url, verifier } = startAuthorization(world, app, { scope: `openid fhirUser ${scope}` });
    const [browser, chooser] = await openAndLogIn(world, url, 'paul.parent');
    expect(chooser.html).toContain('Whose data?');
    const missing = await browser.submit(chooser, 'choose');
    expect(missing.status).toBe(400);
    const stranger = await browser.submit(chooser, 'choose', (fields) => fields.set('member', 'maria'));
    expect(stranger.status).toBe(400);
    const skipped = await browser.submit(chooser, 'agree', (fields) => fields.set('kind', 'coverage'));
    expect(skipped.status).toBe(403);
    const consent = await browser.submit(chooser, 'choose', (fields) => fields.set('member', 'selma'));
    expect(consent.html).toContain('Selma Okafor');
    const again = await browser.submit(consent, 'back');
    expect(again.html).toContain('Whose data?');
    const decided = await browser.submit(again, 'choose', (fields) => fields.set('member', 'cora'));
    const answer = redirected(await browser.submit(decided, 'agree'));
    const { body } = await exchange(world, app, answer.get('code') as string, verifier);
    expect(body['patient']).toBe('cora');
    const { body: claims } = await introspect(world, body['access_token'] as string);
    expect(claims).toMatchObject({
      patient: 'cora',
      fhirUser: expect.stringMatching(/\/RelatedPerson\/father$/),
    });
  });

  it('needs no member when the app asks for no member data', async () => {
    const tokens = await getTokens(world, app, { scope: 'openid fhirUser' }, 'paul.parent');
    expect(tokens['patient']).toBeUndefined();
    expect(tokens['id_token']).toBeDefined();
  });

  it.each(['login', 'choose', 'consent'])('can be a refusal on the %s page', async (step) => {
    const { url, state } = startAuthorization(world, app, { scope });
    const browser = new Browser(world.url);
    let page = await browser.open(url);
    if (step !== 'login') page = await browser.logIn(page, 'paul.parent', PASSWORD);
    if (step === 'consent')
      page = await browser.submit(page, 'choose', (fields) => fields.set('member', 'paul'));
    const answer = redirected(await browser.submit(page, step === 'login' ? 'cancel' : 'deny'));
    expect([answer.get('error'), answer.get('state'), answer.get('code')]).toEqual([
      'access_denied',
      state,
      null,
    ]);
  });

  it.each(['en', 'es'] as const)(
    'is made on a page that says that an unchecked kind may show in others (%s)',
    async (language) => {
      const { overlap } = TEXTS[language].consent;
      const saysSo = async (asked: string) => {
        const change = { scope: asked, ui_locales: language };
        const [, page] = await openAndLogIn(world, startAuthorization(world, app, change).url);
        return readPage(page.html).paragraphs.includes(overlap);
      };
      expect(await saysSo('patient/Condition.rs patient/ExplanationOfBenefit.rs')).toBe(true);
      expect(await saysSo('patient/*.rs')).toBe(true);
      // Who unchecks the only kind shares nothing.
      expect(await saysSo('patient/ExplanationOfBenefit.rs')).toBe(false);
    },
  );

  it.each([
    ['en', /asks for everything your plan holds, and also for kinds of data that are added later/],
    ['es', /pide todo lo que tiene su plan, y también los tipos de datos que se agreguen después/],
  ])(
    'SMART 64: is made on a page that says that a wildcard also covers later data (%s)',
    async (language, words) => {
      const open = async (asked: string) =>
        (
          await openAndLogIn(
            world,
            startAuthorization(world, app, { scope: asked, ui_locales: language }).url,
          )
        )[1].html;
      expect(await open('patient/*.rs')).toMatch(words);
      expect(await open('launch/patient user/*.read')).toMatch(words);
      expect(await open('patient/*.rs?category=a|b')).not.toMatch(words);
      expect(await open(scope)).not.toMatch(words);
    },
  );

  it('stores nothing without its event, and then the same page can be answered', async () => {
    const { url, verifier } = startAuthorization(world, app, { scope });
    const [browser, page] = await openAndLogIn(world, url);
    const given = async () => (await world.db.query('SELECT count(*) AS consents FROM consent')).rows;
    const before = await given();
    await world.db.query('ALTER TABLE outbox RENAME TO outbox_away');
    try {
      expect((await browser.submit(page, 'agree')).status).toBeGreaterThanOrEqual(500);
    } finally {
      await world.db.query('ALTER TABLE outbox_away RENAME TO outbox');
    }
    expect(await given()).toEqual(before);
    const code = redirected(await browser.submit(page, 'agree')).get('code');
    const { body } = await exchange(world, app, code as string, verifier);
    expect(body['scope']).toBe(scope);
  });

  it('needs at least one kind of data, and none is checked again after an error', async () => {
    const [browser, page] = await openAndLogIn(world, startAuthorization(world, app, { scope }).url);
    const refused = await browser.submit(page, 'agree', (fields) => fields.delete('kind'));
    expect(refused.status).toBe(400);
    expect(hiddenFields(refused).getAll('kind')).toEqual([]);
    const invented = await browser.submit(page, 'agree', (fields) => {
      fields.delete('kind');
      fields.set('kind', 'medicines');
    });
    expect(invented.status).toBe(400);
  });

  it('lasts for one token if the app did not ask for more', async () => {
    const tokens = await getTokens(world, app, { scope });
    expect(tokens['refresh_token']).toBeUndefined();
    const { body: claims } = await introspect(world, tokens['access_token'] as string);
    const { rows } = await world.db.query<{ seconds: string }>(
      'SELECT extract(epoch FROM until - granted_at) AS seconds FROM consent WHERE grant_id = $1',
      [claims['grant_id']],
    );
    expect(Number(rows[0]?.seconds)).toBeGreaterThan(655);
    expect(Number(rows[0]?.seconds)).toBeLessThanOrEqual(660);
  });
});
