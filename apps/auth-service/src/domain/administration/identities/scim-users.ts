/** The people of a plan's identity provider, as it tells us about them over SCIM 2.0 (RFC 7643). */
import { inTransaction } from '@patient-access/database';
import type { PoolClient } from 'pg';
import { z } from 'zod';
import { recordAct } from '../../audit/acts.ts';
import { toldNumberOf } from '../../federation/claims.ts';
import { spellingOf } from '../../federation/link-identity.ts';
import { waitForLogins } from '../../federation/person-lock.ts';
import type { FederationSettings } from '../../tenant/federation-settings.ts';
import { isUuid } from '../../uuid.ts';
import { type Administration, actorOf, NotFoundError } from '../administration.ts';
import { endAccess } from './end-person.ts';

const MAX_TEXT_CHARACTERS = 255;
const Text = z.string().min(1).max(MAX_TEXT_CHARACTERS);

/** What is kept of a SCIM user. Names, addresses and groups are not. */
export const ScimAttributes = z.object({
  userName: Text,
  externalId: Text.optional(),
  active: z.boolean().default(true),
});
export type ScimAttributes = z.infer<typeof ScimAttributes>;

export interface ScimUser extends ScimAttributes {
  id: string;
  createdAt: Date;
  changedAt: Date;
}

/** Another user has the name (RFC 7644 section 3.3: 409 with `uniqueness`). */
export class ScimNameTaken extends Error {
  override readonly name = 'ScimNameTaken';
}

/** Nothing of the user says who the person is, so nothing can end: it is not taken for done. */
export class ScimPersonMissing extends Error {
  override readonly name = 'ScimPersonMissing';
}

const COLUMNS = `id, user_name AS "userName", external_id AS "externalId", active, created_at AS "createdAt",
                 changed_at AS "changedAt"`;
const MAX_LISTED = 200;

/** A plan that tells us over SCIM who is active. */
export type ScimAdministration = Administration & {
  federation: Pick<FederationSettings, 'scimPerson' | 'memberNumber'>;
};

/** @returns by what a login knows the person: her subject, or her number as the plan writes it */
async function personIn(
  db: PoolClient,
  { tenant, federation: { scimPerson, memberNumber } }: ScimAdministration,
  user: ScimAttributes,
): Promise<string | null> {
  const value = user[scimPerson.attribute];
  if (value === undefined || value === null) return null;
  if (scimPerson.is === 'subject') return value;
  const number = toldNumberOf(memberNumber, value);
  return (await spellingOf(db, tenant.id, number, memberNumber)) ?? number;
}

/**
 * Somebody who is not active loses all that she has here, and is not let in again.
 *
 * @returns whether the trail has the act, with the member
 * @throws ScimPersonMissing
 */
async function endIfInactive(
  db: PoolClient,
  admin: ScimAdministration,
  user: ScimAttributes,
  action: 'scim-deactivate' | 'scim-delete' = 'scim-deactivate',
): Promise<boolean> {
  if (user.active) return false;
  const value = await personIn(db, admin, user);
  if (value === null && action === 'scim-deactivate')
    throw new ScimPersonMissing(
      `${admin.federation.scimPerson.attribute}: it says who the user is, and is missing`,
    );
  if (value === null) return false;
  await waitForLogins(db, admin.tenant.id, value);
  const person = admin.federation.scimPerson.is === 'subject' ? { subject: value } : { number: value };
  return (await endAccess(db, admin, person, action)).accounts > 0;
}

async function unlessTaken<Result>(work: Promise<Result>): Promise<Result> {
  return work.catch((error: unknown) => {
    throw (error as { constraint?: string }).constraint === 'scim_user_name'
      ? new ScimNameTaken('userName')
      : error;
  });
}

/** @throws ScimNameTaken; ScimPersonMissing */
export function createScimUser(admin: ScimAdministration, user: ScimAttributes): Promise<ScimUser> {
  const { tenant, pool } = admin;
  const text = `INSERT INTO scim_user (tenant, user_name, external_id, person, active) VALUES ($1, $2, $3, $4, $5)
                RETURNING ${COLUMNS}`;
  return unlessTaken(
    inTransaction(pool, async (db) => {
      const { userName, externalId = null, active } = user;
      const values = [tenant.id, userName, externalId, await personIn(db, admin, user), active];
      const { rows } = await db.query<ScimUser>(text, values);
      await endIfInactive(db, admin, user);
      await recordAct(db, actorOf(admin), { action: 'scim-create' });
      return rows[0] as ScimUser;
    }),
  );
}

