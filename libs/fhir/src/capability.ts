import { type Definition, commonParameters, pointsAt } from './definition.ts';
import { definitions, servedTypes } from './definitions.ts';
import { parametersOf } from './search-include.ts';

const SMART = 'http://fhir-registry.smarthealthit.org/StructureDefinition';

/** Where a member authorizes an app, as in `.well-known/smart-configuration`. */
export interface Endpoints {
  authorize: string | undefined;
  token: string | undefined;
  /** where apps register themselves, if the plan allows it */
  register: string | undefined;
  manage: string | undefined;
  introspect: string | undefined;
  revoke: string | undefined;
}

/**
 * The endpoints for clients that do not read the discovery document (SMART App Launch, "Declaring support for OAuth2
 * endpoints").
 */
function securityOf(endpoints: Endpoints | undefined) {
  const uris = Object.entries(endpoints ?? {}).filter(([, valueUri]) => valueUri !== undefined);
  return {
    cors: true,
    ...(uris.length > 0 && {
      extension: [
        {
          url: `${SMART}/oauth-uris`,
          extension: uris.map(([url, valueUri]) => ({ url, valueUri })),
        },
      ],
    }),
    service: [
      {
        coding: [
          { system: 'http://terminology.hl7.org/CodeSystem/restful-security-service', code: 'SMART-on-FHIR' },
        ],
        text: 'OAuth 2.0 with SMART App Launch 2; see .well-known/smart-configuration',
      },
    ],
    description: 'Each access token opens the data of one member, as far as the member agreed to it.',
  };
}

const isSearched = (type: string) => definitions.get(type)?.interactions.includes('search-type') ?? false;

/** Each `Type:parameter` whose values may refer to a resource of this type. */
function reverseIncludes(type: string, types: readonly string[]): string[] {
  return types.filter(isSearched).flatMap((other) =>
    parametersOf({ type: other, parameter: '*' })
      .filter(([, parameter]) => pointsAt(parameter, type))
      .map(([name]) => `${other}:${name}`),
  );
}

function includes(type: string, types: readonly string[]) {
  const own = parametersOf({ type, parameter: '*' }).map(([name]) => `${type}:${name}`);
  const reverse = reverseIncludes(type, types);
  return {
    ...(own.length > 0 && { searchInclude: [`${type}:*`, ...own] }),
    ...(reverse.length > 0 && { searchRevInclude: reverse }),
  };
}

function searchOf(type: string, { search }: Definition, types: readonly string[]) {
  const parameters = Object.entries({ ...commonParameters, ...search }).map(([name, { kind, chains }]) => ({
    name,
    type: kind,
    ...(chains && { documentation: `Chains: ${chains.map((chain) => `${name}.${chain}`).join(', ')}` }),
  }));
  return {
    ...includes(type, types),
    searchParam: [{ name: '_id', type: 'token' }, { name: '_lastUpdated', type: 'date' }, ...parameters],
  };
}

function resourceEntry(type: string, types: readonly string[]) {
  const definition = definitions.get(type) as Definition;
  const { profiles, interactions } = definition;
  const operations = Object.entries(definition.operations ?? {});
  return {
    type,
    ...(profiles.length > 0 && { supportedProfile: profiles }),
    interaction: interactions.map((code) => ({ code })),
    versioning: 'versioned',
    readHistory: interactions.includes('vread'),
    conditionalRead: 'full-support',
    referencePolicy: ['literal', 'logical'],
    ...(isSearched(type) && searchOf(type, definition, types)),
    ...(operations.length > 0 && {
      operation: operations.map(([name, { definition: canonical }]) => ({ name, definition: canonical })),
    }),
  };
}

const INSTANTIATED = [
  'http://hl7.org/fhir/us/core/CapabilityStatement/us-core-server|6.1.0',
  'http://hl7.org/fhir/us/carin-bb/CapabilityStatement/c4bb|2.0.0',
];

/**
 * The CapabilityStatement of a tenant (http://hl7.org/fhir/R4/capabilitystatement.html), derived from the
 * definitions.
 *
 * @param base the tenant's FHIR base URL
 * @param date of the release, ISO 8601
 * @param offered what the tenant offers; without it, everything and no authorization endpoints
 */
export function capabilityStatement(
  base: string,
  date: string,
  { types = servedTypes, endpoints }: { types?: readonly string[]; endpoints?: Endpoints } = {},
) {
  return {
    resourceType: 'CapabilityStatement',
    url: `${base}/metadata`,
    name: 'PayerPatientAccessAPI',
    title: 'Payer Patient Access API',
    status: 'active',
    date,
    publisher: 'Payer Patient Access API',
    description: 'Lets members of a health plan connect apps to their claims, coverage and clinical data.',
    kind: 'instance',
    software: { name: 'Payer Patient Access API' },
    implementation: { description: 'Member access to claims, coverage and clinical data', url: base },
    fhirVersion: '4.0.1',
    format: ['application/fhir+json', 'json'],
    instantiates: INSTANTIATED,
    implementationGuide: [
      'http://hl7.org/fhir/us/core/ImplementationGuide/hl7.fhir.us.core|6.1.0',
      'http://hl7.org/fhir/us/carin-bb/ImplementationGuide/hl7.fhir.us.carin-bb|2.0.0',
      'http://hl7.org/fhir/us/davinci-pdex/ImplementationGuide/hl7.fhir.us.davinci-pdex|2.0.0',
    ],
    rest: [
      {
        mode: 'server',
        security: securityOf(endpoints),
        resource: types.map((type) => resourceEntry(type, types)),
      },
    ],
  };
}
