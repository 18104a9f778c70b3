/** Repairs of links, at once or with four eyes: one administrator proposes, and another one confirms. */
import { inTransaction } from '@patient-access/database';
import { z } from 'zod';
import type { Administrator } from '../../audit/administrator.ts';
import { recordAct } from '../../audit/acts.ts';
import { newRandomSecret } from '../../clients/credentials.ts';
import { consumeRecord, findRecord, giveBackRecord } from '../../grants/records.ts';
import { digest } from '../../keys/secrets.ts';
import { moveAuditor, unlinkAuditor } from './auditor-links.ts';
import { type Administration, actorOf, NotFoundError } from '../administration.ts';
import { moveIssuer, moveSubject, relinkNumber, unlinkIdentity } from './identities.ts';
import { RepairRefused } from './repair-refused.ts';
import { beginListedMerges, ListedMerges } from '../persons/listed-merges.ts';
import { beginMerge, MergeOrder } from '../persons/merges.ts';
import { renumber } from '../members/new-numbers.ts';
import { beginUndo, type PersonChange, personsOf } from '../persons/person-changes.ts';
import { MemberNumber } from '../members/plan-members.ts';
import { beginSplit, SplitOrder } from '../persons/splits.ts';
import { Told } from '../told.ts';

const Text = z.string().min(1);
const Subject = Text.max(255);
/** is the link an auditor's? A person may have one as a member and one as an auditor. */
const auditor = z.boolean().optional();

/** What is wrong with a link, and what to do. */
const Repair = z.discriminatedUnion('act', [
  z.strictObject({ act: z.literal('move-subject'), subject: Subject, to: Subject, auditor }),
  z.strictObject({ act: z.literal('relink'), subject: Text, number: Text }),
  z.strictObject({ act: z.literal('renumber'), number: MemberNumber, to: MemberNumber }),
  z.strictObject({ act: z.literal('merge'), order: MergeOrder }),
  z.strictObject({ act: z.literal('merge-listed'), list: ListedMerges }),
  z.strictObject({ act: z.literal('split'), order: SplitOrder }),
  z.strictObject({ act: z.literal('undo'), change: z.uuid() }),
  z.strictObject({ act: z.literal('unlink'), subject: Subject, auditor }),
  z.strictObject({ act: z.literal('move-issuer'), from: Text, to: Text }),
]);
type Repair = z.infer<typeof Repair>;

const MODEL = 'Repair';
const INSERT = `INSERT INTO oidc_record (tenant, model, id, payload, expires_at)
  VALUES ($1, '${MODEL}', $2, $3, now() + interval '24 hours') RETURNING expires_at AS until`;

/**
 * SQLSTATEs of a transaction that Postgres has taken back as a whole: it waited too long, or another one was in its way. After a
 * connection that was lost nobody knows whether it was committed.
 */
const TAKEN_BACK: ReadonlySet<unknown> = new Set(['57014', '55P03', '40P01', '40001']);

/** What was proposed, and by whom. */
interface Stored extends Administrator {
  repair: Repair;
}

/** A repair that waits for a second administrator. */
export interface ProposedRepair {
  proposal: string;
  until: string;
}

/** What a repair answers tells of these persons. */
const tell = <Answer>(answer: Answer, persons: readonly string[]) => new Told('read-repair', answer, persons);
const tellOf = (change: PersonChange) => tell(change, personsOf([change]));

/** Of these a repair says no more than was said to it, and its act names the person. */
const ofNobodyElse = (answer: unknown) => tell(answer, []);

async function run(admin: Administration, repair: Repair): Promise<Told<unknown>> {
  switch (repair.act) {
    case 'move-subject':
      return ofNobodyElse(
        await (repair.auditor ? moveAuditor : moveSubject)(admin, repair.subject, repair.to),
      );
    case 'relink':
      return ofNobodyElse(await relinkNumber(admin, repair.subject, repair.number));
    case 'renumber':
      return ofNobodyElse(await renumber(admin, repair.number, repair.to));
    case 'merge':
      return tellOf(await beginMerge(admin, repair.order));
    case 'merge-listed': {
      const listed = await beginListedMerges(admin, repair.list);
      return tell(listed, personsOf([...listed.begun, ...listed.refused]));
    }
    case 'split':
      return tellOf(await beginSplit(admin, repair.order));
    case 'undo':
      return tellOf(await beginUndo(admin, repair.change));
    case 'unlink':
      return ofNobodyElse(await (repair.auditor ? unlinkAuditor : unlinkIdentity)(admin, repair.subject));
    case 'move-issuer':
      return ofNobodyElse(await moveIssuer(admin, repair.from, repair.to));
  }
}

function propose(admin: Administration, repair: Repair): Promise<ProposedRepair> {
  const { pool, tenant, administrator, issuer, name } = admin;
  const proposal = newRandomSecret();
  return inTransaction(pool, async (db) => {
    const stored: Stored = { repair, administrator, issuer, name };
    const values = [tenant.id, digest(proposal), JSON.stringify(stored)];
    const { rows } = await db.query<{ until: Date }>(INSERT, values);
    await recordAct(db, actorOf(admin), { action: `identity-propose-${repair.act}` });
    return { proposal, until: rows[0]?.until.toISOString() ?? '' };
  });
}

/**
 * Repairs a link, or proposes the repair where the plan wants four eyes.
 *
 * @param given see {@link Repair}
 * @throws ZodError; the errors of the repair
 */
export async function repairLink(admin: Administration, given: unknown): Promise<Told<unknown>> {
  const repair = Repair.parse(given);
  return admin.tenant.settings.federation?.fourEyes
    ? ofNobodyElse(await propose(admin, repair))
    : run(admin, repair);
}

/**
 * Carries out what another administrator has proposed, once. A repair that fails has to be proposed again, unless the database had
 * no time for it.
 *
 * @returns who proposed what, and the result
 * @throws NotFoundError; Error when it is the same administrator; the errors of the repair
 */
export async function confirmRepair(admin: Administration, proposal: string): Promise<Told<object>> {
  const { pool, tenant } = admin;
  const key: [string, string, string] = [tenant.id, MODEL, digest(proposal)];
  const record = await findRecord(pool, 'id', key);
  if (!record) throw new NotFoundError(`no such proposal at "${tenant.id}": a proposal is good for 24 hours`);
  const { repair, administrator } = JSON.parse(record.payload) as Stored;
  if (administrator === admin.administrator)
    throw new RepairRefused('the plan wants four eyes: another administrator has to confirm this');
  if (!(await consumeRecord(pool, key))) throw new NotFoundError('this proposal was confirmed before');
  const told = await run(admin, repair).catch(async (error: unknown) => {
    if (TAKEN_BACK.has((error as { code?: unknown }).code)) await giveBackRecord(pool, key);
    throw error;
  });
  await recordAct(pool, actorOf(admin), { action: `identity-confirm-${repair.act}` });
  return told.with((result) => ({
    proposedBy: administrator,
    ...repair,
    ...(result !== undefined && { result }),
  }));
}
