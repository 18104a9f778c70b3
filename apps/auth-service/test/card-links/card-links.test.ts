/** Links to insurance cards: made by a member, opened by anybody who has one, ended at once. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createPool } from '@patient-access/database';
import { wordsOf } from '../apps/member.ts';
import { administer, administrationOf, opened } from '../administration.ts';
import { endCardLinks, listCardLinks } from '../../src/domain/administration/logins/card-links.ts';
import { CardRecord, coverageOf } from '../card/record.ts';
import { takeAllEvents } from '../events.ts';
import { startWorld, type World } from '../world.ts';
import { fillPasswordChecks } from '../passwords.ts';
import { askManifest, decrypted, guessPasscode, LinkMaker, openFile } from './member.ts';

const VIEWER = 'https://cards.example';
const NEVER = `${'x'.repeat(43)}`;

describe('links to an insurance card', () => {
  let world: World;
  let maria: LinkMaker;
  const record = new CardRecord();
  beforeAll(async () => {
    const coverageUrl = await record.start();
    world = await startWorld({ coverageUrl, cardViewerUrl: `${VIEWER}/` });
    record.coverages.set('maria', [coverageOf('maria')]).set('cora', [coverageOf('cora')]);
    maria = await LinkMaker.logIn(world);
  }, 60_000);
  afterAll(async () => {
    await world?.stop();
    record.stop();
  });
  afterEach(async () => {
    record.coverages.set('maria', [coverageOf('maria')]);
    record.answers = true;
    await world.db.query('DELETE FROM throttle; DELETE FROM card_link');
  });

  /** What a link says that never was. */
  async function nothing(): Promise<[number, string]> {
    const response = await openFile(`${world.url}/auth/northwind/card-link/${NEVER}`);
    return [response.status, await withoutRequest(response)];
  }
  /** An answer without what differs with each request. */
  const withoutRequest = async (response: Response): Promise<string> =>
    JSON.stringify({
      type: response.headers.get('content-type'),
      body: (await response.text()).replace(/[0-9a-f-]{36}/g, 'id').replaceAll(/card-link\/[\w-]+/g, 'path'),
    });
  async function tellsNothing(url: string): Promise<void> {
    const response = await openFile(url);
    expect([response.status, await withoutRequest(response)]).toEqual(await nothing());
    expect(response.status).toBe(404);
  }

  it('open the card alone, encrypted with the key of the link, for as often as was chosen', async () => {
    const link = await maria.make({ uses: '1' });
    expect(link).toMatchObject({ flag: 'U', label: 'Insurance card', v: 1 });
    expect(link.url).toMatch(/\/auth\/northwind\/card-link\/[\w-]{43}$/);
    expect(link.key).toMatch(/^[\w-]{43}$/);
    expect(link.exp - Date.now() / 1000).toBeGreaterThan(86_300);
    await takeAllEvents(world);
    record.asked = [];
    const response = await openFile(link.url);
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/jose']);
    expect(response.headers.get('cache-control')).toBe('no-store');
    const { header, file } = await decrypted(await response.text(), link.key);
    expect(header).toEqual({ alg: 'dir', enc: 'A256GCM', cty: 'application/fhir+json' });
    const text = JSON.stringify(file);
    for (const fact of ['M-maria', 'Maria', 'PPO Choice 35', '(800) 555-0100']) expect(text).toContain(fact);
    expect(text).not.toMatch(/Else|SOMEBODY|Former|1980|Secret/);
    // Who opened it has read the card's resources: coverage-service records that, under the link.
    expect(record.asked).toMatchObject([
      { client_id: 'card-link', client_name: 'Front desk', patient: 'maria' },
      { client_id: 'card-link' },
    ]);
    expect(await takeAllEvents(world)).toMatchObject([
      {
        kind: 'account',
        action: 'use-card-link',
        outcome: '0',
        member: 'maria',
        client: { id: 'card-link', name: 'Front desk' },
      },
    ]);
    await tellsNothing(link.url);
    expect(await takeAllEvents(world)).toMatchObject([
      { kind: 'account', action: 'use-card-link', outcome: '8', reason: 'link-ended', member: 'maria' },
    ]);
  });

  it('lead to the viewer, with everything behind "#", so that no server gets the key', async () => {
    expect((await maria.make()).prefix).toBe(`${VIEWER}/card#`);
    expect(wordsOf(await maria.post())).toContain('The camera of any phone opens it in the browser.');
  });

  it('do not lead to the host of login: then the service does not start', async () => {
    const started = world.replica({ CARD_VIEWER_URL: `${world.url.replace(/:\d+$/, '')}:9` });
    await expect(started).rejects.toThrow('CARD_VIEWER_URL: has the host of PUBLIC_URL');
  });

  it('keep nothing with which the database alone could open them', async () => {
    const link = await maria.make();
    const token = link.url.split('/').at(-1) ?? '';
    const { rows } = await world.db.query<{ all: string }>('SELECT card_link::text AS all FROM card_link');
    for (const secret of [link.key, token, 'M-maria', 'Harbor']) expect(rows[0]?.all).not.toContain(secret);
  });

  it('are not used more often by many at the same time', async () => {
    const link = await maria.make({ uses: '5' });
    const answers = await Promise.all(Array.from({ length: 12 }, () => openFile(link.url)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(5);
    expect(answers.filter(({ status }) => status === 404)).toHaveLength(7);
  });

  it('ask for a passcode by a manifest, and end after ten that were wrong', async () => {
    const link = await maria.make({ passcode: 'open sesame' });
    expect(link.flag).toBe('P');
    await tellsNothing(link.url);
    await takeAllEvents(world);
    const wrong = await askManifest(link.url, { passcode: 'open barley' });
    expect([wrong.status, await wrong.json()]).toEqual([401, { remainingAttempts: 9 }]);
    expect(await takeAllEvents(world)).toMatchObject([
      { action: 'use-card-link', outcome: '8', reason: 'passcode-wrong', member: 'maria' },
    ]);
    const right = await askManifest(link.url, { passcode: 'open sesame' });
    const { files } = (await right.json()) as { files: { contentType: string; embedded: string }[] };
    expect(files).toMatchObject([{ contentType: 'application/fhir+json' }]);
    expect(JSON.stringify(await decrypted(files[0]?.embedded ?? '', link.key))).toContain('M-maria');
    const guesses = await Promise.all(
      Array.from({ length: 14 }, (_, index) => guessPasscode(link.url, `guess ${index}`)),
    );
    expect(guesses.filter(({ status }) => status === 401)).toHaveLength(9);
    expect((await askManifest(link.url, { passcode: 'open sesame' })).status).toBe(404);
    expect(wordsOf(await maria.page())).toContain('Wrong passcodes: 10');
  }, 30_000);

  it('say nothing when they have ended: by the member, in time, or never were', async () => {
    const ended = await maria.make();
    await takeAllEvents(world);
    expect(await maria.end()).toContain('The code does not work any more.');
    expect(await takeAllEvents(world)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ action: 'end-card-link', reason: 'member', member: 'maria' }),
      ]),
    );
    await tellsNothing(ended.url);
    expect((await world.db.query('SELECT payload FROM card_link')).rows).toEqual([{ payload: null }]);
    const old = await maria.make();
    await world.db.query("UPDATE card_link SET until = now() - interval '1 second'");
    await tellsNothing(old.url);
    expect((await askManifest(old.url, { passcode: 'any' })).status).toBe(404);
  });

  it('go on where another version of the coverage shows the same card', async () => {
    record.coverages.set('maria', [coverageOf('maria')]);
    const link = await maria.make();
    const more = {
      meta: { versionId: '2' },
      text: { status: 'generated' },
      policyHolder: { display: 'Harbor' },
    };
    record.coverages.set('maria', [coverageOf('maria', more)]);
    expect((await openFile(link.url)).status).toBe(200);
    record.coverages.set('maria', [coverageOf('maria')]);
    await maria.make();
    // The digest is made with the address, which the database has not.
    expect((await world.db.query('SELECT DISTINCT basis FROM card_link')).rows).toHaveLength(2);
  });

  it('end when the plan has changed, withdrawn or ended the coverage', async () => {
    for (const now of [
      [coverageOf('maria', { subscriberId: 'S-2' })],
      [coverageOf('maria', { identifier: [] })],
      [],
      [coverageOf('maria', { period: { start: '2020-01-01', end: '2020-12-31' } })],
    ]) {
      record.coverages.set('maria', [coverageOf('maria')]);
      const link = await maria.make();
      record.coverages.set('maria', now);
      await tellsNothing(link.url);
      // It does not come back with the old version.
      record.coverages.set('maria', [coverageOf('maria')]);
      await tellsNothing(link.url);
    }
  });

  it('are listed and ended by the plan’s staff, one or all of a login, and nothing of what they hold is shown', async () => {
    const pool = await createPool(world.databaseUrl, { max: 1 });
    try {
      const admin = administrationOf(pool);
      const person = { login: 'maria.many' };
      const [one, two] = [await maria.make(), await maria.make()];
      const listed = await opened(listCardLinks(admin, person));
      expect(listed).toMatchObject([
        { member: 'maria', coverage: 'coverage-of-maria', live: true },
        { member: 'maria', live: true },
      ]);
      expect(JSON.stringify(listed)).not.toMatch(/payload|basis|digest|passcodeHash/);
      expect(await takeAllEvents(world)).toContainEqual(
        expect.objectContaining({ action: 'card-link-list', member: 'maria' }),
      );
      expect(await endCardLinks(admin, { person, link: listed[0]?.id })).toEqual({ ended: 1 });
      await tellsNothing(two.url);
      expect((await openFile(one.url)).status).toBe(200);
      expect(await endCardLinks(admin, { person })).toEqual({ ended: 1 });
      await tellsNothing(one.url);
      const events = (await takeAllEvents(world)).filter(({ action }) =>
        /card-link-end|end-card-link/.test(action),
      );
      expect(events.map(({ action, reason, user }) => [action, reason, user?.sub])).toEqual(
        expect.arrayContaining([
          ['end-card-link', 'plan', undefined],
          ['card-link-end', undefined, 'ada'],
        ]),
      );
      expect((await opened(listCardLinks(admin, person))).every(({ live }) => !live)).toBe(true);
      await expect(endCardLinks(admin, { person })).rejects.toThrow('no such live link');
      await expect(
        endCardLinks(admin, { person: { login: 'paul.parent' }, link: listed[1]?.id }),
      ).rejects.toThrow('no such live link');
      await expect(listCardLinks(admin, { login: 'nobody' })).rejects.toThrow('nobody like this');
    } finally {
      await pool.end();
    }
  });

  it('end with the relation, with all that the login has, and with all that was given before an instant', async () => {
    const gina = await LinkMaker.logIn(world, 'gina.guardian', 'cora');
    let ofChild = await gina.make({ uses: '20' });
    expect((await openFile(ofChild.url)).status).toBe(200);
    await world.db.query("UPDATE account_member SET until = current_date - 2 WHERE patient = 'cora'");
    await tellsNothing(ofChild.url);
    await world.db.query("UPDATE account_member SET until = NULL WHERE patient = 'cora'");
    ofChild = await gina.make({ uses: '20' });
    await world.db.query("UPDATE tenant SET suspended_at = now() WHERE id = 'northwind'");
    expect((await openFile(ofChild.url)).status).toBe(404);
    await world.db.query("UPDATE tenant SET suspended_at = NULL WHERE id = 'northwind'");
    const password = { password: 'another password of hers' };
    const set = await administer(world, 'PUT', 'northwind/logins/gina.guardian/password', password);
    expect(set.status).toBeLessThan(300);
    await tellsNothing(ofChild.url);
    const mine = await maria.make();
    await world.db.query("UPDATE tenant SET not_before = now() WHERE id = 'northwind'");
    await tellsNothing(mine.url);
    await world.db.query("UPDATE tenant SET not_before = NULL WHERE id = 'northwind'");
    maria = await LinkMaker.logIn(world);
  });

  it('give nothing, and count no use, while the record cannot be read', async () => {
    const link = await maria.make({ uses: '1' });
    record.answers = false;
    const response = await openFile(link.url);
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '30']);
    record.answers = true;
    const opened = await openFile(link.url);
    // The one before was in vain, and this one is not.
    expect([opened.status, opened.headers.get('ratelimit')]).toEqual([200, '"card-link";r=59']);
  });

  it('with a passcode do not end while it cannot be checked, nor while the record cannot be read', async () => {
    const link = await maria.make({ passcode: 'open sesame' });
    const open = () => askManifest(link.url, { passcode: 'open sesame' });
    const later: unknown[] = [];
    const tryTwelveTimes = async () => {
      for (let time = 0; time < 12; time += 1) later.push((await open()).headers.get('retry-after'));
    };
    const leave = fillPasswordChecks();
    await tryTwelveTimes();
    await leave();
    record.answers = false;
    await tryTwelveTimes();
    record.answers = true;
    expect(later).toEqual([...Array<string>(12).fill('5'), ...Array<string>(12).fill('30')]);
    const opened = await open();
    // Of the address, what could not be checked was no attempt. What found no record was one in vain.
    expect([opened.status, opened.headers.get('ratelimit')]).toEqual([200, '"card-link";r=48']);
    expect((await world.db.query('SELECT wrong, uses FROM card_link')).rows).toEqual([{ wrong: 0, uses: 1 }]);
  }, 60_000);

  it('want to know who opens them', async () => {
    const link = await maria.make();
    for (const url of [link.url, `${link.url}?recipient=`, `${link.url}?recipient=%20%E2%80%8B`])
      expect((await fetch(url)).status).toBe(400);
    expect((await askManifest(link.url, { recipient: '' })).status).toBe(400);
    expect((await askManifest(link.url, { embeddedLengthMax: 10 })).status).toBe(400);
  });

  it('cannot be looked for: one address opens so many in vain, and waits', async () => {
    const url = `${world.url}/auth/northwind/card-link/${NEVER}`;
    const statuses = new Set<number>();
    const shown: (string | null)[] = [];
    for (let index = 0; index < 62; index += 1) {
      const { status, headers } = await openFile(url);
      statuses.add(status);
      shown.push(headers.get('ratelimit'));
      expect(headers.get('ratelimit-policy')).toBe('"card-link";q=60;w=600');
    }
    expect([...statuses]).toEqual([404, 429]);
    expect([shown[0], shown[59], shown[61]]).toEqual([
      '"card-link";r=59',
      '"card-link";r=0',
      expect.stringMatching(/^"card-link";r=0;t=\d+$/),
    ]);
  }, 30_000);

  it('are made by the member alone, from a page of her own, for a person whom she sees', async () => {
    const count = async () => (await world.db.query('SELECT FROM card_link')).rows.length;
    for (const passcode of ['abc', '     '])
      expect(wordsOf(await maria.post({ passcode }))).toContain('a passcode has 4 to 64 characters');
    const ofCora = { person: 'cora', coverage: 'coverage-of-cora' };
    const wrong: Record<string, string>[] = [{ token: 'forged' }, ofCora, { days: '9999' }];
    for (const more of wrong) await maria.post(more);
    expect(await count()).toBe(0);
    await maria.post();
    expect(await count()).toBe(1);
    const other = await LinkMaker.logIn(world, 'paul.parent', 'paul');
    const { rows } = await world.db.query<{ id: string }>('SELECT id FROM card_link');
    const page = await other.page();
    const [, token = ''] = /name="token" value="([^"]+)"/.exec(page.html) ?? [];
    const end = `${world.url}/auth/northwind/card/links/${rows[0]?.id}`;
    await other.browser.open(end, { method: 'POST', body: new URLSearchParams({ token, person: 'paul' }) });
    const old = new URLSearchParams({ token: 'of a session before', person: 'maria' });
    const refused = await maria.browser.open(end, { method: 'POST', body: old });
    expect([refused.status, wordsOf(refused).includes('Nothing was changed.')]).toEqual([403, true]);
    expect((await world.db.query('SELECT FROM card_link WHERE ended_at IS NULL')).rows).toHaveLength(1);
  });
});
