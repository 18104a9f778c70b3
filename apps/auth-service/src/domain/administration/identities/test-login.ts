/** A login at the plan's identity provider with which staff see what comes back from there. It logs nobody in. */
import { inTransaction, type Pool } from '@patient-access/database';
import type { Administrator } from '../../audit/administrator.ts';
import { recordAct } from '../../audit/acts.ts';
import { newRandomSecret } from '../../clients/credentials.ts';
import { findRecord } from '../../grants/records.ts';
import { digest } from '../../keys/secrets.ts';
import { testLoginPath } from '../../urls.ts';
import { type Administration, actorOf, NotFoundError } from '../administration.ts';

const MODEL = 'TestLogin';
const TEST_LOGIN_SECONDS = 3_600;

/** Who asked for a test login. */
export type TestLogin = Administrator;

const INSERT = `INSERT INTO oidc_record (tenant, model, id, payload, expires_at)
  VALUES ($1, '${MODEL}', $2, $3, now() + interval '${TEST_LOGIN_SECONDS} s') RETURNING expires_at AS until`;

/** The record's key for the statements of domain/grants/records.ts. */
export const testLoginKey = (tenant: string, token: string): [string, string, string] => [
  tenant,
  MODEL,
  digest(token),
];

/**
 * @param publicUrl origin of the public host; '' leaves the path alone
 * @returns the address for a browser, good for one login within an hour
 * @throws NotFoundError for a plan without an identity provider
 */
export function openTestLogin(
  admin: Administration,
  publicUrl: string,
): Promise<{ url: string; until: string }> {
  const { pool, tenant, administrator, issuer, name } = admin;
  if (!tenant.settings.federation)
    throw new NotFoundError(`"${tenant.id}" has no identity provider: set federation`);
  const token = newRandomSecret();
  return inTransaction(pool, async (db) => {
    const payload: TestLogin = { administrator, issuer, name };
    const [, , id] = testLoginKey(tenant.id, token);
    const { rows } = await db.query<{ until: Date }>(INSERT, [tenant.id, id, JSON.stringify(payload)]);
    await recordAct(db, actorOf(admin), { action: 'test-login-open' });
    return {
      url: `${publicUrl}${testLoginPath(tenant.id, token)}`,
      until: rows[0]?.until.toISOString() ?? '',
    };
  });
}

/** @returns undefined when there is none, it was used, or it has expired */
export async function findTestLogin(
  pool: Pool,
  tenant: string,
  token: string,
): Promise<TestLogin | undefined> {
  const record = await findRecord(pool, 'id', testLoginKey(tenant, token));
  if (!record || record.consumed_at !== null) return undefined;
  return JSON.parse(record.payload) as TestLogin;
}
