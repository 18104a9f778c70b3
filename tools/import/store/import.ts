/** Stores resources in the databases of their owners, each with its member. */
import { randomUUID } from 'node:crypto';
import {
  definitions,
  type StructureError,
  isId,
  type Owner,
  parseConditional,
  type ProfileValidator,
  type Resource,
  structureErrors,
  CompartmentError,
} from '@patient-access/fhir';
import { Ingest, type IngestResult, noteLoad, type AddedWords } from '@patient-access/fhir-store/ingest';
import { actingUser } from '@patient-access/platform/acting-user';
import { changedAt } from '../read/glance.ts';
import { BundleMembers } from './bundle-members.ts';
import { Came } from './came.ts';
import { type Clocks, CompleteLoads } from './complete-loads.ts';
import { Completeness } from './completeness.ts';
import { Intake, type KnownInput } from './intake.ts';
import { FeedTally } from './feed-tally.ts';
import { soundResource } from './fault.ts';
import { internalAttachment } from './internal-address.ts';
import type { FileLine, Input, Rejection, Stores } from './input.ts';
import { OwnerQueue } from './owner-queue.ts';
import { ownReference, withReferences } from './own-references.ts';
import { type Repeat, Repeats } from './repeats.ts';
import { Spool } from './spool.ts';
import { targetOf, LATER_TURNS, type Stated, Turns } from './turns.ts';
import { count, emptySummary, isRefused, type Summary } from './summary.ts';

export interface ImportOptions<Origin> {
  /** called after every batch */
  onProgress?: (summary: Summary) => void;
  onReject?: (rejection: Rejection<Origin>) => Promise<void> | void;
  /** called at the end for each resource that came more than once, and differently */
  onRepeat?: (repeat: Repeat<Origin>) => Promise<void> | void;
  /** ends the import after the resources that were read already */
  signal?: AbortSignal;
  /** profiles to check, or what loads them with the first check; the findings are stored, and reject no resource */
  profiles?: ProfileValidator | (() => Promise<ProfileValidator>);
  /** resources then name the profiles that are expected of them and that they fit */
  isNaming?: boolean;
  /** hash of the rules by which resources are checked: what is stored and checked already is not checked again */
  checkedBy?: Buffer;
  /** the FHIR base of the tenant, to which references become relative; absent: not known, and all stay as they come */
  base?: string | undefined;
  /** displays and narratives for what comes without them; absent: none are added */
  words?: AddedWords;
  /** types of which the inputs are everything, and the part of what is stored that may be missing, from 0 to 1 */
  complete?: { types: readonly string[]; atMost: number };
  /** when the inputs began to be gathered, for a complete load; absent: when the import begins */
  began?: Clocks;
  /** deletions delete too what has to stay for a time */
  deletesRetained?: boolean;
  /** name of the importing person for the audit trail; the user of this process when left out */
  by?: string;
  /** types that the plan says it sent, so that a load without a record of them is one of nothing */
  feeds?: readonly string[];
  /** did something stand beside the inputs that was not read, and may be data of any type? */
  hasUnread?: boolean;
  /** day since which all records that answers are computed from are here, ISO 8601 */
  completeSince?: string;
  /** when the plan's system wrote the inputs; the time of this import when left out */
  asOf?: Date;
}

interface Label<Origin> {
  origin: Origin;
  id: string;
  deletes?: true;
  /** when the plan's system changed it, as it says */
  changed?: string;
}

const INTERNAL_ADDRESS = 'an address inside a network, which no app can open';

class Import<Origin> {
  readonly summary = emptySummary();
  private readonly queues: ReadonlyMap<Owner, OwnerQueue<Label<Origin>>>;
  private readonly ingests: ReadonlyMap<Owner, Ingest>;
  private readonly intake: Intake<Origin>;
  private readonly stores: Stores;
  private readonly tenant: string;
  private readonly options: ImportOptions<Origin>;
  private readonly repeats: Repeats<Origin>;
  private readonly bundles = new BundleMembers();
  private readonly turns: Turns<Origin>;
  private readonly came: Came;
  private readonly began = new Date();
  private readonly tally: FeedTally;
  private readonly load = randomUUID();
  private readonly completeness: Completeness;
  private readonly completeLoads: CompleteLoads;

