/** Applies a plan's list of sensitive codes to the resources that are stored already. */
import {
  definitions,
  parseResource,
  type Resource,
  type SensitiveCodes,
  sensitivityLabels,
  withoutLabels,
} from '@patient-access/fhir';
import { type Label, PlanLabels } from './plan-labels.ts';
import { withdrawComplete } from '../loads/complete-records.ts';
import { type Databases, NeedsAll, storing, type WriteContext } from '../turns/storing.ts';
import { changePages, CURRENT_PAGE, EARLIER_PAGE, type StoredRow } from '../rows/change-pages.ts';
import type { NewVersion } from '../rows/versions.ts';
import { type Chain, contentOfVersion, type Leaf, replay } from '../rows/chain.ts';
import { loadChain, saveChain } from '../rows/chain-rows.ts';
import { loadConditional } from '../rows/conditional-rows.ts';
import { write } from '../rows/write.ts';

const APPLIED = 'UPDATE sensitive_codes SET applied = true WHERE tenant = $1 AND rules = $2';

const isSame = (some: readonly string[], others: readonly string[]) => some.join() === others.join();

/**
 * The row with the labels that the list gives it now, or nothing when the row has these labels already, and they say
 * the same of who may see it.
 */
function changeOf(
  row: Pick<StoredRow, 'body' | 'labelled'>,
  label: Label,
): { resource: Resource; labelled: string[] } | undefined {
  const stored = parseResource(row.body) as Resource;
  const change = label(withoutLabels(stored, row.labelled));
  const isAsStored =
    isSame(change.labelled, row.labelled) &&
    isSame(sensitivityLabels(change.resource), sensitivityLabels(stored));
  return isAsStored ? undefined : change;
}

/**
 * Labels earlier versions in place: an earlier version is as sensitive as the current one, and always was.
 *
 * @returns how many rows changed
 */
async function labelEarlier(
  context: WriteContext,
  tenant: string,
  rows: StoredRow[],
  label: Label,
): Promise<number> {
  const { own } = context;
  const changed = rows.filter((row) => changeOf(row, label));
  for (const [first] of Map.groupBy(changed, ({ member, type, id }) => `${member} ${type}/${id}`).values()) {
    const definition = first && definitions.get(first.type);
    if (!definition) continue;
    const { member } = first;
    const { chain, hash } = await loadChain(own, tenant, first);
    const stored = await loadConditional(own, tenant, [member]);
    const known = new Map([...(stored.get('') ?? []), ...(stored.get(member) ?? [])]);
    const earlier = chain.earlier.map((leaf) => relabelled(leaf, label));
    const current = relabelledDeletions(context, member, chain, label);
    const next = replay({ current, earlier }, known, tenant);
    if (hash) await saveChain(own, tenant, { member, definition, chain: next, hash });
  }
  return changed.length;
}

function relabelled<Earlier extends Leaf>(leaf: Earlier, label: Label): Earlier {
  const change = label(withoutLabels(leaf.resource, leaf.labelled));
  return { ...leaf, ...change, content: contentOfVersion({ ...leaf, ...change }) };
}

/** A deletion is as sensitive as what was deleted. It has no version of its own to label, so it is labelled in place. */
function relabelledDeletions(context: WriteContext, member: string, chain: Chain, label: Label): Leaf[] {
  if (chain.current.every(({ deleted }) => deleted === undefined)) return chain.current;
  if (!context.isComplete) throw new NeedsAll();
  context.changed.add(member);
  return chain.current.map((leaf) => relabelled(leaf, label));
}

/**
 * Labels current versions. A label is content, so a caller who has the version before it has to see that there is a
 * new one.
 */
async function labelCurrent(
  context: WriteContext,
  tenant: string,
  rows: StoredRow[],
  label: Label,
): Promise<number> {
  const changed: StoredRow[] = [];
  const versions: NewVersion[] = [];
  for (const row of rows) {
    const definition = definitions.get(row.type);
    const change = changeOf(row, label);
    if (!definition || !change) continue;
    changed.push(row);
    versions.push({ ...change, definition, member: row.member, version: row.version + 1, hash: row.hash });
  }
  await write(context, tenant, versions, changed);
  const types = changed.map(({ type }) => type);
  await withdrawComplete(context.own, tenant, types, undefined);
  return changed.length;
}

/**
 * Labels what the own database has by the tenant's list: first earlier versions in place, then current ones, each of which
 * becomes a new version. After an interruption, run it again with the same list.
 *
 * @param codes the list as it was set (set-codes.ts); when another one is set meanwhile, that one is used
 * @returns after each page: how many were read and how many changed
 * @throws Error in one line, at the end, when another list holds
 */
export async function* applySensitiveCodes(
  databases: Databases,
  tenant: string,
  codes: SensitiveCodes,
): AsyncGenerator<{ seen: number; changed: number }> {
  const labels = new PlanLabels();
  const by =
    (apply: typeof labelCurrent) =>
    async (context: WriteContext, rows: StoredRow[]): Promise<number> =>
      apply(context, tenant, rows, await labels.of(context.own, tenant));
  yield* changePages(databases, tenant, [
    { page: EARLIER_PAGE, change: by(labelEarlier) },
    { page: CURRENT_PAGE, change: by(labelCurrent) },
  ]);
  const { rowCount } = await storing(databases, tenant, ({ own }) =>
    own.query(APPLIED, [tenant, JSON.stringify(codes)]),
  );
  if (rowCount === 0)
    throw new Error('another list was set meanwhile, and holds: set again the one that is to hold');
}
