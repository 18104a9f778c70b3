import {
  type Definition,
  commonParameters,
  namesMember,
  pointsAt,
  type SearchParameter,
} from './definition.ts';
import { definitions, servedTypes } from './definitions.ts';
import { DEFAULT_GUIDE_SET, guidesIn, type GuideSet, profilesIn, serversIn } from './guides/guide-sets.ts';
import { operationUrl } from './definitions/benefit-balance.ts';
import { parametersOf } from './search-include.ts';

const SMART = 'http://fhir-registry.smarthealthit.org/StructureDefinition';

/**
 * The endpoints of the authorization server, as in `.well-known/smart-configuration`. The extension `oauth-uris` has a
 * part of this name for each of them.
 */
export interface Endpoints {
  authorize: string | undefined;
  token: string | undefined;
  /** where apps register themselves, if the plan allows it */
  register: string | undefined;
  manage: string | undefined;
  introspect: string | undefined;
  revoke: string | undefined;
}

/** The plan that runs this FHIR base, and its contact for app developers. */
export interface PlanContact {
  name: string;
  /** home page */
  website?: string | undefined;
  /** a page, or an address for email */
  developerContact?: string | undefined;
}

/** The release of this product that is running. */
export interface Release {
  version: string;
  /** ISO 8601 */
  date: string;
}

/** What a FHIR base offers and who runs it. */
export interface Offer extends OfferOfPlan {
  /** URL of the pages for app developers; absent: there are none */
  developers?: string | undefined;
  /** the resource types that the tenant offers; absent: all types */
  types?: readonly string[];
  /** the set of guides that the plan has chosen; absent: the default */
  guides?: GuideSet;
  /** absent: the statement names no authorization endpoints */
  endpoints?: Endpoints;
}

/** The part that every FHIR base says. */
export interface OfferOfPlan {
  /** the tenant's FHIR base URL */
  base: string;
  plan: PlanContact;
  release: Release;
  /** URL of the page that explains each error */
  errors: string;
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

/** A FHIR base, as far as a search there depends on it. */
interface Place {
  /** that it offers */
  types: readonly string[];
  /** everybody may read: nobody is a member there, and chains into another service work too */
  isPublished: boolean;
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

/** May a value of this parameter refer to something that is there? */
const leadsTo = ({ targets }: SearchParameter, { types }: Place): boolean =>
  targets?.some((target) => types.includes(target)) ?? true;

function includes(type: string, place: Place) {
  const own = parametersOf({ type, parameter: '*' }).flatMap(([name, parameter]) =>
    leadsTo(parameter, place) ? `${type}:${name}` : [],
  );
  const reverse = reverseIncludes(type, place.types);
  return {
    ...(own.length > 0 && { searchInclude: [`${type}:*`, ...own] }),
    ...(reverse.length > 0 && { searchRevInclude: reverse }),
  };
}

/**
 * US Core asks a server to say this of the parameter ("General Guidance", "Searching Using lastUpdated"). It is so where the
 * definition of a type says nothing else.
 */
const DETECTED =
  'Detects that a resource is new here, and that its content or its labels have changed, in whatever element. ' +
  'Does not detect that it was deleted.';

function chainsOf(parameter: SearchParameter, place: Place): string[] {
  const { chains = [], publishedChains = [] } = parameter;
  if (!leadsTo(parameter, place)) return [];
  return place.isPublished ? [...chains, ...publishedChains] : [...chains];
}

function searchOf(type: string, place: Place) {
  const definition = definitions.get(type) as Definition;
  const { search, lastUpdatedDetects = DETECTED } = definition;
  const understood = Object.entries({ ...commonParameters, ...search }).filter(
    ([, parameter]) => !place.isPublished || !namesMember(definition, parameter),
  );
  const parameters = understood.map(([name, parameter]) => {
    const chains = chainsOf(parameter, place).map((chain) => `${name}.${chain}`);
    return {
      name,
      type: parameter.kind,
      ...(chains.length > 0 && { documentation: `Chains: ${chains.join(', ')}` }),
      ...(parameter.byIdentifier && { documentation: `By ${name}:identifier alone` }),
    };
  });
  return {
    ...includes(type, place),
    searchParam: [
      { name: '_id', type: 'token' },
      { name: '_lastUpdated', type: 'date', documentation: lastUpdatedDetects },
      ...parameters,
    ],
  };
}

/**
 * @param types that the base offers
 * @param profiles that it names for this type
 * @param at the FHIR base, and whether everybody may read there
 */
export function resourceEntry(
  type: string,
  types: readonly string[],
  profiles: readonly string[],
  { base, isPublished = false }: { base: string; isPublished?: boolean },
) {
  const definition = definitions.get(type) as Definition;
  const { interactions } = definition;
  const operations = Object.entries(definition.operations ?? {});
  return {
    type,
    ...(profiles.length > 0 && { supportedProfile: profiles }),
    interaction: interactions.map((code) => ({ code })),
    versioning: 'versioned',
    readHistory: interactions.includes('vread'),
    conditionalRead: 'full-support',
    referencePolicy: ['literal', 'logical'],
    ...(isSearched(type) && searchOf(type, { types, isPublished })),
    ...(operations.length > 0 && {
      operation: operations.map(([name, { definition: canonical }]) => ({
        name,
        definition: operationUrl(canonical, base),
      })),
    }),
  };
}

const DESCRIPTION =
  'Lets members of a health plan connect apps to their claims, coverage and clinical data. ' +
  'Of Da Vinci PDex this server is the Patient Access API alone: it does not serve provider access, ' +
  'payer-to-payer exchange or $member-match.';

export function planContacts({ name, website, developerContact }: PlanContact) {
  const telecom = [
    ...(website ? [{ system: 'url', value: website }] : []),
    ...(developerContact
      ? [{ system: URL.canParse(developerContact) ? 'url' : 'email', value: developerContact }]
      : []),
  ];
  return telecom.length > 0 ? { contact: [{ name, telecom }] } : {};
}

const documentationOf = ({ base, errors, developers }: Offer) =>
  `Authorization: ${base}/.well-known/smart-configuration. Every error names its code; ${errors} explains each.` +
  (developers ? ` Pages for app developers: ${developers}` : '');

/**
 * The CapabilityStatement of a tenant (http://hl7.org/fhir/R4/capabilitystatement.html), derived from the
 * definitions.
 *
 * @param offer what the tenant offers, and who runs it
 */
export function capabilityStatement(offer: Offer) {
  const { base, plan, release, types = servedTypes, guides = DEFAULT_GUIDE_SET, endpoints } = offer;
  const profiles = (type: string) => profilesIn(guides, definitions.get(type)?.profiles ?? []);
  return {
    resourceType: 'CapabilityStatement',
    url: `${base}/metadata`,
    name: 'PayerPatientAccessAPI',
    title: 'Payer Patient Access API',
    status: 'active',
    date: release.date,
    publisher: plan.name,
    ...planContacts(plan),
    description: DESCRIPTION,
    kind: 'instance',
    software: { name: 'Payer Patient Access API', version: release.version, releaseDate: release.date },
    implementation: {
      description: `Claims, coverage and clinical data of members of ${plan.name}, for the apps that they choose`,
      url: base,
    },
    fhirVersion: '4.0.1',
    format: ['application/fhir+json', 'json'],
    instantiates: serversIn(guides),
    implementationGuide: guidesIn(guides),
    rest: [
      {
        mode: 'server',
        documentation: documentationOf(offer),
        security: securityOf(endpoints),
        resource: types.map((type) => resourceEntry(type, types, profiles(type), { base })),
      },
    ],
  };
}
