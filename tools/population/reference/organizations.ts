import { PLANS } from '../coverage/plans.ts';
import { dayOf } from '../fhir/dates.ts';
import { digitsOf, logicalId, syntheticNpi } from '../fhir/identity.ts';
import type { Random } from '../fhir/random.ts';
import {
  c4bb,
  codedConcept,
  insuranceCard,
  meta,
  referenceTo,
  usCoreProfile,
  type Concept,
  type Reference,
  type SyntheticResource,
} from '../fhir/resource.ts';
import { cardSystem, carinSystem, hl7, NAIC, NPI, TAX_ID } from '../fhir/systems.ts';
import { STREETS } from '../people/names.ts';
import type { SyntheticPlan } from '../tenants.ts';
import { contractsOf } from './contracts.ts';
import type { Facility, FacilityKind } from './facility.ts';

const DIRECTORY_DAY = dayOf(2023, 1, 1);
const MAIL_ORDER = 'Mail Order Pharmacy';
const NAMES: Readonly<Record<FacilityKind, readonly string[]>> = {
  clinic: ['Family Health Clinic', 'Medical Group', 'Community Care Center', 'Primary Care Partners'],
  hospital: ['General Hospital', 'Regional Medical Center'],
  laboratory: ['Clinical Laboratory'],
  pharmacy: ['Corner Pharmacy', MAIL_ORDER, 'Main Street Drugs'],
  dental: ['Dental Arts', 'Smile Dental Group'],
  vision: ['Eye Care Associates'],
  recovery: ['Recovery and Wellness Center'],
};

export function payerOf(tenant: SyntheticPlan): { reference: Reference; resource: SyntheticResource } {
  const id = logicalId(tenant.name, 'Organization', 'payer');
  return {
    reference: referenceTo('Organization', id, tenant.planName),
    resource: {
      resourceType: 'Organization',
      id,
      meta: meta(
        [usCoreProfile('organization'), c4bb('Organization'), insuranceCard('Organization')],
        DIRECTORY_DAY,
      ),
      identifier: payerIdentifiers(tenant),
      active: true,
      type: [codedConcept(hl7('organization-type'), 'pay', 'Payer')],
      name: tenant.planName,
      telecom: [{ system: 'phone', value: '(800) 555-0100', use: 'work' }],
      address: [businessAddress(tenant, 0, '1 Plan Plaza')],
      contact: cardContacts(tenant),
    },
  };
}

function payerIdentifiers(tenant: SyntheticPlan): object[] {
  return [
    npiOf(`payer/${tenant.name}`),
    {
      type: codedConcept(carinSystem('C4BBIdentifierType'), 'payerid', 'Payer ID'),
      system: `${tenant.base}/payer`,
      value: tenant.name.toUpperCase(),
    },
    // What clearing houses know the payer by: these numbers are in no system that has a name in FHIR.
    {
      type: codedConcept(carinSystem('C4BBIdentifierType'), 'payerid', 'Payer ID'),
      value: `9${digitsOf(`payer-id/${tenant.name}`, 4)}`,
    },
    {
      type: codedConcept(cardSystem('IdentifierType'), 'payerid', 'Payer ID'),
      value: `9${digitsOf(`payer-id/${tenant.name}`, 4)}`,
    },
    taxOf(`payer/${tenant.name}`),
    {
      type: codedConcept(carinSystem('C4BBIdentifierType'), 'naiccode', 'NAIC Code'),
      system: NAIC,
      value: `9${digitsOf(`naic/${tenant.name}`, 4)}`,
    },
  ];
}

/** Whom the back of an insurance card names: numbers that are reserved for examples. */
function cardContacts(tenant: SyntheticPlan): object[] {
  const own = cardSystem('ExtendedContactTypeCS');
  const general = hl7('contactentity-type');
  const phone = (value: string) => ({ system: 'phone', value });
  const entry = (purpose: object, telecom: object[]) => ({ purpose, telecom });
  return [
    entry(codedConcept(general, 'PATINF', 'Patient', 'Member services'), [
      phone('(800) 555-0100'),
      { system: 'url', value: tenant.base },
    ]),
    entry(codedConcept(own, 'provider', 'Provider Service', 'Providers'), [phone('(800) 555-0101')]),
    entry(codedConcept(own, 'pharma', 'Pharmacists', 'Pharmacists'), [phone('(800) 555-0102')]),
    {
      purpose: codedConcept(general, 'PAYOR', 'Payor', 'Claims by mail'),
      address: businessAddress(tenant, 0, '1 Plan Plaza'),
    },
  ];
}

/** The provider networks that the products name. */
export function networkOrganizations(tenant: SyntheticPlan, payer: Reference): SyntheticResource[] {
  return PLANS.map((plan) => ({
    resourceType: 'Organization',
    id: logicalId(tenant.name, 'Organization', `network/${plan.code}`),
    meta: meta([usCoreProfile('organization'), c4bb('Organization')], DIRECTORY_DAY),
    active: true,
    type: [{ text: 'Provider network' }],
    name: plan.network,
    telecom: [{ system: 'phone', value: '(800) 555-0100', use: 'work' }],
    address: [businessAddress(tenant, 0, '1 Plan Plaza')],
    partOf: payer,
  }));
}