  constructor(
    stores: Stores,
    tenant: string,
    { spool, repeats, came }: { spool: Spool; repeats: Repeats<Origin>; came: Came },
    options: ImportOptions<Origin>,
  ) {
    this.stores = stores;
    this.tenant = tenant;
    this.repeats = repeats;
    this.options = options;
    this.came = came;
    this.tally = new FeedTally(this.began, [...(options.feeds ?? []), ...came.types], options.hasUnread);
    const onStored = (results: IngestResult<Label<Origin>>[]) => this.stored(results);
    const by = options.by ?? actingUser();
    const all = [...stores.values()];
    this.ingests = new Map(
      [...stores].map(([owner, own]) => [
        owner,
        new Ingest({ own, all }, tenant, {
          profiles: options.profiles,
          isNaming: options.isNaming,
          checkedBy: options.checkedBy,
          feed: { owner, by },
          load: this.load,
          words: options.words,
          deletesRetained: options.deletesRetained,
        }),
      ]),
    );
    this.queues = new Map(
      [...this.ingests].map(([owner, ingest]) => [owner, new OwnerQueue(ingest, onStored)]),
    );
    this.turns = new Turns(stores, tenant, spool, () => this.drain());
    this.intake = new Intake(this.ingests, this.queues, (key) => this.turns.mayWait(key));
    this.completeLoads = new CompleteLoads(stores, this.ingests, came);
    this.completeness = new Completeness(stores, tenant, this.load, options.completeSince);
  }

  async begin(): Promise<void> {
    await this.completeness.begin();
    await this.completeLoads.begin(this.options.began);
  }

  async take(input: Input<Origin> | FileLine<Origin>): Promise<void> {
    if (this.intake.add(input)) await this.takeAll();
  }

  private async takeAll(): Promise<void> {
    for (const taken of await this.intake.take()) {
      if ('known' in taken) await this.noteKnown(taken.origin, taken.known);
      else await this.takeOne(taken);
    }
    this.options.onProgress?.(this.summary);
  }

  /** Counts a resource of which nothing is new. */
  private async noteKnown(origin: Origin, { before, changed, entry }: KnownInput): Promise<void> {
    const { type, id, hash, found } = before;
    await this.came.note(type, id);
    if (entry) this.bundles.note(entry.bundle, entry.resource);
    count(this.summary, type, 'unchanged');
    this.tally.stored({ type, status: 'unchanged', found }, changed);
    await this.repeats.note(type, id, { hash, origin });
  }

  private async takeOne(input: Input<Origin>): Promise<void> {
    if ('skip' in input) this.summary.skipped += 1;
    else if ('reject' in input) await this.reject({ origin: input.origin, reason: input.reject });
    else if ('deleted' in input) await this.place(input.origin, input, 0);
    else await this.examine(input.origin, input.resource, input);
  }

  async finish(): Promise<void> {
    // The first call asks about the last inputs, and the second one takes them.
    await this.takeAll();
    await this.takeAll();
    await this.drain();
    for (const turn of LATER_TURNS) {
      for await (const { waiting, size } of this.turns.waiting(turn)) {
        if (this.options.signal?.aborted) {
          this.summary.postponed += 1;
          continue;
        }
        const { said, missing } = await this.turns.complete(waiting);
        this.summary.unidentified += missing;
        await this.enqueue(waiting.owner, waiting.origin, said, size);
      }
      await this.drain();
    }
    await this.deleteOthers();
    await this.note();
    // An interrupted import is run again, and all comes again.
    if (!this.options.signal?.aborted) await this.repeats.tell(this.summary, this.options.onRepeat);
  }

  /** Notes that the load has ended. One that was interrupted, or killed, is noted when it is run again. */
  private async note(): Promise<void> {
    const { tenant, tally, began } = this;
    const { asOf = began, signal } = this.options;
    if (signal?.aborted) return;
    const load = { load: this.load, asOf: asOf.toISOString() };
    for (const [owner, pool] of this.stores) {
      const counts = tally.counts((type) => definitions.get(type)?.owner === owner);
      await noteLoad(pool, tenant, { ...load, counts });
    }
    const { rejected, complete } = this.summary;
    const stated = await this.completeness.state(load.asOf, rejected === 0 && !complete.some(isRefused));
    if (stated !== undefined) this.summary.stated = stated;
  }

  /** An import that rejected something, or was interrupted, was not complete, and deletes nothing. */
  private async deleteOthers(): Promise<void> {
    const { complete, signal, asOf } = this.options;
    if (!complete || signal?.aborted) return;
    if (this.summary.rejected > 0) return this.tally.doubt(complete.types);
    for await (const load of this.completeLoads.deleteOthers(complete.atMost, asOf)) {
      this.summary.complete.push(load);
      this.tally.deleted(load.type, load.deleted);
      if (isRefused(load)) this.tally.doubt([load.type]);
    }
  }

  private async examine(
    origin: Origin,
    value: unknown,
    { size = 0, bundle, line }: { size?: number; bundle?: string; line?: Buffer },
  ): Promise<void> {
    const sound = soundResource(value);
    if ('fault' in sound) return this.reject({ origin, reason: sound.fault });
    const { base } = this.options;
    const conditional = new Set<string>();
    const resource = withReferences(sound.resource, (reference) => {
      const own = ownReference(reference, base);
      if (parseConditional(own)) conditional.add(own);
      return own;
    });
    const [fault, ...more] = structureErrors(resource);
    if (fault) return this.rejectBroken(origin, resource, fault, more);
    const location = internalAttachment(resource, this.tenant);
    if (location !== undefined)
      return this.rejectBroken(origin, resource, { location, reason: INTERNAL_ADDRESS }, []);
    if (bundle !== undefined) this.bundles.note(bundle, resource);
    // A line that is known is not read again, and what it names may be another resource by then.
    const known = line && conditional.size === 0 ? { line } : {};
    await this.place(origin, { resource, ...known }, size, conditional);
  }

