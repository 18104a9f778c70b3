/** Resources of a batch that can be stored as far as they themselves say. */
import type { Compartment, Definition, Resource, Target } from '@patient-access/fhir';
import type { IngestItem } from './ingest-item.ts';
import type { Checked } from './profile-checks.ts';
import { keyOfTarget } from './key-columns.ts';

export interface Prepared<Origin> extends Checked {
  origin: Origin;
  /** the resource before words and names of profiles were added */
  sent: Resource;
  definition: Definition;
  cleaned: boolean;
  hash: Buffer;
  compartment: Compartment;
  member: string;
  version: number;
  /** the sender's version number */
  senderVersion: number | undefined;
  containers: IngestItem<Origin>['containers'];
  isFiled: boolean;
  /** SHA-256 of the line as which it came, if the line alone decides what it is and whose */
  line: Buffer | undefined;
}

/** The members of the resources that say themselves whose they are. */
export const membersNamedBy = (prepared: ReadonlyMap<string, Prepared<unknown>>): string[] =>
  [...prepared.values()].flatMap(({ compartment, member }) => (compartment.to === 'reference' ? [] : member));

/** The member of a target that comes in the same batch, if the target itself says who its member is. */
export function memberInBatch(
  prepared: ReadonlyMap<string, Prepared<unknown>>,
  target: Target,
): string | undefined {
  const item = prepared.get(keyOfTarget(target));
  return item && item.compartment.to !== 'reference' ? item.member : undefined;
}
