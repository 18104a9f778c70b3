/**
 * Inputs on their way. Of many at once it finds those of which nothing is new, before anything about them is checked
 * (docs/adr/0119-check-again-only-what-or-whose-rules-changed.md).
 */
import { definitions, type Owner, type Resource } from '@patient-access/fhir';
import type { Ingest, StoredBefore } from '@patient-access/fhir-store/ingest';
import { looksSound } from './fault.ts';
import type { Input } from './input.ts';
import type { OwnerQueue } from './owner-queue.ts';

/** An input. A resource that is stored as it comes has what is known of it: whether its check found something. */
export type TakenIn<Origin> =
  | { input: Input<Origin>; known?: undefined }
  | { input: Input<Origin> & { resource: Resource }; known: StoredBefore };

const MAX_INPUTS = 500;
const MAX_BYTES = 8 * 1024 * 1024;

const keyOf = ({ resourceType, id }: Resource) => `${resourceType}/${id}`;

/** The `Type/id` that an input is about, if it says so. */
function keyOfInput(input: Input<unknown>): string | undefined {
  if ('deleted' in input) return `${input.deleted.type}/${input.deleted.id}`;
  return 'resource' in input && looksSound(input.resource) ? keyOf(input.resource) : undefined;
}

export class Intake<Origin> {
  private inputs: Input<Origin>[] = [];
  private bytes = 0;
  private readonly ingests: ReadonlyMap<Owner, Ingest>;
  private readonly queues: ReadonlyMap<Owner, Pick<OwnerQueue<unknown>, 'has'>>;

  /** @param queues what waits for being stored */
  constructor(
    ingests: ReadonlyMap<Owner, Ingest>,
    queues: ReadonlyMap<Owner, Pick<OwnerQueue<unknown>, 'has'>>,
  ) {
    this.ingests = ingests;
    this.queues = queues;
  }

  /** @returns whether there are enough to go on with */
  add(input: Input<Origin>): boolean {
    this.inputs.push(input);
    if ('resource' in input) this.bytes += input.size ?? 0;
    return this.inputs.length >= MAX_INPUTS || this.bytes >= MAX_BYTES;
  }

  /** @returns what was added, in the same order */
  async take(): Promise<TakenIn<Origin>[]> {
    const inputs = this.inputs;
    this.inputs = [];
    this.bytes = 0;
    const known = new Map<unknown, StoredBefore>();
    const asked = [...this.askable(inputs)].map(async ([owner, resources]) => {
      const found = await this.ingests.get(owner)?.knownOf(resources);
      for (const [resource, each] of found ?? []) known.set(resource, each);
    });
    await Promise.all(asked);
    return inputs.map((input): TakenIn<Origin> => {
      const each = 'resource' in input ? known.get(input.resource) : undefined;
      return each ? { input: input as Input<Origin> & { resource: Resource }, known: each } : { input };
    });
  }

  /**
   * The resources of each owner of which no other input speaks, here or on its way to the database: then what is stored
   * is what was sent last.
   */
  private askable(inputs: readonly Input<Origin>[]): Map<Owner, Resource[]> {
    const keys = inputs.map(keyOfInput);
    const times = new Map<string, number>();
    for (const key of keys) if (key !== undefined) times.set(key, (times.get(key) ?? 0) + 1);
    const resources = inputs.flatMap((input, at) => {
      const key = keys[at];
      return key !== undefined && times.get(key) === 1 && 'resource' in input
        ? [input.resource as Resource]
        : [];
    });
    const byOwner = Map.groupBy(resources, ({ resourceType }) => definitions.get(resourceType)?.owner);
    return new Map(
      [...byOwner].flatMap(([owner, own]) => {
        const queue = owner && this.queues.get(owner);
        return owner && queue ? [[owner, own.filter((one) => !queue.has(keyOf(one)))] as const] : [];
      }),
    );
  }
}
