/**
 * What a plan publishes for everybody, without a login: CMS-9115-F asks for its provider directory and its formulary.
 * Each has a FHIR base and a tenant of its own (docs/adr/0099-publish-directory-and-formulary-as-tenants-of-their-own.md).
 */

export const PLAN_NET = 'http://hl7.org/fhir/us/davinci-pdex-plan-net/StructureDefinition';
export const FORMULARY = 'http://hl7.org/fhir/us/davinci-drug-formulary/StructureDefinition';

export interface Publication {
  /** of its FHIR base, below the public host and before the plan */
  path: string;
  /** what it is called in documents */
  title: string;
  /** canonical of the guide's CapabilityStatement, and of the guide */
  instantiates: string;
  guide: string;
  /** the types that it holds, and no other, with the guide's profiles */
  profiles: Readonly<Record<string, readonly string[]>>;
}

const planNet = (...names: string[]) => names.map((name) => `${PLAN_NET}/plannet-${name}|1.2.0`);
const formulary = (...names: string[]) => names.map((name) => `${FORMULARY}/usdf-${name}|2.1.0`);

export const publications = {
  'provider-directory': {
    path: 'payer/provider-directory/v2',
    title: 'Provider Directory',
    instantiates: 'http://hl7.org/fhir/us/davinci-pdex-plan-net/CapabilityStatement/plan-net',
    guide:
      'http://hl7.org/fhir/us/davinci-pdex-plan-net/ImplementationGuide/hl7.fhir.us.davinci-pdex-plan-net|1.2.0',
    profiles: {
      Endpoint: planNet('Endpoint'),
      HealthcareService: planNet('HealthcareService'),
      InsurancePlan: planNet('InsurancePlan'),
      Location: planNet('Location'),
      Organization: planNet('Organization', 'Network'),
      OrganizationAffiliation: planNet('OrganizationAffiliation'),
      Practitioner: planNet('Practitioner'),
      PractitionerRole: planNet('PractitionerRole'),
    },
  },
  formulary: {
    path: 'payer/formulary/v2',
    title: 'Drug Formulary',
    instantiates: 'http://hl7.org/fhir/us/davinci-drug-formulary/CapabilityStatement/usdf-server',
    guide:
      'http://hl7.org/fhir/us/davinci-drug-formulary/ImplementationGuide/hl7.fhir.us.davinci-drug-formulary|2.1.0',
    profiles: {
      Basic: formulary('FormularyItem'),
      InsurancePlan: formulary('PayerInsurancePlan', 'Formulary'),
      Location: formulary('InsurancePlanLocation'),
      MedicationKnowledge: formulary('FormularyDrug'),
    },
  },
} as const satisfies Record<string, Publication>;

export type PublicationName = keyof typeof publications;
export const PUBLICATIONS = Object.keys(publications) as readonly PublicationName[];

/** No id of a plan has this character, so no plan can have the name of another one's publication. */
const SEPARATOR = '~';

/** @returns the tenant under which the publication is stored: a wall of the same kind as between two plans */
export const publicationTenant = (plan: string, name: PublicationName): string =>
  `${plan}${SEPARATOR}${name}`;

/** @returns the plan whose tenant this is, or whose publication */
export const planOf = (tenant: string): string => tenant.split(SEPARATOR, 1)[0] ?? tenant;

/** @returns what the tenant holds, if it is a publication; undefined for a plan's own tenant */
export function publicationOf(tenant: string): Publication | undefined {
  const at = tenant.indexOf(SEPARATOR);
  const name = at < 0 ? '' : tenant.slice(at + 1);
  return Object.hasOwn(publications, name) ? publications[name as PublicationName] : undefined;
}
