import { carin, type Definition, ofPlan, reference, string, token, uri, usCore } from '../definition.ts';

const plan = ofPlan('clinical-service');

/** Who and what the clinical and claims records refer to; the same for every member of the plan. */
export const directoryDefinitions: Record<string, Definition> = {
  Practitioner: plan({
    profiles: [usCore('practitioner'), carin('Practitioner')],
    search: { identifier: token('identifier'), name: string('name') },
  }),
  PractitionerRole: plan({
    profiles: [usCore('practitionerrole')],
    search: {
      endpoint: reference('endpoint', 'Endpoint'),
      organization: reference('organization', 'Organization'),
      practitioner: { ...reference('practitioner', 'Practitioner'), chains: ['identifier', 'name'] },
      specialty: token('specialty'),
    },
  }),
  Location: plan({
    profiles: [usCore('location')],
    search: {
      address: string('address'),
      'address-city': string('address.city'),
      'address-postalcode': string('address.postalCode'),
      'address-state': string('address.state'),
      name: string('name|alias'),
    },
  }),
  HealthcareService: plan({ search: { name: string('name') } }),
  Endpoint: plan({ search: { identifier: token('identifier'), status: token('status') } }),
  Medication: plan({ profiles: [usCore('medication')], search: { code: token('code') } }),
  Questionnaire: plan({
    profiles: ['http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire|3.0.0'],
    search: { name: string('name'), url: uri('url') },
  }),
  Substance: plan({ search: { code: token('code|ingredient.substanceCodeableConcept') } }),
  BiologicallyDerivedProduct: plan(),
};
