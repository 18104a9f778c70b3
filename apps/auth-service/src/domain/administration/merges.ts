/**
 * Two records that are one person's (ADR 93). auth-service closes both persons first: their grants end, and nobody sees them.
 * Then a command moves the records in all services and says so here. Only then the survivor is open again.
 */
import { inTransaction } from '@patient-access/database';
import type { PoolClient } from 'pg';
import { z } from 'zod';
import { recordAct } from '../clients/client-events.ts';
import { queryOn } from '../database.ts';
import { type Administration, actorOf, NotFoundError } from './clients.ts';
import { RepairRefused } from './identities.ts';
import { type FormerDelegate, formerDelegates, moveRelations, relationsTo } from './merge-relations.ts';

const PatientId = z.string().regex(/^[A-Za-z0-9.-]{1,64}$/, 'a FHIR id');

export const MergeOrder = z
  .strictObject({
    /** whose records go */
    replaced: PatientId,
    /** whose they are from then on */
    survivor: PatientId,
    /** for the trail of both; it names neither */
    reason: z.string().trim().min(1).max(200),
  })
  .refine(({ replaced, survivor }) => replaced !== survivor, 'is the same person');
export type MergeOrder = z.infer<typeof MergeOrder>;

export interface PersonChange {
  id: string;
  state: 'moving' | 'done' | 'undoing' | 'undone';
  replaced: string;
  survivor: string;
  reason: string;
  begunAt: string;
  begunBy: string;
  doneAt: string | null;
  undoUntil: string | null;
  records: number | null;
}

/** A change that has ended, and who has to be confirmed. */
type EndedChange = PersonChange & { confirm: FormerDelegate[] };

const COLUMNS = `id, state, replaced, survivor, reason, begun_at AS "begunAt", begun_by AS "begunBy", done_at AS "doneAt",
                 undo_until AS "undoUntil", records`;
/** Whoever adds a relation at this moment comes before, and it is closed with the others, or after, and it is closed at once. */
const LOCK = 'LOCK TABLE account_member IN SHARE ROW EXCLUSIVE MODE';
const TAKEN = `
  SELECT 1 FROM person_change
   WHERE tenant = $1 AND ((state <> 'undone' AND replaced IN ($2, $3))
                          OR (state IN ('moving', 'undoing') AND survivor IN ($2, $3))) LIMIT 1`;
const BEGIN = `
  INSERT INTO person_change (tenant, replaced, survivor, reason, state, former, begun_by)
  VALUES ($1, $2, $3, $4, 'moving', $5, $6) RETURNING ${COLUMNS}`;
/** A trigger computes the relations anew: they end, with their grants, because both persons are closed. */
const CLOSE = 'UPDATE account_member SET position = position WHERE tenant = $1 AND patient IN ($2, $3)';
const TELL = `
  SELECT queue_notice($1, sub, 'records-corrected', 'records-corrected/' || $4 || '/' || sub, NULL)
    FROM (SELECT DISTINCT sub FROM account_member WHERE tenant = $1 AND patient IN ($2, $3)) told`;
const LIST = `SELECT ${COLUMNS} FROM person_change WHERE tenant = $1 ORDER BY begun_at DESC LIMIT 200`;
const ONE = `SELECT ${COLUMNS}, former FROM person_change WHERE tenant = $1 AND id = $2::uuid FOR UPDATE`;
const UNDO = `
  UPDATE person_change SET state = 'undoing' WHERE tenant = $1 AND id = $2::uuid AND undo_until > now()
     AND NOT EXISTS (SELECT FROM person_change o WHERE o.tenant = $1 AND o.replaced = $3 AND o.state <> 'undone')
  RETURNING ${COLUMNS}`;
const END = `
  UPDATE person_change
     SET state = CASE state WHEN 'moving' THEN 'done' ELSE 'undone' END, records = coalesce(records, 0) + $3,
         done_at = coalesce(done_at, now()), undo_until = coalesce(undo_until, now() + make_interval(days => $4))
   WHERE tenant = $1 AND id = $2::uuid RETURNING ${COLUMNS}`;

const isUuid = z.uuid();

async function lockChange(db: PoolClient, tenant: string, id: string) {
  const given = isUuid.safeParse(id);
  const { rows } = given.success
    ? await db.query<PersonChange & { former: object }>(ONE, [tenant, id])
    : { rows: [] };
  if (!rows[0]) throw new NotFoundError(`no change "${id}" at "${tenant}"`);
  return rows[0];
}

