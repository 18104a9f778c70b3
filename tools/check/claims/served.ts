/** Reads the claims of all preview members as their apps do, and holds them against the rules. */
import { type PublicationName, publications } from '@patient-access/fhir';
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
  'MedicationRequest?',
];
/** Who is in which network: members' apps read it, the same for all of them, and everybody in the published directory. */
const PROVIDER_TYPES = ['InsurancePlan', 'OrganizationAffiliation', 'PractitionerRole'];
/** What is the same for all members. */
const REFERENCE_TYPES = [...PROVIDER_TYPES, 'Organization', 'Location', 'Medication'];
const PUBLISHED_TYPES: Readonly<Record<PublicationName, readonly string[]>> = {
  'provider-directory': PROVIDER_TYPES,
  formulary: ['Basic', 'InsurancePlan', 'MedicationKnowledge'],
};
const ISO_DAY_LENGTH = 10;

async function recordsOfAll({ fhirBase, issuer, members }: PreviewTenant): Promise<Served[]> {
  const registered = await register(issuer);
  const found: Served[] = [];
  for (const [index, { login, password, patientId }] of members.entries()) {
    // What is used of a limit is known only to who sees all claims.
    const request = { fhirBase, issuer, login, password, patientId, scope: SCOPE, releasing: true };
    const { accessToken } = await launch(request, registered);
    const client = new FhirClient(fhirBase, accessToken);
    found.push(await client.json<Served>(`Patient/${patientId}`));
    for (const type of index === 0 ? REFERENCE_TYPES : [])
      found.push(...((await client.search(`${type}?_count=200`)) as Served[]));
    for (const search of SEARCHES)
      found.push(...((await client.search(`${search}patient=${patientId}&_count=200`)) as Served[]));
  }
  return found;
}

/** @throws Error when the plan does not publish it */
async function entriesOf(publicUrl: string, plan: string, name: PublicationName): Promise<Served[]> {
  const client = new FhirClient(`${publicUrl}/${publications[name].path}/${plan}`);
  const found: Served[] = [];
  for (const type of PUBLISHED_TYPES[name])
    found.push(...((await client.search(`${type}?_count=200`)) as Served[]));
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
  for (const tenant of tenants) {
    const entries = (name: PublicationName) => entriesOf(publicUrl, tenant.id, name);
    const published = {
      'provider-directory': await entries('provider-directory'),
      formulary: await entries('formulary'),
    };
    const records = await recordsOfAll(tenant);
    seen.add(tenant.id, records);
    const plan = planRecords(records, published, today);
    const found = [...contradictions(plan), ...blindRules(plan)];
    problems.push(...found.map((each) => `${tenant.id}: ${each}`));
    console.log(`      ${tenant.id}: ${plan.claims.length} claims held against ${CLAIM_RULES.length} rules`);
  }
  return problems;
}
