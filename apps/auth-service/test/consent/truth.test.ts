/** The page, the stored row, the token and the AuditEvent of a consent all say the same. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type AccessEvent, parseRecord } from '@patient-access/events';
import { SENSITIVE_CATEGORIES } from '@patient-access/fhir';
import {
  exchange,
  introspect,
  startAuthorization,
  redirected,
  registerApp,
  type RegisteredApp,
} from '../app.ts';
import { Browser, type BrowserPage } from '../browser.ts';
import { PASSWORD, startWorld, type World } from '../world.ts';
import { TEXTS } from '../../src/domain/pages/language.ts';
import { readPage } from './page.ts';
import { type ConsentRow, consentOf, vouchFor } from './world.ts';

interface AuditEvent {
  extension: { url: string; valueString?: string; valueInstant?: string }[];
  agent: { who: { display?: string; identifier?: { value: string } } }[];
  entity: { what?: { reference?: string; identifier?: { value: string } } }[];
}

/** Apps do not import one another. This test compares two of them, so it loads the file at run time. */
const AUDIT = join(import.meta.dirname, '../../../audit-service/src/audit-event.ts');

const SCOPE =
  'openid fhirUser launch/patient offline_access patient/Coverage.rs patient/ExplanationOfBenefit.read ' +
  'patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory';
const GRANTED = SCOPE.replace(' patient/ExplanationOfBenefit.read', '');
const RELEASED = SENSITIVE_CATEGORIES['mental-health'];

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const valuesOf = ({ extension }: AuditEvent, name: string) =>
  extension
    .filter(({ url }) => url === `urn:payer-patient-access:${name}`)
    .map(({ valueString, valueInstant }) => valueString ?? valueInstant);

