/** The account that somebody makes alone, once a code has reached her. */
import { inTransaction, type Pool } from '@patient-access/database';
import { recordStatement } from '@patient-access/outbox/record';
import type { PoolClient } from 'pg';
import type { Proofing } from '../accounts/accounts.ts';
import { insertLogin } from '../administration/logins/login-rows.ts';
import { loginEvent } from '../accounts/login-event.ts';
import type { EventContext } from '../audit/access-event.ts';
import { queryOn } from '../database.ts';
import { type LoadedMember, loadedFor } from '../federation/link-identity.ts';
import type { Keys } from '../keys/secrets.ts';
import type { Language } from '../pages/language.ts';
import type { Tenant } from '../tenant/tenant.ts';
import { holdForLogin } from '../federation/person-lock.ts';
import { findPerson, type FoundPerson, type JoinRefusal, ownAddress } from './find-person.ts';
import { JOINED_ISSUER, joinedSubject } from './joined.ts';
import type { Claimed } from './plan-person.ts';

/** One account for a person at a time, on whichever replica. */
const LOCK = `SELECT pg_advisory_xact_lock(hashtextextended($1, 0))`;
const LINK = `INSERT INTO federated_identity (tenant, iss, subject, sub, number, person) VALUES ($1, $2, $3, $4, $5, $6)`;
const SET_EMAIL = `UPDATE account SET email = $3, email_source = 'plan' WHERE tenant = $1 AND sub = $2`;
const USE_LETTER = `UPDATE plan_person SET letter = NULL, letter_until = NULL WHERE tenant = $1 AND number = $2`;
const TELL = `SELECT queue_notice($1, $2::uuid, 'account-made', 'account-made/' || $3::text, NULL)`;

export interface NewJoined {
  claimed: Claimed;
  /** how the code reached the person */
  proofing: Proofing;
  /** normalised */
  login: string;
  passwordHash: string;
  /** in which she reads the pages */
  language: Language;
}

type Made = { sub: string } | { refusal: JoinRefusal | 'login-taken' };

class LoginTaken extends Error {}

async function insertAccount(
  client: PoolClient,
  tenant: string,
  { number, person, patient, candidates }: FoundPerson & { candidates: LoadedMember[] },
  { login, passwordHash, proofing, language }: NewJoined,
): Promise<string> {
  const fhirUser = candidates[0]?.bearer ?? null;
  const row = {
    tenant,
    login,
    passwordHash,
    proofing,
    // The notice below may be sent while she still sets up a second factor.
    language,
    fhirUser,
    role: 'member',
    relations: candidates,
  } as const;
  const own = await ownAddress(client, tenant, { number, person, patient }, 'email');
  const sub = await insertLogin(queryOn(client), row);
  if (sub === undefined) throw new LoginTaken();
  const whose = patient === undefined ? 'delegate' : `Patient/${patient}`;
  await client.query(LINK, [tenant, JOINED_ISSUER, joinedSubject(number), sub, number, whose]);
  if ('address' in own) await client.query(SET_EMAIL, [tenant, sub, own.address]);
  await client.query(USE_LETTER, [tenant, number]);
  await client.query(TELL, [tenant, sub, sub]);
  return sub;
}

/**
 * Makes the account, with the relations that the plan has given to the number. It gets the person's own address, so that a
 * forgotten password can be replaced. The event is stored in the same transaction.
 *
 * @param keys of `joiningKey`
 * @returns why there is none, if somebody else was faster or the plan says something else now
 */
export function makeAccount(
  pool: Pool,
  keys: Keys,
  context: EventContext & { tenant: Tenant },
  made: NewJoined,
): Promise<Made> {
  const { tenant } = context;
  const find = (db: Pool | PoolClient) => findPerson(db, keys, tenant, made.claimed);
  return inTransaction(pool, async (client): Promise<Made> => {
    const before = await find(client);
    await client.query(LOCK, [JSON.stringify([tenant.id, 'join', before.found?.person])]);
    // Before it is asked again who that is, and whether she is active: from here on nothing else is said of the number.
    const { number } = before.found ?? {};
    if (number !== undefined) await holdForLogin(client, tenant.id, [number]);
    const candidates = number === undefined ? [] : await loadedFor(client, tenant.id, number);
    const { found, refusal } = await find(client);
    if (!found || refusal || found.person !== before.found?.person || found.number !== number)
      return { refusal: refusal ?? 'unknown-person' };
    const sub = await insertAccount(client, tenant.id, { ...found, candidates }, made);
    const account = { self: found.patient };
    const event = loginEvent({ ...context, sub }, { action: 'join', account, request: made.proofing });
    await client.query(recordStatement([event]));
    return { sub };
  }).catch((error: unknown): Made => {
    if (error instanceof LoginTaken) return { refusal: 'login-taken' };
    throw error;
  });
}
