/**
 * Records that go from one person to another one: two records are one person's, or one is two persons' (ADR 93). auth-service
 * closes both persons first: their grants end, and nobody sees them. Then a command moves the records in all services and says
 * so here. Only then whoever is left is open again.
 */
import { inTransaction } from '@patient-access/database';
import type { PoolClient } from 'pg';
import { z } from 'zod';
import { recordAct } from '../../audit/acts.ts';
import { queryOn } from '../../database.ts';
import { isUuid } from '../../uuid.ts';
import { type Administration, actorOf, holdPlan, NotFoundError } from '../administration.ts';
import { RepairRefused } from '../identities/repair-refused.ts';
import {
  type FormerRelation,
  moveRelations,
  relationsTo,
  selvesOf,
  takenBy,
  toConfirm,
} from './person-relations.ts';
import { Told } from '../told.ts';

/** Why, for the trail of both persons; it names neither. */
export const ChangeReason = z.string().trim().min(1).max(200);

interface Order {
  kind: 'merge' | 'split';
  /** Patients: whose the records were, and whose they are from then on */
  from: string;
  to: string;
  reason: string;
  /** of a split: logins and numbers whose person she stays */
  stays: string[];
}

export interface PersonChange extends Order {
  id: string;
  /** another plan may have Patients with the same ids */
  tenant: string;
  state: 'moving' | 'done' | 'undoing' | 'undone';
  begunAt: string;
  begunBy: string;
  doneAt: string | null;
  undoUntil: string | null;
  records: number | null;
}

/** A change that has ended, and who has to be confirmed. */
type EndedChange = PersonChange & { confirm: FormerRelation[] };

const COLUMNS = `id, tenant, kind, state, from_person AS "from", to_person AS "to", reason, stays, begun_at AS "begunAt",
                 begun_by AS "begunBy", done_at AS "doneAt", undo_until AS "undoUntil", records`;
/** Whoever adds a relation at this moment comes before, and it is closed with the others, or after, and it is closed at once. */
const LOCK = 'LOCK TABLE account_member IN SHARE ROW EXCLUSIVE MODE';
/** Is one of the persons somebody else by now, or part of a change that has not ended? */
const TAKEN = `
  SELECT 1 FROM person_change
   WHERE tenant = $1 AND id IS DISTINCT FROM $4::uuid
     AND (kind = 'merge' AND state <> 'undone' AND from_person IN ($2, $3)
          OR state IN ('moving', 'undoing') AND (from_person IN ($2, $3) OR to_person IN ($2, $3))) LIMIT 1`;
const BEGIN = `
  INSERT INTO person_change (tenant, kind, from_person, to_person, reason, stays, state, former, begun_by)
  VALUES ($1, $2, $3, $4, $5, $6, 'moving', $7, $8) RETURNING ${COLUMNS}`;
/** A trigger computes the relations anew: they end, with their grants, because both persons are closed. */
const CLOSE = 'UPDATE account_member SET position = position WHERE tenant = $1 AND patient IN ($2, $3)';
/** Whose relation had ended before sees nothing of it, and reads nothing. */
const TELL = `
  SELECT queue_notice($1, sub, 'records-corrected', 'records-corrected/' || $4 || '/' || sub, NULL)
    FROM (SELECT DISTINCT sub FROM account_member
           WHERE tenant = $1 AND patient IN ($2, $3) AND ends_by = 'corrected') told`;
const LIST = `SELECT ${COLUMNS} FROM person_change WHERE tenant = $1 ORDER BY begun_at DESC LIMIT 200`;
const LATEST_MERGE = `
  SELECT ${COLUMNS} FROM person_change
   WHERE tenant = $1 AND kind = 'merge' AND from_person = $2 AND to_person = $3 ORDER BY begun_at DESC LIMIT 1`;
const ONE = `SELECT ${COLUMNS}, former FROM person_change WHERE tenant = $1 AND id = $2::uuid FOR UPDATE`;
const UNDO = `
  UPDATE person_change SET state = 'undoing' WHERE tenant = $1 AND id = $2::uuid AND undo_until > now()
  RETURNING ${COLUMNS}`;
const END = `
  UPDATE person_change
     SET state = CASE state WHEN 'moving' THEN 'done' ELSE 'undone' END, records = coalesce(records, 0) + $3,
         done_at = coalesce(done_at, now()), undo_until = coalesce(undo_until, now() + make_interval(days => $4)),
         former = $5
   WHERE tenant = $1 AND id = $2::uuid RETURNING ${COLUMNS}`;

async function lockChange(db: PoolClient, tenant: string, id: string) {
  const { rows } = isUuid(id)
    ? await db.query<PersonChange & { former: object }>(ONE, [tenant, id])
    : { rows: [] };
  if (!rows[0]) throw new NotFoundError(`no change "${id}" at "${tenant}"`);
  return rows[0];
}

async function isTaken(
  db: PoolClient,
  tenant: string,
  { from, to, id }: Pick<Order, 'from' | 'to'> & { id?: string },
) {
  return (await db.query(TAKEN, [tenant, from, to, id])).rowCount !== 0;
}

