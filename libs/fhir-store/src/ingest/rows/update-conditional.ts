/**
 * Works out anew which resources of a member are conditional, in all databases of the tenant. This is needed when a
 * resource gained or lost a label, or refers to a resource that did. It takes two steps, and each step is finished in
 * every database before the next begins. The first step hides: it makes each resource as hidden as the stricter of
 * the old and the new state. The second step opens what no longer has to be hidden. If the work stops between the
 * two, too much is withheld and never too little.
 */
import {
  type Alternatives,
  alternativesOf,
  type Conditional,
  conjunction,
  definitions,
  formsOf,
  localTargets,
  type Resource,
  sensitivityLabels,
} from '@patient-access/fhir';
import type pg from 'pg';
import { type Chain, hide, isSameChain, lastVersion, nextVersion, wholeVersions } from './chain.ts';
import { loadChains, type SavedChain, saveChains } from './chain-rows.ts';
import { withdrawWithheld } from '../loads/complete-records.ts';
import {
  differing,
  formerlyReferring,
  loadConditional,
  membersReferring,
  referring,
  saveConditional,
  seenBySome,
  standingAmong,
} from './conditional-rows.ts';
import { nextInstant } from './versions.ts';

/** Connections to every database of a tenant, each in a transaction that has the members' turn (turn.ts). */
export type Clients = readonly pg.PoolClient[];

type Step = 'hide' | 'open';

/** Resources whose versions are in memory at one time. A few statements read and write them together. */
const CHAINS_TOGETHER = 100;
/** Members whose lists are in memory at one time: very many may refer to one resource of the plan. */
const MEMBERS_TOGETHER = 100;

interface Found {
  client: pg.PoolClient;
  resource: Resource;
}

const keyOf = ({ resourceType, id }: Resource) => `${resourceType}/${id}`;

/** Which resources of a member are conditional by what is stored now, and the resources from which this follows. */
class ConditionalSurvey {
  readonly found = new Map<string, Found>();
  readonly conditional = new Map<string, Alternatives>();
  private readonly clients: Clients;
  private readonly tenant: string;
  private readonly member: string;

  constructor(clients: Clients, tenant: string, member: string) {
    this.clients = clients;
    this.tenant = tenant;
    this.member = member;
  }

  /**
   * @param ofPlan the conditional resources of the plan
   * @param before those of the member until now, and of those whose records have come to her
   */
  async run(ofPlan: Conditional, before: Conditional): Promise<void> {
    await this.collect((client) => seenBySome(client, this.tenant, this.member));
    await this.keepGone(before);
    const asked = new Set<string>();
    let keys = [...new Set([...before.keys(), ...ofPlan.keys(), ...this.found.keys()])];
    // The loop ends: each round only adds labels, and their number is limited.
    while (keys.length > 0) {
      // Nobody else writes what is the member's meanwhile, so what names a key is looked for once.
      const further = keys.filter((key) => !asked.has(key));
      for (const key of further) asked.add(key);
      if (further.length > 0)
        await this.collect((client) => referring(client, this.tenant, this.member, further));
      keys = this.changes(ofPlan);
    }
  }

  /** @returns the resources that name one of the keys, or did in an earlier version, which can be read too */
  async naming(keys: readonly string[]): Promise<Found[]> {
    if (keys.length === 0) return [];
    const { clients, tenant, member } = this;
    const naming = new Map([...this.found].filter(([, { resource }]) => refersTo(resource, keys, tenant)));
    for (const client of clients)
      for (const resource of await formerlyReferring(client, tenant, member, keys))
        naming.set(keyOf(resource), { client, resource });
    return [...naming.values()];
  }

  /**
   * What does not stand under the member, because it was withdrawn or is another member's, stays hidden where it is named: the
   * words beside a reference may tell what it was.
   */
  private async keepGone(before: Conditional): Promise<void> {
    const keys = [...before.keys()].filter((key) => !this.found.has(key));
    if (keys.length === 0) return;
    const standing = new Set<string>();
    for (const client of this.clients)
      for (const key of await standingAmong(client, this.tenant, this.member, keys)) standing.add(key);
    for (const [key, alternatives] of before)
      if (!this.found.has(key) && !standing.has(key)) this.conditional.set(key, alternatives);
  }

