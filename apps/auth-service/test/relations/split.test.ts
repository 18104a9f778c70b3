/** One record that was two persons': what it does to logins, grants and relations (ADR 93). */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createPool, type Pool } from '@patient-access/database';
import { waitUntil } from '@patient-access/testing';
import type { Administration } from '../../src/domain/administration/administration.ts';
import type { PersonChange } from '../../src/domain/administration/persons/person-changes.ts';
import {
  confirmRepair,
  type ProposedRepair,
  repairLink,
} from '../../src/domain/administration/identities/repairs.ts';
import { administer, administrationOf, opened } from '../administration.ts';
import { openApps, wordsOf } from '../apps/member.ts';
import { configure, loadMembers } from '../configure.ts';
import { takeEvents } from '../events.ts';
import { type MailWorld, startMailWorld } from '../mail/world.ts';
import { tenantOf, type World } from '../world.ts';
import { asSelf, changingPersons } from './persons.ts';

const SPOUSE = { id: 'ann-1', relationship: 'spouse', name: 'Ann Berg' };

describe('O119: the split of one record of two persons', () => {
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
    // Two namesakes with one record.
    await people.says('ann', asSelf('ann-1'));
    await people.says('ann.too', asSelf('ann-1'));
    await people.says('ben', { id: 'ben', relationship: 'self', name: 'Ben Berg' }, SPOUSE);
    await world.db.query('TRUNCATE mail; DELETE FROM outbox');
    mails.server.mails.length = 0;
  });

  const order = (more: object = {}) => ({
    ...{ from: 'ann-1', to: 'ann-9', reason: 'two namesakes', stays: ['ann'] },
    ...more,
  });
  const propose = (more?: object) => people.act({ act: 'split', order: order(more) });
  const split = async (more?: object) => {
    const { status, body } = await propose(more);
    expect([status, body]).toEqual([
      200,
      expect.objectContaining({ tenant: 'northwind', kind: 'split', state: 'moving' }),
    ]);
    return String(body['id']);
  };

  it('ends the grants of everybody at once, and nobody connects anything until the records have moved', async () => {
    const grants = [
      await people.connect('ann', 'ann-1'),
      await people.connect('ann.too', 'ann-1'),
      await people.connect('ben', 'ann-1'),
    ];
    const own = await people.connect('ben', 'ben');
    const page = await people.open('ann', 'ann-1');
    await split();
    for (const grant of grants)
      expect([await grant.isLive(), await grant.canRefresh()]).toEqual([false, false]);
    expect(await own.isLive()).toBe(true);
    expect(await people.sees()).toEqual(['ben ben self']);
    const late = await page.browser.submit(page.consent, 'agree');
    expect(late.headers.get('location') ?? '').not.toContain('code=');

    const corrections = () =>
      mails.server.mails.filter(({ headers }) => headers['subject'] === 'Your plan corrected its records');
    await waitUntil(() => corrections().length >= 3);
    const told = corrections().map(({ to }) => to);
    expect(told.sort()).toEqual(['ann.too@mail.example', 'ann@mail.example', 'ben@mail.example']);
    for (const { text } of corrections()) expect(text).not.toMatch(/ann-|Berg|Health Diary/);
    const { rows } = await world.db.query<{ body: string }>(
      `SELECT body FROM outbox WHERE body LIKE '%person-split%'`,
    );
    const events = rows.map(({ body }) => JSON.parse(body) as Record<string, unknown>);
    expect(events.map(({ member }) => member).sort()).toEqual(['ann-1', 'ann-9']);
    for (const event of events) expect(JSON.stringify(event)).not.toMatch(/ann-1.*ann-9|ann-9.*ann-1/);
    await waitUntil(async () =>
      wordsOf((await openApps(world, 'ann')).page).includes('corrected whose records'),
    );
  });

  it('afterwards the record is theirs whom the plan has named; all others are confirmed by it', async () => {
    await loadMembers(world, JSON.stringify({ number: 'M-1', patients: [asSelf('ann-1')] }));
    const change = await split();
    const { status, body } = await people.end(change);
    expect([status, body['state'], body['records']]).toEqual([200, 'done', 7]);
    const others = [
      { login: 'ann.too', patient: 'ann-1', relationship: 'self' },
      { login: 'ben', patient: 'ann-1', relationship: 'spouse' },
      { number: 'M-1', patient: 'ann-1', relationship: 'self' },
    ];
    expect(body['confirm']).toEqual(expect.arrayContaining(others));
    expect(body['confirm']).toHaveLength(others.length);
    expect(await people.sees()).toEqual(['ann ann-1 self', 'ben ben self']);
    const again = await people.connect('ann', 'ann-1');
    expect((await people.end(change)).body).toMatchObject({ state: 'done', records: 7 });
    expect(await again.isLive()).toBe(true);
    const put = (login: string, id: string, relationship: string) =>
      administer(world, 'PUT', `northwind/logins/${login}/relations/${id}`, {
        relationship,
        name: 'Ann Berg',
      });
    expect((await put('ben', 'ann-9', 'spouse')).status).toBe(200);
    await people.connect('ben', 'ann-9');
    await people.says('eve', asSelf('ann-9'));
    await people.connect('eve', 'ann-9');
    await world.db.query(`DELETE FROM account WHERE login = 'eve'`);
  });

  it('has everybody of whom its end tells in the trail, also when it is said again', async () => {
    const change = await split();
    for (const time of ['first', 'again']) {
      await takeEvents(world);
      expect(JSON.stringify((await people.end(change)).body['confirm'])).toContain('"ben"');
      const [told, ...others] = (await takeEvents(world)).filter(({ kind }) => kind === 'account');
      expect([time, told?.action, told?.resources?.['Person']?.split(' ').sort(), others]).toEqual([
        ...[time, 'read-person-change', ['ann-1', 'ann-9', 'ben']],
        [],
      ]);
    }
  });

  it('is undone within the plan’s days: the record is whose it was, and apps are connected anew', async () => {
    const change = await split();
    await people.end(change);
    const connected = await people.connect('ann', 'ann-1');
    expect(await people.act({ act: 'undo', change })).toMatchObject({
      status: 200,
      body: { kind: 'split', state: 'undoing' },
    });
    expect(await connected.isLive()).toBe(false);
    expect(await people.sees()).toEqual(['ben ben self']);
    const { body } = await people.end(change);
    expect(body).toMatchObject({
      state: 'undone',
      confirm: [{ login: 'ben', patient: 'ann-1', relationship: 'spouse' }],
    });
    expect(await people.sees()).toEqual(['ann ann-1 self', 'ann.too ann-1 self', 'ben ben self']);
    await people.connect('ann.too', 'ann-1');

    await configure(world, { mail: { from: 'care@plan.example' }, undoDays: 0 });
    const late = await split();
    await people.end(late);
    expect((await people.act({ act: 'undo', change: late })).status).toBe(400);
    await configure(world, { mail: { from: 'care@plan.example' } });
  });

  it('when it is undone leaves a login that is somebody else by now', async () => {
    await loadMembers(
      world,
      ['M-1 ann-1', 'M-3 eva']
        .map((each) => each.split(' '))
        .map(([number, id = '']) => JSON.stringify({ number, patients: [asSelf(id)] }))
        .join('\n'),
    );
    await people.linkTo('ann.too', 'M-1');
    const change = await split();
    await people.end(change);
    expect((await people.act({ act: 'relink', subject: 's-ann.too', number: 'M-3' })).status).toBe(200);
    await people.act({ act: 'undo', change });
    await people.end(change);
    expect(await people.sees()).toEqual(['ann ann-1 self', 'ann.too eva self', 'ben ben self']);
  });

  it('when it is undone gives nothing back that the plan has taken since from who stays', async () => {
    const line = (number: string, ...ids: string[]) => JSON.stringify({ number, patients: ids.map(asSelf) });
    await loadMembers(world, ['M-1', 'M-2', 'M-7'].map((number) => line(number, 'ann-1')).join('\n'));
    const change = await split({ stays: ['ann.too', 'M-1', 'M-2'] });
    await loadMembers(world, line('M-2'));
    const { confirm } = (await people.end(change)).body;
    expect(confirm).toHaveLength(3);
    await loadMembers(world, line('M-1'));
    await administer(world, 'DELETE', 'northwind/logins/ann.too/relations/ann-1');
    expect((await people.end(change)).body['confirm']).toEqual(confirm);
    expect(await people.undo(change)).toMatchObject({
      confirm: [{ login: 'ben', patient: 'ann-1', relationship: 'spouse' }],
    });
    expect(await people.sees()).toEqual(['ann ann-1 self', 'ben ben self']);
    expect(await people.numbers()).toEqual(['M-7 ann-1']);
  });

  it('when it is undone opens no number that who stays had before', async () => {
    await loadMembers(world, JSON.stringify({ number: 'M-1', patients: [asSelf('ann-1')] }));
    await people.linkTo('ann', 'M-1');
    const change = await split();
    await people.end(change);
    expect((await people.act({ act: 'renumber', number: 'M-1', to: 'M-9' })).status).toBe(200);
    await people.undo(change);
    expect(await people.sees()).toEqual(['ann ann-1 self', 'ann.too ann-1 self', 'ben ben self']);
    expect(await people.numbers()).toEqual(['M-9 ann-1']);
  });

  it('at a plan that wants four eyes is begun and taken back by another administrator; the mail and the page say so in both languages', async () => {
    const by = (administrator: string): Administration => {
      const admin = administrationOf(pool);
      const settings = { ...admin.tenant.settings, federation: { fourEyes: true } as never };
      return { ...admin, administrator, tenant: { ...admin.tenant, settings } };
    };
    const grant = await people.connect('ann', 'ann-1');
    await world.db.query("UPDATE account SET language = 'en' WHERE login = 'ann'");
    await world.db.query("UPDATE account SET language = 'es' WHERE login = 'ben'");
    const proposed = (await opened(
      repairLink(by('ada'), { act: 'split', order: order() }),
    )) as ProposedRepair;
    expect(await grant.isLive()).toBe(true);
    await expect(confirmRepair(by('ada'), proposed.proposal)).rejects.toThrow('another administrator');
    expect(await grant.isLive()).toBe(true);
    const begun = (await opened(confirmRepair(by('bo'), proposed.proposal))) as { result: PersonChange };
    expect(begun).toMatchObject({
      ...{ proposedBy: 'ada', act: 'split' },
      result: { from: 'ann-1', to: 'ann-9', state: 'moving', begunBy: 'bo' },
    });
    expect(await grant.isLive()).toBe(false);
    await expect(confirmRepair(by('cy'), proposed.proposal)).rejects.toThrow('confirmed before');

    const CORRECTED = {
      en: /person some of its records stand/,
      es: /persona están algunos de los registros/,
    };
    const correctionTo = (to: string, language: keyof typeof CORRECTED) =>
      mails.server.mails.find(
        (mail) => mail.to === `${to}@mail.example` && CORRECTED[language].test(mail.text),
      );
    const told = await waitUntil(() => {
      const both = [correctionTo('ann', 'en'), correctionTo('ben', 'es')];
      return both.every((mail) => mail !== undefined) && both;
    });
    expect(told[0]?.headers['subject']).toBe('Your plan corrected its records');
    for (const mail of told) expect(mail?.text).not.toMatch(/ann-|Berg|two namesakes/);
    await waitUntil(async () =>
      wordsOf((await openApps(world, 'ann')).page).includes('corrected whose records'),
    );
    const { browser, page } = await openApps(world, 'ann');
    const spanish = await browser.open(`${tenantOf(world).appsPage}?lang=es`);
    expect(wordsOf(spanish)).toContain('su plan corrigió de quién son estos registros');
    for (const each of [page, spanish]) expect(wordsOf(each)).not.toMatch(/ann-\d|two namesakes/);

    const { id } = begun.result;
    await people.end(id);
    const undo = (await opened(repairLink(by('ada'), { act: 'undo', change: id }))) as ProposedRepair;
    expect(await opened(confirmRepair(by('bo'), undo.proposal))).toMatchObject({
      result: { state: 'undoing' },
    });
    const { rows } = await world.db.query<{ action: string; by: string }>(
      `SELECT body::jsonb ->> 'action' AS action, body::jsonb -> 'user' ->> 'sub' AS by FROM outbox
        WHERE body LIKE '%"identity-%' ORDER BY body::jsonb ->> 'recorded'`,
    );
    expect(rows.map((row) => `${row.action} ${row.by}`)).toEqual([
      ...['identity-propose-split ada', 'identity-confirm-split bo'],
      ...['identity-propose-undo ada', 'identity-confirm-undo bo'],
    ]);
  });

  it('is told by number, and refused for the same person, an unknown login, and while another change goes on', async () => {
    await loadMembers(world, JSON.stringify({ number: 'M-1', patients: [asSelf('ann-1')] }));
    const named = { from: undefined, number: 'M-1' };
    for (const wrong of [
      { to: 'ann-1' },
      { ...named, to: 'ann-1' },
      { stays: ['ben'] },
      { stays: ['nobody'] },
      { ...named, number: 'M-2' },
    ])
      expect((await propose(wrong)).status).toBe(400);
    const change = await split({ ...named, stays: ['M-1', 'ann'] });
    expect((await propose({ to: 'ann-8' })).status).toBe(400);
    const merge = { act: 'merge', order: { from: 'ann-9', to: 'ben', reason: 'two cards' } };
    expect((await people.act(merge)).status).toBe(400);
    await people.end(change);
    const { rows } = await world.db.query(
      `SELECT 1 FROM plan_member WHERE number = 'M-1' AND patient = 'ann-1'`,
    );
    expect(rows).toHaveLength(1);
    const next = await people.act(merge);
    expect(next.status).toBe(200);
    expect((await people.act({ act: 'undo', change })).status).toBe(400);
    await people.end(String(next.body['id']));
    expect((await people.act({ act: 'undo', change })).status).toBe(400);
    await people.act({ act: 'undo', change: String(next.body['id']) });
    await people.end(String(next.body['id']));
    expect((await people.act({ act: 'undo', change })).status).toBe(200);
  });

  it('keeps the number of who stays, also written in another case, where that is the same to the plan', async () => {
    await loadMembers(world, JSON.stringify({ number: 'M-1', patients: [asSelf('ann-1')] }));
    const stays = ['m-1', 'ann'];
    expect((await propose({ stays })).status).toBe(400);
    const admin = administrationOf(pool);
    const federation = { memberNumber: { ignoreCase: true } } as never;
    const inAnyCase = {
      ...admin,
      tenant: { ...admin.tenant, settings: { ...admin.tenant.settings, federation } },
    };
    const change = (await opened(
      repairLink(inAnyCase, { act: 'split', order: order({ stays }) }),
    )) as PersonChange;
    expect(change).toMatchObject({ state: 'moving', stays: ['M-1', 'ann'] });
    await people.end(change.id);
    expect(await people.numbers()).toEqual(['M-1 ann-1']);
  });
});
