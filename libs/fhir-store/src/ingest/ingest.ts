/**
 * Stores resources. It finds out to which member each belongs, whether it has changed, and by which values it can be
 * found. Each batch is one transaction.
 */
import {
  definitions,
  checkReferenceData,
  type Resource,
  type Target,
  CompartmentError,
} from '@patient-access/fhir';
import type pg from 'pg';
import { asTenant } from '../sql/as-tenant.ts';
import { checkMark, rulesPart } from './check-mark.ts';
import { compareWithStored } from './compare.ts';
import { type Existing, existing } from './rows/existing.ts';
import type { IngestOptions } from './ingest-options.ts';
import type { IngestItem, IngestResult } from './ingest-item.ts';
import { PlanLabels } from './labels/plan-labels.ts';
import { type CompleteLoad, deleteOthers, type OthersToDelete } from './loads/complete-load.ts';
import { type Deletion, deleteResources, refuseDeleted } from './loads/deletions.ts';
import { Finishing } from './finishing.ts';
import { type Checking, deleteChecks, storeChecks } from './profile-checks.ts';
import { markChecked, type StoredBefore, storedBefore } from './known.ts';
import {
  type Batch,
  memberInBatch,
  membersNamedBy,
  prepare,
  prepareBatch,
  type Prepared,
  targetsOf,
} from './prepared.ts';
import { hasNewLabels, requireAllForNewLabels } from './labels/new-labels.ts';
import { withoutUnchanged } from './unchanged.ts';
import { type BatchOf, closeBatch } from './close-batch.ts';
import { type Databases, storingBesideOthers, type WriteContext } from './turns/storing.ts';
import type { NewVersion } from './rows/versions.ts';
import { keyOfTarget } from './rows/key-columns.ts';
import { type Awaiting, awaitTargets, membersAhead, membersOf, takeBackContradicted } from './targets.ts';
import { followReplaced, replacementsOf } from './persons/replaced-persons.ts';
import { noteSaid } from './persons/said-replacements.ts';
import { refuseWithdrawn } from './persons/withdrawn.ts';
import { write } from './rows/write.ts';

const targetOf = ({ resourceType: type, id }: Resource): Target => ({ type, id });

/** Stores resources of one tenant in one owner's database, as its ingest role. */
export class Ingest {
  private readonly databases: Databases;
  private readonly tenant: string;
  private readonly checking: Checking;
  private readonly rules: Buffer | undefined;
  private readonly batchOf: BatchOf;
  private readonly finishing: Finishing;
  private readonly deletesRetained: boolean;
  private readonly labels = new PlanLabels();

  constructor(
    databases: Databases,
    tenant: string,
    { profiles, isNaming, checkedBy, feed, load, words, deletesRetained = false }: IngestOptions = {},
  ) {
    this.databases = databases;
    this.tenant = tenant;
    this.checking = { profiles, isNaming };
    this.rules = checkedBy && rulesPart(checkedBy);
    this.batchOf = { ...(feed && { feed }), ...(load && { load }) };
    this.finishing = new Finishing(tenant, words, this.checking);
    this.deletesRetained = deletesRetained;
  }

  /**
   * Upserts a batch in one transaction. A resource whose content has not changed is left alone. Changed content
   * becomes a new version, and the old version goes to the history. A resource that cannot be stored is reported, and
   * the others are stored.
   *
   * @param items a resource and its deletion never come in the same batch
   * @returns one result for each item, in no particular order
   */
  async store<Origin>(
    items: readonly (IngestItem<Origin> | Deletion<Origin>)[],
  ): Promise<IngestResult<Origin>[]> {
    return this.storePrepared(prepareBatch(this.tenant, items));
  }

  /**
   * Does ahead what the transaction of a batch need not wait for, which is most of the work, and looks whom the batch concerns.
   *
   * @returns what {@link storePrepared} takes
   */
  async prepare<Origin>(items: readonly (IngestItem<Origin> | Deletion<Origin>)[]): Promise<Batch<Origin>> {
    const { databases, tenant, finishing } = this;
    const batch = prepareBatch(tenant, items);
    if (batch.prepared.size === 0) return batch;
    const { stored, needsAll } = await asTenant(databases.own, tenant, async (client) => ({
      stored: await existing(
        client,
        tenant,
        [...batch.prepared.values()].map(({ resource }) => targetOf(resource)),
      ),
      needsAll: await hasNewLabels(client, tenant, batch.prepared, await this.labels.of(client, tenant)),
    }));
    // What is stored as it comes may be left alone (unchanged.ts).
    const open = [...batch.prepared.values()].filter(
      ({ resource, hash }) => !stored.get(keyOfTarget(targetOf(resource)))?.hash.equals(hash),
    );
    await finishing.begin(databases.own, open);
    const ofTargets = await membersAhead(databases, tenant, targetsOf(batch.prepared));
    const named = [...ofTargets.values()].filter((member) => member !== '');
    const members = [...named, ...[...stored.values()].map(({ member }) => member)];
    return { ...batch, foreseen: { members, needsAll } };
  }

