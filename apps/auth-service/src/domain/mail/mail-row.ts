/** Rows of the outbox of mails. */
import type { Pool, PoolClient } from 'pg';
import type { MailKind } from './mail-kinds.ts';

export interface MailRow {
  id: string;
  tenant: string;
  kind: MailKind;
  sub: string | null;
  address: string | null;
  language: string | null;
  about: Buffer | null;
  request_id: string | null;
  client_address: string | null;
  attempts: number;
  created_at: Date;
  /** it is too late to send it */
  late: boolean;
  /** the plan's name, and whether it is a preview */
  plan: string;
  plan_kind: 'preview' | 'production';
  /** of the plan; see TenantSettings */
  settings: unknown;
}

/** What is still to be sent. A suspended plan sends no mail. */
const TO_SEND = `mail m JOIN tenant t ON t.id = m.tenant AND t.suspended_at IS NULL AND m.ended_at IS NULL`;
const WAITING = {
  name: 'mail-waiting',
  text: `SELECT count(*)::int AS rows, coalesce(extract(epoch FROM now() - min(m.created_at)), 0)::float8 AS seconds
           FROM ${TO_SEND}`,
};
const ANY_DUE = {
  name: 'mail-any-due',
  text: `SELECT EXISTS (SELECT 1 FROM ${TO_SEND} WHERE m.due_at <= now()) AS due`,
};
/** Takes a row and keeps it locked until the transaction ends, so no other worker sends it as long as this one lives. */
const TAKE_NEXT = {
  name: 'mail-take-next',
  text: `SELECT m.id, m.tenant, m.kind, m.sub, m.address, m.language, m.about, m.request_id, m.client_address, m.attempts, m.created_at,
                m.give_up_at <= now() AS late, t.name AS plan, t.kind AS plan_kind, t.settings
           FROM ${TO_SEND}
          WHERE m.due_at <= now()
          ORDER BY m.due_at LIMIT 1 FOR UPDATE OF m SKIP LOCKED`,
};
/** What a mail was about is not kept longer than it is needed. */
const END = {
  name: 'mail-end',
  text: `UPDATE mail SET outcome = $2, ended_at = now(), sub = coalesce($3::uuid, sub), address = NULL, about = NULL,
                client_address = NULL
          WHERE id = $1`,
};
const FIRST_RETRY_SECONDS = 30;
const LONGEST_RETRY_SECONDS = 3_600;
const RETRY = {
  name: 'mail-retry',
  text: `UPDATE mail SET attempts = attempts + 1, due_at = now() + make_interval(
                  secs => least(${LONGEST_RETRY_SECONDS}, ${FIRST_RETRY_SECONDS} * 2 ^ least(attempts, 10)))
          WHERE id = $1`,
};
const BEFORE = {
  name: 'mail-before',
  text: `SELECT count(*)::int AS count FROM mail m JOIN mail this ON this.id = $2
          WHERE m.tenant = this.tenant AND m.sub = $1 AND m.kind = this.kind
            AND m.outcome IS DISTINCT FROM 'dropped' AND m.created_at > now() - interval '1 hour'
            AND (m.created_at, m.id) < (this.created_at, this.id)`,
};

/** @returns how many mails wait, and the age of the oldest in seconds */
export async function waitingMails(pool: Pool): Promise<{ rows: number; seconds: number }> {
  const { rows } = await pool.query<{ rows: number; seconds: number }>(WAITING);
  return rows[0] ?? { rows: 0, seconds: 0 };
}

/** @returns whether a mail is due, which another worker may be sending */
export async function isMailDue(pool: Pool): Promise<boolean> {
  return (await pool.query<{ due: boolean }>(ANY_DUE)).rows[0]?.due ?? false;
}

export async function takeNextMail(client: PoolClient): Promise<MailRow | undefined> {
  return (await client.query<MailRow>(TAKE_NEXT)).rows[0];
}

/** @param sub of the account that was found for it */
export async function endMail(
  client: PoolClient,
  id: string,
  outcome: 'sent' | 'failed' | 'dropped',
  sub?: string,
): Promise<void> {
  await client.query({ ...END, values: [id, outcome, sub ?? null] });
}

/** Half a minute later, then a minute, and so on; an hour at most. */
export async function retryMail(client: PoolClient, id: string): Promise<void> {
  await client.query({ ...RETRY, values: [id] });
}

/** @returns how many mails of this kind the login got, or is about to get, in the hour before this one */
export async function mailsBefore(client: PoolClient, sub: string, id: string): Promise<number> {
  return (await client.query<{ count: number }>({ ...BEFORE, values: [sub, id] })).rows[0]?.count ?? 0;
}
