import { definitions, servedTypes } from './definitions.ts';

const SECURITY_SERVICE = {
  coding: [
    { system: 'http://terminology.hl7.org/CodeSystem/restful-security-service', code: 'SMART-on-FHIR' },
  ],
  text: 'OAuth 2.0 with SMART App Launch 2; see .well-known/smart-configuration',
};

function resourceEntry(type: string) {
  const definition = definitions.get(type);
  const search = Object.entries(definition?.search ?? {}).map(([name, { kind }]) => ({ name, type: kind }));
  const interactions = definition?.interactions ?? [];
  return {
    type,
    ...(definition?.profiles.length ? { supportedProfile: definition.profiles } : {}),
    interaction: interactions.map((code) => ({ code })),
    versioning: 'versioned',
    ...(interactions.includes('search-type') && {
      searchParam: [{ name: '_id', type: 'token' }, { name: '_lastUpdated', type: 'date' }, ...search],
    }),
  };
}

/**
 * What a tenant's FHIR base offers (http://hl7.org/fhir/R4/capabilitystatement.html), derived from the definitions.
 *
 * @param base the tenant's FHIR base URL
 * @param date of the release, ISO 8601
 */
export function capabilityStatement(base: string, date: string) {
  return {
    resourceType: 'CapabilityStatement',
    status: 'active',
    date,
    kind: 'instance',
    software: { name: 'Payer Patient Access API' },
    implementation: { description: 'Member access to claims, coverage and clinical data', url: base },
    fhirVersion: '4.0.1',
    format: ['application/fhir+json', 'json'],
    instantiates: [
      'http://hl7.org/fhir/us/core/CapabilityStatement/us-core-server|6.1.0',
      'http://hl7.org/fhir/us/carin-bb/CapabilityStatement/c4bb|2.0.0',
    ],
    rest: [
      {
        mode: 'server',
        security: { cors: true, service: [SECURITY_SERVICE] },
        resource: servedTypes.map(resourceEntry),
      },
    ],
  };
}
