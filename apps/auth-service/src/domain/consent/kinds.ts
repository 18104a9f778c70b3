import { type ConsentKind, definitions } from '@patient-access/fhir';

/** The groups of the consent page by kind, both in the order of the page. */
const GROUP_OF: Readonly<Record<ConsentKind, 'plan' | 'health' | 'more'>> = {
  contact: 'plan',
  coverage: 'plan',
  claims: 'plan',
  conditions: 'health',
  medicines: 'health',
  allergies: 'health',
  vaccines: 'health',
  results: 'health',
  procedures: 'health',
  visits: 'health',
  plans: 'health',
  devices: 'health',
  documents: 'health',
  providers: 'more',
  access: 'more',
  programs: 'more',
};

const typesOfKind = (id: ConsentKind): readonly string[] =>
  [...definitions].filter(([, { consentKind }]) => consentKind === id).map(([type]) => type);

/**
 * The kinds of data for which an app can ask. Each is one checkbox of the consent page, in this order; its texts are
 * in pages/texts. The granted scopes name FHIR types, and the definition of each type says its kind.
 */
export const KINDS = (Object.keys(GROUP_OF) as ConsentKind[]).map((id) => ({
  id,
  group: GROUP_OF[id],
  types: typesOfKind(id),
}));

export type Kind = (typeof KINDS)[number];

const BY_ID = new Map<ConsentKind, Kind>(KINDS.map((kind) => [kind.id, kind]));

/** @returns undefined for a type that this API does not serve */
export function kindOf(type: string): Kind | undefined {
  const definition = definitions.get(type);
  return definition && BY_ID.get(definition.consentKind);
}
