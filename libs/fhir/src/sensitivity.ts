/**
 * Sensitivity labels (`meta.security`; HL7 Healthcare Privacy and Security Classification): data so labelled leaves
 * this API only for an app whose member ticked its category.
 */
import type { Resource } from './resource.ts';

const ACT_CODE = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';
const CONFIDENTIALITY = 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality';

/** Labels, as `system|code`, by the category that a member decides about. */
export const SENSITIVE_CATEGORIES = {
  'substance-use': ['42CFRPart2', 'SUD', 'ETH', 'ETHUD', 'OPIOIDUD'].map((code) => `${ACT_CODE}|${code}`),
  'mental-health': ['MH', 'PSY', 'PSYTHPN', 'BH'].map((code) => `${ACT_CODE}|${code}`),
  'sexual-health': ['SEX', 'STD', 'HIV'].map((code) => `${ACT_CODE}|${code}`),
  genetics: ['GDIS'].map((code) => `${ACT_CODE}|${code}`),
  violence: ['SDV', 'DVD'].map((code) => `${ACT_CODE}|${code}`),
  restricted: ['R', 'V'].map((code) => `${CONFIDENTIALITY}|${code}`),
} as const satisfies Record<string, readonly string[]>;

export type SensitiveCategory = keyof typeof SENSITIVE_CATEGORIES;

/** Systems whose codes say nothing about how sensitive the content is: purposes of use, test data, integrity. */
const OTHER_SYSTEMS = new Set(
  ['v3-ActReason', 'v3-ObservationValue'].map((name) => `http://terminology.hl7.org/CodeSystem/${name}`),
);
const UNRESTRICTED = new Set(['U', 'L', 'M', 'N'].map((code) => `${CONFIDENTIALITY}|${code}`));

function labelsOf({ meta }: Resource): string[] {
  const security = meta?.['security'];
  return (Array.isArray(security) ? security : [])
    .filter(({ system }: { system?: string }) => !OTHER_SYSTEMS.has(system ?? ''))
    .map(({ system = '', code = '' }: { system?: string; code?: string }) => `${system}|${code}`)
    .filter((label) => !UNRESTRICTED.has(label));
}

/**
 * The labels that a member has to release, all of them, before an app may see the resource. A label that nobody knows
 * counts too, so that a plan's own codes are withheld until the plan offers them. "Restricted" says how strictly and
 * not why: it counts where nothing else does.
 *
 * @returns `system|code`, sorted; empty for what is like any other data
 */
export function sensitivityLabels(resource: Resource): string[] {
  const labels = [...new Set(labelsOf(resource))].sort();
  const reasons = labels.filter((label) => !label.startsWith(`${CONFIDENTIALITY}|`));
  return reasons.length > 0 ? reasons : labels;
}