/** Closes both persons, tells those who see their data, and records it in both trails. */
async function close(
  db: PoolClient,
  admin: Administration,
  { id, from, to, state }: PersonChange,
  action: string,
): Promise<void> {
  const persons = [admin.tenant.id, from, to];
  await db.query(CLOSE, persons);
  await db.query(TELL, [...persons, `${id}/${state}`]);
  for (const member of [from, to]) await recordAct(db, actorOf(admin), { action, member, words: id });
}

/**
 * Begins a change: at the commit the grants of both persons are over.
 *
 * @param orderFrom says which change, within the transaction
 * @throws RepairRefused when one of the persons is another one already, or part of another change; the errors of `orderFrom`;
 *   NotFoundError when the plan was deleted
 */
export function begin(
  admin: Administration,
  orderFrom: (db: PoolClient) => Promise<Order>,
): Promise<PersonChange> {
  const tenant = admin.tenant.id;
  return inTransaction(admin.pool, async (db) => {
    await db.query(LOCK);
    const order = await orderFrom(db);
    const { kind, from, to, reason, stays } = order;
    if (await isTaken(db, tenant, order))
      throw new RepairRefused('one of them was replaced before, or is part of a change that has not ended');
    const former = await relationsTo(queryOn(db), tenant, order);
    await holdPlan(queryOn(db), tenant);
    const values = [tenant, kind, from, to, reason, stays, former, admin.administrator];
    const change = (await db.query<PersonChange>(BEGIN, values)).rows[0] as PersonChange;
    await close(db, admin, change, `person-${kind}`);
    return change;
  });
}

/**
 * Begins to undo a change: the same again, and the records move back.
 *
 * @throws NotFoundError; RepairRefused when it has not ended, too long ago, or one of the persons was replaced since
 */
export function beginUndo(admin: Administration, id: string): Promise<PersonChange> {
  const tenant = admin.tenant.id;
  return inTransaction(admin.pool, async (db) => {
    await db.query(LOCK);
    const before = await lockChange(db, tenant, id);
    if (before.state !== 'done')
      throw new RepairRefused(
        `it is ${before.state}: only what is done can be undone${before.state === 'moving' ? '. End it first (import:persons, identity end)' : ''}`,
      );
    if (await isTaken(db, tenant, before))
      throw new RepairRefused(
        'one of them was replaced since, or is part of another change: undo that first',
      );
    const [change] = (await db.query<PersonChange>(UNDO, [tenant, id])).rows;
    if (!change) throw new RepairRefused('the time for undoing it is over');
    await close(db, admin, change, `person-un${change.kind}`);
    return change;
  });
}

/** @returns the persons of these changes */
export const personsOf = (changes: readonly Pick<Order, 'from' | 'to'>[]): string[] =>
  changes.flatMap(({ from, to }) => [from, to]);

/** @returns the latest changes, the newest first */
export async function listChanges({ pool, tenant }: Administration): Promise<Told<PersonChange[]>> {
  const { rows } = await pool.query<PersonChange>(LIST, [tenant.id]);
  return new Told('list-person-changes', rows, personsOf(rows));
}

/** @returns the latest merge of the one person into the other, whatever became of it */
export const latestMerge = async (
  { pool, tenant }: Administration,
  { from, to }: Pick<Order, 'from' | 'to'>,
): Promise<PersonChange | undefined> =>
  (await pool.query<PersonChange>(LATEST_MERGE, [tenant.id, from, to])).rows[0];

/** @returns of whom the end of a change tells: both persons, and those who acted for them */
const toldOf = async (
  { pool, tenant }: Administration,
  { from, to, confirm }: EndedChange,
): Promise<string[]> => [from, to, ...(await selvesOf(queryOn(pool), tenant.id, confirm))];

function markEnded(admin: Administration, id: string, records: number): Promise<EndedChange> {
  const { pool, tenant } = admin;
  return inTransaction(pool, async (db) => {
    await db.query(LOCK);
    const { former, ...before } = await lockChange(db, tenant.id, id);
    const query = queryOn(db);
    const isUndone = before.state === 'undoing' || before.state === 'undone';
    const relations = { ...before, tenant: tenant.id, former: JSON.stringify(former), isUndone };
    if (before.state === 'done' || before.state === 'undone')
      return { ...before, confirm: await toConfirm(query, relations) };
    const taken = { ...relations, former: await takenBy(query, relations) };
    const values = [tenant.id, id, records, tenant.settings.undoDays, taken.former];
    const change = (await db.query<PersonChange>(END, values)).rows[0] as PersonChange;
    await moveRelations(query, taken);
    for (const member of [change.from, change.to])
      await recordAct(db, actorOf(admin), { action: `person-${change.state}`, member, words: id });
    return { ...change, confirm: await toConfirm(query, taken) };
  });
}

/**
 * Ends a change whose records have moved: the persons who are left are open again. The same again changes nothing.
 *
 * @param records how many moved
 * @returns the change, and who had to do with either person: the plan has to confirm them
 * @throws NotFoundError
 */
export async function endChange(
  admin: Administration,
  id: string,
  records: number,
): Promise<Told<EndedChange>> {
  const ended = await markEnded(admin, id, records);
  return new Told('read-person-change', ended, await toldOf(admin, ended));
}
