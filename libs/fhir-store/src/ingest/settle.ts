/**
 * Working out again what is conditional of a member, over all databases of the tenant, when that has changed: a resource
 * gained or lost a label, or refers to one that did. In two steps, each of them whole in each database. First the member's
 * data is as if each resource were as hidden as it was before or is now, whichever is more; when that is stored
 * everywhere, what is hidden no longer opens. A stop between the two leaves too much withheld, never too little.
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
import { type Chain, isSameChain, lastVersion, nextVersion, replay, wholeVersions } from './chain.ts';
import { loadChain, saveChain } from './chain-rows.ts';
import {
  differing,
  loadConditional,
  membersReferring,
  referring,
  saveConditional,
  seenBySome,
} from './conditional-rows.ts';
import { nextInstant } from './versions.ts';

/** Connections to every database of a tenant, each in a transaction that has the tenant's turn (tenant-lock.ts). */
export type Clients = readonly pg.PoolClient[];

type Step = 'hide' | 'open';

interface Found {
  client: pg.PoolClient;
  resource: Resource;
}

const keyOf = ({ resourceType, id }: Resource) => `${resourceType}/${id}`;

/** What is conditional of a member by what is stored now, and the resources that this was worked out from. */
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

  /** @param ofPlan what is conditional of the plan's own data @param formerly keys that were conditional before */
  async run(ofPlan: Conditional, formerly: readonly string[]): Promise<void> {
    await this.collect((client) => seenBySome(client, this.tenant, this.member));
    let keys = [...new Set([...formerly, ...ofPlan.keys(), ...this.found.keys()])];
    // Each round adds labels to what is conditional, of which there are only so many.
    while (keys.length > 0) {
      const asked = keys;
      await this.collect((client) => referring(client, this.tenant, this.member, asked));
      keys = this.changes(ofPlan);
    }
  }

  private async collect(ask: (client: pg.PoolClient) => Promise<Resource[]>): Promise<void> {
    for (const client of this.clients)
      for (const resource of await ask(client)) this.found.set(keyOf(resource), { client, resource });
  }

  /** @returns keys of what is conditional in another way than was known */
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

/** Is it hidden from somebody who saw it? */
function hides(before: Alternatives | undefined, after: Alternatives | undefined): boolean {
  return JSON.stringify(conjunction(before, after)) !== JSON.stringify(before);
}

/** As hidden as before or as after, whichever is more. */
function meet(before: Conditional, after: Conditional): Map<string, Alternatives> {
  const keys = new Set([...before.keys(), ...after.keys()]);
  return new Map([...keys].map((key) => [key, conjunction(before.get(key), after.get(key)) as Alternatives]));
}

function refersTo(resource: Resource, keys: readonly string[], tenant: string): boolean {
  const targets = localTargets(resource, tenant);
  return keys.some((key) => targets.has(key));
}

export class Settling {
  private readonly clients: Clients;
  private readonly tenant: string;
  private readonly step: Step;
  /** did the first step leave something for the second? */
  leavesToOpen = false;

  constructor(clients: Clients, tenant: string, step: Step) {
    this.clients = clients;
    this.tenant = tenant;
    this.step = step;
  }

  /** @param members '' for the plan's own data, which every member's may refer to */
  async settle(members: readonly string[]): Promise<void> {
    const [first] = this.clients;
    if (!first) return;
    const affected = new Set(members);
    const ofPlan = affected.delete('') ? await this.settleOne('', []) : [];
    for (const client of ofPlan.length > 0 ? this.clients : [])
      for (const member of await membersReferring(client, this.tenant, ofPlan)) affected.add(member);
    for (const member of affected) await this.settleOne(member, ofPlan);
  }

  /** @param changedOfPlan keys of the plan's own data whose entry has changed @returns those of the member's */
  private async settleOne(member: string, changedOfPlan: readonly string[]): Promise<string[]> {
    const { clients, tenant } = this;
    const stored = await loadConditional(clients[0] as pg.PoolClient, tenant, [member]);
    const before = stored.get(member) ?? new Map<string, Alternatives>();
    const ofPlan = member === '' ? new Map<string, Alternatives>() : (stored.get('') ?? new Map());
    const survey = new ConditionalSurvey(clients, tenant, member);
    await survey.run(ofPlan, [...before.keys()]);
    const after = this.step === 'hide' ? meet(before, survey.conditional) : survey.conditional;
    const changed = differing(before, after);
    for (const client of clients) await saveConditional(client, tenant, { member, before, after });
    const known = new Map([...ofPlan, ...after]);
    for (const found of survey.found.values())
      if (refersTo(found.resource, [...changed, ...changedOfPlan], tenant))
        await this.reform(member, found, known);
    if (this.step === 'hide')
      this.leavesToOpen ||= [...after].some(([key, each]) => hides(survey.conditional.get(key), each));
    return changed;
  }

  /** Gives a resource the forms that it has now. */
  private async reform(member: string, { client, resource }: Found, known: Conditional): Promise<void> {
    const { tenant } = this;
    const { resourceType: type, id } = resource;
    const definition = definitions.get(type);
    if (!definition) return;
    const { chain, hash } = await loadChain(client, tenant, { member, type, id });
    const next = this.step === 'hide' ? replay(chain, known, tenant) : await this.open(client, chain, known);
    if (hash && !isSameChain(chain, next))
      await saveChain(client, tenant, { member, definition, chain: next, hash });
  }

  /** To those who did not see it all, it has changed now. */
  private async open(client: pg.PoolClient, chain: Chain, known: Conditional): Promise<Chain> {
    const whole = wholeVersions(chain).at(-1);
    if (!whole) return chain;
    const { resource, labelled } = whole;
    const forms = formsOf(resource, sensitivityLabels(resource), known, this.tenant);
    const stamp = { version: lastVersion(chain) + 1, lastUpdated: whole.lastUpdated };
    if (isSameChain(nextVersion(chain, forms, labelled, stamp), chain)) return chain;
    const lastUpdated = await nextInstant(client, this.tenant);
    return nextVersion(chain, forms, labelled, { ...stamp, lastUpdated });
  }
}
