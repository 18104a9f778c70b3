/**
 * Merges that the plan's files ask for, as `npm run import:merges` lists them (ADR 93). Each begins as one that an administrator
 * names. What is doubtful, or was taken back before, begins only when an administrator names it.
 */
import { z } from 'zod';
import { PatientId } from '../../relations/relations.ts';
import type { Administration } from '../administration.ts';
import { RepairRefused } from '../identities/repair-refused.ts';
import { beginMerge } from './merges.ts';
import { ChangeReason, latestMerge, type PersonChange } from './person-changes.ts';

const LISTED_MOST = 1_000;

const ListedMerge = z.object({
  from: PatientId,
  to: PatientId,
  /** what speaks against it */
  doubts: z.array(z.string()),
});
type ListedMerge = z.infer<typeof ListedMerge>;

export const ListedMerges = z.strictObject({
  merges: z.array(ListedMerge).max(LISTED_MOST),
  /** for the trails of all; it names nobody */
  reason: ChangeReason.default('the files of the plan say so'),
});

interface Refused extends Pick<ListedMerge, 'from' | 'to'> {
  why: string;
}

/** @returns why an administrator has to name this merge, or undefined */
function doubtOf({ doubts }: ListedMerge, before: PersonChange | undefined): string | undefined {
  if (doubts.length > 0) return `doubtful: ${doubts.join(', ')}`;
  return before?.state === 'undoing' || before?.state === 'undone' ? 'it was taken back before' : undefined;
}

/** @throws RepairRefused when it does not begin */
async function beginListed(
  admin: Administration,
  listed: ListedMerge,
  reason: string,
): Promise<PersonChange> {
  const { from, to } = listed;
  const before = await latestMerge(admin, { from, to });
  // Whoever was stopped runs the same again, and is told what has begun.
  if (before?.state === 'moving') return before;
  const doubt = doubtOf(listed, before);
  if (doubt !== undefined) throw new RepairRefused(doubt);
  return beginMerge(admin, { from, to, reason });
}

/**
 * Begins the merges of a list, each in a transaction of its own. The same list again begins what is left.
 *
 * @throws ZodError
 */
export async function beginListedMerges(
  admin: Administration,
  given: z.output<typeof ListedMerges>,
): Promise<{ begun: PersonChange[]; refused: Refused[] }> {
  const [begun, refused]: [PersonChange[], Refused[]] = [[], []];
  for (const listed of given.merges)
    try {
      begun.push(await beginListed(admin, listed, given.reason));
    } catch (error) {
      if (!(error instanceof RepairRefused)) throw error;
      refused.push({ from: listed.from, to: listed.to, why: error.message });
    }
  return { begun, refused };
}