/** Closes both persons, tells those who see their data, and records it in both trails. */
async function close(
  db: PoolClient,
  admin: Administration,
  { id, replaced, survivor, state }: PersonChange,
  action: 'person-merge' | 'person-unmerge',
): Promise<void> {
  const persons = [admin.tenant.id, replaced, survivor];
  await db.query(CLOSE, persons);
  await db.query(TELL, [...persons, `${id}/${state}`]);
  for (const member of [replaced, survivor])
    await recordAct(db, actorOf(admin), { action, member, words: id });
}

/**
 * Begins a merge: at the commit the grants of both persons are over. The records move by `npm run import:persons`.
 *
 * @throws ZodError; RepairRefused when one of them is another person already, or part of another change
 */
export function beginMerge(admin: Administration, given: unknown): Promise<PersonChange> {
  const { replaced, survivor, reason } = MergeOrder.parse(given);
  const tenant = admin.tenant.id;
  return inTransaction(admin.pool, async (db) => {
    await db.query(LOCK);
    if ((await db.query(TAKEN, [tenant, replaced, survivor])).rowCount !== 0)
      throw new RepairRefused('one of them was replaced before, or is part of a change that has not ended');
    const former = await relationsTo(queryOn(db), tenant, { replaced, survivor });
    const values = [tenant, replaced, survivor, reason, former, admin.administrator];
    const change = (await db.query<PersonChange>(BEGIN, values)).rows[0] as PersonChange;
    await close(db, admin, change, 'person-merge');
    return change;
  });
}

/**
 * Begins to undo a merge: the same again, and the records move back.
 *
 * @throws NotFoundError; RepairRefused when it has not ended, too long ago, or the survivor was replaced since
 */
export function beginUndo(admin: Administration, id: string): Promise<PersonChange> {
  const tenant = admin.tenant.id;
  return inTransaction(admin.pool, async (db) => {
    await db.query(LOCK);
    const { state, survivor } = await lockChange(db, tenant, id);
    if (state !== 'done') throw new RepairRefused(`it is ${state}: only what is done can be undone`);
    const [change] = (await db.query<PersonChange>(UNDO, [tenant, id, survivor])).rows;
    if (!change)
      throw new RepairRefused(
        'the time for undoing it is over, or the survivor was replaced since: undo that first',
      );
    await close(db, admin, change, 'person-unmerge');
    return change;
  });
}

/** @returns the latest changes, the newest first */
export const listChanges = async ({ pool, tenant }: Administration): Promise<PersonChange[]> =>
  (await pool.query<PersonChange>(LIST, [tenant.id])).rows;

/**
 * Ends a change whose records have moved: the survivor is open again, or both are. The same again changes nothing.
 *
 * @param records how many moved
 * @returns the change, and who acted for either person: the plan has to confirm them
 * @throws NotFoundError
 */
export function endChange(admin: Administration, id: string, records: number): Promise<EndedChange> {
  const { pool, tenant } = admin;
  return inTransaction(pool, async (db) => {
    await db.query(LOCK);
    const { former, ...before } = await lockChange(db, tenant.id, id);
    const query = queryOn(db);
    const confirm = await formerDelegates(query, tenant.id, JSON.stringify(former));
    if (before.state === 'done' || before.state === 'undone') return { ...before, confirm };
    const values = [tenant.id, id, records, tenant.settings.undoDays];
    const change = (await db.query<PersonChange>(END, values)).rows[0] as PersonChange;
    const isUndone = change.state === 'undone';
    await moveRelations(query, tenant.id, change, isUndone ? JSON.stringify(former) : undefined);
    for (const member of [change.replaced, change.survivor])
      await recordAct(db, actorOf(admin), { action: `person-${change.state}`, member, words: id });
    return { ...change, confirm };
  });
}

const REPLACED = `
  SELECT DISTINCT replaced, survivor FROM person_change
   WHERE tenant = $1 AND replaced = ANY ($2::text[]) AND state <> 'undone'`;

/** @returns those of these Patients who are another person now, and who that is */
export async function replacedAmong(
  query: ReturnType<typeof queryOn>,
  tenant: string,
  patients: readonly string[],
): Promise<Map<string, string>> {
  const rows = await query<{ replaced: string; survivor: string }>(REPLACED, [tenant, patients]);
  return new Map(rows.map(({ replaced, survivor }) => [replaced, survivor]));
}
