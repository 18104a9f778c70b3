import { Readable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { COMMAND, createPool, type Pool } from '@patient-access/database';
import { waitUntil } from '@patient-access/testing';
import type { Administration } from '../../src/domain/administration/administration.ts';
import { endPerson } from '../../src/domain/administration/identities/end-person.ts';
import { repairLink } from '../../src/domain/administration/identities/repairs.ts';
import { loadPlanMembers } from '../../src/domain/administration/members/member-load.ts';
import { putPlanMember } from '../../src/domain/administration/members/relations.ts';
import { TenantSettings } from '../../src/domain/tenant/settings.ts';
import { administer, administrationOf } from '../administration.ts';
import { exchange, introspect, redirected, refresh } from '../app.ts';
import { loadMembers } from '../configure.ts';
import { takeEvents } from '../events.ts';
import { lockWaits } from '../lock-waits.ts';
import { federation, type FederatedWorld, logInAtIdp, startFederatedWorld } from './world.ts';

const CONSENT = 'Share data with';
const line = (number: string, id: string, more: object = {}) =>
  JSON.stringify({ number, patients: [{ id, relationship: 'self', name: 'Frida Lund' }], ...more });

const HOLD_LINKS = 'SELECT FROM federated_identity FOR UPDATE';

describe('O109: a person who gets another member number', () => {
  let all: FederatedWorld;
  let pool: Pool;
  beforeAll(async () => {
    all = await startFederatedWorld();
    pool = await createPool(all.world.databaseUrl, { ...COMMAND, max: 2 });
  }, 60_000);
  afterAll(async () => {
    await pool?.end();
    await all?.stop();
  });
  beforeEach(async () => {
    await all.world.db.query(`DELETE FROM account WHERE login IS NULL`);
    await all.world.db.query(`DELETE FROM plan_member WHERE upper(number) LIKE 'M-%'`);
    all.idp.people.set('u-frida', { member_number: 'M-1' });
    await loadMembers(all.world, line('M-1', 'frida'));
  });

  async function connect() {
    const { browser, page, verifier } = await logInAtIdp(all, 'u-frida');
    const code = redirected(await browser.submit(page, 'agree')).get('code') ?? '';
    const tokens = (await exchange(all.world, all.app, code, verifier)).body as Record<string, string>;
    const { body } = await introspect(all.world, tokens['access_token'] ?? '');
    await takeEvents(all.world);
    return { tokens, sub: String(body['sub']), patient: body['patient'] };
  }
  /** What becomes of two acts at one moment: the first stands before a lock when the second begins, which then waits or ends. */
  async function atOnce(lock: string, first: () => Promise<unknown>, second: () => Promise<unknown>) {
    const held = await all.world.db.connect();
    try {
      await held.query(`BEGIN; ${lock}`);
      const begun = first();
      await waitUntil(async () => (await lockWaits(all.world)) === 1);
      let hasEnded = false;
      const both = Promise.allSettled([begun, second().finally(() => (hasEnded = true))]);
      await waitUntil(async () => hasEnded || (await lockWaits(all.world)) === 2);
      await held.query('ROLLBACK');
      return await both;
    } finally {
      await held.query('ROLLBACK');
      held.release();
    }
  }
  const numbers = async () =>
    (
      await all.world.db.query<{ number: string }>(
        `SELECT DISTINCT number FROM plan_member WHERE patient = 'frida' ORDER BY number`,
      )
    ).rows.map(({ number }) => number);
  const refreshed = async ({ tokens }: { tokens: Record<string, string> }) =>
    (await refresh(all.world, all.app, tokens['refresh_token'] ?? '')).status;
  const linkOf = async (sub: string) =>
    (await all.world.db.query('SELECT number FROM federated_identity WHERE sub = $1', [sub])).rows;
  const changesOf = async (sub: string) =>
    (await all.world.db.query('SELECT change FROM login_change WHERE sub = $1', [sub])).rows;
  /** Of a plan to which upper and lower case of a number are the same. */
  function inAnyCase(): Administration {
    const { tenant, ...others } = administrationOf(pool);
    const memberNumber = { ignoreCase: true };
    const settings = TenantSettings.parse({
      federation: { ...federation(all.idp), clientSecret: 'sealed:x', memberNumber },
    });
    return { ...others, tenant: { ...tenant, settings } };
  }
  const acts = async () =>
    (await takeEvents(all.world)).filter(({ action }) => action === 'identity-renumber');

  it('keeps account, apps and relations, by a command; the former number opens nothing', async () => {
    const before = await connect();
    await repairLink(administrationOf(pool), { act: 'renumber', number: 'M-1', to: 'M-9' });
    expect((await introspect(all.world, before.tokens['access_token'] ?? '')).body).toMatchObject({
      active: true,
      patient: 'frida',
    });
    expect(await acts()).toMatchObject([{ member: 'frida', user: { sub: 'ada' } }]);
    expect(await refreshed(before)).toBe(200);
    expect(await numbers()).toEqual(['M-9']);
    expect(await changesOf(before.sub)).toEqual([{ change: 'number-changed' }]);

    expect((await logInAtIdp(all, 'u-frida')).page.html).not.toContain(CONSENT);
    all.idp.people.set('u-frida', { member_number: 'M-9' });
    expect((await connect()).sub).toBe(before.sub);
  });

  it('keeps the same by a file that names the former number, once, and only of the same person', async () => {
    const before = await connect();
    const said = line('M-9', 'frida', { formerNumber: 'M-1' });
    await loadMembers(all.world, said);
    expect(await acts()).toMatchObject([{ member: 'frida' }]);
    expect([await numbers(), await refreshed(before)]).toEqual([['M-9'], 200]);
    expect(await loadMembers(all.world, said)).toMatchObject({ set: 0, unchanged: 1 });
    expect(await acts()).toEqual([]);

    // The plan gives the number to somebody else, and reads the same file again.
    await loadMembers(all.world, line('M-1', 'greta'));
    await loadMembers(all.world, said);
    const { rows } = await all.world.db.query(`SELECT patient FROM plan_member WHERE number = 'M-1'`);
    expect(rows).toEqual([{ patient: 'greta' }]);
  });

  it('is known where the plan has loaded the new number already, and takes nobody else’s', async () => {
    await connect();
    await loadMembers(all.world, `${line('M-9', 'frida')}\n${line('M-2', 'greta')}`);
    const move = (number: string, to: string) =>
      administer(all.world, 'POST', 'northwind/repairs', { act: 'renumber', number, to });
    expect(await move('M-1', 'M-2')).toMatchObject({
      status: 400,
      body: { error_description: expect.stringContaining('another person') },
    });
    expect(await move('M-404', 'M-9')).toMatchObject({ status: 404 });
    expect(await move('M-1', 'M-1')).toMatchObject({ status: 400 });
    expect(await move('M-1', '')).toMatchObject({ status: 400 });
    expect(await move('M-1', 'M-9')).toMatchObject({ status: 200 });
    expect(await numbers()).toEqual(['M-9']);
  });

  it('is found by numbers in any case, and gets nobody else’s, where the plan says that case is the same', async () => {
    const admin = inAnyCase();
    const move = (number: string, to: string) => repairLink(admin, { act: 'renumber', number, to });
    const { sub } = await connect();
    const linked = () => linkOf(sub);

    // Greta's number opens nothing any more where somebody else has it in another case.
    await loadMembers(all.world, line('M-2', 'greta'));
    await expect(move('M-1', 'm-2')).rejects.toThrow('another person');
    expect(await numbers()).toEqual(['M-1']);

    await move('m-1', 'm-9');
    expect([await numbers(), await linked()]).toEqual([['m-9'], [{ number: 'm-9' }]]);
    await move('m-9', 'M-9');
    expect([await numbers(), await linked()]).toEqual([['M-9'], [{ number: 'M-9' }]]);
    await expect(move('M-9', 'M-9')).rejects.toThrow('the same number');

    // The plan has loaded the new number already.
    await loadMembers(all.world, line('M-10a', 'frida'));
    await move('m-9', 'm-10A');
    expect([await numbers(), await linked()]).toEqual([['M-10a'], [{ number: 'M-10a' }]]);

    // What a file has left in two spellings is told apart by the letters.
    await loadMembers(all.world, line('M-10A', 'frida'));
    await expect(move('m-10a', 'M-11')).rejects.toThrow('in upper and lower case');
    await move('M-10a', 'M-10A');
    expect([await numbers(), await linked()]).toEqual([['M-10A'], [{ number: 'M-10A' }]]);
  });

  it('reaches her login also where the plan wrote the number otherwise before, and nobody else’s', async () => {
    const admin = inAnyCase();
    const move = (number: string, to: string) => repairLink(admin, { act: 'renumber', number, to });
    const { sub } = await connect();
    await loadMembers(
      all.world,
      [JSON.stringify({ number: 'M-1', patients: [] }), line('m-1', 'greta')].join('\n'),
    );
    await move('M-1', 'M-8');
    expect([await linkOf(sub), await changesOf(sub)]).toEqual([[{ number: 'M-1' }], []]);

    await loadMembers(all.world, line('m-1', 'frida'));
    await move('M-1', 'M-9');
    expect([await numbers(), await linkOf(sub)]).toEqual([['M-9'], [{ number: 'M-9' }]]);
    expect(await changesOf(sub)).toEqual([{ change: 'number-changed' }]);
    expect(await endPerson(admin, { number: 'M-9' })).toMatchObject({ accounts: 1 });
  });

  it.each(['M-2', 'm-2'])('is refused who gets a number while another person gets M-2: %s', async (to) => {
    const admin = to === 'M-2' ? administrationOf(pool) : inAnyCase();
    await connect();
    await loadMembers(all.world, line('M-5', 'greta'));
    const both = await atOnce(
      HOLD_LINKS,
      () => repairLink(admin, { act: 'renumber', number: 'M-1', to: 'M-2' }),
      () => repairLink(admin, { act: 'renumber', number: 'M-5', to }),
    );
    expect(both).toEqual([
      expect.objectContaining({ status: 'fulfilled' }),
      { status: 'rejected', reason: expect.objectContaining({ name: 'RepairRefused' }) },
    ]);
    expect(await numbers()).toEqual(['M-2']);
  });

  it('keeps the same by a file that has the former number in any case, as the plan has it', async () => {
    const rejected: string[] = [];
    const load = (ndjson: string) =>
      loadPlanMembers(inAnyCase(), Readable.from([Buffer.from(ndjson)]), {
        reject: (text) => rejected.push(text),
      });
    const before = await connect();
    const said = line('M-9', 'frida', { formerNumber: 'm-1' });
    expect(await load(said)).toMatchObject({ set: 1 });
    expect(await acts()).toMatchObject([{ member: 'frida' }]);
    const after = [await numbers(), await linkOf(before.sub), await refreshed(before)];
    expect(after).toEqual([['M-9'], [{ number: 'M-9' }], 200]);

    // Somebody else has the former number, and the file comes again. The next one changes case alone.
    await loadMembers(all.world, line('M-1', 'greta'));
    expect(await load(said)).toMatchObject({ unchanged: 1 });
    expect(await acts()).toEqual([]);
    for (const _time of ['first', 'again']) await load(line('m-9', 'frida', { formerNumber: 'M-9' }));
    expect([await numbers(), await linkOf(before.sub)]).toEqual([['m-9'], [{ number: 'm-9' }]]);
    const { rows } = await all.world.db.query(`SELECT patient FROM plan_member WHERE number = 'M-1'`);
    expect([rows, rejected]).toEqual([[{ patient: 'greta' }], []]);
  });

  it.each(['M-2', 'm-2'])(
    'has it alone, or not at all, where a file says at that moment whose M-2 is: %s',
    async (written) => {
      const admin = written === 'M-2' ? administrationOf(pool) : inAnyCase();
      await connect();
      const file = Readable.from([Buffer.from(line(written, 'greta'))]);
      const both = await atOnce(
        HOLD_LINKS,
        () => repairLink(admin, { act: 'renumber', number: 'M-1', to: 'M-2' }),
        () => loadPlanMembers(admin, file, { reject: () => undefined }),
      );
      expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled']);
      const { rows } = await all.world.db.query(
        `SELECT number, patient FROM plan_member WHERE lower(number) = 'm-2'`,
      );
      expect(rows).toEqual([{ number: 'M-2', patient: 'greta' }]);
    },
  );

  it('has it alone where a file and the console say at one moment whose M-2 is', async () => {
    const file = Readable.from([Buffer.from(line('M-2', 'greta'))]);
    const patients = [{ id: 'hanna', relationship: 'self', name: 'Hanna Lund' }];
    const both = await atOnce(
      'LOCK TABLE plan_member IN SHARE MODE',
      () => loadPlanMembers(inAnyCase(), file, { reject: () => undefined }),
      () => putPlanMember(inAnyCase(), 'm-2', { patients }),
    );
    expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled']);
    const { rows } = await all.world.db.query(
      `SELECT number, patient FROM plan_member WHERE lower(number) = 'm-2'`,
    );
    expect(rows).toEqual([{ number: 'M-2', patient: 'hanna' }]);
  });

  it('is the number that the plan has, in whatever case a file or the console writes it', async () => {
    const rejected: string[] = [];
    const load = (...lines: string[]) =>
      loadPlanMembers(inAnyCase(), Readable.from([Buffer.from(lines.join('\n'))]), {
        reject: (text) => rejected.push(text),
      });
    const stored = async () =>
      (
        await all.world.db.query<{ number: string; patient: string }>(
          `SELECT number, patient FROM plan_member WHERE upper(number) LIKE 'M-%' ORDER BY number, patient`,
        )
      ).rows.map(({ number, patient }) => `${number} ${patient}`);
    const { sub } = await connect();
    expect(await load(line('m-1', 'frida'))).toMatchObject({ set: 0, unchanged: 1 });
    expect(await load(line('m-1', 'greta'))).toMatchObject({ set: 1 });
    expect(await stored()).toEqual(['M-1 greta']);
    const { rows } = await all.world.db.query('SELECT FROM account_member WHERE sub = $1', [sub]);
    expect(rows).toEqual([]);
    await putPlanMember(inAnyCase(), 'm-1', {
      patients: [{ id: 'frida', relationship: 'self', name: 'Frida Lund' }],
    });
    expect(await stored()).toEqual(['M-1 frida']);

    // Two ways to write one number in a file.
    expect(await load(line('M-2', 'greta'), line('m-2', 'frida'))).toMatchObject({ set: 1, rejected: 1 });
    expect(rejected).toEqual([expect.stringMatching(/^line 2: its number stands in an earlier line/)]);
    // To another plan, and to one that has two already, they are two.
    await loadMembers(all.world, `${line('M-3', 'greta')}\n${line('m-3', 'hanna')}`);
    expect(await load(line('M-3', 'hanna'), line('m-3', 'greta'))).toMatchObject({ set: 2 });
    expect(await stored()).toEqual(['M-1 frida', 'M-2 greta', 'M-3 hanna', 'm-3 greta']);
    // A third way to write it is neither of them.
    await loadMembers(all.world, `${line('M-4a', 'ines')}\n${line('m-4a', 'jane')}`);
    expect(await load(line('m-4A', 'kate'))).toMatchObject({ set: 0, rejected: 1 });
    expect(rejected.at(-1)).toMatch(/^line 1: the plan has its number in upper and lower case/);
    expect(await stored()).toEqual(expect.not.arrayContaining(['m-4A kate']));
  });
});
