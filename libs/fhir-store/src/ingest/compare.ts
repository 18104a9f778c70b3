import { type Existing, isKnown } from './rows/existing.ts';
import { checkMark, isByRules } from './check-mark.ts';
import type { Marked } from './known.ts';
import type { Prepared } from './prepared.ts';
import { keyOfTarget } from './rows/key-columns.ts';

/** What is stored, by `Type/id`, and by which rules resources are checked now. */
interface Before {
  stored: ReadonlyMap<string, Existing>;
  /** deletions of what comes back */
  former: ReadonlyMap<string, Existing>;
  rules?: Buffer | undefined;
}

interface Comparison<Origin> {
  /** of each item */
  statuses: ('created' | 'updated' | 'unchanged')[];
  /** with the numbers of the versions that they become */
  changed: Prepared<Origin>[];
  replaced: Existing[];
  /** unchanged, and checked by other rules before; with the marks of today */
  checkedAnew: Marked[];
}

/** Compares what has come with what is stored. */
export function compareWithStored<Origin>(
  items: readonly Prepared<Origin>[],
  { stored, former, rules }: Before,
): Comparison<Origin> {
  const found: Comparison<Origin> = { statuses: [], changed: [], replaced: [], checkedAnew: [] };
  for (const item of items) {
    const key = keyOfTarget({ type: item.resource.resourceType, id: item.resource.id });
    const before = stored.get(key);
    const same = before !== undefined && isKnown(item, before);
    found.statuses.push(same ? 'unchanged' : before ? 'updated' : 'created');
    if (same && rules && !isByRules(before.checkedBy, rules))
      found.checkedAnew.push({ ...before, mark: markOf(item, before, rules) });
    if (same) continue;
    const last = before ?? former.get(key);
    if (last) found.replaced.push(last);
    found.changed.push({ ...item, version: item.senderVersion ?? (last?.version ?? 0) + 1 });
  }
  return found;
}

/** The line says what is stored only if that is what has come. A sender's version number may be older than the stored one. */
const markOf = ({ line, hash, member }: Prepared<unknown>, before: Existing, rules: Buffer): Buffer =>
  checkMark(rules, before.hash.equals(hash) && before.member === member ? line : undefined, before);
