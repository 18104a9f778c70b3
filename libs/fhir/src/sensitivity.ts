/**
 * Sensitivity labels (`meta.security`; HL7 Healthcare Privacy and Security Classification): data so labelled leaves
 * this API only for an app whose member ticked its category.
 */

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
