/** What a plan publishes beside what it has of members, in one database, and the credential of everybody. */
import { type PublicationName, publications, publicationTenant, type Resource } from '@patient-access/fhir';
import type { TokenClaims } from '@patient-access/smart';
import { ask, type RequestOptions } from '@patient-access/testing';
import type { World } from '../world.ts';

/** In everything that everybody must never see. */
export const SECRET = 'SECRET';
const INSURANCE_ITEM = 'http://hl7.org/fhir/us/davinci-drug-formulary/CodeSystem/usdf-InsuranceItemTypeCS';
const FORMULARY = 'http://hl7.org/fhir/us/davinci-drug-formulary/StructureDefinition';

export const formularyItem = (id: string, drug: string, formulary: string): Resource => ({
  resourceType: 'Basic',
  id,
  code: { coding: [{ system: INSURANCE_ITEM, code: 'formulary-item' }] },
  subject: { reference: `MedicationKnowledge/${drug}` },
  extension: [
    {
      url: `${FORMULARY}/usdf-FormularyReference-extension`,
      valueReference: { reference: `InsurancePlan/${formulary}` },
    },
    { url: `${FORMULARY}/usdf-AvailabilityStatus-extension`, valueCode: 'active' },
    {
      url: `${FORMULARY}/usdf-DrugTierID-extension`,
      valueCodeableConcept: { coding: [{ system: 'https://plan.example/tiers', code: 'generic' }] },
    },
  ],
});

const named = (resourceType: string, id: string, more: object = {}): Resource => ({
  resourceType,
  id,
  name: id,
  ...more,
});

const OF_MEMBERS: Resource[] = [
  { resourceType: 'Patient', id: 'anna', name: [{ family: SECRET }] },
  {
    resourceType: 'Coverage',
    id: 'anna-coverage',
    status: 'active',
    subscriberId: SECRET,
    beneficiary: { reference: 'Patient/anna' },
    payor: [{ reference: 'Organization/both' }],
  },
  {
    resourceType: 'RelatedPerson',
    id: 'anna-mother',
    name: [{ family: SECRET }],
    patient: { reference: 'Patient/anna' },
  },
  {
    resourceType: 'Basic',
    id: 'anna-basic',
    code: { text: SECRET },
    subject: { reference: 'Patient/anna' },
  },
  named('Organization', 'of-claims', { alias: [SECRET] }),
  named('Organization', 'both', { alias: [SECRET] }),
];

/** Fills a world of coverage-service. Of each thing there is an older version, too. */
export async function publish(world: World): Promise<void> {
  await world.store('north', ...OF_MEMBERS.map((one) => ({ ...one, language: 'en' })));
  await world.store('north', ...OF_MEMBERS);
  await world.store(
    publicationTenant('north', 'provider-directory'),
    named('Organization', 'both'),
    named('Organization', 'network', { type: [{ coding: [{ code: 'ntwk' }] }] }),
    {
      resourceType: 'OrganizationAffiliation',
      id: 'contract',
      network: [{ reference: 'Organization/network' }],
      participatingOrganization: { reference: 'Organization/both' },
      period: { start: '2026-01-01' },
    },
  );
  await world.store(
    publicationTenant('north', 'formulary'),
    named('InsurancePlan', 'formulary-1', { status: 'active' }),
    { resourceType: 'MedicationKnowledge', id: 'drug-1', status: 'active', code: { text: 'lisinopril' } },
    formularyItem('item-1', 'drug-1', 'formulary-1'),
  );
  await world.store(
    publicationTenant('south', 'formulary'),
    named('InsurancePlan', 'formulary-of-south', { alias: [SECRET] }),
  );
}

/** The claims that auth-service signs for everybody. */
export function everybody({ issuer }: World, plan: string, name: PublicationName): TokenClaims {
  const types = Object.keys(publications[name].profiles);
  return issuer.claims(plan, undefined, {
    tenant: publicationTenant(plan, name),
    aud: `https://plan.example/${publications[name].path}/${plan}`,
    client_id: 'everybody',
    sub: 'everybody',
    grant_id: 'everybody',
    scope: types.map((type) => `system/${type}.rs`).join(' '),
    types,
  });
}

/** Sends requests as the gateway does for everybody. @param at another tenant in the path than that of the claims */
export async function asEverybody(world: World, claims: TokenClaims, at = claims.tenant) {
  const key = await world.issuer.keyOf(claims.tenant.split('~')[0] ?? '');
  const jwt = await world.issuer.sign(claims, { key });
  return (path: string, question: RequestOptions = {}) =>
    ask(world.url, `/${at}/${path}`, {
      ...question,
      headers: { authorization: `Bearer ${jwt}`, 'x-forwarded-for': '192.0.2.7', ...question.headers },
    });
}
