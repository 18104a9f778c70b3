import type { Pool } from '@patient-access/database';
import type { StructureError, Owner } from '@patient-access/fhir';

/** Each owner's database, opened as its ingest role. An owner without one takes nothing from an import. */
export type Stores = ReadonlyMap<Owner, Pool>;

/** What an import is given, one at a time. `Origin` says where it came from, in values that JSON can hold. */
export type Input<Origin> = { origin: Origin } & (
  | {
      /** parsed by parseResource, or built */
      resource: unknown;
      /** bytes of its JSON, where known: they bound what a batch holds in memory */
      size?: number;
      /** id of the Bundle that it was an entry of */
      bundle?: string;
    }
  /** could not be read as a resource */
  | { reject: string }
  /** holds no data, and does not pretend to */
  | { skip: true }
);

/** What was not stored, and why. Never says what was in it. */
export interface Rejection<Origin> {
  origin: Origin;
  type?: string;
  id?: string;
  reason: string;
  /** where in it, e.g. `Patient.name[0].given[1]` */
  location?: string;
  /** what else is wrong with it */
  more?: StructureError[];
}
