import { definitions } from '@patient-access/fhir';

export interface Counts {
  created: number;
  updated: number;
  unchanged: number;
  rejected: number;
}

/** What an import did, so far or in the end. */
export interface Summary extends Counts {
  /** entries that hold no data: responses, outcomes of a search */
  skipped: number;
  /** read and not stored, because the import was told to stop first */
  postponed: number;
  /** resources whose narrative held what no narrative may, and was stored without it */
  cleaned: number;
  types: Record<string, Counts>;
}

/** Counts what has no type, or one that nobody knows: there is no limit to those. */
const OTHER = '(unreadable or unknown)';

const noCounts = (): Counts => ({ created: 0, updated: 0, unchanged: 0, rejected: 0 });

export const emptySummary = (): Summary => ({
  ...noCounts(),
  skipped: 0,
  postponed: 0,
  cleaned: 0,
  types: {},
});

export function count(summary: Summary, type: string | undefined, status: keyof Counts): void {
  const counts = (summary.types[type !== undefined && definitions.has(type) ? type : OTHER] ??= noCounts());
  counts[status] += 1;
  summary[status] += 1;
}
