/** Reads the claims of all preview members as their apps do, and holds them against the rules. */
import { FhirClient, launch, register } from '@patient-access/first-call';
import type { PreviewTenant } from '@patient-access/preview';
import type { SeenRecords } from '../conformance/profiles.ts';
import type { Served } from '../conformance/supported.ts';
import { blindRules, CLAIM_RULES, contradictions } from './judge.ts';
import { planRecords } from './plan-records.ts';

const SCOPE = 'launch/patient patient/*.rs';
/** What a claim is judged by, beside what it names itself. */
const SEARCHES = [
  'ExplanationOfBenefit?_include=ExplanationOfBenefit:care-team&',
  'Coverage?',
  'CoverageEligibilityResponse?',
];
const DIRECTORY_TYPES = ['InsurancePlan', 'OrganizationAffiliation', 'PractitionerRole'];
const ISO_DAY_LENGTH = 10;

async function recordsOfAll({ fhirBase, issuer, members }: PreviewTenant): Promise<Served[]> {
  const registered = await register(issuer);
  const found: Served[] = [];
  for (const { login, password, patientId } of members) {
    // What is used of a limit is known only to who sees all claims.
    const request = { fhirBase, issuer, login, password, patientId, scope: SCOPE, releasing: true };
    const { accessToken } = await launch(request, registered);
    const client = new FhirClient(fhirBase, accessToken);
    found.push(await client.json<Served>(`Patient/${patientId}`));
    for (const search of SEARCHES)
      found.push(...((await client.search(`${search}patient=${patientId}&_count=200`)) as Served[]));
  }
  return found;
}

/** @returns the entries of a plan's published directory; none: the plan publishes none */
async function directoryOf(publicUrl: string, plan: string): Promise<Served[]> {
  const client = new FhirClient(`${publicUrl}/payer/provider-directory/v2/${plan}`);
  const found: Served[] = [];
  for (const type of DIRECTORY_TYPES) {
    const first = await client.get(`${type}?_count=1`);
    if (first.status !== 200) return [];
    found.push(...((await client.search(`${type}?_count=200`)) as Served[]));
  }
  return found;
}

/**
 * @param publicUrl where the preview is served
 * @param seen gets what was read of the members
 * @returns claims that contradict a rule, and rules that do not find a fault
 */
export async function claimProblems(
  publicUrl: string,
  tenants: readonly PreviewTenant[],
  seen: SeenRecords,
): Promise<string[]> {
  const today = new Date().toISOString().slice(0, ISO_DAY_LENGTH);
  const problems: string[] = [];
  let tried = 0;
  for (const tenant of tenants) {
    const directory = await directoryOf(publicUrl, tenant.id);
    const records = await recordsOfAll(tenant);
    seen.add(tenant.id, records);
    const plan = planRecords(records, directory, today);
    // A rule about the directory can be tried only at a plan that publishes one.
    const blind = directory.length > 0 ? blindRules(plan) : [];
    tried += directory.length > 0 ? 1 : 0;
    problems.push(...[...contradictions(plan), ...blind].map((each) => `${tenant.id}: ${each}`));
    console.log(`      ${tenant.id}: ${plan.claims.length} claims held against ${CLAIM_RULES.length} rules`);
  }
  return tried > 0 ? problems : [...problems, 'no plan publishes a directory: no fault could be planted'];
}
