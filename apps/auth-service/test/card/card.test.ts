/** The page with a member's insurance card, and the PDF of it. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { canRunChromium, launchChromium } from '@patient-access/testing';
import { openApps, wordsOf } from '../apps/member.ts';
import type { Browser } from '../browser.ts';
import { LinkMaker } from '../card-links/member.ts';
import { checkPage } from '../browsers/check-page.ts';
import { takeAllEvents } from '../events.ts';
import { PASSWORD, startWorld, type World } from '../world.ts';
import { CardRecord, coverageOf } from './record.ts';

const SIZES = [
  ['desktop', { width: 1280, height: 900 }],
  ['phone', { width: 360, height: 740 }],
  ['large-text', { width: 180, height: 370 }],
] as const;

describe('the insurance card', () => {
  let world: World;
  let card: string;
  const record = new CardRecord();
  beforeAll(async () => {
    const coverageUrl = await record.start();
    world = await startWorld({ coverageUrl });
    card = `${world.url}/auth/northwind/card`;
    const ended = { id: 'ended', status: 'active', period: { start: '2020-01-01', end: '2020-12-31' } };
    record.coverages
      .set('maria', [coverageOf('maria'), coverageOf('maria', ended)])
      .set('cora', [coverageOf('cora')])
      .set('selma', [coverageOf('selma')]);
  }, 60_000);
  afterAll(async () => {
    await world?.stop();
    record.stop();
  });

  const logIn = async (login = 'maria.many'): Promise<Browser> => (await openApps(world, login)).browser;

  it('asks who it is first, and comes back to the card', async () => {
    const { browser } = await openApps(world);
    const page = await browser.open(card);
    expect([page.status, wordsOf(page)]).toEqual([200, expect.stringContaining('Your insurance card')]);
    const response = await fetch(card, { redirect: 'manual' });
    expect(response.status).toBe(303);
    expect(response.headers.get('location')).toContain('state=card');
  });

  it('has the facts of the coverage in force, front and back, and nobody else’s name', async () => {
    const page = await (await logIn()).open(card);
    const words = wordsOf(page);
    for (const fact of [
      'PPO Choice 35',
      'Maria Castellan',
      'Member ID M-maria',
      'Group G1 Harbor Logistics',
      'Covered since January 1, 2024',
      'Primary care visit $35',
      'Coinsurance 20%',
      'Member services (800) 555-0100',
      'Claims 1 Plan Plaza, Seattle, WA 98101',
      'Call 911 &lt;first&gt;.',
    ])
      expect(words).toContain(fact);
    expect(words).not.toMatch(/Else|Former|1980|Secret/);
    expect(page.html.match(/<article/g)).toHaveLength(1);
    expect(page.html).not.toContain('<script');
    expect(page.html).toContain('fill="#e8f1f5"');
  });

  it('is there after 60 coverages of earlier years that the plan has left active', async () => {
    const before = record.coverages.get('maria') ?? [];
    const ended = Array.from({ length: 60 }, (_, index) =>
      coverageOf('maria', { id: `ended-${index}`, period: { start: '2020-01-01', end: '2020-12-31' } }),
    );
    record.coverages.set('maria', [...ended, coverageOf('maria')]);
    const page = await (await logIn()).open(card);
    expect(wordsOf(page)).toContain('PPO Choice 35');
    expect(page.html.match(/<article/g)).toHaveLength(1);
    record.coverages.set('maria', before);
  });

  it('comes before those for teeth and eyes, if it has the numbers for pharmacies', async () => {
    const typed = (code: string, value: string) => ({ type: { coding: [{ code }] }, value });
    const cardOf = (id: string, ...more: object[]) =>
      coverageOf('selma', { id, class: [typed('plan', id), ...more] });
    const before = record.coverages.get('selma') ?? [];
    record.coverages.set('selma', [
      cardOf('Vision'),
      cardOf('Dental'),
      cardOf('Medical', typed('rxbin', '999004')),
    ]);
    const { html } = await (await logIn('paul.parent')).open(`${card}?person=selma`);
    expect([...html.matchAll(/<h2[^>]*>\s*(Vision|Dental|Medical)/g)].map(([, name]) => name)).toEqual([
      'Medical',
      'Dental',
      'Vision',
    ]);
    record.coverages.set('selma', before);
  });

  it('has a heading where the coverage names neither its plan nor a payer that is stored', async () => {
    const before = record.coverages.get('selma') ?? [];
    const payor = [{ reference: 'Organization/none' }];
    record.coverages.set('selma', [coverageOf('selma', { class: undefined, payor })]);
    const { html } = await (await logIn('paul.parent')).open(`${card}?person=selma`);
    expect(html).toMatch(/<h2[^>]*>\s*Your insurance card\s*<\/h2>/);
    expect(html).toMatch(/Share this card with a QR code<span class="unseen"> – Your insurance card/);
    record.coverages.set('selma', before);
  });

  it('is asked for with the rights of the card alone, for the person of the page, and leaves an event', async () => {
    const browser = await logIn('paul.parent');
    await takeAllEvents(world);
    record.asked = [];
    const words = wordsOf(await browser.open(`${card}?person=cora`));
    expect(words).toContain('The insurance card of Cora Okafor');
    expect(words).toContain('M-cora');
    const asking = record.asked.filter(({ client_id: id }) => id !== 'freshness');
    expect(asking).toHaveLength(3);
    for (const asked of asking)
      expect(asked).toMatchObject({
        tenant: 'northwind',
        patient: 'cora',
        client_id: 'member-pages',
        scope: 'patient/Coverage.rs patient/Patient.r patient/Organization.r',
      });
    expect(await takeAllEvents(world)).toMatchObject([
      { kind: 'account', action: 'read-card', outcome: '0' },
    ]);
  });

  it('is never that of a person whom the login does not see', async () => {
    record.asked = [];
    const words = wordsOf(await (await logIn()).open(`${card}?person=cora`));
    expect(words).not.toContain('cora');
    expect(record.asked.map(({ patient }) => patient)).not.toContain('cora');
  });

  it('is none, and not an old one, while the record cannot be read or is another’s', async () => {
    const browser = await logIn();
    record.answers = false;
    const { status, html } = await browser.open(card);
    expect([status, html]).toEqual([503, expect.not.stringContaining('M-maria')]);
    record.answers = true;
    record.subject = 'northwind/paul';
    expect((await browser.open(card)).status).toBe(503);
    record.subject = undefined;
    expect((await browser.open(card)).status).toBe(200);
  });

  it('says in the language of the page what it is, and when there is none', async () => {
    const browser = await logIn('paul.parent');
    const words = wordsOf(await browser.open(card));
    expect(words).toContain('no coverage in force');
    expect(words).toContain('call your plan');
    expect(words).not.toContain('Show it when');
    const spanish = wordsOf(await browser.open(`${card}?person=cora&lang=es`));
    expect(spanish).toContain('Número de miembro M-cora');
    expect(spanish).toContain('Con cobertura desde 1 de enero de 2024');
  });

  it('is shared by a bare link, for apps, where no viewer is set up', async () => {
    const maria = await LinkMaker.logIn(world);
    expect((await maria.make()).prefix).toBe('');
    expect(wordsOf(await maria.post())).toContain('An app that reads SMART Health Links opens it.');
  });

  it('can be kept as a PDF, and only where every letter can be shown', async () => {
    const browser = await logIn('paul.parent');
    const page = await browser.open(`${card}?person=cora`);
    const [, path = ''] = /href="([^"]+\.pdf[^"]*)"/.exec(page.html) ?? [];
    await takeAllEvents(world);
    const file = await browser.open(`${world.url}${path.replaceAll('&amp;', '&')}`);
    expect([file.status, file.headers.get('content-type')]).toEqual([200, 'application/pdf']);
    expect(file.html.slice(0, 5)).toBe('%PDF-');
    expect(await takeAllEvents(world)).toMatchObject([{ kind: 'account', action: 'download-card' }]);
    const other = await browser.open(`${card}?person=selma`);
    expect(wordsOf(other)).toContain('Đặng Castellan');
    expect(other.html).not.toContain('.pdf');
    const foreign = await browser.open(`${card}/coverage-of-maria.pdf?person=cora`);
    expect(foreign.headers.get('content-type')).toContain('text/html');
  });

  (canRunChromium() ? it : it.skip)(
    'can be read on a phone, with large text and on paper',
    async () => {
      const chromium = await launchChromium();
      try {
        for (const [name, viewport] of SIZES) {
          const page = await (await chromium.newContext({ viewport })).newPage();
          await page.goto(card);
          await page.getByLabel('User name').fill('maria.many');
          await page.getByLabel('Password').fill(PASSWORD);
          await page.getByRole('button', { name: 'Log in' }).click();
          await page.getByRole('heading', { level: 1 }).waitFor();
          await page.getByText('Share this card with a QR code').click();
          await checkPage(page, `${name}-card`);
          expect(await page.getByRole('img', { name: 'Northwind' }).isVisible()).toBe(true);
          await page.emulateMedia({ media: 'print' });
          expect(await page.getByRole('heading', { level: 1 }).isVisible()).toBe(false);
          expect(await page.getByText('M-maria').isVisible()).toBe(true);
          // The pages of a link are checked at the widths of a phone: they are narrower.
          if (name === 'desktop') continue;
          await page.emulateMedia({ media: 'screen' });
          await page.getByRole('button', { name: 'Make the code' }).click();
          expect(await page.getByRole('img', { name: 'QR code that opens the card' }).isVisible()).toBe(true);
          await checkPage(page, `${name}-card-link`);
          await page.getByRole('link', { name: 'Back to the card' }).click();
          await checkPage(page, `${name}-card-links`);
        }
      } finally {
        await chromium.close();
      }
    },
    120_000,
  );
});
