/**
 * Sensitivity labels (`meta.security`; HL7 Healthcare Privacy and Security Classification). An app receives data with
 * such a label only if the member ticked its category.
 */
import type { Resource } from './resource.ts';

const ACT_CODE = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';
const CONFIDENTIALITY = 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality';

/** The labels of each category about which a member decides, as `system|code`. */
export const SENSITIVE_CATEGORIES = {
  'substance-use': ['42CFRPart2', 'SUD', 'ETH', 'ETHUD', 'OPIOIDUD'].map((code) => `${ACT_CODE}|${code}`),
  'mental-health': ['MH', 'PSY', 'PSYTHPN', 'BH'].map((code) => `${ACT_CODE}|${code}`),
  'sexual-health': ['SEX', 'STD', 'HIV'].map((code) => `${ACT_CODE}|${code}`),
  genetics: ['GDIS'].map((code) => `${ACT_CODE}|${code}`),
  violence: ['SDV', 'DVD'].map((code) => `${ACT_CODE}|${code}`),
  restricted: ['R', 'V'].map((code) => `${CONFIDENTIALITY}|${code}`),
} as const satisfies Record<string, readonly string[]>;

export type SensitiveCategory = keyof typeof SENSITIVE_CATEGORIES;

const categoryByLabel = new Map(
  (Object.keys(SENSITIVE_CATEGORIES) as SensitiveCategory[]).flatMap((category) =>
    SENSITIVE_CATEGORIES[category].map((label): [string, SensitiveCategory] => [label, category]),
  ),
);

/**
 * @param label `system|code`
 * @returns the category of the product that has the label. A plan may have a category of its own for it, which is a setting
 *   that auth-service keeps
 */
export const categoryOfLabel = (label: string): SensitiveCategory | undefined => categoryByLabel.get(label);

/**
 * The label of resources that only callers see from whom nothing is withheld. No category has this label, and a plan's
 * own categories may not have it (auth-service, consent-settings.ts). So it is never released.
 */
export const WHOLE_RECORD = 'urn:payer-patient-access:audience|whole-record';

/** Systems whose codes do not say how sensitive the content is: purposes of use, test data, integrity. */
const OTHER_SYSTEMS = new Set(
  ['v3-ActReason', 'v3-ObservationValue'].map((name) => `http://terminology.hl7.org/CodeSystem/${name}`),
);
const UNRESTRICTED = new Set(['U', 'L', 'M', 'N'].map((code) => `${CONFIDENTIALITY}|${code}`));

export interface SecurityCoding {
  id?: string;
  system?: string;
  code?: string;
}

/**
 * How the id of a label begins that the plan's list gave for what the resource contains, and for nothing else in it. The
 * label stands on the resource, because R4 has none within, but is no reason of the resource's own labels.
 */
export const OF_CONTAINED = 'of-contained-';

/**
 * How the id of a confidentiality label begins that the plan's list gave for a code of the resource. It has its reason: this
 * code. So no other label explains it.
 */
export const OF_LIST = 'of-list-';

/** Is it needed whatever other labels there are, and the reason of none of them? */
export const standsAlone = ({ id }: SecurityCoding): boolean =>
  typeof id === 'string' && (id.startsWith(OF_CONTAINED) || id.startsWith(OF_LIST));

/** Does the label say how strict the protection is, and not why? */
export const isConfidentiality = (label: string): boolean => label.startsWith(`${CONFIDENTIALITY}|`);

/** The labels of a resource. */
export function securityCodingsOf({ meta }: Resource): SecurityCoding[] {
  const security = meta?.['security'];
  return Array.isArray(security) ? (security as SecurityCoding[]) : [];
}

const labelsOf = (codings: readonly SecurityCoding[]): string[] =>
  codings
    .filter(({ system }) => !OTHER_SYSTEMS.has(system ?? ''))
    .map(({ system = '', code = '' }) => `${system}|${code}`)
    .filter((label) => !UNRESTRICTED.has(label));

function reasonsOf(resource: Resource): string[] {
  const codings = securityCodingsOf(resource);
  const labels = labelsOf(codings.filter((coding) => !standsAlone(coding)));
  const reasons = labels.filter((label) => !isConfidentiality(label));
  return [...(reasons.length > 0 ? reasons : labels), ...labelsOf(codings.filter(standsAlone))];
}

/**
 * The labels that a member has to release before an app may see the resource; all of them are needed. An unknown
 * label counts too, so resources with a plan's own codes are withheld until the plan offers them as a category.
 * "Restricted" says how strict the protection is, but not why, so it counts only if there is no other label, or if the
 * plan's list gave it for a code.
 *
 * R4 has no labels within (dom-5), but systems send them, and what is contained goes wherever its container goes. So its
 * labels are needed too, as are those that the plan's list gives for it. The reason of the one is none for the other.
 *
 * @returns `system|code`, sorted; empty if the resource is not sensitive
 */
export function sensitivityLabels(resource: Resource): string[] {
  const { contained } = resource;
  const parts = [resource, ...(Array.isArray(contained) ? (contained as Resource[]) : [])];
  return [...new Set(parts.flatMap(reasonsOf))].sort();
}