async function lockUser(db: PoolClient, admin: Administration, id: string): Promise<ScimUser> {
  const text = `SELECT ${COLUMNS} FROM scim_user WHERE tenant = $1 AND id = $2::uuid FOR UPDATE`;
  const rows = isUuid(id) ? (await db.query<ScimUser>(text, [admin.tenant.id, id])).rows : [];
  if (!rows[0]) throw new NotFoundError('no such user');
  return rows[0];
}

/**
 * Changes a user.
 *
 * @param change gets what is stored and returns what is to be stored
 * @throws NotFoundError; ScimNameTaken; ScimPersonMissing
 */
export function changeScimUser(
  admin: ScimAdministration,
  id: string,
  change: (user: ScimUser) => ScimAttributes,
): Promise<ScimUser> {
  const text = `UPDATE scim_user SET user_name = $3, external_id = $4, person = $5, active = $6, changed_at = now()
                 WHERE tenant = $1 AND id = $2::uuid RETURNING ${COLUMNS}`;
  return unlessTaken(
    inTransaction(admin.pool, async (db) => {
      const after = change(await lockUser(db, admin, id));
      const { userName, externalId = null, active } = after;
      const values = [admin.tenant.id, id, userName, externalId, await personIn(db, admin, after), active];
      const { rows } = await db.query<ScimUser>(text, values);
      if (!(await endIfInactive(db, admin, after)))
        await recordAct(db, actorOf(admin), { action: 'scim-change' });
      return rows[0] as ScimUser;
    }),
  );
}

/** Forgets a user, and ends all that the person has here, her password too. @throws NotFoundError */
export function deleteScimUser(admin: ScimAdministration, id: string): Promise<void> {
  return inTransaction(admin.pool, async (db) => {
    const user = await lockUser(db, admin, id);
    const recorded = await endIfInactive(db, admin, { ...user, active: false }, 'scim-delete');
    await db.query('DELETE FROM scim_user WHERE tenant = $1 AND id = $2::uuid', [admin.tenant.id, id]);
    if (!recorded) await recordAct(db, actorOf(admin), { action: 'scim-delete' });
  });
}

/** @throws NotFoundError */
export async function findScimUser({ pool, tenant }: Administration, id: string): Promise<ScimUser> {
  const text = `SELECT ${COLUMNS} FROM scim_user WHERE tenant = $1 AND id = $2::uuid`;
  const rows = isUuid(id) ? (await pool.query<ScimUser>(text, [tenant.id, id])).rows : [];
  if (!rows[0]) throw new NotFoundError('no such user');
  return rows[0];
}

/** @param filter absent: all users, a page at a time */
export async function listScimUsers(
  { pool, tenant }: Administration,
  {
    filter,
    startIndex,
    count,
  }: { filter?: { attribute: string; value: string }; startIndex: number; count: number },
): Promise<{ total: number; users: ScimUser[] }> {
  const conditions: Record<string, string> = {
    userName: 'lower(user_name) = lower($2)',
    externalId: 'external_id = $2',
    id: 'id::text = $2',
  };
  const condition = filter ? (conditions[filter.attribute] ?? 'false') : '$2::text IS NULL';
  const where = `FROM scim_user WHERE tenant = $1 AND ${condition}`;
  const values = [tenant.id, filter?.value ?? null];
  const { rows } = await pool.query<{ n: number }>(`SELECT count(*)::int AS n ${where}`, values);
  const page = `SELECT ${COLUMNS} ${where} ORDER BY created_at, id LIMIT $3 OFFSET $4`;
  const limit = Math.min(Math.max(count, 0), MAX_LISTED);
  const users = await pool.query<ScimUser>(page, [...values, limit, Math.max(startIndex, 1) - 1]);
  return { total: rows[0]?.n ?? 0, users: users.rows };
}
