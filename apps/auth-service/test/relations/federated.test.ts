/** Relations of people who log in at the plan's own identity provider: the plan loads them by member number. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createPool, inTransaction } from '@patient-access/database';
import { waitUntil } from '@patient-access/testing';
import { setPlanMembers } from '../../src/domain/administration/members/plan-members.ts';
import { endGrantsOf } from '../../src/domain/consent/end-grants.ts';
import { queryOn, type RunSql } from '../../src/domain/database.ts';
import { linkIdentity } from '../../src/domain/federation/link-identity.ts';
import { administer } from '../administration.ts';
import { exchange, introspectionClaims, redirected } from '../app.ts';
import { loadMembers } from '../configure.ts';
import { type FederatedWorld, leaveAndLogIn, logInAtIdp, startFederatedWorld } from '../federation/world.ts';
import { lockWaits } from '../lock-waits.ts';

const OMAR = { id: 'omar', relationship: 'self', name: 'Omar Haddad' };
const LINA = { id: 'lina', relationship: 'child', name: 'Lina Haddad' };
const SAMIR = { id: 'samir', relationship: 'child', name: 'Samir Haddad' };
const SUB_OF_OMAR = `(SELECT sub FROM federated_identity WHERE subject = 'u-omar')`;

describe('relations by member number', () => {
  let all: FederatedWorld;
  beforeAll(async () => {
    all = await startFederatedWorld();
  }, 60_000);
  afterAll(() => all?.stop());

  /** Omar connects the app to a person's data. @returns whether the token is live */
  async function connect(member: string) {
    const { browser, page, verifier } = await logInAtIdp(all, 'u-omar');
    const consent = await browser.submit(page, 'choose', (fields) => fields.set('member', member));
    const code = redirected(await browser.submit(consent, 'agree')).get('code') ?? '';
    const { body } = await exchange(all.world, all.app, code, verifier);
    const isLive = async () =>
      (await introspectionClaims(all.world, body['access_token'] as string)) !== undefined;
    expect(await isLive()).toBe(true);
    return isLive;
  }
  async function somebodyWaits() {
    await waitUntil(async () => (await lockWaits(all.world)) > 0);
  }
  const load = (...patients: object[]) => loadMembers(all.world, JSON.stringify({ number: 'M-2', patients }));

  it('O50: what a load takes away ends at once, while the person is logged in; the rest goes on', async () => {
    const [own, lina, samir] = [await connect('omar'), await connect('lina'), await connect('samir')];
    await load(OMAR, SAMIR);
    expect([await own(), await lina(), await samir()]).toEqual([true, false, true]);
    await load(OMAR, { ...SAMIR, birthDate: '1990-01-01' });
    expect([await own(), await samir()]).toEqual([true, false]);
    await load(OMAR, LINA, SAMIR);
    expect([await lina(), await samir()]).toEqual([false, false]);
  });

  it('O107: a number whose coverage is over for longer than the plan’s years lets nobody in; a day that is taken back does', async () => {
    await load(OMAR);
    await logInAtIdp(all, 'u-omar');
    await load({ ...OMAR, coverageEnd: '2001-12-31' });
    expect((await logInAtIdp(all, 'u-omar')).page.html).toContain('The time in which you can log in');
    await load({ ...OMAR, coverageEnd: '2091-12-31' });
    const loaded = JSON.stringify({ number: 'M-2', patients: [{ ...OMAR, coverageEnd: '2091-12-31' }] });
    expect(await loadMembers(all.world, loaded)).toMatchObject({ set: 0, unchanged: 1 });
    expect((await logInAtIdp(all, 'u-omar')).page.html).toContain('Share data with');
  });

  it('O50: a login that changes nothing leaves the grants alone', async () => {
    await load(OMAR, { ...LINA, birthDate: '2015-05-05', until: '2040-01-01' });
    const lina = await connect('lina');
    await logInAtIdp(all, 'u-omar');
    expect(await lina()).toBe(true);
  });

  it('O53: a login while a load takes a relation away does not bring it back', async () => {
    await load(OMAR, LINA);
    await logInAtIdp(all, 'u-omar');
    const { browser, callback } = await leaveAndLogIn(all, 'u-omar');
    const pool = await createPool(all.world.databaseUrl, { max: 1 });
    const returned = inTransaction(pool, async (db) => {
      await setPlanMembers(queryOn(db), 'northwind', [{ number: 'M-2', patients: [OMAR] }]);
      const page = browser.open(callback);
      await somebodyWaits();
      return [page];
    });
    await Promise.all(await returned);
    await pool.end();
    const { rows } = await all.world.db.query(
      `SELECT m.patient FROM federated_identity f JOIN account_member m USING (tenant, sub) WHERE f.subject = 'u-omar'`,
    );
    expect(rows).toEqual([{ patient: 'omar' }]);
  });

  it('a login that changes the address and the relations waits for a consent under way', async () => {
    await load(OMAR, LINA);
    await logInAtIdp(all, 'u-omar');
    // The order is set by the next login.
    await load(LINA, OMAR);
    const login = { iss: all.idp.issuer, subject: 'u-omar', amr: [], secondFactor: false };
    const told = { ...login, number: 'M-2', email: 'omar@new.example' };
    const rules = { ignoreCase: false, keepPasswordLogins: false };
    const pool = await createPool(all.world.databaseUrl, { max: 2 });
    const returned = inTransaction(pool, async (db) => {
      // The rows that a consent locks, one after the other.
      await db.query(`SELECT FROM account WHERE sub = ${SUB_OF_OMAR} FOR SHARE`);
      const linked = linkIdentity(pool, 'northwind', told, rules);
      await somebodyWaits();
      await db.query(`SELECT FROM account_member WHERE sub = ${SUB_OF_OMAR} FOR SHARE`);
      return [linked];
    });
    await Promise.all(await returned);
    await pool.end();
    const { rows } = await all.world.db.query(`SELECT email FROM account WHERE sub = ${SUB_OF_OMAR}`);
    expect(rows).toEqual([{ email: 'omar@new.example' }]);
  });

  it('a load waits while all that a login has is ended', async () => {
    await load(OMAR, LINA, SAMIR);
    await connect('samir');
    await all.world.db.query(
      `INSERT INTO card_link (tenant, address_digest, sub, member, coverage, basis, payload, max_uses, until, expires_at)
       SELECT 'northwind', 'digest', ${SUB_OF_OMAR}, 'lina', 'coverage', 'basis', 'payload', 1, t, t
         FROM (SELECT now() + interval '1 day' AS t) d`,
    );
    const { rows } = await all.world.db.query<{ sub: string }>(`SELECT ${SUB_OF_OMAR} AS sub`);
    const context = { requestId: crypto.randomUUID(), tenant: { id: 'northwind', issuer: '' } };
    const pool = await createPool(all.world.databaseUrl, { max: 1 });
    const returned = inTransaction(pool, async (db) => {
      let loaded: Promise<unknown> | undefined;
      const query: RunSql = async (text, values) => {
        // Grants have ended by now; links to cards come next.
        if (text.includes('UPDATE card_link')) {
          loaded = load(OMAR);
          await somebodyWaits();
        }
        return queryOn(db)(text, values);
      };
      await endGrantsOf(query, { account: rows[0]?.sub ?? '' }, 'plan', context);
      return [loaded];
    });
    expect(await Promise.all(await returned)).toMatchObject([{ set: 1 }]);
    await pool.end();
    const reasons = await all.world.db.query('SELECT end_reason FROM card_link');
    expect(reasons.rows).toEqual([{ end_reason: 'plan' }]);
  });

  it('a load waits while a merge or a split ends', async () => {
    await load(OMAR, LINA);
    await logInAtIdp(all, 'u-omar');
    const pool = await createPool(all.world.databaseUrl, { max: 1 });
    const returned = inTransaction(pool, async (db) => {
      // What it takes, one after the other.
      await db.query('LOCK TABLE account_member IN SHARE ROW EXCLUSIVE MODE');
      const loaded = load(OMAR);
      await somebodyWaits();
      await db.query("DELETE FROM plan_member WHERE patient = 'lina'");
      return [loaded];
    });
    expect(await Promise.all(await returned)).toMatchObject([{ lines: 1 }]);
    await pool.end();
  });

  it('O50: over HTTP, for one number', async () => {
    await load(OMAR, LINA);
    const lina = await connect('lina');
    const put = (patients: unknown) => administer(all.world, 'PUT', 'northwind/members/M-2', { patients });
    expect((await put([{ id: '§' }])).status).toBe(400);
    expect(await lina()).toBe(true);
    expect((await put([OMAR])).status).toBe(204);
    expect(await lina()).toBe(false);
  });

  it('O50: a number that now belongs to somebody else opens nothing to the login that had it', async () => {
    await load(OMAR, LINA);
    const [own, lina] = [await connect('omar'), await connect('lina')];
    await load({ ...OMAR, id: 'another' }, LINA);
    expect([await own(), await lina()]).toEqual([false, false]);
  });
});
