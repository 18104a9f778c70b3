/** To whom a mail goes. */
import type { PoolClient } from 'pg';
import {
  type Account,
  ACCOUNT_COLUMNS,
  type AccountRow,
  normalizeLogin,
  toAccount,
} from '../accounts/accounts.ts';
import { parseEmailAddress } from '../accounts/email-address.ts';
import { findJoiner, type JoinMailRefusal } from './joiner.ts';
import { isForMailbox, kindOfMail, type MailKind } from './mail-kinds.ts';
import { openAbout } from './mail-queue.ts';
import { type MailRow, mailsBefore } from './mail-row.ts';
import type { Keys } from '../keys/secrets.ts';

export interface Recipient {
  /** the login that it is about; absent for a developer */
  account?: Account;
  /** what its ticket is about */
  sub: string;
  address: string;
  /** null when it is not known */
  language: string | null;
  /** the mail that is sent in place of the one that was asked for, and why */
  instead?: { kind: MailKind; reason: string };
  /** what its code is good for, if the row does not say it */
  binding?: string;
  /** whose account it is about, where there is none yet */
  member?: string;
}

/** Why a mail is not sent, for the access event. */
export interface NoRecipient {
  reason: 'unknown-login' | 'no-address' | 'too-many-mails' | JoinMailRefusal;
  account?: Account;
  member?: string;
}

type Row = AccountRow & { email: string | null; language: string | null };

const BY_SUB = {
  name: 'mail-account-by-sub',
  text: `SELECT ${ACCOUNT_COLUMNS}, email, language FROM account a WHERE tenant = $1 AND sub = $2`,
};
/** Passwords are what is recovered. The plan itself gives auditors new ones, because they see every member's trail. */
const BY_NAME = {
  name: 'mail-account-by-name',
  text: `SELECT ${ACCOUNT_COLUMNS}, email, language FROM account a
          WHERE tenant = $1 AND (login = $2 OR email = $3) AND password_hash IS NOT NULL AND role = 'member'
          ORDER BY login = $2 DESC LIMIT 3`,
};

/**
 * @param typed a user name, or the e-mail address of exactly one login: several people may share a mailbox, and the mail
 *   names none of them. It goes before the user name of another login, which anybody may have chosen so: an address was proved
 */
async function findByName(client: PoolClient, tenant: string, typed: string): Promise<Row | undefined> {
  const login = normalizeLogin(typed);
  const address = parseEmailAddress(typed);
  const { rows } = await client.query<Row>({ ...BY_NAME, values: [tenant, login, address ?? null] });
  const [reached, ...others] = rows.filter(({ email }) => address !== undefined && email === address);
  return reached && others.length === 0 ? reached : rows.find((row) => row.login === login);
}

async function findRow(client: PoolClient, row: MailRow, key: Keys): Promise<Row | undefined> {
  const { tenant, kind, sub, about } = row;
  if (kind === 'password-reset')
    return about ? findByName(client, tenant, openAbout(key, tenant, about)) : undefined;
  return (await client.query<Row>({ ...BY_SUB, values: [tenant, sub] })).rows[0];
}

const isLimited = async (client: PoolClient, { kind, id }: MailRow, sub: string): Promise<boolean> => {
  const { perHour } = kindOfMail(kind);
  return perHour !== undefined && (await mailsBefore(client, sub, id)) >= perHour;
};

/** Neither developers nor staff have a login here, and the row names the address. */
async function findMailbox(client: PoolClient, row: MailRow): Promise<Recipient | NoRecipient> {
  const { sub, address, language } = row;
  if (sub === null || address === null) return { reason: 'no-address' };
  if (await isLimited(client, row, sub)) return { reason: 'too-many-mails' };
  return { sub, address, language };
}

/** @param keys of mails and of joining */
export async function findRecipient(
  client: PoolClient,
  row: MailRow,
  { key, joiningKey }: { key: Keys; joiningKey: Keys },
): Promise<Recipient | NoRecipient> {
  if (row.kind === 'join-code' || row.kind === 'join-text')
    return findJoiner(client, row, { key, joiningKey });
  if (isForMailbox(row.kind)) return findMailbox(client, row);
  const found = await findRow(client, row, key);
  if (!found) return { reason: 'unknown-login' };
  const account = toAccount(found);
  const address = row.address ?? found.email;
  if (address === null) return { reason: 'no-address', account };
  const { sub } = account;
  if (await isLimited(client, row, sub)) return { reason: 'too-many-mails', account };
  return { account, sub, address, language: row.language ?? found.language };
}
