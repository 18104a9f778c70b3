/** A plan and its members that a command names. */
import { isId } from '@patient-access/fhir';
import type pg from 'pg';
import { UsageError } from './options.ts';

/** Somebody may have taken the chains away, and a hold is wanted then more than ever: so a checkpoint is enough. */
const HAS_TRAIL = `
  SELECT FROM trail.chain_head WHERE tenant = $1 UNION ALL SELECT FROM trail.checkpoint WHERE tenant = $1 LIMIT 1`;

/**
 * Each plan has a trail, because to make it is an act. So a name without one is misspelt: a legal hold on it would hold nothing, and
 * what was corrected at the plan would be passed over.
 *
 * @throws UsageError when there is no trail of it
 */
export async function demandTrail(database: Pick<pg.Pool, 'query'>, tenant: string): Promise<void> {
  const { rowCount } = await database.query(HAS_TRAIL, [tenant]);
  if (!rowCount) throw new UsageError(`--tenant: there is no trail of a plan ${tenant}`);
}

/** @throws UsageError that names the members whose id no Patient can have, such as `Patient/anna` */
export function demandIds(members: readonly string[]): void {
  const wrong = members.filter((member) => !isId(member)).map((member) => JSON.stringify(member));
  if (wrong.length > 0)
    throw new UsageError(`--member: no Patient has the id ${wrong.join(', ')}. Nothing is held`);
}

/** Row by row, so that each is found by the index of members. */
const UNHEARD_OF = `
  SELECT m.member FROM unnest($2::text[]) AS m (member)
   WHERE NOT EXISTS (SELECT FROM trail.audit_event e WHERE e.tenant = $1 AND e.member = m.member)`;

/**
 * A hold on an id that nobody has would hold nothing, and the records that it was meant for would be dropped.
 *
 * @param owner its row-level security is set to the plan for this question
 * @throws UsageError that names the members of whom the trail has no event
 */
export async function demandEventsOf(
  owner: pg.Client,
  tenant: string,
  members: readonly string[],
): Promise<void> {
  await owner.query("SELECT set_config('app.tenant', $1, false)", [tenant]);
  const { rows } = await owner.query<{ member: string }>(UNHEARD_OF, [tenant, members]);
  if (rows.length === 0) return;
  const named = rows.map(({ member }) => JSON.stringify(member)).join(', ');
  throw new UsageError(
    `--member: the trail of ${tenant} has no event of ${named}: is this the right Patient id? Nothing is held. With --without-events in the place of --member it is held before there is one`,
  );
}
