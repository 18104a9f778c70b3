import type { Definition } from '../definition.ts';
import { carin, referenceData, reference, string, token, uri, usCore } from './row.ts';

const planData = referenceData('clinical-service');

/**
 * The people, places and organizations to which clinical data and claims refer. They are the same for every member of
 * the plan.
 */
export const directoryDefinitions: Record<string, Definition> = {
  Practitioner: planData({
    consentKind: 'providers',
    profiles: [usCore('practitioner'), carin('Practitioner')],
    search: { identifier: token('identifier'), name: string('name') },
  }),
  PractitionerRole: planData({
    consentKind: 'providers',
    profiles: [usCore('practitionerrole')],
    search: {
      endpoint: reference('endpoint', 'Endpoint'),
      organization: reference('organization', 'Organization'),
      practitioner: { ...reference('practitioner', 'Practitioner'), chains: ['identifier', 'name'] },
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
      name: string('name|alias'),
    },
  }),
  HealthcareService: planData({ consentKind: 'providers', search: { name: string('name') } }),
  Endpoint: planData({
    consentKind: 'providers',
    search: { identifier: token('identifier'), status: token('status') },
  }),
  Medication: planData({
    consentKind: 'medicines',
    profiles: [usCore('medication')],
    search: { code: token('code') },
  }),
  Questionnaire: planData({
    consentKind: 'documents',
    profiles: ['http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire|3.0.0'],
    search: { name: string('name'), url: uri('url') },
  }),
  Substance: planData({
    consentKind: 'devices',
    search: { code: token('code|ingredient.substanceCodeableConcept') },
  }),
  BiologicallyDerivedProduct: planData({ consentKind: 'devices' }),
};
