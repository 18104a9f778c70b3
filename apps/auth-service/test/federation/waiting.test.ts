/** Logins at the plan's identity provider, member loads and changes of the settings that have to wait for somebody else in the database. */
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { COMMAND, createPool } from '@patient-access/database';
import { waitUntil } from '@patient-access/testing';
import { loadPlanMembers } from '../../src/domain/administration/members/member-load.ts';
import { configureTenant } from '../../src/domain/administration/plans/tenants.ts';
import { administrationOf } from '../administration.ts';
import { wordsOf } from '../apps/member.ts';
import { Browser } from '../browser.ts';
import { takeAllEvents } from '../events.ts';
import { lockWaits } from '../lock-waits.ts';
import {
  type FederatedWorld,
  identityProviderLink,
  leaveAndLogIn,
  locationOf,
  logInAtIdp,
  startFederatedWorld,
} from './world.ts';

describe('a database in which somebody else is at work', () => {
  let all: FederatedWorld;
  beforeAll(async () => {
    all = await startFederatedWorld();
  }, 60_000);
  afterAll(() => all?.stop());

  it('has a login that waited too long begin again, and nobody says that its answer was not believed', async () => {
    const { world, idp } = all;
    const { browser, callback } = await leaveAndLogIn(all, 'u-frida');
    await world.flush();
    await takeAllEvents(world);
    const holder = await world.db.connect();
    await holder.query('BEGIN; LOCK TABLE account_member IN SHARE MODE');
    const page = await browser.open(callback);
    await holder.query('COMMIT');
    holder.release();
    expect(wordsOf(page)).toContain('Your login could not be finished just now.');
    await world.flush();
    const events = await takeAllEvents(world);
    expect(events.flatMap(({ kind, reason }) => (kind === 'login' ? [reason] : []))).toEqual(['not-now']);
    const away = locationOf(await browser.open(identityProviderLink(page)));
    const back = locationOf(await new Browser(idp.issuer).open(away));
    expect(wordsOf(await browser.open(back))).toContain('Frida Lund');
  });

  it('has a load store its lines again where Postgres has broken it off for somebody who waited for it', async () => {
    const { world } = all;
    await logInAtIdp(all, 'u-frida');
    const pool = await createPool(world.databaseUrl, { max: 2, ...COMMAND });
    const holder = await world.db.connect();
    // The load looks first whether the two wait for each other.
    await holder.query(`BEGIN; SET LOCAL deadlock_timeout = '1min'`);
    await holder.query(`SELECT FROM account a JOIN federated_identity f USING (tenant, sub)
                         WHERE f.subject = 'u-frida' FOR UPDATE OF a`);
    const said: string[] = [];
    const patients = [{ id: 'frida', relationship: 'self', name: 'Frida Lund-Berg' }];
    const line = JSON.stringify({ number: 'M-1', patients });
    const loaded = loadPlanMembers(administrationOf(pool), Readable.from([Buffer.from(`${line}\n${line}`)]), {
      reject: (text) => said.push(text),
    });
    await waitUntil(async () => (await lockWaits(world)) > 0);
    await holder.query(`SELECT FROM plan_member WHERE number = 'M-1' FOR UPDATE`);
    await holder.query('COMMIT');
    holder.release();
    expect(await loaded).toEqual({ lines: 2, set: 1, unchanged: 0, rejected: 1 });
    expect(said).toEqual(['line 2: its number stands in an earlier line']);
    const { rows } = await world.db.query(`SELECT name FROM account_member WHERE patient = 'frida'`);
    expect(rows).toEqual([{ name: 'Frida Lund-Berg' }]);
    await pool.end();
  });

  it('has a change of the settings made again where Postgres has broken it off: it takes all relations anew', async () => {
    const { world } = all;
    await world.db.query(`UPDATE account_member SET birth_date = '1980-01-01' WHERE patient = 'frida'`);
    const { rows } = await world.db.query<{ settings: object }>(
      `SELECT settings FROM tenant WHERE id = 'northwind'`,
    );
    const pool = await createPool(world.databaseUrl, { max: 2, ...COMMAND });
    const holder = await world.db.connect();
    await holder.query(`BEGIN; SET LOCAL deadlock_timeout = '1min'`);
    await holder.query(`SELECT FROM account_member WHERE patient = 'frida' FOR UPDATE`);
    const settings = { ...rows[0]?.settings, timeZone: 'Pacific/Honolulu' };
    const configured = configureTenant(pool, 'northwind', settings);
    await waitUntil(async () => (await lockWaits(world)) > 0);
    await holder.query(`SELECT FROM tenant WHERE id = 'northwind' FOR UPDATE`);
    await holder.query('COMMIT');
    holder.release();
    await configured;
    const { rows: after } = await world.db.query(
      `SELECT settings ->> 'timeZone' AS zone FROM tenant WHERE id = 'northwind'`,
    );
    expect(after).toEqual([{ zone: 'Pacific/Honolulu' }]);
    await pool.end();
  });
});
