import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import { getTokens, introspect, startAuthorization, openAndLogIn, redirected, registerApp } from '../app.ts';
import { openApps, revokeFirst, wordsOf } from '../apps/member.ts';
import { receiptKeysPath } from '../../src/domain/urls.ts';
import { consentOf } from '../consent/world.ts';
import { takeEvents } from '../events.ts';
import { startWorld, tenantOf, type World } from '../world.ts';

const OWN = 'urn:payer-patient-access:consent';
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

interface Receipt {
  consentReceiptID: string;
  consentTimestamp: number;
  spiCat: string[];
  services: { service: string; purposes: Record<string, unknown>[] }[];
  [OWN]: { snapshot: string; snapshot_sha256: string; status: string; ended?: { reason: string } };
}

describe('the receipt for a consent', () => {
  let world: World;
  let grantId: string;
  beforeAll(async () => {
    world = await startWorld();
    const app = await registerApp(world, { client_name: 'Health <Diary>' });
    const scope = 'launch/patient offline_access patient/Coverage.rs patient/Condition.rs';
    const { url } = startAuthorization(world, app, { scope });
    const [browser, page] = await openAndLogIn(world, url);
    const answer = await browser.submit(page, 'agree', (form) => {
      form.delete('kind', 'conditions');
      form.set('sensitive', 'genetics');
    });
    expect(redirected(answer).has('code')).toBe(true);
    const { rows } = await world.db.query<{ grant_id: string }>('SELECT grant_id FROM consent');
    grantId = rows[0]?.grant_id as string;
  }, 60_000);
  afterAll(() => world?.stop());

  const pathOf = (id: string) => `${tenantOf(world).appsPage}/${id}/receipt`;
  async function download(id: string, login = 'maria.many') {
    const { browser } = await openApps(world, login);
    return browser.request(`${pathOf(id)}.jwt`);
  }
  /** Verifies a receipt with the published keys, as anybody can do. */
  async function verify(token: string): Promise<Receipt> {
    const { issuer } = tenantOf(world);
    const keys = createRemoteJWKSet(new URL(`${world.url}${receiptKeysPath('northwind')}`));
    const { payload } = await jwtVerify(token, keys, { issuer, typ: 'consent-receipt+jwt' });
    return payload as unknown as Receipt;
  }

  it('is linked from the page of connected apps, and describes what was agreed to', async () => {
    const { browser, page } = await openApps(world);
    const [, path] = /href="([^"]*\/receipt)"/.exec(page.html) ?? [];
    const receipt = await browser.open(`${world.url}${path}`);
    const words = wordsOf(receipt);
    expect(words).toContain('What you agreed to for “Health &lt;Diary&gt;”');
    expect(words).toContain('Your data (Maria Castellan)');
    expect(words).toMatch(/Agreed on [A-Z][a-z]+ \d+, \d{4} May see Coverage Genetic/);
    expect(words).toContain('Now In force');
    const { snapshot } = await consentOf(world, grantId);
    expect(words).toContain(sha256(snapshot));
    expect(receipt.html).not.toContain('<script');
    // A browser would save the login page in the place of a file, after the end of the session.
    expect(receipt.html).not.toMatch(/<a [^>]* download/);
    const spanish = await browser.open(`${world.url}${path}?lang=es`);
    expect(wordsOf(spanish)).toContain('Guardar el recibo');
  });

  it('is signed with a key for receipts alone, and contains exactly what was shown', async () => {
    const answer = await download(grantId);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/jwt']);
    expect(answer.headers.get('content-disposition')).toContain('attachment');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const receipt = await verify(answer.html);
    const row = await consentOf(world, grantId);
    expect(receipt).toMatchObject({
      iss: tenantOf(world).issuer,
      version: 'KI-CR-v1.1.0',
      consentReceiptID: grantId,
      consentTimestamp: Math.floor(row.granted_at.getTime() / 1000),
      language: 'en',
      piiControllers: [{ piiController: 'Northwind Health Plan' }],
      sensitive: true,
      spiCat: ['health', 'genetics'],
      services: [
        {
          service: 'Health <Diary>',
          purposes: [
            {
              consentType: 'EXPLICIT',
              piiCategory: ['Coverage'],
              termination: row.until.toISOString(),
              thirdPartyDisclosure: true,
              thirdPartyName: 'Health <Diary>',
            },
          ],
        },
      ],
      [OWN]: {
        status: 'active',
        patient: 'maria',
        scope: row.scope,
        labels: row.sensitive_labels,
        snapshot: row.snapshot,
      },
    });
    expect(receipt[OWN].snapshot_sha256).toBe(sha256(receipt[OWN].snapshot));
    const ordinary = await fetch(`${tenantOf(world).issuer}/keys`);
    expect(await ordinary.text()).not.toContain(decodeProtectedHeader(answer.html).kid);
  });

  it('leaves an event when it is read and when it is saved, as a file or as the code alone', async () => {
    const { browser } = await openApps(world);
    await takeEvents(world);
    for (const form of ['', '.html', '.jwt'])
      expect((await browser.request(`${pathOf(grantId)}${form}`)).status).toBe(200);
    const { client_id: id } = (await world.db.query('SELECT client_id FROM consent')).rows[0];
    const row = await consentOf(world, grantId);
    const event = {
      kind: 'receipt',
      outcome: '0',
      member: 'maria',
      grantId,
      client: { id },
      released: row.sensitive_labels,
    };
    expect(await takeEvents(world)).toEqual(
      ['read', 'download', 'download'].map((action) =>
        expect.objectContaining({ ...event, client: expect.objectContaining({ id }), action }),
      ),
    );
  });

  it('says the same last day as the page of connected apps, where access ends with a day', async () => {
    const { until } = await consentOf(world, grantId);
    const setUntil = (to: string | Date) =>
      world.db.query('UPDATE consent SET until = $2 WHERE grant_id = $1', [grantId, to]);
    await setUntil('2099-01-01T00:00:00-05:00');
    const { browser, page } = await openApps(world);
    const file = await browser.request(`${pathOf(grantId)}.html`);
    const pages = [page, await browser.open(pathOf(grantId)), file];
    await setUntil(until);
    for (const one of pages) expect(wordsOf(one)).toContain('December 31, 2098');
  });

  it('is a file that a person can read, in her language', async () => {
    const { browser } = await openApps(world);
    const file = await browser.request(`${pathOf(grantId)}.html`);
    expect([file.status, file.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    const words = wordsOf(file);
    expect(words).toContain('Receipt: what was agreed to for “Health &lt;Diary&gt;”');
    expect(words).toMatch(/Whose data Maria Castellan .* May see Coverage Genetic/);
    expect(words).toMatch(/On [A-Z][a-z]+ \d+, \d{4} In force/);
    const spanish = await browser.request(`${pathOf(grantId)}.html?lang=es`);
    expect(wordsOf(spanish)).toMatch(/De quién son los datos Maria Castellan .* Puede ver Cobertura/);
  });

  it('is not accepted as a token by any endpoint', async () => {
    const { html: receipt } = await download(grantId);
    expect(decodeProtectedHeader(receipt)).toMatchObject({ alg: 'ES256', typ: 'consent-receipt+jwt' });
    expect((await introspect(world, receipt)).body).toEqual({ active: false });
  });

  it('does not verify if any character of it was changed', async () => {
    const { html: receipt } = await download(grantId);
    const [header, payload = '', signature] = receipt.split('.');
    const forged = Buffer.from(payload, 'base64url').toString().replace('"active"', '"honest"');
    const changed = [header, Buffer.from(forged).toString('base64url'), signature].join('.');
    await expect(verify(changed)).rejects.toThrow('signature verification failed');
  });

  it('can be read by the person who agreed, and does not exist for anybody else', async () => {
    for (const login of ['paul.parent', 'rita.related']) {
      const { browser } = await openApps(world, login);
      for (const path of ['', '.jwt', '.html']
        .map((form) => `${pathOf(grantId)}${form}`)
        .concat(pathOf('none'))) {
        const { status, headers } = await browser.request(path);
        expect([status, headers.get('location')]).toEqual([303, '/auth/northwind/apps']);
      }
    }
    const stranger = await fetch(`${pathOf(grantId)}.jwt`, { redirect: 'manual' });
    expect([stranger.status, stranger.headers.get('location')]).toEqual([
      303,
      expect.stringContaining('/authorize?'),
    ]);
  });

  it('says that, when and why the consent has ended, and can still be read then', async () => {
    const before = await openApps(world);
    const after = await revokeFirst(world, before);
    expect(after.html).toContain(`/apps/${grantId}/receipt"`);
    const words = wordsOf(await before.browser.open(pathOf(grantId)));
    expect(words).toMatch(/Now Ended [A-Z][a-z]+ \d+, \d{4}: you revoked it/);
    const receipt = await verify((await download(grantId)).html);
    expect(receipt[OWN]).toMatchObject({ status: 'inactive', ended: { reason: 'member' } });
  });

  it('links to the other receipts for the same app and person', async () => {
    const app = await registerApp(world, { client_name: 'Twice' });
    const scope = 'offline_access patient/Coverage.rs';
    const [one, two] = [await getTokens(world, app, { scope }), await getTokens(world, app, { scope })];
    const grantOf = async (tokens: Record<string, string>) =>
      (await introspect(world, tokens['access_token'] as string)).body['grant_id'] as string;
    const { browser } = await openApps(world);
    const page = await browser.open(pathOf(await grantOf(two)));
    expect(page.html).toContain(`/apps/${await grantOf(one)}/receipt"`);
    expect(page.html).not.toContain(`/apps/${grantId}/receipt"`);
  });
});