  /** As {@link store}, of what {@link prepare} has returned. */
  storePrepared<Origin>(batch: Batch<Origin>): Promise<IngestResult<Origin>[]> {
    const store = (context: WriteContext) => this.storeBatch(context, batch);
    return storingBesideOthers(this.databases, this.tenant, store, batch.foreseen);
  }

  /** The same within a transaction that is open, for an operator who says whose the resources are. */
  async storeWithin<Origin>(
    context: WriteContext,
    items: readonly (IngestItem<Origin> | Deletion<Origin>)[],
  ): Promise<IngestResult<Origin>[]> {
    return this.storeBatch(context, prepareBatch(this.tenant, items), true);
  }

  /**
   * Finds what is stored of these resources, and was checked by the same rules. If one of them comes as it is stored,
   * nothing is to be done about it.
   *
   * @returns by `Type/id`
   */
  async storedBefore(targets: readonly Target[]): Promise<ReadonlyMap<string, StoredBefore>> {
    return this.rules ? storedBefore(this.databases.own, this.tenant, targets, this.rules) : new Map();
  }

  /** The batch stays as it is: this may run more than once. */
  private async storeBatch<Origin>(
    context: WriteContext,
    batch: Batch<Origin>,
    isTold = false,
  ): Promise<IngestResult<Origin>[]> {
    const { deletions } = batch;
    const results = [...batch.results];
    const prepared = new Map([...batch.prepared].map(([key, item]) => [key, { ...item }]));
    if (deletions.length > 0) context.turn.requireTenant();
    await context.turn.take(context.all, this.tenant, membersNamedBy(prepared));
    await requireAllForNewLabels(
      context,
      this.tenant,
      prepared,
      await this.labels.of(context.own, this.tenant),
    );
    const { deletesRetained } = this;
    results.push(...(await deleteResources(context, this.tenant, { deletions, deletesRetained })));
    const again = ({ origin, senderVersion: version, containers }: Prepared<Origin>, resource: Resource) =>
      prepare(this.tenant, { origin, resource, version, containers }, results);
    results.push(
      ...(await followReplaced<Origin, Prepared<Origin>>(context.own, this.tenant, prepared, again)),
    );
    const { former, rejected } = await refuseDeleted(context.own, this.tenant, prepared);
    results.push(...rejected);
    const stored = await this.resolveTargets(context, prepared, results);
    context.turn.require([...prepared.values(), ...former.values()].map(({ member }) => member));
    results.push(...(await refuseWithdrawn(context.own, this.tenant, prepared, { stored, isTold })));
    await this.awaitMissing(context, prepared, stored);
    await this.storeChanges(context, [...prepared.values()], results, former);
    await closeBatch(context.own, this.tenant, this.batchOf, results);
    return results;
  }

  /**
   * Deletes the resources of a type that a complete load did not have, in steps, or none if they are more than the given
   * part of what is stored.
   */
  deleteOthers(load: OthersToDelete): Promise<CompleteLoad> {
    const { databases, tenant, deletesRetained } = this;
    return deleteOthers(databases.own, tenant, { ...load, deletesRetained }, async (deletions) => {
      const results = await this.store(deletions);
      return results.filter(({ status }) => status === 'deleted').length;
    });
  }

  /**
   * Finds the members of resources that belong to the same member as the resource that they refer to.
   *
   * @returns the members of what they refer to, as far as it is stored, by `Type/id`
   */
  private async resolveTargets<Origin>(
    context: WriteContext,
    prepared: Map<string, Prepared<Origin>>,
    results: IngestResult<Origin>[],
  ): Promise<ReadonlyMap<string, string>> {
    const waiting = [...prepared].flatMap(([key, item]) =>
      item.compartment.to === 'reference' ? [{ key, item, targets: item.compartment.targets }] : [],
    );
    if (waiting.length === 0) return new Map();
    const stored = await membersOf(
      context,
      this.tenant,
      waiting.flatMap(({ targets }) => targets),
    );
    const contained = waiting.flatMap(({ item }) => [...(item.containers?.values() ?? [])]);
    const replaced = await replacementsOf(context.own, this.tenant, contained);
    const memberOf = (target: Target): string | undefined =>
      memberInBatch(prepared, target) ?? stored.get(keyOfTarget(target));
    for (const { key, item, targets } of waiting) {
      const found = targets
        .map((target) => memberOf(target) ?? item.containers?.get(keyOfTarget(target)))
        .filter((member) => member !== undefined)
        .map((member) => replaced.get(member)?.survivor ?? member);
      const reason = this.assign(item, found);
      if (reason === undefined) continue;
      results.push({ origin: item.origin, type: item.resource.resourceType, status: 'rejected', reason });
      prepared.delete(key);
    }
    return stored;
  }

