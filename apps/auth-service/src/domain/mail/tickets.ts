/**
 * What the reader of a mail may do once. A token or code is derived from the id of its mail with a key that is not in the
 * database, so the queue of mails holds none, and a mail that has to be sent again has the same. The database holds
 * digests.
 */
import type { Pool } from '@patient-access/database';
import type { PoolClient } from 'pg';
import { deriveKeys, digest, hmac, hmacs, type Keys } from '../keys/secrets.ts';
import type { MailKind } from './mail-kinds.ts';

const CODE_DIGITS = 8;

export interface MailTicket {
  sub: string;
  /** to which the mail was sent */
  address: string;
}

const INSERT = {
  name: 'mail-ticket-insert',
  text: `INSERT INTO mail_ticket (tenant, id, purpose, sub, address, expires_at)
         VALUES ($1, $2, $3, $4, $5, now() + make_interval(secs => $6)) ON CONFLICT DO NOTHING`,
};
const FIND = {
  name: 'mail-ticket-find',
  text: `SELECT sub, address FROM mail_ticket WHERE tenant = $1 AND id = $2 AND purpose = $3 AND expires_at > now()`,
};
/** Of all concurrent callers with one token exactly one gets a row. */
const USE = {
  name: 'mail-ticket-use',
  text: `DELETE FROM mail_ticket WHERE tenant = $1 AND id = $2 AND purpose = $3 AND expires_at > now()
         RETURNING sub, address`,
};

/** The key of what mails say. @param masters KEY_ENCRYPTION_KEY */
export const mailKey = (masters: Keys): Keys => deriveKeys(masters, 'mail');

/** @returns 256 bits, base64url */
export const linkTokenOf = (key: Keys, mailId: string): string => hmac(key, `link/${mailId}`);

/** @returns eight digits */
export function codeOf(key: Keys, mailId: string): string {
  const number = Buffer.from(hmac(key, `code/${mailId}`), 'base64url').readBigUInt64BE();
  return String(number % BigInt(10 ** CODE_DIGITS)).padStart(CODE_DIGITS, '0');
}

export const linkTicketId = (token: string): string => digest(token);

/**
 * A code is short, so its digest needs the key.
 *
 * @param binding what the code is good for, as one login page
 * @returns the id, followed by those that it had with the other keys
 */
export const codeTicketIds = (key: Keys, sub: string, binding: string, code: string) =>
  hmacs(key, JSON.stringify(['login-code', sub, binding, code]));

export async function insertTicket(
  client: PoolClient,
  {
    tenant,
    id,
    purpose,
    sub,
    address,
    seconds,
  }: MailTicket & {
    tenant: string;
    id: string;
    purpose: MailKind;
    seconds: number;
  },
): Promise<void> {
  await client.query({ ...INSERT, values: [tenant, id, purpose, sub, address, seconds] });
}

/** Looks, and changes nothing: a scanner of mails may open a link before its reader. */
export async function findTicket(
  pool: Pool,
  key: [tenant: string, id: string, purpose: MailKind],
): Promise<MailTicket | undefined> {
  return (await pool.query<MailTicket>({ ...FIND, values: key })).rows[0];
}

/** @returns undefined for a ticket that was used, has expired or never was */
export async function useTicket(
  db: Pool | PoolClient,
  key: [tenant: string, id: string, purpose: MailKind],
): Promise<MailTicket | undefined> {
  return (await db.query<MailTicket>({ ...USE, values: key })).rows[0];
}
