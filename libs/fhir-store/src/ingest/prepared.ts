/** Resources of a batch that can be stored as far as they themselves say. */
import {
  type Compartment,
  CompartmentError,
  compartmentOf,
  type Definition,
  definitions,
  isId,
  type Resource,
  type Target,
  withCleanNarratives,
} from '@patient-access/fhir';
import type { Deletion } from './loads/deletions.ts';
import type { IngestItem, IngestResult } from './ingest-item.ts';
import type { Checked } from './profile-checks.ts';
import { keyOfTarget } from './rows/key-columns.ts';
import { refuseUnpublished } from './plans/published.ts';
import { contentHash } from './rows/stored-form.ts';
import type { Foreseen } from './turns/storing.ts';

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

/** What those refer to that belong to the member of what they refer to. */
export const targetsOf = (prepared: ReadonlyMap<string, Prepared<unknown>>): Target[] =>
  [...prepared.values()].flatMap(({ compartment }) =>
    compartment.to === 'reference' ? compartment.targets : [],
  );

/** The member of a target that comes in the same batch, if the target itself says who its member is. */
export function memberInBatch(
  prepared: ReadonlyMap<string, Prepared<unknown>>,
  target: Target,
): string | undefined {
  const item = prepared.get(keyOfTarget(target));
  return item && item.compartment.to !== 'reference' ? item.member : undefined;
}

/** What of a batch does not depend on what is stored. */
export interface Batch<Origin> {
  /** by `Type/id` */
  prepared: ReadonlyMap<string, Prepared<Origin>>;
  /** of the items that are not stored, whatever is stored */
  results: readonly IngestResult<Origin>[];
  deletions: readonly Deletion<Origin>[];
  /** absent: nobody has looked */
  foreseen?: Foreseen;
}

/** @returns undefined for a resource that cannot be stored; then `results` says why */
export function prepare<Origin>(
  tenant: string,
  item: IngestItem<Origin>,
  results: IngestResult<Origin>[],
): Prepared<Origin> | undefined {
  const { origin, version: senderVersion, containers, filedUnder } = item;
  const resource = withCleanNarratives(item.resource);
  const type = resource.resourceType;
  const definition = definitions.get(type);
  try {
    if (!definition) throw new CompartmentError('unknown resource type');
    if (!isId(resource.id)) throw new CompartmentError('no id, or not a legal one');
    const compartment: Compartment =
      filedUnder === undefined ? compartmentOf(definition, resource) : { to: 'member', member: filedUnder };
    refuseUnpublished(tenant, type, compartment);
    const member = compartment.to === 'member' ? compartment.member : '';
    const cleaned = resource !== item.resource;
    const hash = contentHash(resource);
    const isFiled = filedUnder !== undefined;
    const line = isFiled || cleaned || compartment.to === 'reference' ? undefined : item.line;
    const said = { origin, definition, resource, checks: [], cleaned, hash, compartment, member };
    return { ...said, sent: resource, version: 1, senderVersion, containers, isFiled, line };
  } catch (error) {
    if (!(error instanceof CompartmentError)) throw error;
    results.push({ origin, type, status: 'rejected', reason: error.message });
    return undefined;
  }
}

/** If a resource comes twice in a batch, the later one counts. The same batch then changes nothing when it comes again. */
export function prepareBatch<Origin>(
  tenant: string,
  items: readonly (IngestItem<Origin> | Deletion<Origin>)[],
): Batch<Origin> {
  const prepared = new Map<string, Prepared<Origin>>();
  const results: IngestResult<Origin>[] = [];
  for (const item of items) {
    const ready = 'resource' in item ? prepare(tenant, item, results) : undefined;
    if (!ready) continue;
    const key = keyOfTarget({ type: ready.resource.resourceType, id: ready.resource.id });
    const earlier = prepared.get(key);
    if (earlier) {
      const { origin, resource, hash } = earlier;
      results.push({ origin, type: resource.resourceType, status: 'unchanged', cleaned: false, hash });
    }
    prepared.set(key, ready);
  }
  return { prepared, results, deletions: items.filter((item) => 'deleted' in item) };
}
