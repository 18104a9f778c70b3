import type { Definition } from '../definition.ts';
import { PLAN_NET } from '../publications.ts';
import {
  carin,
  date,
  extensionPath,
  organizationOf,
  placed,
  referenceData,
  reference,
  string,
  token,
  uri,
  usCore,
} from './row.ts';

const planData = referenceData('clinical-service');
const organization = organizationOf('clinical-service');
const { location, service, endpoint } = placed('clinical-service');

/**
 * The people, places and organizations to which clinical data and claims refer. They are the same for every member of
 * the plan.
 */
export const directoryDefinitions: Record<string, Definition> = {
  Practitioner: planData({
    consentKind: 'providers',
    profiles: [usCore('practitioner'), carin('Practitioner')],
    search: {
      family: string('name.family'),
      given: string('name.given'),
      identifier: token('identifier'),
      name: string('name'),
    },
  }),
  PractitionerRole: planData({
    consentKind: 'providers',
    profiles: [usCore('practitionerrole')],
    search: {
      date: date('period'),
      endpoint: endpoint('endpoint'),
      identifier: token('identifier'),
      location: location('location'),
      network: organization(extensionPath(`${PLAN_NET}/network-reference`, 'valueReference')),
      organization: organization('organization'),
      practitioner: { ...reference('practitioner', 'Practitioner'), chains: ['identifier', 'name'] },
      role: token('code'),
      service: service('healthcareService'),
      specialty: token('specialty'),
    },
  }),
  Location: planData({
    consentKind: 'providers',
    profiles: [usCore('location')],
    search: {
      address: string('address'),
      'address-city': string('address.city'),
      'address-postalcode': string('address.postalCode'),
      'address-state': string('address.state'),
      endpoint: endpoint('endpoint'),
      identifier: token('identifier'),
      organization: organization('managingOrganization'),
      partof: { ...reference('partOf', 'Location'), chains: ['address', 'organization', 'type'] },
      type: token('type'),
      name: string('name|alias'),
    },
  }),
  HealthcareService: planData({
    consentKind: 'providers',
    search: {
      'coverage-area': reference('coverageArea', 'Location'),
      endpoint: endpoint('endpoint'),
      identifier: token('identifier'),
      location: location('location'),
      name: string('name'),
      organization: organization('providedBy'),
      'service-category': token('category'),
      'service-type': token('type'),
      specialty: token('specialty'),
    },
  }),
  Endpoint: planData({
    consentKind: 'providers',
    search: {
      identifier: token('identifier'),
      organization: organization('managingOrganization'),
      status: token('status'),
    },
  }),
  Medication: planData({
    consentKind: 'medicines',
    profiles: [usCore('medication')],
    search: { code: token('code') },
  }),
  Questionnaire: planData({
    consentKind: 'documents',
    profiles: [
      {
        url: 'http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire',
        versions: { '2023': '3.0.0', '2027': '3.0.0' },
      },
    ],
    search: { name: string('name'), url: uri('url') },
  }),
  Substance: planData({
    consentKind: 'devices',
    search: { code: token('code|ingredient.substanceCodeableConcept') },
  }),
  BiologicallyDerivedProduct: planData({ consentKind: 'devices' }),
};