  private async collect(ask: (client: pg.PoolClient) => Promise<Resource[]>): Promise<void> {
    for (const client of this.clients)
      for (const resource of await ask(client)) this.found.set(keyOf(resource), { client, resource });
  }

  /** @returns keys whose alternatives differ from the round before */
  private changes(ofPlan: Conditional): string[] {
    const known = new Map([...ofPlan, ...this.conditional]);
    const changed: string[] = [];
    for (const [key, { resource }] of this.found) {
      const forms = formsOf(resource, sensitivityLabels(resource), known, this.tenant);
      const alternatives = alternativesOf(forms.map(({ audience }) => audience));
      if (JSON.stringify(alternatives) === JSON.stringify(this.conditional.get(key))) continue;
      if (alternatives) this.conditional.set(key, alternatives);
      else this.conditional.delete(key);
      changed.push(key);
    }
    return changed;
  }
}

/** Does the change hide the resource from somebody who saw it? */
function hides(before: Alternatives | undefined, after: Alternatives | undefined): boolean {
  return JSON.stringify(conjunction(before, after)) !== JSON.stringify(before);
}

/** For each resource, the stricter of the old and the new state. */
function meet(before: Conditional, after: Conditional): Map<string, Alternatives> {
  const keys = new Set([...before.keys(), ...after.keys()]);
  return new Map([...keys].map((key) => [key, conjunction(before.get(key), after.get(key)) as Alternatives]));
}

/** What one database lists of some members, and of the plan under ''. */
interface List {
  client: pg.PoolClient;
  of: Map<string, Conditional>;
}

const NONE: Conditional = new Map();

/** What the databases list of a member, of each resource the strictest. */
const strictest = (lists: readonly List[], member: string): Conditional =>
  lists.reduce<Conditional>((all, { of }) => meet(all, of.get(member) ?? NONE), NONE);

/** What counts for all members of whom the lists are worked out anew. */
interface Around {
  lists: readonly List[];
  ofPlan: Conditional;
  /** keys of the plan's resources whose entry has changed */
  changedOfPlan: readonly string[];
}

function refersTo(resource: Resource, keys: readonly string[], tenant: string): boolean {
  const targets = localTargets(resource, tenant);
  return keys.some((key) => targets.has(key));
}

interface UpdateOptions {
  /** also what names something that is as conditional as it was */
  formsAnew?: boolean | undefined;
  /** by member, those whose records have come to her: what is hidden in these stays so */
  cameFrom?: ReadonlyMap<string, ReadonlySet<string>>;
}

/** One of the two steps, for all members who are concerned. */
export class ConditionalUpdate {
  private readonly clients: Clients;
  private readonly tenant: string;
  private readonly step: Step;
  private readonly formsAnew: boolean;
  private readonly cameFrom: NonNullable<UpdateOptions['cameFrom']>;
  /** did the first step leave something for the second to open? */
  leavesToOpen = false;

  constructor(clients: Clients, tenant: string, step: Step, options: UpdateOptions = {}) {
    const { formsAnew = false, cameFrom = new Map<string, ReadonlySet<string>>() } = options;
    this.clients = clients;
    this.tenant = tenant;
    this.step = step;
    this.formsAnew = formsAnew;
    this.cameFrom = cameFrom;
  }

  /** @param members '' stands for the plan's reference data, to which every member's resources may refer */
  async run(members: readonly string[]): Promise<void> {
    const affected = new Set(members);
    const ofPlan = affected.delete('') ? await this.runForEach([''], []) : [];
    for (const client of ofPlan.length > 0 ? this.clients : [])
      for (const member of await membersReferring(client, this.tenant, ofPlan)) affected.add(member);
    const all = [...affected];
    for (let from = 0; from < all.length; from += MEMBERS_TOGETHER)
      await this.runForEach(all.slice(from, from + MEMBERS_TOGETHER), ofPlan);
  }

