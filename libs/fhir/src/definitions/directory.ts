import type { Definition } from '../definition.ts';
import { PLAN_NET } from '../publications.ts';
import { carin, date, extensionPath, referenceData, reference, string, token, uri, usCore } from './row.ts';

const planData = referenceData('clinical-service');
const location = {
  ...reference('location', 'Location'),
  chains: ['address', 'address-city', 'address-postalcode', 'address-state', 'type'],
};
const service = { ...reference('healthcareService', 'HealthcareService'), chains: ['service-category'] };

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
      endpoint: reference('endpoint', 'Endpoint'),
      location,
      network: reference(extensionPath(`${PLAN_NET}/network-reference`, 'valueReference'), 'Organization'),
      organization: reference('organization', 'Organization'),
      practitioner: { ...reference('practitioner', 'Practitioner'), chains: ['identifier', 'name'] },
      role: token('code'),
      service,
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
      endpoint: reference('endpoint', 'Endpoint'),
      organization: reference('managingOrganization', 'Organization'),
      partof: reference('partOf', 'Location'),
      type: token('type'),
      name: string('name|alias'),
    },
  }),
  HealthcareService: planData({
    consentKind: 'providers',
    search: {
      'coverage-area': reference('coverageArea', 'Location'),
      endpoint: reference('endpoint', 'Endpoint'),
      location,
      name: string('name'),
      organization: reference('providedBy', 'Organization'),
      'service-category': token('category'),
      'service-type': token('type'),
      specialty: token('specialty'),
    },
  }),
  Endpoint: planData({
    consentKind: 'providers',
    search: {
      identifier: token('identifier'),
      organization: reference('managingOrganization', 'Organization'),
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
