/** Two records that are one person's: what it does to logins, grants and relations (ADR 93). */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createPool, type Pool } from '@patient-access/database';
import { waitUntil } from '@patient-access/testing';
import { linkIdentity } from '../../src/domain/federation/link-identity.ts';
import { administer } from '../administration.ts';
import { takeEvents } from '../events.ts';
import { openApps, wordsOf } from '../apps/member.ts';
import { configure, loadMembers } from '../configure.ts';
import { type MailWorld, startMailWorld } from '../mail/world.ts';
import { tenantOf, type World } from '../world.ts';
import { asSelf, changingPersons } from './persons.ts';

const SPOUSE = { id: 'ann-2', relationship: 'spouse', name: 'Ann Berg' };

describe('O110: the merge of two records of one person', () => {
  let mails: MailWorld;
  let world: World;
  let pool: Pool;
  let people: ReturnType<typeof changingPersons>;
  beforeAll(async () => {
    mails = await startMailWorld({});
    ({ world } = mails);
    pool = await createPool(world.databaseUrl, { max: 2 });
    people = changingPersons(world, pool);
  }, 120_000);
  afterAll(async () => {
    await pool?.end();
    await mails?.stop();
  });
  beforeEach(async () => {
    await people.reset();
    await people.says('ann', asSelf('ann-1'));
    await people.says('ann.too', asSelf('ann-2'));
    await people.says('ben', { id: 'ben', relationship: 'self', name: 'Ben Berg' }, SPOUSE);
    await world.db.query('TRUNCATE mail; DELETE FROM outbox');
    mails.server.mails.length = 0;
  });

  const order = (from = 'ann-1', to = 'ann-2') => ({ from, to, reason: 'two cards' });
  const merge = async (...persons: string[]) => {
    const { status, body } = await people.act({ act: 'merge', order: order(...persons) });
    expect(status).toBe(200);
    return String(body['id']);
  };

  it('ends the grants of both at once, and nobody connects anything until the records have moved', async () => {
    const [one, two, bens] = [
      await people.connect('ann', 'ann-1'),
      await people.connect('ann.too', 'ann-2'),
      await people.connect('ben', 'ann-2'),
    ];
    const own = await people.connect('ben', 'ben');
    const page = await people.open('ann.too', 'ann-2');
    // Somebody whose relation was over long before is told nothing.
    await people.says('old', { id: 'ann-2', relationship: 'parent', name: 'Ann Berg', until: '2020-01-31' });
    await merge();
    for (const grant of [one, two, bens])
      expect([await grant.isLive(), await grant.canRefresh()]).toEqual([false, false]);
    expect(await own.isLive()).toBe(true);
    expect(await people.sees()).toEqual(['ben ben self']);
    const late = await page.browser.submit(page.consent, 'agree');
    expect(late.headers.get('location') ?? '').not.toContain('code=');
    await people.says('eve', { id: 'ann-2', relationship: 'self', name: 'Ann Berg' });
    expect((await people.open('eve', 'ann-2')).consent.html).not.toContain('Share data with');

    await waitUntil(async () => {
      const { rows } = await world.db.query(`SELECT 1 FROM consent WHERE end_reason = 'corrected'`);
      return rows.length >= 3;
    });
    const corrections = () =>
      mails.server.mails.filter(({ headers }) => headers['subject'] === 'Your plan corrected its records');
    await waitUntil(() => corrections().length >= 3);
    const told = corrections().map(({ to }) => to);
    expect(told.sort()).toEqual(['ann.too@mail.example', 'ann@mail.example', 'ben@mail.example']);
    for (const { text } of corrections()) expect(text).not.toMatch(/ann-|Berg|Health Diary/);
    const { rows } = await world.db.query<{ body: string }>(
      `SELECT body FROM outbox WHERE body LIKE '%person-merge%'`,
    );
    const events = rows.map(({ body }) => JSON.parse(body) as Record<string, unknown>);
    expect(events.map(({ member }) => member).sort()).toEqual(['ann-1', 'ann-2']);
    expect(JSON.stringify(events[0])).not.toMatch(/ann-1.*ann-2|ann-2.*ann-1/);
    await world.db.query(`DELETE FROM account WHERE login IN ('eve', 'old')`);
  });

  it('afterwards makes both logins the survivor’s; who acted for either is told to the plan, and confirmed by it', async () => {
    const change = await merge();
    const { status, body } = await people.end(change);
    expect([status, body['state'], body['records']]).toEqual([200, 'done', 7]);
    expect(body['confirm']).toEqual([{ login: 'ben', patient: 'ann-2', relationship: 'spouse' }]);
    expect(await people.sees()).toEqual(['ann ann-2 self', 'ann.too ann-2 self', 'ben ben self']);
    const connected = await people.connect('ann', 'ann-2');
    expect((await people.end(change)).body).toMatchObject({ state: 'done', records: 7 });
    expect(await connected.isLive()).toBe(true);
    const put = (id: string) =>
      administer(world, 'PUT', `northwind/logins/ben/relations/${id}`, {
        relationship: 'spouse',
        name: 'Ann Berg',
      });
    expect((await put('ann-1')).status).toBe(400);
    expect((await put('ann-2')).status).toBe(200);
    await people.connect('ben', 'ann-2');
    const line = JSON.stringify({ number: 'M-1', patients: [asSelf('ann-1')] });
    await expect(loadMembers(world, line)).rejects.toThrow('line 1: patients: names one who was replaced');
  });

  it('is told on the page of connected apps, in both languages, without the other record', async () => {
    await people.connect('ann', 'ann-1');
    await people.end(await merge());
    await waitUntil(async () =>
      wordsOf((await openApps(world, 'ann')).page).includes('corrected whose records'),
    );
    const { browser, page } = await openApps(world, 'ann');
    expect(wordsOf(page)).not.toMatch(/ann-1|ann-2/);
    const spanish = await browser.open(`${tenantOf(world).appsPage}?lang=es`);
    expect(wordsOf(spanish)).toContain('su plan corrigió de quién son estos registros');
  });

  it('is undone within the plan’s days: both are who they were, and apps are connected anew', async () => {
    const change = await merge();
    expect((await people.act({ act: 'undo', change })).status).toBe(400);
    await people.end(change);
    const connected = await people.connect('ann', 'ann-2');
    expect(await people.act({ act: 'undo', change })).toMatchObject({
      status: 200,
      body: { state: 'undoing' },
    });
    expect(await connected.isLive()).toBe(false);
    expect(await people.sees()).toEqual(['ben ben self']);
    expect((await people.end(change)).body).toMatchObject({ state: 'undone' });
    expect(await people.sees()).toEqual(['ann ann-1 self', 'ann.too ann-2 self', 'ben ben self']);
    await people.connect('ann', 'ann-1');

    await configure(world, { mail: { from: 'care@plan.example' }, undoDays: 0 });
    const another = await merge();
    await people.end(another);
    expect(await people.act({ act: 'undo', change: another })).toMatchObject({
      status: 400,
      body: { error_description: expect.stringContaining('time for undoing') },
    });
    await configure(world, { mail: { from: 'care@plan.example' } });
  });

  const numberLine = (number: string, id: string) => JSON.stringify({ number, patients: [asSelf(id)] });

  it('when it is undone leaves what the plan has said since: nobody becomes two persons', async () => {
    await loadMembers(world, [numberLine('M-1', 'ann-1'), numberLine('M-3', 'eva')].join('\n'));
    await people.linkTo('ann', 'M-1');
    const change = await merge();
    await people.end(change);
    // The login was somebody else's all along, and the number is nobody's any more.
    expect((await people.act({ act: 'relink', subject: 's-ann', number: 'M-3' })).status).toBe(200);
    await loadMembers(world, JSON.stringify({ number: 'M-1', patients: [] }));
    await administer(world, 'DELETE', 'northwind/logins/ann.too/relations/ann-2');
    await people.undo(change);
    expect(await people.sees()).toEqual(['ann eva self', 'ben ben self']);
    expect(await people.numbers()).toEqual(['M-3 eva']);
  });

  it('when it is undone gives who has made a login since to the person of her number', async () => {
    await world.db.query(`DELETE FROM account WHERE login = 'ann'`);
    await loadMembers(world, [numberLine('M-1', 'ann-1'), numberLine('M-2', 'ann-2')].join('\n'));
    const change = await merge();
    await people.end(change);
    await people.says('ann', asSelf('ann-2'));
    await people.linkTo('ann', 'M-1');
    await people.linkTo('ann.too', 'M-2');
    const connected = await people.connect('ann', 'ann-2');
    await people.undo(change);
    expect(await connected.isLive()).toBe(false);
    expect(await people.sees()).toEqual(['ann ann-1 self', 'ann.too ann-2 self', 'ben ben self']);
    expect(await people.numbers()).toEqual(['M-1 ann-1', 'M-2 ann-2']);
  });

  it('when it is undone gives her login at the provider and her number back', async () => {
    await loadMembers(world, [numberLine('M-1', 'ann-1'), numberLine('M-2', 'ann-2')].join('\n'));
    await people.linkTo('ann', 'M-1');
    await people.linkTo('ann.too', 'M-2');
    const change = await merge();
    await people.end(change);
    await people.undo(change);
    expect(await people.sees()).toEqual(['ann ann-1 self', 'ann.too ann-2 self', 'ben ben self']);
    expect(await people.numbers()).toEqual(['M-1 ann-1', 'M-2 ann-2']);
  });

  it('cannot be undone before it has ended, and the answer says how it ends', async () => {
    const { body } = await people.act({ act: 'undo', change: await merge() });
    expect(body['error_description']).toBe(
      'it is moving: only what is done can be undone. End it first (import:persons, identity end)',
    );
  });

  it('when it is undone follows a number that she got meanwhile', async () => {
    await loadMembers(world, [numberLine('M-1', 'ann-1'), numberLine('M-2', 'ann-2')].join('\n'));
    await people.linkTo('ann', 'M-1');
    const change = await merge();
    await people.end(change);
    expect((await people.act({ act: 'renumber', number: 'M-1', to: 'M-9' })).status).toBe(200);
    await people.undo(change);
    expect(await people.sees()).toEqual(['ann ann-1 self', 'ann.too ann-2 self', 'ben ben self']);
    expect(await people.numbers()).toEqual(['M-2 ann-2', 'M-9 ann-1']);
  });

  it('when it is undone leaves a login that has got the survivor’s number since', async () => {
    await loadMembers(world, [numberLine('M-1', 'ann-1'), numberLine('M-2', 'ann-2')].join('\n'));
    const annLogsIn = (number: string) =>
      linkIdentity(
        pool,
        'northwind',
        { iss: 'https://idp.example', subject: 's-ann', number, amr: [], secondFactor: false },
        { ignoreCase: false, keepPasswordLogins: false },
      );
    const corrections = {
      administrator: () => people.act({ act: 'relink', subject: 's-ann', number: 'M-2' }),
      provider: () => annLogsIn('M-2'),
    };
    await people.linkTo('ann', 'M-1');
    for (const [who, correct] of Object.entries(corrections)) {
      expect((await people.act({ act: 'relink', subject: 's-ann', number: 'M-1' })).status).toBe(200);
      await annLogsIn('M-1');
      const change = await merge();
      await people.end(change);
      await correct();
      await people.undo(change);
      expect([who, await people.sees()]).toEqual([
        who,
        ['ann ann-2 self', 'ann.too ann-2 self', 'ben ben self'],
      ]);
      expect(await people.numbers()).toEqual(['M-1 ann-1', 'M-2 ann-2']);
      await annLogsIn('M-2');
      await people.connect('ann', 'ann-2');
    }
  });

  it('when it is undone gives a login with a number of each to the person who it was', async () => {
    await loadMembers(world, [numberLine('M-1', 'ann-1'), numberLine('M-2', 'ann-2')].join('\n'));
    await people.linkTo('ann', 'M-1');
    const change = await merge();
    await people.end(change);
    await people.linkTo('ann', 'M-2', 'https://another.example');
    await people.undo(change);
    expect(await people.sees()).toEqual(['ann ann-1 self', 'ann.too ann-2 self', 'ben ben self']);
    expect(await people.numbers()).toEqual(['M-1 ann-1', 'M-2 ann-2']);
  });

  it('O121: begins for all that the plan’s files say, but for what is doubtful, taken back before or refused', async () => {
    const listed = (from: string, to: string, ...doubts: string[]) => ({ from, to, doubts });
    const list = {
      merges: [
        listed('ann-1', 'ann-2'),
        listed('ann-2', 'ann-1'),
        listed('ann-3', 'ann-4', 'birthDate'),
        listed('ben', 'ben-2'),
      ],
    };
    const begin = async () => {
      const { status, body } = await people.act({ act: 'merge-listed', list });
      const { begun, refused } = body as { begun: { id: string; from: string }[]; refused: object[] };
      return { status, ids: begun.map(({ id }) => id), from: begun.map((each) => each.from), refused };
    };
    /** Whom the event of the answer names, whose acts may have named some before. */
    const named = async () => {
      const told = (await takeEvents(world)).filter(({ action }) => action === 'read-repair');
      expect(told).toHaveLength(1);
      return told[0]?.resources?.['Person']?.split(' ').sort();
    };
    const grant = await people.connect('ann', 'ann-1');
    await takeEvents(world);
    const first = await begin();
    const everybody = ['ann-1', 'ann-2', 'ann-3', 'ann-4', 'ben', 'ben-2'];
    expect(await named()).toEqual(everybody);
    expect([first.status, first.from]).toEqual([200, ['ann-1', 'ben']]);
    const taken = { from: 'ann-2', to: 'ann-1', why: expect.stringContaining('part of a change') };
    const doubtful = { from: 'ann-3', to: 'ann-4', why: 'doubtful: birthDate' };
    expect(first.refused).toEqual([taken, doubtful]);
    expect(await grant.isLive()).toBe(false);
    expect(await people.sees()).toEqual([]);
    expect(await begin()).toEqual(first);
    expect(await named()).toEqual(everybody);

    for (const change of first.ids) await people.end(change);
    await people.act({ act: 'undo', change: first.ids[0] });
    await people.end(String(first.ids[0]));
    const again = await begin();
    expect(again.from).toEqual(['ann-2']);
    expect(again.refused[0]).toEqual({ from: 'ann-1', to: 'ann-2', why: 'it was taken back before' });
    await people.end(String(again.ids[0]));
    const malformed = { act: 'merge-listed', list: { merges: [{ from: 'ann-1', to: 'ann-2' }] } };
    expect((await people.act(malformed)).status).toBe(400);
  });

  it('is refused for somebody who is another person already, and undone from the last one on', async () => {
    const first = await merge('ann-1', 'ann-2');
    expect((await people.act({ act: 'merge', order: order('ann-2', 'ann-3') })).status).toBe(400);
    await people.end(first);
    expect((await people.act({ act: 'merge', order: order('ann-1', 'ann-3') })).status).toBe(400);
    expect((await people.act({ act: 'merge', order: order('ann-3', 'ann-1') })).status).toBe(400);
    expect((await people.act({ act: 'merge', order: order('ann-3', 'ann-3') })).status).toBe(400);
    const second = await merge('ann-2', 'ann-3');
    await people.end(second);
    expect((await people.act({ act: 'undo', change: first })).status).toBe(400);
    await people.act({ act: 'undo', change: second });
    await people.end(second);
    expect((await people.act({ act: 'undo', change: first })).status).toBe(200);
    const { body } = await administer(world, 'GET', 'northwind/person-changes');
    expect((body['changes'] as object[]).map((each) => (each as { state: string }).state)).toEqual([
      'undone',
      'undoing',
    ]);
    expect((await people.end('no-such-change')).status).toBe(404);
  });
});
