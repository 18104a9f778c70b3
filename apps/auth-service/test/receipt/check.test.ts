import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createPool, type Pool } from '@patient-access/database';
import { SignJWT, decodeJwt, decodeProtectedHeader, type JWTPayload } from 'jose';
import { replaceKeys } from '../../src/domain/administration/plans/keys.ts';
import { createPrisma, queryOn } from '../../src/domain/database.ts';
import { receiptSigningKey } from '../../src/domain/keys/receipt-keys.ts';
import { TEXTS } from '../../src/domain/pages/language.ts';
import { receiptCheckPath, receiptKeysPath } from '../../src/domain/urls.ts';
import { jwsIn } from '../../src/web/receipt/check-receipt.ts';
import { openApps, revokeFirst, wordsOf } from '../apps/member.ts';
import { Browser } from '../browser.ts';
import { takeEvents } from '../events.ts';
import { startWorld, tenantOf, type World } from '../world.ts';
import { agree, check, download } from './receipt-world.ts';

const OWN = 'urn:payer-patient-access:consent';
/** Of processor time. Where the time grew with the square of the length, it was seconds. */
const MAX_MS = 300;

describe('the check of a receipt', () => {
  let world: World;
  let pool: Pool;
  let grantId: string;
  let receipt: string;
  beforeAll(async () => {
    world = await startWorld();
    pool = await createPool(world.databaseUrl, { max: 2 });
    grantId = await agree(world, 'Health <Diary>');
    receipt = (await download(world, grantId)).html;
  }, 60_000);
  afterAll(async () => {
    await pool?.end();
    await world?.stop();
  });
  beforeEach(async () => {
    await world.db.query('TRUNCATE throttle');
    await takeEvents(world);
  });

  const signingKey = async () => {
    const jwk = await receiptSigningKey(queryOn(pool), [world.master], 'northwind');
    return { jwk, key: createPrivateKey({ key: jwk, format: 'jwk' }) };
  };
  /** Signs claims as a receipt is signed. */
  const sign = (claims: JWTPayload, key: Parameters<SignJWT['sign']>[0], header: object = {}) =>
    new SignJWT(claims)
      .setProtectedHeader({ ...decodeProtectedHeader(receipt), alg: 'ES256', ...header })
      .sign(key);
  const namesAnotherApp = (text: string) => text.replaceAll('Health', 'Wealth');

  it('says that a receipt is genuine, what it says and that it is in force, to somebody who is logged in nowhere', async () => {
    const page = await check(world, receipt);
    expect([page.status, page.headers.get('cache-control')]).toEqual([200, 'no-store']);
    const words = wordsOf(page);
    expect(words).toContain('This receipt is genuine. Northwind Health Plan issued it on');
    expect(words).toMatch(
      /App Health &lt;Diary&gt; Whose data Maria Castellan Agreed on [A-Z][a-z]+ \d+, \d{4} May see Coverage/,
    );
    expect(words).toMatch(/Now In force/);
    const spanish = await check(world, receipt, 'northwind', '?lang=es');
    expect(wordsOf(spanish)).toMatch(/Este recibo es auténtico\..* Ahora Vigente/);
    expect((await takeEvents(world)).at(-1)).toMatchObject({
      kind: 'receipt',
      action: 'check',
      outcome: '0',
      member: 'maria',
      grantId,
      released: [],
    });
  });

  it('takes the code with line breaks, with the text around it, and out of the file that the member keeps', async () => {
    const file = await download(world, grantId, '.html');
    for (const pasted of [
      receipt.replace(/(.{76})/g, '$1\n'),
      `Code:\n ${receipt}\nYours, Maria`,
      `This is v1.2.\nCode ${receipt} and more`,
      file.html,
    ])
      expect(wordsOf(await check(world, pasted))).toContain('This receipt is genuine');
  });

  it('F44: is looked for at once in a text that has none', async () => {
    for (const piece of ['eyJ', 'eyJ.', 'eyJa.', 'a', '-', '.', ' ', `eyJa.a.${'a'.repeat(85)} .`]) {
      const hostile = piece.repeat(Math.floor(65_000 / piece.length));
      for (const text of [hostile, `eyJa.${hostile}`, `eyJa.a.${hostile.slice(0, 85)}.${hostile}`]) {
        const start = process.threadCpuUsage();
        jwsIn(text);
        const { user, system } = process.threadCpuUsage(start);
        expect([piece, (user + system) / 1_000 < MAX_MS]).toEqual([piece, true]);
      }
    }
    expect((await check(world, 'eyJ'.repeat(21_000))).status).toBe(400);
  });

  it('O69: says of a forged receipt that it is none', async () => {
    const claims = decodeJwt(receipt);
    const [header, payload = '', signature] = receipt.split('.');
    const encode = (text: string) => Buffer.from(text).toString('base64url');
    const changed = encode(namesAnotherApp(Buffer.from(payload, 'base64url').toString()));
    const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    const { key } = await signingKey();
    const idToken = (await world.server()).signIntrospectionJwt({ sub: 'maria' });
    const forged = [
      [header, changed, signature].join('.'),
      [encode('{"alg":"none","typ":"consent-receipt+jwt"}'), payload, 'A'.repeat(86)].join('.'),
      await sign(claims, other),
      await sign(claims, other, { jwk: other.export({ format: 'jwk' }), kid: undefined }),
      await sign(claims, key, { typ: 'JWT' }),
      idToken,
    ];
    for (const each of forged) {
      const page = await check(world, each);
      expect([page.status, wordsOf(page)]).toEqual([
        400,
        expect.stringContaining('is not a genuine receipt'),
      ]);
      expect(page.html).not.toMatch(/Wealth|Castellan/);
    }
    const events = await takeEvents(world);
    expect(events.map(({ reason }) => reason)).toEqual(forged.map(() => 'receipt-changed'));
    expect(events.some(({ member }) => member !== undefined)).toBe(false);
  });

  it('O69: says of a cut receipt that a part is missing', async () => {
    for (const cut of [
      '',
      'hello',
      receipt.slice(0, -1),
      receipt.slice(0, 200),
      receipt.split('.').slice(1).join('.'),
    ])
      expect(wordsOf(await check(world, cut))).toMatch(/a part of the code is missing|is not a genuine/);
    expect(wordsOf(await check(world, receipt.slice(0, -1)))).toContain('a part of the code is missing');
  });

  it('O69: says of another plan’s receipt that this plan did not issue it', async () => {
    const page = await check(world, receipt, 'lakeside');
    expect(wordsOf(page)).toContain('This receipt was not issued by Lakeside Mutual Health');
    const { jwk } = await signingKey();
    const published = await fetch(`${world.url}${receiptKeysPath('lakeside')}`);
    expect(JSON.stringify(await published.json())).not.toContain(jwk.kid);
  });

  it('says when the consent of an old receipt ended, and not why', async () => {
    const id = await agree(world, 'Soon gone');
    const old = (await download(world, id)).html;
    expect(decodeJwt(old)[OWN]).toMatchObject({ status: 'active' });
    await revokeFirst(world, await openApps(world));
    const words = wordsOf(await check(world, old));
    expect(words).toMatch(/This receipt is genuine.* Now Ended on [A-Z][a-z]+ \d+, \d{4}/);
    expect(words).not.toContain('revoked');
    const document = await download(world, id, '.html');
    expect(wordsOf(document)).toMatch(/Ended on [A-Z][a-z]+ \d+, \d{4}/);
  });

  it('O69: does not trust a key alone that others may know, but the plan’s own record', async () => {
    const id = await agree(world, 'Kept');
    const genuine = (await download(world, id)).html;
    const { jwk, key } = await signingKey();
    const forged = await sign(
      JSON.parse(namesAnotherApp(JSON.stringify(decodeJwt(receipt)))) as JWTPayload,
      key,
    );
    const invented = await sign({ ...decodeJwt(genuine), consentReceiptID: 'no-such-grant' }, key);
    expect(wordsOf(await check(world, forged))).toContain('This receipt is genuine');
    await replaceKeys(createPrisma(pool), [world.master], 'northwind', { administrator: 'ada' });
    expect(wordsOf(await check(world, genuine))).toContain('This receipt is genuine');
    for (const each of [forged, invented])
      expect(wordsOf(await check(world, each))).toContain('Nobody can say whether this receipt is genuine');
    const published = JSON.stringify(
      await (await fetch(`${world.url}${receiptKeysPath('northwind')}`)).json(),
    );
    expect(published).not.toContain(jwk.kid);
    expect(published).not.toContain('"d"');
    const newer = (await download(world, id)).html;
    expect(decodeProtectedHeader(newer).kid).not.toBe(jwk.kid);
    expect(wordsOf(await check(world, newer))).toContain('This receipt is genuine');
  });

  it('O69: trusts a receipt with the words of an earlier release, by the plan’s own record', async () => {
    const id = await agree(world, 'Long kept');
    const genuine = (await download(world, id)).html;
    const { jwk, key } = await signingKey();
    /** As the release signed it that had such a name for a kind of data. */
    const signedBefore = (change: (text: string) => string) =>
      sign(JSON.parse(change(JSON.stringify(decodeJwt(genuine)))) as JWTPayload, key, { kid: jwk.kid });
    const coverage = TEXTS.en.consent.kindTexts.coverage.label;
    expect(JSON.stringify(decodeJwt(genuine))).toContain(`"${coverage}"`);
    const earlier = await signedBefore((text) => text.replace(`"${coverage}"`, '"Your insurance"'));
    const wider = await signedBefore((text) => text.replace(/"scope":"[^"]*"/, '"scope":"patient/*.rs"'));
    await replaceKeys(createPrisma(pool), [world.master], 'northwind', { administrator: 'ada' });
    expect(wordsOf(await check(world, earlier))).toContain('This receipt is genuine');
    expect(wordsOf(await check(world, wider))).toContain('Nobody can say whether this receipt is genuine');
  });

  it('O69: is limited for one address, and each refusal of a wait is recorded once', async () => {
    const statuses: number[] = [];
    for (let checks = 0; checks < 63; checks += 1) statuses.push((await check(world, 'eyJ')).status);
    expect(statuses.slice(0, 60).every((status) => status === 400)).toBe(true);
    expect(statuses.slice(-2)).toEqual([429, 429]);
    const reasons = (await takeEvents(world)).map(({ reason }) => reason);
    expect(reasons.filter((reason) => reason === 'too-many-attempts')).toHaveLength(1);
  });

  it('is a page in both languages, and does not exist for a plan that does not exist', async () => {
    const browser = new Browser(world.url);
    const page = await browser.open(`${world.url}${receiptCheckPath('northwind')}`);
    expect(wordsOf(page)).toContain('Check a receipt');
    expect(page.html).not.toContain('<script');
    const spanish = await browser.open(`${world.url}${receiptCheckPath('northwind')}?lang=es`);
    expect(wordsOf(spanish)).toContain('Comprobar un recibo');
    expect((await browser.request(`${world.url}${receiptCheckPath('nowhere')}`)).status).toBe(404);
    expect((await browser.request(`${world.url}${receiptKeysPath('nowhere')}`)).status).toBe(404);
  });

  it('leads from the member’s page and file to the address of the check', async () => {
    const { browser } = await openApps(world);
    const page = await browser.open(`${tenantOf(world).appsPage}/${grantId}/receipt`);
    const file = await download(world, grantId, '.html');
    expect(file.headers.get('content-disposition')).toContain('consent-receipt.html');
    for (const { html } of [page, file])
      expect(html).toContain(`href="${world.url}${receiptCheckPath('northwind')}"`);
    expect(file.html).not.toContain('<script');
  });
});
