/** Deletes a plan that has left (docs/adr/0103-delete-a-plan-and-keep-its-trail.md). */
import { deleteTenantRows, inTransaction, type Pool, tablesOfTenants } from '@patient-access/database';
import { ActRefused } from '../../act-refused.ts';
import { endGrantsOfClient } from '../../clients/end-client-grants.ts';
import { type Operator, recordAct } from '../../audit/acts.ts';
import { NotFoundError } from '../administration.ts';

/** Who agreed to what, with which app, and the keys that show it: kept as long as the trail that speaks of them. */
const KEPT: readonly string[] = ['client', 'consent', 'receipt_key'];
/** What was issued here leaves a note when it goes (`ended_record`), so it goes before the notes. */
const FIRST = 'oidc_record';

const LOCK = 'SELECT suspended_at, deleted_at FROM tenant WHERE id = $1 FOR UPDATE';
const CLOSE = 'UPDATE tenant SET deleted_at = now() WHERE id = $1';
const CLIENTS_WITH_GRANTS = `
  SELECT DISTINCT client_id AS client FROM consent WHERE tenant = $1 AND revoked_at IS NULL AND until > now()`;
/** Signing keys are deleted only when they have retired. */
const RETIRE_KEYS = 'UPDATE signing_key SET retires_at = now() WHERE tenant = $1';
/** Nothing more of these consents is published, and no member is reminded of one. */
const END_NOTICES = `
  UPDATE consent SET publish_at = NULL, remind_at = NULL
   WHERE tenant = $1 AND (publish_at IS NOT NULL OR remind_at IS NOT NULL)`;
/** The names and addresses of apps stay, because an accounting of disclosures has them (45 CFR 164.528(b)(2)(ii)). */
const DISARM_CLIENTS = `
  UPDATE client SET secret = NULL, previous_secret = NULL, previous_secret_until = NULL, registration_token = NULL,
                    developer = NULL
   WHERE tenant = $1`;
/** The settings have secrets, sealed, and texts of the plan. */
const FORGET_SETTINGS = `UPDATE tenant SET settings = '{}' WHERE id = $1`;

/** The plan is gone for everybody from the commit on. @returns whether this was begun before */
function close(pool: Pool, id: string, by: Operator): Promise<void> {
  return inTransaction(pool, async (db) => {
    const { rows } = await db.query<{ suspended_at: Date | null; deleted_at: Date | null }>(LOCK, [id]);
    const [plan] = rows;
    if (!plan) throw new NotFoundError(`no tenant "${id}"`);
    if (plan.deleted_at) return;
    if (!plan.suspended_at) throw new ActRefused(`"${id}" is not suspended: suspend it first`);
    await db.query(CLOSE, [id]);
    await recordAct(db, { ...by, tenant: id }, { action: 'tenant-delete' });
  });
}

/** Each grant ends with an event in its member's trail. */
async function endAllGrants(pool: Pool, id: string, by: Operator): Promise<void> {
  const { rows } = await pool.query<{ client: string }>(CLIENTS_WITH_GRANTS, [id]);
  for (const { client } of rows)
    await inTransaction(pool, (db) => endGrantsOfClient(db, { ...by, tenant: id }, client, 'plan'));
}

/** @returns how many rows of each table went */
async function deleteRows(pool: Pool, id: string): Promise<Record<string, number>> {
  const all = (await tablesOfTenants(pool)).filter((name) => !KEPT.includes(name) && name !== FIRST);
  const gone: Record<string, number> = {};
  // Triggers may queue a mail for a row that is deleted, so it looks again until nothing is left.
  for (let rows = 1; rows > 0;) {
    rows = 0;
    for (const table of [FIRST, ...all]) {
      const some = await deleteTenantRows(pool, table, id);
      if (some > 0) gone[table] = (gone[table] ?? 0) + some;
      rows += some;
    }
  }
  return gone;
}

/**
 * Deletes the logins, links, member numbers, tokens, mails, developers, keys and settings of a plan. Its id stays
 * taken, the rows of its consents and apps stay, and its trail is not touched. After a stop it can be run again, and goes on.
 *
 * @param by whose act it is in the trail
 * @returns how many rows of each table went
 * @throws NotFoundError when there is no such plan
 * @throws ActRefused when the plan is not suspended
 */
export async function deleteTenant(pool: Pool, id: string, by: Operator): Promise<Record<string, number>> {
  await close(pool, id, by);
  await endAllGrants(pool, id, by);
  await pool.query(RETIRE_KEYS, [id]);
  const gone = await deleteRows(pool, id);
  for (const text of [END_NOTICES, DISARM_CLIENTS, FORGET_SETTINGS]) await pool.query(text, [id]);
  if (Object.keys(gone).length > 0)
    await recordAct(pool, { ...by, tenant: id }, { action: 'tenant-deleted', words: JSON.stringify(gone) });
  return gone;
}