  /** Notes of what is stored now which of its targets have not come yet. What is rejected leaves the notes as they are. */
  private async awaitMissing(
    context: WriteContext,
    prepared: ReadonlyMap<string, Prepared<unknown>>,
    stored: ReadonlyMap<string, string>,
  ): Promise<void> {
    const isMissing = (target: Target) =>
      definitions.has(target.type) &&
      memberInBatch(prepared, target) === undefined &&
      !stored.has(keyOfTarget(target));
    const awaiting = [...prepared.values()].flatMap(({ member, resource, compartment }): Awaiting[] =>
      compartment.to === 'reference'
        ? [{ member, ...targetOf(resource), targets: compartment.targets.filter(isMissing) }]
        : [],
    );
    // Who brings such a target at the same moment has to find that it is awaited.
    if (awaiting.some(({ targets }) => targets.length > 0)) context.turn.requireTenant();
    await awaitTargets(context, this.tenant, awaiting);
  }

  /**
   * Gives the resource the member of its targets. Where the targets are reference data, so is the resource.
   *
   * @returns the reason when that is not possible
   */
  private assign<Origin>(item: Prepared<Origin>, found: readonly string[]): string | undefined {
    const [member, ...others] = new Set(found.filter(Boolean));
    if (others.length > 0)
      return `several members: what it refers to belongs to ${others.length + 1} of them`;
    if (found.length === 0) return 'no member: what it refers to is stored nowhere';
    item.member = member ?? '';
    try {
      if (member === undefined) checkReferenceData(item.resource);
      return undefined;
    } catch (error) {
      if (error instanceof CompartmentError) return error.message;
      throw error;
    }
  }

  /** Writes what is new of these. What is stored as it comes, and was checked by the same rules, stays as it is. */
  private async storeChanges<Origin>(
    context: WriteContext,
    items: Prepared<Origin>[],
    results: IngestResult<Origin>[],
    former: ReadonlyMap<string, Existing>,
  ): Promise<void> {
    const stored = await existing(
      context.own,
      this.tenant,
      items.map(({ resource }) => targetOf(resource)),
    );
    context.turn.require([...stored.values()].map(({ member }) => member));
    const { rules } = this;
    const { open, results: unchanged } = await withoutUnchanged(context.own, this.tenant, items, {
      stored,
      rules,
    });
    results.push(...unchanged);
    const finished = await this.finishing.end(context.own, open);
    await this.write(context, finished, results, { stored, former });
  }

  private async write<Origin>(
    context: WriteContext,
    items: Prepared<Origin>[],
    results: IngestResult<Origin>[],
    { stored, former }: { stored: ReadonlyMap<string, Existing>; former: ReadonlyMap<string, Existing> },
  ): Promise<void> {
    const { rules } = this;
    const { statuses, changed, replaced, checkedAnew } = compareWithStored(items, { stored, former, rules });
    await markChecked(context.own, this.tenant, checkedAnew);
    await this.takeBack(context, changed, results);
    await this.replace(context, replaced, changed);
    const came = changed.filter(({ isFiled }) => !isFiled).map(({ resource }) => resource);
    await noteSaid(context.own, this.tenant, came);
    const before = items.flatMap(({ resource }) => stored.get(keyOfTarget(targetOf(resource))) ?? []);
    const outdated = this.checking.profiles ? before : replaced;
    const found = await this.check(context.own, items, outdated);
    for (const [at, { origin, cleaned, resource, hash }] of items.entries()) {
      const { resourceType: type } = resource;
      const status = statuses[at] ?? 'unchanged';
      results.push({ origin, type, status, cleaned, hash, ...(found.has(resource) && { found: true }) });
    }
  }

  /**
   * Removes resources that were stored before their targets, when the targets now turn out to belong to two members.
   */
  private async takeBack<Origin>(
    context: WriteContext,
    arrived: readonly Prepared<Origin>[],
    results: IngestResult<Origin>[],
  ): Promise<void> {
    const keys = arrived.map(({ member, resource }) => ({ member, ...targetOf(resource) }));
    const contradicted = await takeBackContradicted(context, this.tenant, keys);
    const [first] = arrived;
    for (const { type, id } of first ? contradicted : [])
      results.push({
        origin: (first as Prepared<Origin>).origin,
        type,
        id,
        status: 'rejected',
        reason: `several members: ${type}/${id}, which was stored before, refers to what is another's, and was taken back`,
      });
  }

  private async replace<Origin>(
    context: WriteContext,
    replaced: readonly Existing[],
    items: readonly Prepared<Origin>[],
  ): Promise<void> {
    if (items.length === 0) return;
    const label = await this.labels.of(context.own, this.tenant);
    const { rules } = this;
    const versions = items.map(({ resource, ...item }): NewVersion => ({
      ...item,
      checkedBy: rules && checkMark(rules, item.line, item),
      ...label(resource, item.sent),
    }));
    await write(context, this.tenant, versions, replaced);
  }

  /**
   * Replaces earlier findings, because they came from another version of the resource or of the profiles.
   *
   * @returns the resources with findings
   */
  private async check<Origin>(
    client: pg.PoolClient,
    items: readonly Prepared<Origin>[],
    outdated: readonly Existing[],
  ): Promise<Set<Resource>> {
    await deleteChecks(client, this.tenant, outdated);
    return storeChecks(client, this.tenant, items);
  }
}
