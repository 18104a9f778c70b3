import type { Pool } from '@patient-access/database';
import type { StructureError, Owner, Target } from '@patient-access/fhir';

/** The database of each owner, opened as its ingest role. An owner that is not in the map accepts no import. */
export type Stores = ReadonlyMap<Owner, Pool>;

/** One input of an import. `Origin` says where it came from, in values that JSON can hold. */
export type Input<Origin> = { origin: Origin } & (
  | {
      /** parsed by parseResource, or made in memory */
      resource: unknown;
      /** length of its JSON in bytes, if known; it limits the memory of a batch */
      size?: number;
      /** id of the Bundle that had it as an entry */
      bundle?: string;
      /** SHA-256 of the line as which it came, where it can be known by it when it comes again */
      line?: Buffer;
    }
  | {
      deleted: Target;
      /** when the plan's system deleted it, ISO 8601; absent: now */
      at?: string;
    }
  /** why it could not be read as a resource */
  | { reject: string }
  /** an entry that is not meant to hold data */
  | { skip: true }
);

/** A line of a file. It is read only if it is not known. */
export interface FileLine<Origin> {
  origin: Origin;
  bytes: Buffer;
  read: () => Iterable<Input<Origin>>;
}

/** A resource that was not stored, and the reason. It never quotes the content of the resource. */
export interface Rejection<Origin> {
  origin: Origin;
  type?: string;
  id?: string;
  reason: string;
  /** the wrong element, e.g. `Patient.name[0].given[1]` */
  location?: string;
  /** further errors in the resource */
  more?: StructureError[];
}