  /**
   * All databases have the same lists, unless one was put back to an earlier state, or a build before this one has left them
   * different: so each is asked, and gets what it lacks.
   *
   * @returns the members' keys whose entry has changed in one of the databases
   */
  private async runForEach(members: readonly string[], changedOfPlan: readonly string[]): Promise<string[]> {
    if (members.length === 0) return [];
    const asked = [...new Set(members.flatMap((member) => [member, ...this.othersOf(member)]))];
    const lists: List[] = [];
    for (const client of this.clients)
      lists.push({ client, of: new Map(await loadConditional(client, this.tenant, asked)) });
    const ofPlan = strictest(lists, '');
    const changed: string[] = [];
    for (const member of members)
      changed.push(...(await this.runFor(member, { lists, changedOfPlan, ofPlan: member ? ofPlan : NONE })));
    return changed;
  }

  private othersOf(member: string): string[] {
    return [...(this.cameFrom.get(member) ?? [])];
  }

  private async runFor(member: string, { lists, ofPlan, changedOfPlan }: Around): Promise<string[]> {
    const { clients, tenant } = this;
    const before = strictest(lists, member);
    const came = this.othersOf(member)
      .map((other) => strictest(lists, other))
      .reduce(meet, NONE);
    const survey = new ConditionalSurvey(clients, tenant, member);
    await survey.run(ofPlan, meet(came, before));
    const after = this.step === 'hide' ? meet(before, survey.conditional) : survey.conditional;
    const changed = new Set<string>();
    for (const { client, of } of lists) {
      const listed = of.get(member) ?? NONE;
      for (const key of differing(listed, after)) changed.add(key);
      await saveConditional(client, tenant, { member, before: listed, after });
      of.set(member, after);
    }
    const known = new Map([...ofPlan, ...after]);
    const named = this.formsAnew ? [...before.keys(), ...known.keys()] : [...changed, ...changedOfPlan];
    const concerned = await survey.naming(named);
    for (const [client, found] of Map.groupBy(concerned, (each) => each.client))
      for (let from = 0; from < found.length; from += CHAINS_TOGETHER)
        await this.reform({ client, member }, found.slice(from, from + CHAINS_TOGETHER), known);
    if (this.step === 'hide')
      this.leavesToOpen ||= [...after].some(([key, each]) => hides(survey.conditional.get(key), each));
    return [...changed];
  }

  /** Stores the resources in the forms that they have to have now. */
  private async reform(
    at: { client: pg.PoolClient; member: string },
    found: readonly Found[],
    known: Conditional,
  ): Promise<void> {
    const [{ client, member }, { tenant }] = [at, this];
    const targets = found.map(({ resource: { resourceType: type, id } }) => ({ type, id }));
    const stored = await loadChains(client, tenant, { member, targets });
    const reformed: SavedChain[] = [];
    const types = new Set<string>();
    for (const { type, chain, hash, checkedBy } of stored) {
      const definition = definitions.get(type);
      const next = this.step === 'hide' ? hide(chain, known, tenant) : await this.open(at, chain, known);
      if (!definition || !hash || isSameChain(chain, next)) continue;
      types.add(type);
      reformed.push({ member, definition, chain: next, hash, checkedBy });
    }
    await saveChains(client, tenant, reformed);
    await withdrawWithheld(client, tenant, { member, types: [...types] });
  }

  /** For callers who did not see the whole resource, this is a change that happens now. */
  private async open(
    { client, member }: { client: pg.PoolClient; member: string },
    chain: Chain,
    known: Conditional,
  ): Promise<Chain> {
    const whole = wholeVersions(chain).at(-1);
    if (!whole) return chain;
    const { resource } = whole;
    const forms = formsOf(resource, sensitivityLabels(resource), known, this.tenant);
    const coming = { ...whole, version: lastVersion(chain) + 1 };
    if (isSameChain(nextVersion(chain, forms, coming), chain)) return chain;
    const lastUpdated = await nextInstant(client, this.tenant, [member]);
    return nextVersion(chain, forms, { ...coming, lastUpdated });
  }
}
