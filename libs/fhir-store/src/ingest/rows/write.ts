/** Writes new versions of resources, each in the forms that it needs. */
import {
  alternativesOf,
  type Conditional,
  type Form,
  formsOf,
  sensitivityLabels,
} from '@patient-access/fhir';
import { EMPTY_CHAIN, nextVersion } from './chain.ts';
import { deletedOf, loadChain, saveChain, saveNewChains } from './chain-rows.ts';
import { loadConditional } from './conditional-rows.ts';
import { NeedsAll, noteMove, type WriteContext } from '../turns/storing.ts';
import { keyOfTarget } from './key-columns.ts';
import { type NewVersion, nextInstant, type StoredKey, toHistory, writeVersions } from './versions.ts';

export interface Replaced extends StoredKey {
  /** null: everybody saw it */
  audience: string[] | null;
  /** was it deleted? */
  isDeleted?: boolean;
}

const keyOfVersion = ({ member, resource: { resourceType: type, id } }: NewVersion) => ({ member, type, id });

interface Formed {
  version: NewVersion;
  forms: Form[];
}

const isForEverybody = ({ forms: [first, ...others] }: Formed) =>
  others.length === 0 && first?.audience.length === 0;

/** Returns the conditional resources of a member and of the plan. */
type Known = (member: string) => Conditional;

async function knownOf(
  { own }: WriteContext,
  tenant: string,
  versions: readonly NewVersion[],
): Promise<Known> {
  const members = [...new Set(versions.map(({ member }) => member))];
  const stored = await loadConditional(own, tenant, members);
  const ofPlan: Conditional = stored.get('') ?? new Map();
  const byMember = new Map(
    members.map((member) => [member, new Map([...ofPlan, ...(stored.get(member) ?? [])])]),
  );
  return (member) => byMember.get(member) ?? ofPlan;
}

/**
 * Notes the members whose conditional resources will change. @throws NeedsAll if there are any and the context has
 * only one database @throws NeedsTenant if the plan's are among them and others write
 */
function noteChanges(
  context: WriteContext,
  formed: readonly Formed[],
  replaced: ReadonlyMap<string, Replaced>,
  known: Known,
): void {
  for (const { version, forms } of formed) {
    const { member } = version;
    const alternatives = alternativesOf(forms.map(({ audience }) => audience));
    const key = keyOfTarget(keyOfVersion(version));
    if (JSON.stringify(alternatives) !== JSON.stringify(known(member).get(key))) context.changed.add(member);
    const former = replaced.get(key);
    if (!former?.audience || former.member === member) continue;
    if (former.member === '' || member === '') context.changed.add(former.member);
    else noteMove(context, { from: former.member, to: member });
  }
  // What is of the plan may be named by what belongs to any member.
  if (context.changed.has('')) context.turn.requireTenant();
  if (context.changed.size > 0 && !context.isComplete) throw new NeedsAll();
}

/** Those that come back to a member as whose they were deleted, after they were another's. */
function deletedBefore(
  { own }: WriteContext,
  tenant: string,
  versions: readonly NewVersion[],
  replaced: ReadonlyMap<string, Replaced>,
): Promise<StoredKey[]> {
  const moved = versions.map(keyOfVersion).filter((key) => {
    const former = replaced.get(keyOfTarget(key));
    return former !== undefined && former.member !== key.member;
  });
  return deletedOf(own, tenant, moved);
}

/**
 * Writes versions, and moves the versions that they replace to the history.
 *
 * @throws NeedsAll when the change affects what may be seen of other resources, and the context has only one database
 */
export async function write(
  context: WriteContext,
  tenant: string,
  versions: readonly NewVersion[],
  replaced: readonly Replaced[],
): Promise<void> {
  if (versions.length === 0) return;
  const known = await knownOf(context, tenant, versions);
  const formed = versions.map((version): Formed => {
    const { resource, member } = version;
    return { version, forms: formsOf(resource, sensitivityLabels(resource), known(member), tenant) };
  });
  const byKey = new Map(replaced.map((each) => [keyOfTarget(each), each]));
  noteChanges(context, formed, byKey, known);
  const concerned = [...versions, ...replaced].map(({ member }) => member);
  const now = await nextInstant(context.own, tenant, concerned);
  const withChain = replaced.filter(({ audience, isDeleted }) => audience !== null || isDeleted);
  const needsChain = new Set(
    [...withChain, ...(await deletedBefore(context, tenant, versions, byKey))].map(keyOfTarget),
  );
  const isPlain = (each: Formed) =>
    isForEverybody(each) && !needsChain.has(keyOfTarget(keyOfVersion(each.version)));
  const plain = new Set(formed.filter(isPlain).map(({ version }) => keyOfTarget(keyOfVersion(version))));
  await writeVersions(context.own, tenant, {
    versions: formed.filter(isPlain).map(({ version }) => version),
    replaced: replaced.filter((key) => plain.has(keyOfTarget(key))),
    now,
  });
  const conditional = formed.filter((each) => !isPlain(each)).map((each) => ({ ...each, now }));
  const formerOf = ({ version }: Formed) => byKey.get(keyOfTarget(keyOfVersion(version)));
  await writeNew(
    context,
    tenant,
    conditional.filter((each) => !formerOf(each)),
  );
  for (const each of conditional) {
    const former = formerOf(each);
    if (former) await writeForms(context, tenant, each, former);
  }
}

/** Writes resources of which nothing is stored: together, because there is nothing to read or to remove before. */
function writeNew(
  { own }: WriteContext,
  tenant: string,
  formed: readonly (Formed & { now: string })[],
): Promise<void> {
  const chains = formed.map(({ version: { resource: _forms, labelled, version, ...saved }, forms, now }) => ({
    ...saved,
    chain: nextVersion(EMPTY_CHAIN, forms, { labelled, version, lastUpdated: now }),
  }));
  return saveNewChains(own, tenant, chains);
}

async function writeForms(
  { own }: WriteContext,
  tenant: string,
  {
    version: { definition, member, labelled, version, hash, checkedBy, resource },
    forms,
    now,
  }: Formed & { now: string },
  replaced: Replaced,
): Promise<void> {
  const { resourceType: type, id } = resource;
  // Versions that belonged to another member stay that member's.
  if (!replaced.isDeleted && replaced.member !== member) await toHistory(own, tenant, [replaced], now);
  const { chain } = await loadChain(own, tenant, { member, type, id });
  const next = nextVersion(chain, forms, { labelled, version, lastUpdated: now });
  await saveChain(own, tenant, { member, definition, chain: next, hash, checkedBy });
}