  private async place(
    origin: Origin,
    said: Stated,
    size: number,
    conditional: ReadonlySet<string> = new Set(),
  ): Promise<void> {
    const { type, id } = targetOf(said);
    if ('resource' in said) await this.came.note(type, id);
    try {
      const now = await this.turns.atOnce(origin, said, conditional);
      if (now) await this.enqueue(now.owner, origin, now.said, size);
    } catch (error) {
      if (!(error instanceof CompartmentError)) throw error;
      await this.reject({ origin, type, id, reason: error.message });
    }
  }

  private async enqueue(owner: Owner, origin: Origin, said: Stated, size: number): Promise<void> {
    const { id } = targetOf(said);
    const queue = this.queues.get(owner);
    if ('deleted' in said) {
      // Where nobody says when it was deleted, it was gone when the plan's system wrote the inputs.
      const { deleted, at = this.options.asOf?.toISOString() } = said;
      return queue?.add({ origin: { origin, id, deletes: true }, deleted, at }, size);
    }
    const { resource, line } = said;
    const changed = changedAt(resource);
    const label = { origin, id, ...(changed !== undefined && { changed }) };
    const containers = this.bundles.of(resource);
    const came = { ...(containers.size > 0 && { containers }), ...(line && { line }) };
    await queue?.add({ resource, origin: label, ...came }, size);
  }

  private async drain(): Promise<void> {
    await Promise.all([...this.queues.values()].map((queue) => queue.drain()));
  }

  private async stored(results: IngestResult<Label<Origin>>[]): Promise<void> {
    for (const result of results) {
      const { type, origin: label } = result;
      if (result.status === 'rejected') {
        const { origin, id } = label;
        await this.reject({ origin, id: result.id ?? id, type, reason: result.reason });
        continue;
      }
      count(this.summary, type, result.status);
      if (result.status === 'deleted') {
        this.tally.deleted(type, 1);
        await this.repeats.noteDeleted(type, label.id);
      } else {
        if (result.hash) await this.repeats.note(type, label.id, { hash: result.hash, origin: label.origin });
        if (result.cleaned) this.summary.cleaned += 1;
        if (!label.deletes) this.tally.stored(result, label.changed);
      }
    }
    this.options.onProgress?.(this.summary);
  }

  private rejectBroken(
    origin: Origin,
    resource: Resource,
    fault: StructureError,
    more: StructureError[],
  ): Promise<void> {
    const { resourceType: type, id } = resource;
    const { location, reason } = fault;
    const where = { ...(location !== '' && { location }), ...(more.length > 0 && { more }) };
    return this.reject({ origin, type, id, reason, ...where });
  }

  /** Reports a rejection. Type and id are text from outside, so they are reported only when they are valid. */
  private async reject({ origin, type, id, ...what }: Rejection<Origin>): Promise<void> {
    count(this.summary, type, 'rejected');
    await this.completeness.refuse(type);
    if (type === undefined || definitions.has(type)) this.tally.rejected(type);
    const isType = type !== undefined && /^[A-Z][A-Za-z]{1,63}$/.test(type);
    await this.options.onReject?.({
      origin,
      ...(isType && { type }),
      ...(id !== undefined && isId(id) && { id }),
      ...what,
    });
  }
}

/**
 * Stores resources of one tenant with their owners. It is idempotent, needs bounded memory, and stores with all owners
 * at the same time. A resource that belongs to the member of another resource waits until all others are stored.
 *
 * @param stores pools of the ingest roles; a resource of an owner without a pool is rejected
 * @param inputs in any order; only the latest of the same type and id counts in the end
 * @returns counts; a rejection does not end the import, and is passed to `onReject`
 * @throws Error when a database fails; what is stored stays stored, and the import can be repeated
 */
export async function importResources<Origin>(
  stores: Stores,
  tenant: string,
  inputs: Iterable<Input<Origin> | FileLine<Origin>> | AsyncIterable<Input<Origin> | FileLine<Origin>>,
  options: ImportOptions<Origin> = {},
): Promise<Summary> {
  await using spool = new Spool();
  await using repeats = new Repeats<Origin>();
  await using came = new Came(options.complete?.types);
  const running = new Import(stores, tenant, { spool, repeats, came }, options);
  await running.begin();
  for await (const input of inputs) {
    await running.take(input);
    if (options.signal?.aborted) break;
  }
  await running.finish();
  return running.summary;
}
