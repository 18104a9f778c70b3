import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createPool, inTransaction, type Pool } from '@patient-access/database';
import { waitUntil } from '@patient-access/testing';
import * as identities from '../../src/domain/administration/identities/identities.ts';
import { takeOverNumbers } from '../../src/domain/administration/members/new-numbers.ts';
import { type PlanMember, setPlanMembers } from '../../src/domain/administration/members/plan-members.ts';
import { queryOn } from '../../src/domain/database.ts';
import { TenantSettings } from '../../src/domain/tenant/settings.ts';
import { administrationOf, opened } from '../administration.ts';
import { exchange, introspect, redirected, refresh } from '../app.ts';
import { configure, loadMembers } from '../configure.ts';
import { takeEvents } from '../events.ts';
import { lockWaits } from '../lock-waits.ts';
import { federation, type FederatedWorld, logInAtIdp, startFederatedWorld } from './world.ts';

const CONSENT = 'Share data with';
const line = (number: string, id: string, relationship = 'self') =>
  JSON.stringify({ number, patients: [{ id, relationship, name: 'Frida Lund' }] });

describe('a link between a person and her account', () => {
  let all: FederatedWorld;
  let pool: Pool;
  beforeAll(async () => {
    all = await startFederatedWorld();
    pool = await createPool(all.world.databaseUrl, { max: 2 });
  }, 60_000);
  afterAll(async () => {
    await pool?.end();
    await all?.stop();
  });
  beforeEach(async () => {
    await all.world.db.query(`DELETE FROM account WHERE login IS NULL`);
    all.idp.people.set('u-frida', { member_number: 'M-1' });
    await loadMembers(all.world, line('M-1', 'frida'));
    await takeEvents(all.world);
  });

  async function connect(person = 'u-frida') {
    const { browser, page, verifier } = await logInAtIdp(all, person);
    const code = redirected(await browser.submit(page, 'agree')).get('code') ?? '';
    const tokens = (await exchange(all.world, all.app, code, verifier)).body as Record<string, string>;
    const { body } = await introspect(all.world, tokens['access_token'] ?? '');
    return { tokens, sub: String(body['sub']), patient: String(body['patient']) };
  }
  const isLetIn = async (person: string) => (await logInAtIdp(all, person)).page.html.includes(CONSENT);
  const refreshes = async ({ refresh_token = '' }: Record<string, string>) =>
    (await refresh(all.world, all.app, refresh_token)).status === 200;
  const actions = async () => (await takeEvents(all.world)).map(({ action }) => action);

  it('is moved to the new subject of a user who was made anew: account and apps stay', async () => {
    const { tokens, sub } = await connect();
    all.idp.people.set('u-anew', { member_number: 'M-1' });
    expect(await isLetIn('u-anew')).toBe(false);
    await identities.moveSubject(administrationOf(pool), 'u-frida', 'u-anew');
    expect((await connect('u-anew')).sub).toBe(sub);
    expect(await refreshes(tokens)).toBe(true);
    expect(await isLetIn('u-frida')).toBe(false);
    expect(await actions()).toContain('identity-move');
    const { rows } = await all.world.db.query('SELECT change FROM login_change WHERE sub = $1', [sub]);
    expect(rows).toEqual([{ change: 'login-relinked' }]);
  });

  it('gets another number after records were merged; grants for the former Patient end', async () => {
    const { tokens, sub } = await connect();
    await loadMembers(all.world, `${line('M-1', 'nobody')}\n${line('M-50', 'frida-merged')}`);
    all.idp.people.set('u-frida', { member_number: 'M-50' });
    expect(await isLetIn('u-frida')).toBe(false);
    await identities.relinkNumber(administrationOf(pool), 'u-frida', 'M-50');
    expect(await connect()).toMatchObject({ sub, patient: 'frida-merged' });
    expect(await refreshes(tokens)).toBe(false);
    await expect(identities.relinkNumber(administrationOf(pool), 'u-frida', 'M-404')).rejects.toThrow(
      'stands for nobody',
    );
  });

  it('gets another number while a load takes over the former one for it', async () => {
    const { sub } = await connect();
    await loadMembers(all.world, line('M-52', 'frida'));
    const { patients } = JSON.parse(line('M-1', 'frida')) as PlanMember;
    const admin = administrationOf(pool);
    const returned = inTransaction(pool, async (db) => {
      await setPlanMembers(queryOn(db), 'northwind', [{ number: 'M-52', patients }]);
      const relinked = identities.relinkNumber(admin, 'u-frida', 'M-52');
      await waitUntil(async () => (await lockWaits(all.world)) > 0);
      await takeOverNumbers(db, admin, [{ former: 'M-1', number: 'M-52' }]);
      return [relinked];
    });
    await Promise.all(await returned);
    const { rows } = await all.world.db.query('SELECT number FROM federated_identity WHERE sub = $1', [sub]);
    expect(rows).toEqual([{ number: 'M-52' }]);
  });

  it('gets the relation, its end and the fhirUser that the plan has loaded for the other number', async () => {
    const { sub } = await connect();
    const patient = { id: 'lina', relationship: 'child', name: 'Lina Lund', until: '2099-12-31' };
    const patients = [
      { id: 'frida', relationship: 'self', name: 'Frida Lund' },
      { ...patient, fhirUser: 'RelatedPerson/frida-of-lina' },
    ];
    await loadMembers(all.world, JSON.stringify({ number: 'M-51', patients }));
    await identities.relinkNumber(administrationOf(pool), 'u-frida', 'M-51');
    const { rows } = await all.world.db.query(
      `SELECT relationship, until::text, fhir_user FROM account_member WHERE sub = $1 AND patient = 'lina'`,
      [sub],
    );
    expect(rows).toEqual([
      { relationship: 'child', until: '2099-12-31', fhir_user: 'RelatedPerson/frida-of-lina' },
    ]);
  });

  it('follows a delegate who got coverage of her own, and nobody whose number went to another person', async () => {
    await loadMembers(all.world, line('D-1', 'lina', 'child'));
    all.idp.people.set('u-delegate', { member_number: 'D-1' });
    const { sub } = await connect('u-delegate');
    const both = [
      { id: 'dora', relationship: 'self', name: 'Dora Lund' },
      { id: 'lina', relationship: 'child', name: 'Lina Lund' },
    ];
    await loadMembers(all.world, JSON.stringify({ number: 'D-1', patients: both }));
    expect((await logInAtIdp(all, 'u-delegate')).page.html).toContain('Dora Lund');
    const { rows } = await all.world.db.query(
      `SELECT sub FROM federated_identity WHERE subject = 'u-delegate'`,
    );
    expect(rows).toEqual([{ sub }]);
    await loadMembers(all.world, line('D-1', 'somebody-else'));
    expect(await isLetIn('u-delegate')).toBe(false);
    // The number of a delegate, and the number of a member, that went to somebody else.
    await loadMembers(all.world, line('D-5', 'lina', 'child'));
    all.idp.people.set('u-former', { member_number: 'D-5' });
    await connect('u-former');
    await loadMembers(all.world, line('D-5', 'somebody-else'));
    expect(await isLetIn('u-former')).toBe(false);
    await connect('u-frida');
    await loadMembers(all.world, line('M-1', 'somebody-else'));
    expect(await isLetIn('u-frida')).toBe(false);
  });

  it('says who a delegate is, as the plan has loaded it, and follows no other person', async () => {
    const delegate = (fhirUser: string) =>
      JSON.stringify({
        number: 'D-2',
        fhirUser,
        patients: [{ id: 'lina', relationship: 'child', name: 'Lina' }],
      });
    await loadMembers(all.world, delegate('RelatedPerson/dora'));
    expect(await loadMembers(all.world, delegate('RelatedPerson/dora'))).toMatchObject({
      set: 0,
      unchanged: 1,
    });
    all.idp.people.set('u-dora', { member_number: 'D-2' });
    const { tokens } = await connect('u-dora');
    const { body } = await introspect(all.world, tokens['access_token'] ?? '');
    expect(body['fhirUser']).toMatch(/RelatedPerson\/dora$/);
    await loadMembers(all.world, delegate('RelatedPerson/somebody'));
    expect(await refreshes(tokens)).toBe(false);
    expect(await isLetIn('u-dora')).toBe(false);
    await identities.relinkNumber(administrationOf(pool), 'u-dora', 'D-2');
    expect(await isLetIn('u-dora')).toBe(true);
    const self =
      '{"number":"D-3","fhirUser":"Person/x","patients":[{"id":"x","relationship":"self","name":"X"}]}';
    await expect(loadMembers(all.world, self)).rejects.toThrow('none of the patients');
  });

  it('is taken away with all that the account has, and the next login is a first one', async () => {
    const { tokens, sub } = await connect();
    await identities.unlinkIdentity(administrationOf(pool), 'u-frida');
    expect(await refreshes(tokens)).toBe(false);
    expect((await connect()).sub).not.toBe(sub);
  });

  it('moves with the issuer: same account, same apps', async () => {
    const { tokens, sub } = await connect();
    await all.world.db.query(`UPDATE federated_identity SET iss = 'https://old.plan.example'`);
    expect(await isLetIn('u-frida')).toBe(true);
    await all.world.db.query(`DELETE FROM federated_identity WHERE iss <> 'https://old.plan.example'`);
    const move = () =>
      identities.moveIssuer(administrationOf(pool), 'https://old.plan.example', all.idp.issuer);
    expect(await move()).toEqual({ moved: 1, stayed: 0 });
    expect((await connect()).sub).toBe(sub);
    expect(await refreshes(tokens)).toBe(true);
    expect(await move()).toEqual({ moved: 0, stayed: 0 });
  });

  it('goes on with the login that had a password, where the plan wants it and the Patient is the same', async () => {
    const maria = await all.world.db.query<{ sub: string }>(
      `SELECT sub FROM account WHERE tenant = 'northwind' AND login = 'maria.many'`,
    );
    await loadMembers(all.world, line('M-60', 'maria'));
    all.idp.people.set('u-maria', { member_number: 'M-60' });
    expect((await connect('u-maria')).sub).not.toBe(maria.rows[0]?.sub);
    await identities.unlinkIdentity(administrationOf(pool), 'u-maria');
    await configure(all.world, { federation: { ...federation(all.idp), keepPasswordLogins: true } });
    expect((await connect('u-maria')).sub).toBe(maria.rows[0]?.sub);
    await configure(all.world, { federation: federation(all.idp), passwordLogin: false });
  });

  it('is shown by number, subject or login', async () => {
    const { sub } = await connect();
    const shown = [
      {
        iss: all.idp.issuer,
        subject: 'u-frida',
        number: 'M-1',
        sub,
        proofing: 'federated',
        proofed_at: expect.any(Date),
        patients: [{ id: 'frida', relationship: 'self' }],
      },
    ];
    expect(await opened(identities.listIdentities(administrationOf(pool), { number: 'M-1' }))).toEqual(shown);
    expect(await opened(identities.listIdentities(administrationOf(pool), { subject: 'u-frida' }))).toEqual(
      shown,
    );
    expect(await opened(identities.listIdentities(administrationOf(pool), { login: 'paul.parent' }))).toEqual(
      [],
    );
  });

  it('is found and moved by a number in any case, where the plan says that case is the same', async () => {
    const { sub } = await connect();
    const { tenant, ...others } = administrationOf(pool);
    const memberNumber = { ignoreCase: true };
    const settings = TenantSettings.parse({
      federation: { ...federation(all.idp), clientSecret: 'sealed:x', memberNumber },
    });
    const admin = { ...others, tenant: { ...tenant, settings } };
    const numbersOf = async (number: string) =>
      (await opened(identities.listIdentities(admin, { number }))).map((each) => [each.sub, each.number]);
    expect(await numbersOf('m-1')).toEqual([[sub, 'M-1']]);
    await loadMembers(all.world, [line('M-55', 'frida'), line('n-1', 'x'), line('N-1', 'y')].join('\n'));
    expect(await numbersOf('m-1')).toEqual([[sub, 'M-1']]);
    await identities.relinkNumber(admin, 'u-frida', 'm-55');
    expect(await numbersOf('M-55')).toEqual([[sub, 'M-55']]);
    await expect(identities.relinkNumber(admin, 'u-frida', 'N-1')).rejects.toThrow('for nobody, or for two');
    const strict = administrationOf(pool);
    expect(await opened(identities.listIdentities(strict, { number: 'm-55' }))).toEqual([]);
    await expect(identities.relinkNumber(strict, 'u-frida', 'm-55')).rejects.toThrow('stands for nobody');
  });
});
