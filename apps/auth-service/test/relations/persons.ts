/** People whose records are merged or split, what they connect, and what the plan does (ADR 93). */
import { expect } from '@jest/globals';
import type { Pool } from '@patient-access/database';
import { saveAccount } from '../../src/domain/administration/logins/accounts.ts';
import { createPrisma } from '../../src/domain/database.ts';
import { administer } from '../administration.ts';
import { PASSWORD, type World } from '../world.ts';
import { connectionOf, openConsent } from './connection.ts';

const LOGINS = ['ann', 'ann.too', 'ben'];
/** @returns a relation to oneself */
export const asSelf = (id: string) => ({ id, relationship: 'self', name: 'Ann Berg' });

export function changingPersons(world: World, pool: Pool) {
  async function says(login: string, ...patients: object[]) {
    const account = { tenant: 'northwind', login, password: PASSWORD, patients: patients as never };
    await saveAccount(createPrisma(pool), account);
    await world.db.query(
      "UPDATE account SET email = login || '@mail.example', email_source = 'plan' WHERE login = $1 AND email IS NULL",
      [login],
    );
  }
  const open = (login: string, member: string, name?: string) => openConsent(world, login, member, name);
  async function connect(login: string, member: string) {
    const { app, verifier, browser, consent } = await open(login, member);
    const connection = await connectionOf(world, app, verifier, await browser.submit(consent, 'agree'));
    expect(await connection.claims()).toMatchObject({ patient: member });
    return connection;
  }
  const act = (body: object) => administer(world, 'POST', 'northwind/repairs', body);
  /** The records have moved. */
  const end = (change: string) =>
    administer(world, 'POST', `northwind/person-changes/${change}/done`, { records: 7 });
  const sees = async () =>
    (
      await world.db.query<{ line: string }>(
        `SELECT a.login || ' ' || m.patient || ' ' || m.relationship AS line FROM account a JOIN account_member m USING (tenant, sub)
          WHERE a.login = ANY ($1) AND (m.ends_at IS NULL OR m.ends_at > now()) ORDER BY 1`,
        [LOGINS],
      )
    ).rows.map(({ line }) => line);
  /** @returns what the plan's list has of the numbers */
  const numbers = async () =>
    (
      await world.db.query<{ line: string }>(
        `SELECT number || ' ' || patient AS line FROM plan_member WHERE number LIKE 'M-%' ORDER BY 1`,
      )
    ).rows.map(({ line }) => line);
  /** The login comes from the plan's provider, too. */
  const linkTo = (login: string, number: string, iss = 'https://idp.example') =>
    world.db.query(
      `INSERT INTO federated_identity (tenant, iss, subject, sub, number)
       SELECT tenant, $3, 's-' || login, sub, $2 FROM account WHERE login = $1`,
      [login, number, iss],
    );
  /** @returns how it has ended */
  async function undo(change: string) {
    expect((await act({ act: 'undo', change })).status).toBe(200);
    const { body } = await end(change);
    expect(body).toMatchObject({ state: 'undone' });
    return body;
  }
  /** Nobody has done anything yet. */
  const reset = () =>
    world.db.query(
      "DELETE FROM person_change; DELETE FROM plan_member; DELETE FROM account WHERE login IN ('ann', 'ann.too', 'ben')",
    );
  return { says, open, connect, act, end, undo, sees, numbers, linkTo, reset };
}
