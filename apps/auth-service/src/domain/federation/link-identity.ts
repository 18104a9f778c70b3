/**
 * Finds the account of an identity by issuer and subject. At the first login the member number decides: the plan has
 * said whose data its bearer may see. Names, birth dates and email addresses decide nothing (security case O27).
 */
import { randomUUID } from 'node:crypto';
import { inTransaction, type Pool } from '@patient-access/database';
import { type NewMember, setRelations } from '../relations/relations.ts';
import { type FederatedIdentity, LoginRefused } from './identity.ts';

type Client = Parameters<Parameters<typeof inTransaction>[1]>[0];

interface Known {
  sub: string;
  number: string;
  self: string | null;
}

/** Takes a lock, so that an identity has only one login at a time. */
const LOCK = `SELECT pg_advisory_xact_lock(hashtextextended($1, 0))`;
const CANDIDATES = `SELECT patient AS id, relationship, name, birth_date::text AS "birthDate", until::text, guardianship
  FROM plan_member WHERE tenant = $1 AND number = $2 ORDER BY position`;
const KNOWN = `
  SELECT f.sub, f.number,
         (SELECT m.patient FROM account_member m
           WHERE m.tenant = f.tenant AND m.sub = f.sub AND m.relationship = 'self') AS self
    FROM federated_identity f WHERE f.tenant = $1 AND f.iss = $2 AND f.subject = $3`;
/** The provider has said over SCIM that this person is not active. */
const INACTIVE = `SELECT 1 FROM scim_user WHERE tenant = $1 AND person = ANY($2::text[]) AND NOT active LIMIT 1`;
const NEW_ACCOUNT = `INSERT INTO account (tenant, sub) VALUES ($1, $2)`;
/** A number that belongs to another subject of the same issuer is refused. */
const NEW_IDENTITY = `
  INSERT INTO federated_identity (tenant, iss, subject, sub, number) VALUES ($1, $2, $3, $4, $5)
  ON CONFLICT DO NOTHING RETURNING 1`;
const RENUMBER = `
  UPDATE federated_identity SET number = $4 WHERE tenant = $1 AND iss = $2 AND subject = $3
     AND NOT EXISTS (SELECT FROM federated_identity o WHERE o.tenant = $1 AND o.iss = $2 AND o.number = $4)`;
/** The plan itself knows better. */
const SET_EMAIL = `
  UPDATE account SET email = $3, email_source = 'provider'
   WHERE tenant = $1 AND sub = $2 AND email IS DISTINCT FROM $3 AND email_source IS DISTINCT FROM 'plan'`;

/** @throws LoginRefused unless the number stands for exactly one person */
function onePerson(candidates: NewMember[]): NewMember | undefined {
  if (candidates.length === 0) throw new LoginRefused('unknown-member');
  if (candidates.filter(({ relationship }) => relationship === 'self').length > 1) {
    throw new LoginRefused('several-members');
  }
  return candidates.find(({ relationship }) => relationship === 'self');
}

async function create(client: Client, tenant: string, identity: FederatedIdentity): Promise<string> {
  const sub = randomUUID();
  await client.query(NEW_ACCOUNT, [tenant, sub]);
  const values = [tenant, identity.iss, identity.subject, sub, identity.number];
  if ((await client.query(NEW_IDENTITY, values)).rowCount !== 1) throw new LoginRefused('already-linked');
  return sub;
}

/** A plan may give a person a new number. It may never give a person's number to somebody else. */
async function renumber(
  client: Client,
  tenant: string,
  known: Known,
  identity: FederatedIdentity,
  self?: NewMember,
) {
  if (known.number === identity.number && known.self === (self?.id ?? null)) return;
  if (!self || known.self !== self.id) throw new LoginRefused('member-changed');
  const values = [tenant, identity.iss, identity.subject, identity.number];
  if ((await client.query(RENUMBER, values)).rowCount !== 1) throw new LoginRefused('already-linked');
}

/**
 * Finds or creates the account of an identity, and sets its members to what the plan says today.
 *
 * @returns `sub` of the account
 * @throws LoginRefused when it is not clear who the person is; then nothing is changed
 */
export function linkIdentity(pool: Pool, tenant: string, identity: FederatedIdentity): Promise<string> {
  const { iss, subject, number } = identity;
  return inTransaction(pool, async (client) => {
    await client.query(LOCK, [JSON.stringify([tenant, iss, subject])]);
    const inactive = await client.query(INACTIVE, [tenant, [subject, number]]);
    if (inactive.rowCount !== 0) throw new LoginRefused('not-active');
    const candidates = (await client.query<NewMember>(CANDIDATES, [tenant, number])).rows;
    const self = onePerson(candidates);
    const known = (await client.query<Known>(KNOWN, [tenant, iss, subject])).rows[0];
    if (known) await renumber(client, tenant, known, identity, self);
    const sub = known?.sub ?? (await create(client, tenant, identity));
    await setRelations(
      async (text, values) => (await client.query(text, values)).rows,
      { tenant, sub },
      candidates,
    );
    if (identity.email !== undefined) await client.query(SET_EMAIL, [tenant, sub, identity.email]);
    return sub;
  });
}
