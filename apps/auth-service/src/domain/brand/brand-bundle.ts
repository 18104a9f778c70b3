/** The User-access Brands Bundle of a tenant (SMART App Launch 2.2, "User-access Brands and Endpoints"). */
import type { Tenant } from '../tenant/tenant.ts';
import type { Brand } from '../tenant/brand-settings.ts';

const EXTENSION = 'http://hl7.org/fhir/StructureDefinition';
const PROFILE = 'http://hl7.org/fhir/smart-app-launch/StructureDefinition';
const FHIR_VERSION = '4.0.1';

const endpointReference = ({ id }: Tenant) => ({ reference: `Endpoint/${id}` });

/** The identifier that the guide recommends: the home page with HTTPS, without `www` and path. */
function ownIdentifier({ website }: Brand) {
  return { system: 'urn:ietf:rfc:3986', value: `https://${new URL(website).host.replace(/^www\./, '')}` };
}

/** @returns the one identifier by which `smart-configuration` names the brand in its bundle */
export function brandIdentifier(brand: Brand): { system: string; value: string } {
  return brand.identifiers[0] ?? ownIdentifier(brand);
}

const INSURER = {
  system: 'http://terminology.hl7.org/CodeSystem/organization-type',
  code: 'ins',
  display: 'Insurance Company',
};

/** A complex extension with the parts that have a value. */
function extension(name: string, parts: { url: string; [value: string]: unknown }[]) {
  const given = parts.filter((part) => Object.values(part).every((value) => value !== undefined));
  return given.length > 0 ? [{ url: `${EXTENSION}/${name}`, extension: given }] : [];
}

function organization(tenant: Tenant, brand: Brand) {
  const { portal } = brand;
  return {
    resourceType: 'Organization',
    id: tenant.id,
    meta: { profile: [`${PROFILE}/user-access-brand`], lastUpdated: tenant.changedAt },
    extension: [
      ...extension('organization-brand', [
        { url: 'brandLogo', valueUrl: brand.logo },
        { url: 'brandLogoLicense', valueUrl: brand.logo && brand.logoLicense },
      ]),
      ...(portal
        ? extension('organization-portal', [
            { url: 'portalName', valueString: portal.name },
            { url: 'portalDescription', valueMarkdown: portal.description },
            { url: 'portalUrl', valueUrl: portal.url },
            { url: 'portalLogo', valueUrl: portal.logo },
            { url: 'portalEndpoint', valueReference: endpointReference(tenant) },
          ])
        : []),
    ],
    identifier: brand.identifiers.length > 0 ? brand.identifiers : [ownIdentifier(brand)],
    active: true,
    type: [{ coding: [INSURER] }],
    name: tenant.name,
    alias: brand.aliases,
    telecom: [{ system: 'url', value: brand.website }],
    address: brand.addresses.map((address) => ({ ...address, country: 'US' })),
    endpoint: [endpointReference(tenant)],
  };
}

function endpoint(tenant: Tenant, { developerContact }: Brand) {
  const system = URL.canParse(developerContact) ? 'url' : 'email';
  return {
    resourceType: 'Endpoint',
    id: tenant.id,
    meta: { profile: [`${PROFILE}/user-access-endpoint`], lastUpdated: tenant.changedAt },
    extension: [{ url: `${EXTENSION}/endpoint-fhir-version`, valueCode: FHIR_VERSION }],
    status: 'active',
    connectionType: {
      system: 'http://terminology.hl7.org/CodeSystem/endpoint-connection-type',
      code: 'hl7-fhir-rest',
    },
    name: `FHIR R4 Patient Access API of ${tenant.name}`,
    contact: [{ system, value: developerContact }],
    payloadType: [
      {
        coding: [{ system: 'http://terminology.hl7.org/CodeSystem/endpoint-payload-type', code: 'none' }],
      },
    ],
    address: tenant.fhirBase,
  };
}

/** FHIR forbids empty arrays. */
function withoutEmpty(_name: string, value: unknown): unknown {
  return Array.isArray(value) && value.length === 0 ? undefined : value;
}

/** One primary brand with its one endpoint. */
const entriesOf = (tenant: Tenant, brand: Brand) =>
  [organization(tenant, brand), endpoint(tenant, brand)].map((resource) => ({
    fullUrl: `${tenant.fhirBase}/${resource.resourceType}/${resource.id}`,
    resource,
  }));

function bundle(id: string, timestamp: string, entry: object[]): string {
  const meta = { lastUpdated: timestamp, profile: [`${PROFILE}/user-access-brands-bundle`] };
  return JSON.stringify(
    { resourceType: 'Bundle', id, meta, type: 'collection', timestamp, entry },
    withoutEmpty,
  );
}

/** @returns the Bundle as JSON, the same bytes until the tenant changes; undefined when the plan has set no brand */
export function brandBundle(tenant: Tenant): string | undefined {
  const { brand } = tenant.settings;
  return brand && bundle(tenant.id, tenant.changedAt, entriesOf(tenant, brand));
}

const INSTALLATION = 'installation';

/**
 * @param tenants in the order in which they are listed
 * @returns the Bundle of those plans that want to be listed, the same bytes until one of them changes; undefined when
 *   there is none
 */
export function installationBundle(tenants: readonly Tenant[]): string | undefined {
  const listed = tenants.filter(({ suspended, settings }) => !suspended && settings.brand?.listed);
  const [timestamp] = listed
    .map(({ changedAt }) => changedAt)
    .sort()
    .reverse();
  if (timestamp === undefined) return undefined;
  const entries = listed.flatMap((tenant) =>
    tenant.settings.brand ? entriesOf(tenant, tenant.settings.brand) : [],
  );
  return bundle(INSTALLATION, timestamp, entries);
}
