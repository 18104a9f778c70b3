/** Functions that make the rows of the definitions. */
import type { Definition, InteractionCode, Owner, SearchParameter } from '../definition.ts';
import { guides, profileNamer } from '../guides/guide-sets.ts';

const ALL_INTERACTIONS: readonly InteractionCode[] = ['read', 'vread', 'history-instance', 'search-type'];

type RowOptions = Pick<Definition, 'consentKind'> &
  Partial<
    Pick<
      Definition,
      | 'profiles'
      | 'invariants'
      | 'agreement'
      | 'sums'
      | 'narrative'
      | 'retained'
      | 'search'
      | 'interactions'
      | 'operations'
    >
  >;

/**
 * A row for a type that belongs to the Patient to whom its element `path` refers. It can be searched by `patient`,
 * and also by `subject` where R4 has both names.
 */
export const inPatientCompartment =
  (owner: Owner) =>
  (path: string, row: RowOptions): Definition => {
    const patient: SearchParameter = { kind: 'reference', path, targets: ['Patient'] };
    return {
      owner,
      membership: { by: 'element', path },
      consentKind: row.consentKind,
      profiles: row.profiles ?? [],
      ...(row.invariants && { invariants: row.invariants }),
      ...(row.agreement && { agreement: row.agreement }),
      ...(row.sums && { sums: row.sums }),
      ...(row.narrative && { narrative: row.narrative }),
      ...(row.retained && { retained: row.retained }),
      search: { patient, ...(path === 'subject' && { subject: patient }), ...row.search },
      interactions: row.interactions ?? ALL_INTERACTIONS,
      ...(row.operations && { operations: row.operations }),
    };
  };

/** A row for reference data that belongs to no member. */
export const referenceData =
  (owner: Owner) =>
  (row: RowOptions): Definition => ({
    owner,
    membership: { by: 'none' },
    consentKind: row.consentKind,
    profiles: row.profiles ?? [],
    search: row.search ?? {},
    interactions: row.interactions ?? ALL_INTERACTIONS,
  });

/** A row for a type that belongs to the member of the resource to which it refers. */
export const viaReference =
  (owner: Definition['owner']) =>
  (path: string, row: RowOptions): Definition => ({
    owner,
    membership: { by: 'reference', path },
    consentKind: row.consentKind,
    profiles: row.profiles ?? [],
    search: row.search ?? {},
    interactions: row.interactions ?? ALL_INTERACTIONS,
  });

/** @param dateParameter the date parameter with which it is often combined */
export const token = (path: string, dateParameter?: string): SearchParameter => ({
  kind: 'token',
  path,
  ...(dateParameter && { dateParameter }),
});
export const date = (path: string): SearchParameter => ({ kind: 'date', path });
export const string = (path: string): SearchParameter => ({ kind: 'string', path });
export const uri = (path: string): SearchParameter => ({ kind: 'uri', path });
export const quantity = (path: string): SearchParameter => ({ kind: 'quantity', path });
export const number = (path: string): SearchParameter => ({ kind: 'number', path });
/** @param targets types to which it may refer; none: any type */
export const reference = (path: string, ...targets: string[]): SearchParameter => ({
  kind: 'reference',
  path,
  ...(targets.length > 0 && { targets }),
});

/** What Plan-Net asks of a reference to an Organization. */
const ORGANIZATION_CHAINS = ['address', 'name', 'partof', 'type'];
/** A reference to an Organization, which coverage-service keeps. */
export const organizationOf =
  (owner: Owner) =>
  (path: string): SearchParameter => ({
    ...reference(path, 'Organization'),
    [owner === 'coverage-service' ? 'chains' : 'publishedChains']: ORGANIZATION_CHAINS,
  });

const LOCATION_CHAINS = [
  'address',
  'address-city',
  'address-postalcode',
  'address-state',
  'organization',
  'type',
];
/** References to a place, a service and an endpoint, which clinical-service keeps, as Plan-Net asks. */
export const placed = (owner: Owner) => {
  const chains = owner === 'clinical-service' ? 'chains' : 'publishedChains';
  return {
    location: (path: string): SearchParameter => ({
      ...reference(path, 'Location'),
      [chains]: LOCATION_CHAINS,
    }),
    service: (path: string): SearchParameter => ({
      ...reference(path, 'HealthcareService'),
      [chains]: ['location', 'organization', 'service-category'],
    }),
    endpoint: (path: string): SearchParameter => ({
      ...reference(path, 'Endpoint'),
      [chains]: ['organization'],
    }),
  };
};

/** @returns the path of the value of an extension of the resource */
export const extensionPath = (url: string, value: string) => `extension[url=${url}].${value}`;

export const usCore = profileNamer(guides.usCore, 'us-core-');
/** The same for profiles whose names do not begin with `us-core-`. */
export const usCoreNamed = profileNamer(guides.usCore, '');
export const carin = profileNamer(guides.carin, 'C4BB-');
export const cardProfile = profileNamer(guides.card, 'C4DIC-');
export const pdex = profileNamer(guides.pdex, 'pdex-');
