/** Initial access tokens (RFC 7591 section 3). A plan gives them to developers who may register clients. */
import { randomUUID } from 'node:crypto';
import { inTransaction } from '@patient-access/database';
import { z } from 'zod';
import { newRandomSecret } from '../../clients/credentials.ts';
import { recordAct } from '../../audit/acts.ts';
import { plainText } from '../../apps/app-name.ts';
import { digest } from '../../keys/secrets.ts';
import { actorOf, type Administration, NotFoundError } from '../administration.ts';

const MAX_USES = 1_000;
const MAX_DAYS = 365;
const MAX_NOTE_CHARACTERS = 200;

export const NewToken = z.strictObject({
  /** how many clients may be registered with it */
  uses: z.coerce.number().int().min(1).max(MAX_USES).default(1),
  days: z.coerce.number().int().min(1).max(MAX_DAYS).default(7),
  /** whom it is for */
  note: z
    .string()
    .transform((text) => plainText(text))
    .pipe(z.string().max(MAX_NOTE_CHARACTERS))
    .default(''),
});

/** As administrators see it. */
export interface InitialToken {
  id: string;
  note: string;
  uses_left: number;
  created_at: Date;
  expires_at: Date;
}

const INSERT = `INSERT INTO initial_access_token (tenant, id, token, note, uses_left, expires_at)
  VALUES ($1, $2, $3, $4, $5, now() + make_interval(days => $6))
  RETURNING id, note, uses_left, created_at, expires_at`;
const LIST = `SELECT id, note, uses_left, created_at, expires_at FROM initial_access_token
  WHERE tenant = $1 AND uses_left > 0 AND expires_at > now() ORDER BY created_at, id`;
const DELETE = 'DELETE FROM initial_access_token WHERE tenant = $1 AND id::text = $2';

/** @returns the record with the token itself, which is not shown again */
export async function createToken(
  admin: Administration,
  { uses, days, note }: z.infer<typeof NewToken>,
): Promise<InitialToken & { token: string }> {
  const { pool, tenant } = admin;
  const token = newRandomSecret();
  return inTransaction(pool, async (db) => {
    const values = [tenant.id, randomUUID(), digest(token), note, uses, days];
    const { rows } = await db.query<InitialToken>(INSERT, values);
    await recordAct(db, actorOf(admin), { action: 'registration-token-create' });
    return { ...(rows[0] as InitialToken), token };
  });
}

/** Lists the tokens that have uses left and have not expired. */
export async function listTokens({ pool, tenant }: Administration): Promise<InitialToken[]> {
  return (await pool.query<InitialToken>(LIST, [tenant.id])).rows;
}

/** @throws NotFoundError */
export async function revokeToken(admin: Administration, id: string): Promise<void> {
  const { pool, tenant } = admin;
  await inTransaction(pool, async (db) => {
    const { rowCount } = await db.query(DELETE, [tenant.id, id]);
    if (rowCount === 0) throw new NotFoundError(`no token "${id}" at "${tenant.id}"`);
    await recordAct(db, actorOf(admin), { action: 'registration-token-revoke' });
  });
}
