import { definitions } from '@patient-access/fhir';
import type { CompleteLoad } from '@patient-access/fhir-store/ingest';
import type { WithoutCategory } from './without-category.ts';

export interface Counts {
  created: number;
  updated: number;
  unchanged: number;
  deleted: number;
  rejected: number;
}

/** The counts of an import, during it or at its end. */
export interface Summary extends Counts {
  /** number of entries without data: responses, outcomes of a search */
  skipped: number;
  /** number of resources that were read but not stored, because the import was interrupted */
  postponed: number;
  /** number of resources that were stored without the forbidden parts of their narratives */
  cleaned: number;
  /** number of conditional references, of each resource each once, by which no resource or several were found */
  unidentified: number;
  /** number of resources that came more than once, and differently; the last one of each is stored */
  repeated: number;
  /** why it is not known of all what came more than once: the disk is full, for example. Absent: it is known */
  repeatsUnknown?: string;
  /** labels for which no category of the product releases what is stored. Absent: there are none, or nobody has looked */
  withoutCategory?: WithoutCategory[];
  types: Record<string, Counts>;
  /** the types of which this import was a complete load; empty when it was not complete after all */
  complete: CompleteLoad[];
  /** was it stated that the claims are complete? Absent: the plan did not ask for it */
  stated?: boolean;
}

/** Was this load too incomplete for deleting what it did not have? */
export const isRefused = ({ missing, deleted, retained }: CompleteLoad): boolean =>
  missing > deleted + retained;

/** The row for resources without a type or with an unknown one. One row for all, because their number has no limit. */
const OTHER = '(unreadable or unknown)';

const noCounts = (): Counts => ({ created: 0, updated: 0, unchanged: 0, deleted: 0, rejected: 0 });

export const emptySummary = (): Summary => ({
  ...noCounts(),
  skipped: 0,
  postponed: 0,
  cleaned: 0,
  unidentified: 0,
  repeated: 0,
  types: {},
  complete: [],
});

export function count(summary: Summary, type: string | undefined, status: keyof Counts): void {
  const counts = (summary.types[type !== undefined && definitions.has(type) ? type : OTHER] ??= noCounts());
  counts[status] += 1;
  summary[status] += 1;
}
