/** A developer registers apps, changes them and deletes them, on pages without a script. */
import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { exchange, getCode, type RegisteredApp } from '../app.ts';
import { configure } from '../configure.ts';
import { takeEvents } from '../events.ts';
import { FROM } from '../mail/world.ts';
import { DeveloperAtBrowser, type DeveloperWorld, startDeveloperWorld } from './developer.ts';

let there: DeveloperWorld;
let dana: DeveloperAtBrowser;
beforeAll(async () => {
  there = await startDeveloperWorld();
  dana = new DeveloperAtBrowser(there, 'dana@apps.example');
  await dana.join();
}, 120_000);
afterAll(() => there.stop());

const asApp = (id: string, redirect_uri = 'https://diary.example/callback'): RegisteredApp => ({
  tenant: 'northwind',
  client_id: id,
  redirect_uri,
});
/** Redeems a code with a secret. */
async function redeem(id: string, secret: string): Promise<number> {
  const app = asApp(id);
  const { code, verifier } = await getCode(there.world, app);
  const authorization = `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;
  return (await exchange(there.world, app, code, verifier, { authorization })).status;
}
const secretIn = (html: string) => /secret of your app<\/strong>\s*<p><code>([^<]+)/.exec(html)?.[1] ?? '';

describe('the apps of a developer', () => {
  it('get a client id at once, with which a member can be asked', async () => {
    const { id, page } = await dana.register();
    expect([page.status, page.html.includes('Your app is registered')]).toEqual([200, true]);
    const { code, verifier } = await getCode(there.world, asApp(id));
    expect((await exchange(there.world, asApp(id), code, verifier)).status).toBe(200);
  });

  it('are shown as a member will see them, with what the plan has not checked', async () => {
    const { page } = await dana.register({
      publisher: 'Diary Inc.',
      policy_uri: 'https://diary.example/privacy',
    });
    expect(page.html).toContain('What members will see');
    expect(page.html).toContain('Diary Inc.');
    expect(page.html).toContain('https://diary.example/privacy');
    expect(page.html).not.toContain('<script');
  });

  it('are listed whatever the address says that was done', async () => {
    const { html } = await dana.open('');
    for (const done of ['constructor', '__proto__', 'saved&done=saved', 'nothing'])
      expect((await dana.open(`?done=${done}`)).html).toBe(html);
  });

  it('have a secret that is shown once and can be made again, with a day for the change', async () => {
    const { id, page } = await dana.register({ method: 'client_secret_basic' });
    const secret = secretIn(page.html);
    expect(secret).toHaveLength(43);
    const shown = await dana.open(`/apps/${id}`);
    expect(shown.html).not.toContain(secret);
    const again = await dana.fill(shown, 'rotate');
    const rotated = secretIn(again.html);
    expect(rotated).not.toBe(secret);
    // A page has one element with the focus.
    expect([page, again].map(({ html }) => html.match(/ autofocus/g)?.length)).toEqual([1, 1]);
    const works = (each: string) => redeem(id, each);
    expect([await works(rotated), await works(secret), await works('wrong')]).toEqual([200, 200, 401]);
    const until = async () =>
      (await there.world.db.query('SELECT previous_secret_until FROM client WHERE id = $1', [id])).rows;
    const promised = await until();
    // A second press, or the page loaded again: the app goes on with the secret that it has.
    const third = secretIn((await dana.fill(shown, 'rotate')).html);
    expect([await works(third), await works(rotated), await works(secret)]).toEqual([200, 401, 200]);
    expect(await until()).toEqual(promised);
    // Later it is another change of the secret, also while an overlap lasts that the plan made longer.
    let last = third;
    for (const rest of ['23 hours', '30 days']) {
      await there.world.db.query(
        'UPDATE client SET previous_secret_until = now() + $2::interval WHERE id = $1',
        [id, rest],
      );
      const next = secretIn((await dana.fill(shown, 'rotate')).html);
      expect([rest, await works(next), await works(last), await works(secret)]).toEqual([
        rest,
        200,
        200,
        401,
      ]);
      last = next;
    }
  });

  it('have a secret that somebody else may have ended at once, also just after another one was made', async () => {
    const { id, page } = await dana.register({ method: 'client_secret_basic' });
    const shown = await dana.open(`/apps/${id}`);
    const made = async (fields = {}) => secretIn((await dana.fill(shown, 'rotate', fields)).html);
    const secrets = [secretIn(page.html), await made(), await made({ at_once: 'yes' })];
    expect(await Promise.all(secrets.map((secret) => redeem(id, secret)))).toEqual([401, 401, 200]);
  });

  it('are registered once by a form that is sent twice, and the page says where the secret is', async () => {
    const form = await dana.open('/new');
    const fields = {
      client_name: 'Pressed Twice',
      redirect_uris: 'https://diary.example/callback',
      method: 'client_secret_basic',
    };
    const press = () => dana.fill(form, 'register', fields);
    expect((await dana.fill(form, 'register', { ...fields, redirect_uris: '' })).status).toBe(400);
    const pages = await Promise.all([press(), press()]);
    const again = await press();
    const said = (html: string) => [secretIn(html) !== '', html.includes('This form was sent before')];
    const [first, second] = pages.map(({ html }) => said(html)).sort();
    expect([first, second, said(again.html)]).toEqual([
      [false, true],
      [true, false],
      [false, true],
    ]);
    const named = `SELECT FROM client WHERE metadata ->> 'client_name' = 'Pressed Twice'`;
    expect((await there.world.db.query(named)).rowCount).toBe(1);
  });

  it('take a new redirect address, and keep what the form does not show', async () => {
    const { id } = await dana.register();
    const page = await dana.open(`/apps/${id}`);
    const redirect_uris = 'https://diary.example/callback\nhttp://127.0.0.1:4000/callback';
    const saved = await dana.fill(page, 'save', { client_name: 'Health Diary 2', redirect_uris });
    expect(saved.html).toContain('The change is saved');
    const { rows } = await there.world.db.query<{ metadata: Record<string, unknown> }>(
      'SELECT metadata FROM client WHERE id = $1',
      [id],
    );
    expect(rows[0]?.metadata).toMatchObject({
      client_name: 'Health Diary 2',
      redirect_uris: redirect_uris.split('\n'),
      token_endpoint_auth_method: 'none',
      verified: false,
    });
  });

  it('take new keys in place of the old ones, and no private half', async () => {
    const keySet = (kid: string, half: 'publicKey' | 'privateKey' = 'publicKey') => {
      const key = generateKeyPairSync('ec', { namedCurve: 'P-384' })[half].export({ format: 'jwk' });
      return JSON.stringify({ keys: [{ ...key, kid, use: 'sig', alg: 'ES384' }] });
    };
    const { id } = await dana.register({ method: 'private_key_jwt', jwks: keySet('old') });
    const kids = async () => {
      const { rows } = await there.world.db.query<{ kid: string }>(
        `SELECT key ->> 'kid' AS kid FROM client, jsonb_array_elements(metadata -> 'jwks' -> 'keys') key WHERE id = $1`,
        [id],
      );
      return rows.map(({ kid }) => kid);
    };
    expect(await kids()).toEqual(['old']);
    const page = await dana.open(`/apps/${id}`);
    const save = (jwks: string) =>
      dana.fill(page, 'save', {
        client_name: 'Health Diary',
        redirect_uris: 'https://diary.example/callback',
        jwks,
      });
    const refused = await save(keySet('secret', 'privateKey'));
    expect([refused.status, refused.html.includes('jwks'), await kids()]).toEqual([400, true, ['old']]);
    const saved = await save(keySet('new'));
    expect([saved.html.includes('The change is saved'), await kids()]).toEqual([true, ['new']]);
  });

  it('follow the rules of the registration endpoint, and the form keeps what was typed', async () => {
    for (const [wrong, words] of [
      [{ redirect_uris: 'http://diary.example/callback' }, '“Redirect addresses” (redirect_uris)'],
      [{ client_uri: 'ftp://diary.example' }, '“Home page” (client_uri): must be an https URL'],
      [{ client_name: 'Northwind Health Plan' }, 'the name of the plan'],
      [
        { method: 'private_key_jwt' },
        '“On a server, with a key of its own” (private_key_jwt) needs “Public keys (a JWK Set)” (jwks) or “Address of its public keys (JWKS)” (jwks_uri)',
      ],
      [{ method: 'private_key_jwt', jwks: '{' }, '“Public keys (a JWK Set)” (jwks) is no JSON'],
    ] as const) {
      const { page } = await dana.register({ publisher: 'Typed Before', ...wrong });
      expect([page.status, page.html.includes(words), page.html.includes('Typed Before')]).toEqual([
        400,
        true,
        true,
      ]);
    }
  });

  it('cannot be changed once the plan has checked them', async () => {
    const { id } = await dana.register();
    await there.world.db.query(
      `UPDATE client SET metadata = metadata || '{"verified":true,"verified_domain":"diary.example","publisher":"Diary"}'
        WHERE id = $1`,
      [id],
    );
    const page = await dana.open(`/apps/${id}`);
    expect(page.html).toContain('Ask the plan for a change');
    const refused = await dana.fill(page, 'save', {
      client_name: 'Other',
      redirect_uris: 'https://evil.example/',
    });
    expect(refused.status).toBe(400);
  });

  it('can be registered so often an hour, and the page says when there may be one more', async () => {
    const plan = { nativeApps: true, mail: { from: FROM } };
    await there.world.db.query('DELETE FROM registration_count');
    await configure(there.world, { ...plan, registration: { perAddressPerHour: 1 } });
    expect((await dana.register()).page.status).toBe(200);
    const { page } = await dana.register({ publisher: 'Typed Before' });
    await configure(there.world, plan);
    expect([
      page.status,
      page.html.includes('too many registrations'),
      page.html.includes('Typed Before'),
    ]).toEqual([429, true, true]);
    const seconds = Number(page.headers.get('retry-after'));
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(3_600);
    expect(page.headers.get('ratelimit')).toBe(`"registration";r=0;t=${seconds}`);
    expect(page.headers.get('ratelimit-policy')).toBe('"registration";q=1;w=3600');
  });

  it('are nothing to another developer', async () => {
    const { id } = await dana.register();
    const eve = new DeveloperAtBrowser(there, 'eve@apps.example');
    await eve.join();
    const own = await eve.register();
    for (const action of ['save', 'rotate', 'delete']) {
      const answer = await eve.fill(own.page, action, { sure: 'yes' }, eve.path(`/apps/${id}`));
      expect(answer.status).toBe(404);
    }
    expect((await eve.open(`/apps/${id}`)).status).toBe(404);
    expect((await eve.open()).html).not.toContain(id);
    expect((await dana.open(`/apps/${id}`)).status).toBe(200);
  });

  it('are not changed by a form without the token of the session', async () => {
    const { id, page } = await dana.register();
    const forged = await dana.fill(
      page,
      'delete',
      { token: 'guessed', sure: 'yes' },
      dana.path(`/apps/${id}`),
    );
    expect(forged.status).toBe(403);
    expect((await dana.open(`/apps/${id}`)).status).toBe(200);
  });

  it('end with all their tokens when they are deleted, and the trail says who did it', async () => {
    const { id } = await dana.register();
    await takeEvents(there.world);
    const unsure = await dana.fill(await dana.open(`/apps/${id}`), 'delete', {});
    expect([unsure.status, unsure.html.includes('Nothing was deleted')]).toEqual([400, true]);
    const deleted = await dana.fill(await dana.open(`/apps/${id}`), 'delete', { sure: 'yes' });
    expect(deleted.html).toContain('The app is deleted');
    expect((await dana.open(`/apps/${id}`)).status).toBe(404);
    const events = await takeEvents(there.world);
    expect(events).toContainEqual(
      expect.objectContaining({
        action: 'client-delete',
        client: expect.objectContaining({ id }),
        user: { iss: 'urn:payer-patient-access:developers', sub: expect.any(String) },
      }),
    );
  });
});
