/** The accounts of app developers at a plan. They are no logins of members, and open nothing of a member. */
import { createHmac } from 'node:crypto';
import { inTransaction, type Pool } from '@patient-access/database';
import { type Actor, recordAct } from '../audit/acts.ts';
import type { Queryable } from '../database.ts';
import { digest } from '../keys/secrets.ts';
import { linkTicketId, useTicket } from '../mail/tickets.ts';
import { newRandomSecret } from '../clients/credentials.ts';
import type { Keys } from '../keys/secrets.ts';

/** `iss` of developers in the trail. */
export const DEVELOPERS = 'urn:payer-patient-access:developers';

const SESSION_HOURS = 12;

export interface DeveloperAccount {
  id: string;
  email: string;
}

/** A browser in which somebody is logged in. */
export interface DeveloperSession {
  developer: DeveloperAccount;
  /** what the database knows of the cookie */
  id: string;
}

const FIND = 'SELECT id, email, password_hash AS hash FROM developer WHERE tenant = $1 AND email = $2';
const KEEP = `INSERT INTO developer (tenant, email, password_hash) VALUES ($1, $2, $3)
  ON CONFLICT (tenant, email) DO UPDATE SET password_hash = excluded.password_hash RETURNING id, email`;
const END_TICKETS = `DELETE FROM mail_ticket WHERE tenant = $1 AND address = $2 AND purpose = 'developer-link'`;
const END_ALL = 'DELETE FROM developer_session WHERE tenant = $1 AND developer = $2';
const END_ONE = 'DELETE FROM developer_session WHERE tenant = $1 AND id = $2';
/** Whoever chooses another password changes the account first, and waits for this, or this waits and finds another hash. */
const OPEN = `INSERT INTO developer_session (tenant, id, developer, expires_at)
  SELECT $1, $2, d.id, now() + make_interval(hours => ${SESSION_HOURS})
    FROM (SELECT id FROM developer WHERE tenant = $1 AND id = $3 AND password_hash = $4 FOR SHARE) d`;
const OF_COOKIE = `SELECT d.id, d.email FROM developer_session s
  JOIN developer d ON d.tenant = s.tenant AND d.id = s.developer
  WHERE s.tenant = $1 AND s.id = $2 AND s.expires_at > now()`;

const UUID_FORM = /^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/;

/** Names a mailbox in the outbox of mails, so that mails to one are counted. It says nothing without the key. */
export function mailboxId([key]: Keys, tenant: string, email: string): string {
  const hex = createHmac('sha256', key).update(`developer/${tenant}/${email}`).digest('hex');
  return hex.replace(UUID_FORM, '$1-$2-$3-$4-$5');
}

/** @returns the account with the hash of its password */
export async function findDeveloper(
  pool: Pool,
  tenant: string,
  email: string,
): Promise<(DeveloperAccount & { hash: string }) | undefined> {
  return (await pool.query<DeveloperAccount & { hash: string }>(FIND, [tenant, email])).rows[0];
}

/**
 * Uses up the link of a mail. Whoever has it reads the mailbox, so the account is made, or gets the new password, and
 * all its sessions and other links end. If the event of it cannot be stored, nothing has happened.
 *
 * @param from where the request came from
 * @returns undefined when the link was used meanwhile
 */
export function keepPassword(
  pool: Pool,
  tenant: string,
  { token, hash }: { token: string; hash: string },
  from: Pick<Actor, 'address' | 'requestId'>,
): Promise<DeveloperAccount | undefined> {
  return inTransaction(pool, async (db) => {
    const ticket = await useTicket(db, [tenant, linkTicketId(token), 'developer-link']);
    if (!ticket) return undefined;
    const { rows } = await db.query<DeveloperAccount>(KEEP, [tenant, ticket.address, hash]);
    const [developer] = rows;
    await db.query(END_TICKETS, [tenant, ticket.address]);
    await db.query(END_ALL, [tenant, developer?.id]);
    const user = { iss: DEVELOPERS, sub: developer?.id ?? '' };
    await recordAct(db, { ...from, tenant, user }, { action: 'developer-password' });
    return developer;
  });
}

/**
 * @param developer.hash of the password that was right
 * @returns the value of the cookie; undefined when the account has another password meanwhile
 */
export async function openSession(
  db: Queryable,
  tenant: string,
  { id, hash }: { id: string; hash: string },
): Promise<string | undefined> {
  const cookie = newRandomSecret();
  const { rowCount } = await db.query(OPEN, [tenant, digest(cookie), id, hash]);
  return rowCount === 1 ? cookie : undefined;
}

/** @param cookie its value, as the browser sent it */
export async function findSession(
  db: Queryable,
  tenant: string,
  cookie: string,
): Promise<DeveloperSession | undefined> {
  const id = digest(cookie);
  const [developer] = (await db.query<DeveloperAccount>(OF_COOKIE, [tenant, id])).rows;
  return developer && { developer, id };
}

export async function endDeveloperSession(db: Queryable, tenant: string, id: string): Promise<void> {
  await db.query(END_ONE, [tenant, id]);
}
