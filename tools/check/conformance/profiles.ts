/** Holds what each plan of the preview serves against all profiles of the set of guides that the plan has chosen. */
import {
  definitions,
  type GuideSet,
  guideSetNamedBy,
  type ProfileValidator,
  profilesIn,
  type Resource,
} from '@patient-access/fhir';
import { FhirClient } from '@patient-access/first-call';
import { loadChecks } from '@patient-access/import';
import type { PreviewTenant } from '@patient-access/preview';
import { resourceName, type Served } from './supported.ts';

/** What the checks have read of each plan, without data that is imported for a check. */
export class SeenRecords {
  private readonly byTenant = new Map<string, Map<string, Served>>();

  add(tenant: string, resources: Iterable<Served>): void {
    const seen = this.byTenant.get(tenant) ?? new Map<string, Served>();
    for (const resource of resources) seen.set(resourceName(resource), resource);
    this.byTenant.set(tenant, seen);
  }

  of(tenant: string): Served[] {
    return [...(this.byTenant.get(tenant)?.values() ?? [])];
  }
}

/** Profiles of which no resource can be held against, by the last part of the canonical, with the reason. */
const NEVER_HELD: Readonly<Record<string, string>> = {
  'C4BB-ExplanationOfBenefit': 'abstract: the profile of each kind of claim is derived from it',
  'sdc-questionnaire': 'its definition does not ship with the product',
};

/** CARIN 2.2.0 derives the profile with amounts of each kind of claim from one without, so such a claim has to fit both. */
const BASIS = /-Basis$/;

const withoutVersion = (canonical: string) => canonical.split('|', 1)[0] ?? canonical;
const nameOf = (url: string) => url.slice(url.lastIndexOf('/') + 1);

/** @throws Error when the plan's CapabilityStatement names no set of guides */
export async function chosenSet({ id, fhirBase }: PreviewTenant): Promise<GuideSet> {
  const statement = await new FhirClient(fhirBase).json<{ implementationGuide?: string[] }>('metadata');
  const set = guideSetNamedBy(statement.implementationGuide ?? []);
  if (!set) throw new Error(`${id}: its CapabilityStatement names the guides of no set`);
  return set;
}

/** Names the profiles without amounts beside those that are derived from them. */
function withBasis(resource: Served, bound: readonly string[]): Resource {
  const meta = resource['meta'] as { profile?: string[] } | undefined;
  const named = meta?.profile ?? [];
  const urls = new Set(named.map(withoutVersion));
  const bases = bound.filter((each) => {
    const url = withoutVersion(each);
    return BASIS.test(url) && urls.has(url.replace(BASIS, ''));
  });
  return { ...resource, meta: { ...meta, profile: [...named, ...bases] } } as unknown as Resource;
}

interface Held {
  /** how many resources were held against each profile, by canonical without version */
  profiles: Map<string, number>;
  problems: string[];
}

function hold(resources: readonly Served[], validator: ProfileValidator, bound: readonly string[]): Held {
  const held: Held = { profiles: new Map(), problems: [] };
  for (const resource of resources) {
    const { results, fitting } = validator.judge(withBasis(resource, bound));
    const name = resourceName(resource);
    for (const { profile, findings } of results) {
      held.profiles.set(profile, (held.profiles.get(profile) ?? 0) + 1);
      const found = findings.map(({ location, rule, expected }) => `${location} ${rule} ${expected}`);
      held.problems.push(...found.map((each) => `${name}, ${nameOf(profile)}: ${each}`));
    }
    held.problems.push(...fitting.map((canonical) => `${name} does not name ${canonical}, which it fits`));
  }
  return held;
}

/** @returns each finding, each profile that a resource fits and does not name, and each bound profile without a resource */
export async function profileProblems(
  tenants: readonly PreviewTenant[],
  seen: SeenRecords,
): Promise<string[]> {
  const problems: string[] = [];
  for (const tenant of tenants) {
    const set = await chosenSet(tenant);
    const { profiles: validator } = await loadChecks(tenant.id, set);
    const bound = [...definitions.values()].flatMap(({ profiles }) => profilesIn(set, profiles));
    const resources = seen.of(tenant.id);
    const held = hold(resources, validator, bound);
    const missing = bound
      .filter((each) => !held.profiles.has(withoutVersion(each)))
      .filter((each) => !(nameOf(withoutVersion(each)) in NEVER_HELD));
    const found = [...held.problems, ...missing.map((each) => `no resource of ${each}`)];
    problems.push(...found.map((each) => `${tenant.id}: ${each}`));
    const count = bound.filter((each) => held.profiles.has(withoutVersion(each))).length;
    console.log(
      `      ${tenant.id}, guides of ${set}: ${resources.length} resources held against ${count} of ${bound.length} profiles`,
    );
  }
  return problems;
}
