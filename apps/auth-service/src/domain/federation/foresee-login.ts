/** What a login at the plan's identity provider would do, for staff who test it. */
import { inTransaction, type Pool } from '@patient-access/database';
import type { FederatedIdentity } from './identity.ts';
import { linkIn, type LinkRules } from './link-identity.ts';

export interface ForeseenLogin {
  /** would the login make an account, or go on with one that has a password? */
  account: 'known' | 'new' | 'had-password';
  /** the number that the account has so far; undefined for a first login */
  numberBefore?: string;
  /** whose data the login would open, in the plan's order */
  patients: { id: string; relationship: string; name: string }[];
}

const LINK = 'SELECT number FROM federated_identity WHERE tenant = $1 AND iss = $2 AND subject = $3';
const ACCOUNT = 'SELECT login FROM account WHERE tenant = $1 AND sub = $2::uuid';
const PATIENTS = `SELECT patient AS id, relationship, name FROM account_member
  WHERE tenant = $1 AND sub = $2::uuid ORDER BY position`;

class TakenBack extends Error {}

/**
 * Runs the very login in a transaction that is taken back at its end: nothing is linked, nothing is recorded.
 *
 * @throws LoginRefused as the login would be
 */
export async function foreseeLogin(
  pool: Pool,
  tenant: string,
  told: FederatedIdentity,
  rules: LinkRules,
): Promise<ForeseenLogin> {
  let foreseen: ForeseenLogin | undefined;
  const run = inTransaction(pool, async (client) => {
    const link = [tenant, told.iss, told.subject];
    const [before] = (await client.query<{ number: string }>(LINK, link)).rows;
    const { sub } = await linkIn(client, tenant, told, rules);
    const [account] = (await client.query<{ login: string | null }>(ACCOUNT, [tenant, sub])).rows;
    const { rows: patients } = await client.query<ForeseenLogin['patients'][number]>(PATIENTS, [tenant, sub]);
    const hadPassword = !before && typeof account?.login === 'string';
    foreseen = {
      account: before ? 'known' : hadPassword ? 'had-password' : 'new',
      numberBefore: before?.number,
      patients,
    };
    throw new TakenBack();
  });
  await run.catch((error: unknown) => {
    if (!(error instanceof TakenBack)) throw error;
  });
  if (!foreseen) throw new Error('the test of a login ended early');
  return foreseen;
}
