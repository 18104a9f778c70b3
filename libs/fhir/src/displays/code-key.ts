/** How codes are compared with a table of displays: senders write the same code in several ways. */

/** What a display belongs to. */
export interface CodeKey {
  system: string;
  code: string;
  version?: string;
}

interface CodeForm {
  /** the name of the system, and others by which senders call it */
  systems: readonly [string, ...string[]];
  /** @returns the code as tables have it; undefined where it could be several codes */
  of: (code: string) => string | undefined;
}

const withoutDots = (code: string) => code.replaceAll('.', '').toUpperCase();
const padded = (length: number) => (code: string) => code.padStart(length, '0');

/** Lengths of the three parts of an NDC that are printed on a package. They become 5, 4 and 2 digits. */
const NDC_PARTS = /^(\d{4,5})-(\d{3,4})-(\d{1,2})$/;

/** Ten digits without hyphens could be three different packages. */
function ndc(code: string): string | undefined {
  if (/^\d{11}$/.test(code)) return code;
  const [, labeler, product, pack] = NDC_PARTS.exec(code) ?? [];
  if (labeler === undefined || product === undefined || pack === undefined) return undefined;
  return labeler.padStart(5, '0') + product.padStart(4, '0') + pack.padStart(2, '0');
}

const FORMS: readonly CodeForm[] = [
  { systems: ['http://hl7.org/fhir/sid/icd-10-cm'], of: withoutDots },
  { systems: ['http://www.cms.gov/Medicare/Coding/ICD10'], of: withoutDots },
  {
    systems: [
      'https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets',
      'http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets',
    ],
    of: (code) => code.toUpperCase(),
  },
  {
    systems: [
      'https://www.cms.gov/Medicare/Medicare-Fee-for-Service-Payment/AcuteInpatientPPS/MS-DRG-Classifications-and-Software',
    ],
    of: (code) => code.replace(/^0+(?=\d{3}$)/, '').padStart(3, '0'),
  },
  {
    systems: ['https://www.cms.gov/Medicare/Coding/place-of-service-codes/Place_of_Service_Code_Set'],
    of: padded(2),
  },
  { systems: ['http://hl7.org/fhir/sid/cvx'], of: padded(2) },
  { systems: ['http://hl7.org/fhir/sid/ndc'], of: ndc },
];

const formOf = new Map(FORMS.flatMap((form) => form.systems.map((system) => [system, form] as const)));

/** @returns the name by which tables have this code system, whatever senders call it */
export const systemInTables = (system: string): string => formOf.get(system)?.systems[0] ?? system;

/** @returns the key by which tables have this code; undefined where the code could be several */
export function keyInTables({ system, code, version }: CodeKey): CodeKey | undefined {
  const form = formOf.get(system);
  if (!form) return { system, code, ...(version !== undefined && { version }) };
  const written = form.of(code);
  if (written === undefined) return undefined;
  return { system: form.systems[0], code: written, ...(version !== undefined && { version }) };
}