/** One facility of every kind and name in every city of the tenant. */
export function facilitiesOf(tenant: SyntheticPlan, stream: Random) {
  const byKind: Record<FacilityKind, Facility[]> = {
    clinic: [],
    hospital: [],
    laboratory: [],
    pharmacy: [],
    dental: [],
    vision: [],
    recovery: [],
  };
  const resources: SyntheticResource[] = [];
  for (const [place, { city }] of tenant.cities.entries()) {
    for (const kind of Object.keys(NAMES) as FacilityKind[]) {
      const name = `${city} ${stream.pick(NAMES[kind])}`;
      const facility = facilityAt(tenant, kind, name, place);
      byKind[kind].push(facility);
      const address = businessAddress(
        tenant,
        place,
        `${stream.int(100, 990)} ${stream.pick(STREETS)} Street`,
      );
      resources.push(...facilityResources(tenant, facility, name, address));
    }
  }
  return { byKind, entries: Object.values(byKind).flat(), resources };
}

function facilityAt(tenant: SyntheticPlan, kind: FacilityKind, name: string, place: number): Facility {
  const key = `${kind}/${place}`;
  const id = logicalId(tenant.name, 'Organization', key);
  return {
    id,
    kind,
    organization: referenceTo('Organization', id, name),
    location: referenceTo('Location', logicalId(tenant.name, 'Location', key), name),
    endpoint: referenceTo('Endpoint', logicalId(tenant.name, 'Endpoint', key), `${name}, secure messages`),
    contracts: contractsOf(kind, place),
    ...(name.endsWith(MAIL_ORDER) && { isMailOrder: true }),
  };
}

const place = (code: string, display: string): Concept => codedConcept(hl7('v3-RoleCode'), code, display);
const OFFICE = place('PROFF', 'provider’s office');

const LOCATION_TYPES: Readonly<Record<FacilityKind, Concept>> = {
  clinic: OFFICE,
  hospital: place('HOSP', 'Hospital'),
  laboratory: place('DX', 'Diagnostics or therapeutics unit'),
  pharmacy: place('OUTPHARM', 'outpatient pharmacy'),
  dental: OFFICE,
  vision: OFFICE,
  recovery: place('SURF', 'Substance use rehabilitation facility'),
};

function facilityResources(
  tenant: SyntheticPlan,
  facility: Facility,
  name: string,
  address: object,
): SyntheticResource[] {
  const telecom = [
    { system: 'phone', value: `(${tenant.areaCode}) 555-01${digitsOf(name, 2)}`, use: 'work' },
  ];
  return [
    {
      resourceType: 'Organization',
      id: facility.id,
      meta: meta([usCoreProfile('organization'), c4bb('Organization')], DIRECTORY_DAY),
      identifier: [npiOf(facility.id), taxOf(facility.id)],
      active: true,
      type: [codedConcept(hl7('organization-type'), 'prov', 'Healthcare Provider')],
      name,
      telecom,
      address: [address],
    },
    {
      resourceType: 'Location',
      id: facility.location.reference.slice('Location/'.length),
      meta: meta([usCoreProfile('location')], DIRECTORY_DAY),
      identifier: [
        { system: `${tenant.base}/location-number`, value: digitsOf(`location/${facility.id}`, 8) },
      ],
      status: 'active',
      name,
      type: [LOCATION_TYPES[facility.kind]],
      telecom,
      address,
      managingOrganization: facility.organization,
    },
    endpointOf(tenant, facility),
  ];
}

function endpointOf(tenant: SyntheticPlan, facility: Facility): SyntheticResource {
  return {
    resourceType: 'Endpoint',
    id: facility.endpoint.reference.slice('Endpoint/'.length),
    meta: meta(['http://hl7.org/fhir/StructureDefinition/Endpoint'], DIRECTORY_DAY),
    status: 'active',
    connectionType: {
      system: hl7('endpoint-connection-type'),
      code: 'direct-project',
      display: 'Direct Project',
    },
    name: facility.endpoint.display,
    managingOrganization: facility.organization,
    payloadType: [codedConcept(hl7('endpoint-payload-type'), 'any', 'Any')],
    address: `mailto:${facility.id}@direct.${tenant.name}.example`,
  };
}

/** Identifier element with a synthetic NPI. */
export function npiOf(text: string): object {
  return {
    type: codedConcept(hl7('v2-0203'), 'NPI', 'National provider identifier'),
    system: NPI,
    value: syntheticNpi(text),
  };
}

/** Identifier element with a made-up tax number; 00 is no valid prefix of an EIN. */
export function taxOf(text: string): object {
  return {
    type: codedConcept(hl7('v2-0203'), 'TAX', 'Tax ID number'),
    system: TAX_ID,
    value: `00-${digitsOf(`tax/${text}`, 7)}`,
  };
}

/** Work address in one of the tenant's cities. */
export function businessAddress(tenant: SyntheticPlan, place: number, line: string): object {
  const { city, postalCode } = tenant.cities[place % tenant.cities.length] ?? { city: '', postalCode: '' };
  return { use: 'work', type: 'both', line: [line], city, state: tenant.state, postalCode, country: 'US' };
}
