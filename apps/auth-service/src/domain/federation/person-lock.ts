/**
 * A login at the plan's identity provider, or the making of an account, and the provider's word over SCIM that the person is not
 * active, come one after the other. The login holds a lock from before it asks whether she is active until its account can be
 * found. So SCIM ends what the login has made, or the login reads what SCIM has said.
 */
import type { Queryable } from '../database.ts';

/** In whatever case she is named, as the question may be asked: see said-inactive.ts. */
const KEY = `hashtextextended('person/' || $1 || '/' || lower(named.person), 0)`;
const HOLD = `SELECT pg_advisory_xact_lock_shared(${KEY}) FROM unnest($2::text[]) AS named (person)`;
const WAIT = `SELECT pg_advisory_xact_lock(${KEY}) FROM (VALUES ($2::text)) AS named (person)`;

/** @param db in the transaction of a login @param persons all by which the provider may name her */
export async function holdForLogin(db: Queryable, tenant: string, persons: readonly string[]): Promise<void> {
  await db.query(HOLD, [tenant, persons]);
}

/** @param db in the transaction that ends what the person has */
export async function waitForLogins(db: Queryable, tenant: string, person: string): Promise<void> {
  await db.query(WAIT, [tenant, person]);
}
