/** A member has connected an app, and another one of its name asks (security case O15). */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  exchange,
  getTokens,
  introspect,
  openAndLogIn,
  redirected,
  registerApp,
  type RegisteredApp,
  startAuthorization,
} from '../app.ts';
import { wordsOf } from '../apps/member.ts';
import { startWorld, type World } from '../world.ts';
import { consentOf, vouchFor } from './world.ts';

const NAME = 'Health Diary';
const ELSEWHERE = { redirect_uris: ['https://other.example/back'] };
const WARNING = 'You have already connected another app with this name.';
/** Consents of other apps, as of a login that has agreed often since. */
const MORE_CONSENTS = `INSERT INTO consent
  SELECT more.* FROM consent, generate_series(1, 60) nth,
         jsonb_populate_record(consent, jsonb_build_object('grant_id', 'more-' || nth, 'client_id', 'another',
           'client_name', 'Another', 'granted_at', now(), 'revoked_at', CASE WHEN nth <= 30 THEN now() END,
           'end_reason', CASE WHEN nth <= 30 THEN 'member' END)) more`;
const PLACES = 'That one goes back to app.example, and this one to other.example.';

describe('the consent page of an app with the name of another one', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
    await getTokens(world, await registerApp(world, { client_name: NAME }));
  }, 60_000);
  afterAll(() => world?.stop());

  async function pageFor(app: RegisteredApp, login?: string) {
    const { url, verifier } = startAuthorization(world, app);
    const [browser, page] = await openAndLogIn(world, url, login);
    return { browser, page, verifier };
  }

  it.each([NAME, 'HEALTH D1ARY'])(
    'O15: says so, and the consent keeps what it said: %s',
    async (client_name) => {
      const app = await registerApp(world, { client_name, ...ELSEWHERE });
      const { browser, page, verifier } = await pageFor(app);
      expect(wordsOf(page)).toContain(`${WARNING} ${PLACES}`);
      const spanish = await browser.submit(page, '', (fields) => fields.set('lang', 'es'));
      expect(wordsOf(spanish)).toContain('Aquella vuelve a app.example, y esta a other.example.');
      const forged = await browser.submit(page, 'agree', (fields) => fields.set('same_name', 'none.example'));
      expect(forged.status).toBe(409);
      const code = redirected(await browser.submit(page, 'agree')).get('code') ?? '';
      const { body } = await exchange(world, app, code, verifier);
      const { body: claims } = await introspect(world, body['access_token'] as string);
      const { snapshot } = await consentOf(world, claims['grant_id'] as string);
      expect(JSON.parse(snapshot)).toMatchObject({ returnTo: 'other.example', sameName: 'app.example' });
      await world.db.query('DELETE FROM consent WHERE client_id = $1', [app.client_id]);
    },
  );

  it('says so however many apps were connected since', async () => {
    const { rowCount } = await world.db.query(MORE_CONSENTS);
    expect(rowCount).toBe(60);
    const app = await registerApp(world, { client_name: NAME, ...ELSEWHERE });
    expect(wordsOf((await pageFor(app)).page)).toContain(`${WARNING} ${PLACES}`);
    await world.db.query(`DELETE FROM consent WHERE client_id = 'another'`);
  });

  it('says of another app on a device that it is on one of hers, which may not be this one', async () => {
    const native = { application_type: 'native', redirect_uris: ['com.example.diary:/back'] };
    const phone = await registerApp(world, { client_name: 'Pocket Diary', ...native });
    await getTokens(world, phone);
    const app = await registerApp(world, { client_name: 'Pocket Diary', ...ELSEWHERE });
    const { browser, page } = await pageFor(app);
    const places = 'That one goes back to an app on a device of yours, and this one to other.example.';
    expect(wordsOf(page)).toContain(`${WARNING} ${places}`);
    const spanish = await browser.submit(page, '', (fields) => fields.set('lang', 'es'));
    expect(wordsOf(spanish)).toContain('Aquella vuelve a una aplicación en un dispositivo suyo, y esta a');
    await world.db.query('DELETE FROM consent WHERE client_id = $1', [phone.client_id]);
  });

  it('takes two apps without a name for no apps of one name', async () => {
    const nameless = await registerApp(world, { client_name: undefined });
    await getTokens(world, nameless, {}, 'gina.guardian');
    const other = await registerApp(world, { client_name: undefined, ...ELSEWHERE });
    const { page } = await pageFor(other, 'gina.guardian');
    expect(wordsOf(page)).toContain('An app without a name');
    expect(wordsOf(page)).not.toContain(WARNING);
    await world.db.query('DELETE FROM consent WHERE client_id = $1', [nameless.client_id]);
  });

  it('says nothing of it where the app goes back to the same place, or was verified', async () => {
    const again = await registerApp(world, { client_name: NAME });
    expect(wordsOf((await pageFor(again)).page)).not.toContain(WARNING);
    const verified = await registerApp(world, { client_name: NAME, ...ELSEWHERE });
    await vouchFor(world, verified);
    expect(wordsOf((await pageFor(verified)).page)).not.toContain(WARNING);
  });

  it('says nothing of it to who has connected none, or none any more', async () => {
    const app = await registerApp(world, { client_name: NAME, ...ELSEWHERE });
    expect(wordsOf((await pageFor(app, 'gina.guardian')).page)).not.toContain(WARNING);
    await world.db.query(`UPDATE consent SET revoked_at = now(), end_reason = 'member'`);
    expect(wordsOf((await pageFor(app)).page)).not.toContain(WARNING);
  });
});
