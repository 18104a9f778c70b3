/** What is to be stored, and what became of it. */
import type { Resource } from '@patient-access/fhir';

/** A parsed resource, with a value by which its sender recognises it. */
export interface IngestItem<Origin> {
  resource: Resource;
  origin: Origin;
  /**
   * the sender's own version number; the resource is stored only if this is higher than the stored one. Absent: the
   * store counts versions
   */
  version?: number;
  /** members of targets that are not stored themselves, by `Type/id`; for Bundles that the sender took apart */
  containers?: ReadonlyMap<string, string>;
  /** SHA-256 of the line of a file as which it came; absent: it came otherwise, or need not be known by it */
  line?: Buffer;
  /** whose it is, where the store moves records from person to person; absent: the resource says so */
  filedUnder?: string;
}

export type IngestResult<Origin> = { origin: Origin; type: string } & (
  | {
      status: 'created' | 'updated' | 'unchanged';
      /** something was removed from a narrative */
      cleaned: boolean;
      /** of the content that came; absent for a deletion that was done before */
      hash?: Buffer;
      /** it has findings against R4 or a profile */
      found?: boolean;
    }
  | { status: 'deleted' }
  | {
      status: 'rejected';
      reason: string;
      /** of what is rejected, where it is not what came */
      id?: string;
    }
);