describe('consent', () => {
  let world: World;
  let app: RegisteredApp;
  let auditEvent: (event: AccessEvent) => AuditEvent;
  beforeAll(async () => {
    ({ auditEvent } = (await import(AUDIT)) as { auditEvent: (event: AccessEvent) => AuditEvent });
    world = await startWorld();
    app = await registerApp(world, { client_name: 'Health & Diary' });
    await vouchFor(world, app);
  }, 60_000);
  afterAll(() => world?.stop());

  async function openConsent(
    language: string,
    asking = app,
  ): Promise<[browser: Browser, page: BrowserPage, verifier: string]> {
    const browser = new Browser(world.url);
    browser.headers['accept-language'] = language;
    const { url, verifier } = startAuthorization(world, asking, { scope: SCOPE });
    const chooser = await browser.logIn(await browser.open(url), 'paul.parent', PASSWORD);
    return [browser, await browser.submit(chooser, 'choose', (form) => form.set('member', 'cora')), verifier];
  }

  async function eventOf(grantId: string): Promise<AccessEvent> {
    const { rows } = await world.db.query<{ body: string }>(
      `SELECT body FROM outbox WHERE body::jsonb ->> 'kind' = 'consent' AND body::jsonb ->> 'grantId' = $1`,
      [grantId],
    );
    const parsed = parseRecord(rows[0]?.body ?? '');
    if ('invalid' in parsed) throw new Error(parsed.invalid);
    return parsed.event;
  }

  /** Compares the page with the stored snapshot. */
  function expectShown(html: string, row: ConsentRow, language: 'en' | 'es'): void {
    const [page, shown, texts] = [readPage(html), JSON.parse(row.snapshot), TEXTS[language]];
    const words = texts.consent;
    expect([page.language, shown.language]).toEqual([language, language]);
    const title = shown.app.verified ? words.title : words.titleUnverified;
    expect(page.heading).toBe(title(shown.app.name));
    // Each question of the page is a heading, and no heading skips a rank.
    const ranks = page.headings.map(([rank]) => rank);
    expect(ranks.filter((rank, index) => rank > (ranks[index - 1] ?? 0) + 1)).toEqual([]);
    expect(page.headings).toEqual(
      expect.arrayContaining([words.kinds, words.sensitive, words.howLong].map((text) => [2, text])),
    );
    expect(page.facts).toEqual({
      [words.subject]: `${shown.member.name} (${language === 'en' ? 'your child' : 'su hijo o hija'})`,
      [words.signedInAs]: shown.login,
      [words.returnTo]: shown.returnTo,
      [words.publisher]: shown.app.publisher,
      [words.domain]: shown.app.domain,
      [words.contact]: shown.app.contact,
      [words.policy]: `${shown.app.policy.host} ${texts.newTab}`,
      [words.terms]: `${shown.app.terms.host} ${texts.newTab}`,
    });
    expect(page.links.map(({ href }) => href)).toEqual(
      expect.arrayContaining([shown.app.policy.url, shown.app.terms.url]),
    );
    expect(page.kinds.map(({ id }) => id)).toEqual(shown.kinds.map(({ id }: { id: string }) => id));
    for (const { id, label, explanation } of page.kinds) {
      expect({ label, explanation }).toEqual(words.kindTexts[id as keyof typeof words.kindTexts]);
    }
    expect(page.kinds.map(({ parts }) => parts.length)).toEqual(
      shown.kinds.map(({ restrictions }: { restrictions: unknown[] }) => restrictions.length),
    );
    expect(page.sensitive.map(({ id }) => id)).toEqual(shown.sensitive.map(({ id }: { id: string }) => id));
    expect(page.paragraphs).toContain(words.identityParts[shown.identity as 'member']);
    const date = new Intl.DateTimeFormat(texts.locale, { dateStyle: 'long', timeZone: shown.timeZone });
    expect(page.durations).toHaveLength(shown.durations.length);
    for (const [index, { id, until }] of shown.durations.entries()) {
      const said = page.durations[index];
      expect(said?.id).toBe(id);
      if (until) expect(said?.explanation).toBe(words.until(date.format(new Date(until))));
    }
  }

  it.each(['en', 'es'] as const)(
    'SMART 35, 120: D20: says the same on the page, in the row, in the token and in the AuditEvent (%s)',
    async (language) => {
      const [browser, page, verifier] = await openConsent(language);
      const read = readPage(page.html);
      expect(read.kinds.every(({ checked }) => checked)).toBe(true);
      expect(read.sensitive.some(({ checked }) => checked)).toBe(false);
      const answer = await browser.submit(page, 'agree', (form) => {
        form.delete('kind', 'claims');
        form.set('sensitive', 'mental-health');
        form.set('duration', '13-months');
      });
      const { body } = await exchange(world, app, redirected(answer).get('code') as string, verifier);
      const { body: claims } = await introspect(world, body['access_token'] as string);
      const row = await consentOf(world, claims['grant_id'] as string);

      expectShown(page.html, row, language);
      const shown = JSON.parse(row.snapshot);
      expect(row).toMatchObject({
        requested_scope: SCOPE,
        scope: GRANTED,
        declined: ['claims'],
        member: 'cora',
        client_name: 'Health & Diary',
        client_id: app.client_id,
        text_version: shown.textVersion,
        sensitive: ['mental-health'],
        sensitive_labels: RELEASED,
      });
      const long = shown.durations.find(({ id }: { id: string }) => id === '13-months');
      expect(Math.floor(Date.parse(long.until) / 1000)).toBe(row.until.getTime() / 1000);

      expect(body['scope']).toBe(GRANTED);
      expect(claims).toMatchObject({
        scope: GRANTED,
        sensitive: RELEASED,
        patient: 'cora',
        client_name: 'Health & Diary',
        fhirUser: expect.stringMatching(/RelatedPerson\/father$/),
      });

      const event = await eventOf(row.grant_id);
      expect(event).toMatchObject({
        action: 'grant',
        outcome: '0',
        member: 'cora',
        scope: GRANTED,
        sensitive: ['mental-health'],
        until: row.until.toISOString(),
        snapshotSha256: sha256(row.snapshot),
        grantId: row.grant_id,
        client: { id: app.client_id, name: 'Health & Diary' },
      });
      const audited = auditEvent(event);
      expect(valuesOf(audited, 'scope')).toEqual([GRANTED]);
      expect(valuesOf(audited, 'sensitive')).toEqual(['mental-health']);
      expect(valuesOf(audited, 'until')).toEqual([row.until.toISOString()]);
      expect(valuesOf(audited, 'snapshot-sha256')).toEqual([sha256(row.snapshot)]);
      expect(audited.agent[0]?.who).toEqual({
        identifier: { value: app.client_id },
        display: 'Health & Diary',
      });
      const what = audited.entity.map((entity) => entity.what?.reference ?? entity.what?.identifier?.value);
      expect(what).toEqual(expect.arrayContaining(['Patient/cora', row.grant_id]));
    },
  );

  it('says that the app is connected already, and what it has goes on beside what is added', async () => {
    const { consent, apps } = TEXTS.en;
    const isSaid = ({ html }: BrowserPage) =>
      readPage(html).paragraphs.includes(consent.connected(apps.revoke));
    const other = await registerApp(world, { client_name: 'Diary of two' });
    const { url } = startAuthorization(world, other, { scope: SCOPE });
    const agree = async (choose: (form: URLSearchParams) => void) => {
      const [browser, page, verifier] = await openConsent('en', other);
      const answer = await browser.submit(page, 'agree', choose);
      const { body } = await exchange(world, other, redirected(answer).get('code') as string, verifier);
      return { page, token: body['access_token'] as string };
    };
    const first = await agree(() => undefined);
    expect(isSaid(first.page)).toBe(false);
    const [browser, page] = await openConsent('en', other);
    const denied = await browser.submit(page, 'agree', (form) => form.delete('connected'));
    expect([isSaid(page), denied.status, isSaid(denied)]).toEqual([true, 409, true]);
    const second = await agree((form) => {
      form.delete('kind', 'claims');
      form.set('duration', 'once');
    });
    const claims = [await introspect(world, first.token), await introspect(world, second.token)];
    expect(claims.map(({ body }) => body['scope'])).toEqual([SCOPE, GRANTED.replace(' offline_access', '')]);
    const { snapshot } = await consentOf(world, claims[1]?.body['grant_id'] as string);
    expect(JSON.parse(snapshot)).toMatchObject({ connected: true });

    const own = await browser.submit(await browser.open(url), 'choose', (form) => form.set('member', 'paul'));
    expect([readPage(own.html).facts[consent.subject], isSaid(own)]).toEqual(['Paul Okafor (you)', false]);
    await world.db.query('UPDATE consent SET over_at = now() WHERE client_id = $1', [other.client_id]);
    expect(isSaid((await openConsent('en', other))[1])).toBe(false);
  });

  it('D20: is asked for again when another member was chosen in another tab', async () => {
    const [browser, cora] = await openConsent('en');
    const chooser = await browser.submit(cora, 'back');
    const paul = await browser.submit(chooser, 'choose', (form) => form.set('member', 'paul'));
    const stale = await browser.submit(cora, 'agree');
    expect(stale.status).toBe(409);
    expect(stale.html).toContain('Paul Okafor');
    expect(stale.html).toContain('has changed since you opened it');
    expect((await browser.submit(paul, 'agree')).headers.get('location')).toMatch(/[?&]code=/);
  });

  it('D20: is asked for again when the app has changed, or the form names another time or another page', async () => {
    const other = await registerApp(world, { client_name: 'Before' });
    const browser = new Browser(world.url);
    const { url } = startAuthorization(world, other, { scope: SCOPE });
    const page = await browser.logIn(await browser.open(url), 'maria.many', PASSWORD);
    const submit = (change: (form: URLSearchParams) => void) => browser.submit(page, 'agree', change);
    const later = new Date(Date.now() + 1e10).toISOString();
    expect((await submit((form) => form.set('snapshot_at', later))).status).toBe(409);
    expect((await submit((form) => form.set('snapshot_at', 'never'))).status).toBe(409);
    expect((await submit((form) => form.delete('snapshot_seal'))).status).toBe(409);
    expect((await submit((form) => form.set('language', 'es'))).status).toBe(409);
    await vouchFor(world, other, { client_name: 'After' });
    const renamed = await submit(() => undefined);
    expect([renamed.status, readPage(renamed.html).heading]).toEqual([
      409,
      'Share data with an app that says its name is “After”?',
    ]);
    const { rows } = await world.db.query('SELECT 1 FROM consent WHERE client_id = $1', [other.client_id]);
    expect(rows).toEqual([]);
  });

  it('has a version of its texts for each language', async () => {
    const versions = await Promise.all(
      ['en', 'es'].map(async (language) => {
        const { rows } = await world.db.query<{ v: string }>(
          `SELECT DISTINCT text_version AS v FROM consent WHERE snapshot::jsonb ->> 'language' = $1`,
          [language],
        );
        return rows.map(({ v }) => v);
      }),
    );
    expect(versions.flat()).toHaveLength(2);
    expect(new Set(versions.flat()).size).toBe(2);
    for (const version of versions.flat()) expect(version).toMatch(/^[0-9a-f]{12}$/);
  });
});
