import { ofAllTypes, pointsAt } from './definition.ts';
import { definitions, servedTypes } from './definitions.ts';
import { parametersOf } from './search-include.ts';

const SECURITY_SERVICE = {
  coding: [
    { system: 'http://terminology.hl7.org/CodeSystem/restful-security-service', code: 'SMART-on-FHIR' },
  ],
  text: 'OAuth 2.0 with SMART App Launch 2; see .well-known/smart-configuration',
};

/** Each `Type:parameter` of another or the same type by which it can refer to this one. */
function reverseIncludes(type: string): string[] {
  return servedTypes
    .filter((other) => definitions.get(other)?.interactions.includes('search-type'))
    .flatMap((other) =>
      parametersOf({ type: other, parameter: '*' })
        .filter(([, parameter]) => pointsAt(parameter, type))
        .map(([name]) => `${other}:${name}`),
    );
}

function includes(type: string) {
  const own = parametersOf({ type, parameter: '*' }).map(([name]) => `${type}:${name}`);
  const reverse = reverseIncludes(type);
  return {
    ...(own.length > 0 && { searchInclude: [`${type}:*`, ...own] }),
    ...(reverse.length > 0 && { searchRevInclude: reverse }),
  };
}

function resourceEntry(type: string) {
  const definition = definitions.get(type);
  const search = Object.entries({ ...ofAllTypes, ...definition?.search }).map(([name, { kind }]) => ({
    name,
    type: kind,
  }));
  const interactions = definition?.interactions ?? [];
  const operations = Object.entries(definition?.operations ?? {});
  return {
    type,
    ...(definition?.profiles.length ? { supportedProfile: definition.profiles } : {}),
    interaction: interactions.map((code) => ({ code })),
    versioning: 'versioned',
    ...(interactions.includes('search-type') && {
      ...includes(type),
      searchParam: [{ name: '_id', type: 'token' }, { name: '_lastUpdated', type: 'date' }, ...search],
    }),
    ...(operations.length > 0 && {
      operation: operations.map(([name, { definition: canonical }]) => ({ name, definition: canonical })),
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
