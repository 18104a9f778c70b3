/**
 * Finds what comes as it is stored, and was checked by the same rules: it stays as it is, with its words and its findings
 * (docs/adr/0137-know-a-line-without-reading-it.md).
 */
import type pg from 'pg';
import { isByRules } from './check-mark.ts';
import type { Existing } from './rows/existing.ts';
import type { IngestResult } from './ingest-item.ts';
import { keyOfTarget } from './rows/key-columns.ts';
import type { Prepared } from './prepared.ts';
import { foundBefore } from './profile-checks.ts';

const isUnchanged = ({ hash, member }: Prepared<unknown>, before: Existing, rules: Buffer): boolean =>
  before.member === member && before.hash.equals(hash) && isByRules(before.checkedBy, rules);

/**
 * Takes out what is unchanged.
 *
 * @param stored what is stored of these, by `Type/id`
 * @param rules as rulesPart returns it; undefined: nothing counts as unchanged
 * @returns what is left, and the results of what is not
 */
export async function withoutUnchanged<Origin>(
  client: pg.PoolClient,
  tenant: string,
  items: readonly Prepared<Origin>[],
  { stored, rules }: { stored: ReadonlyMap<string, Existing>; rules: Buffer | undefined },
): Promise<{ open: Prepared<Origin>[]; results: IngestResult<Origin>[] }> {
  const unchanged: { item: Prepared<Origin>; before: Existing }[] = [];
  const open: Prepared<Origin>[] = [];
  for (const item of items) {
    const { resourceType: type, id } = item.resource;
    const before = stored.get(keyOfTarget({ type, id }));
    if (before && rules && isUnchanged(item, before, rules)) unchanged.push({ item, before });
    else open.push(item);
  }
  const found = await foundBefore(
    client,
    tenant,
    unchanged.map(({ before }) => before),
  );
  const results = unchanged.map(({ item: { origin, cleaned, hash }, before }): IngestResult<Origin> => {
    const hasFindings = found.has(keyOfTarget(before)) && { found: true };
    return { origin, type: before.type, status: 'unchanged', cleaned, hash, ...hasFindings };
  });
  return { open, results };
}
