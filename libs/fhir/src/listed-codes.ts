/**
 * How a code of a record is compared with a plan's list of sensitive codes. Senders call code systems by several names and
 * write codes in several ways. What could be on the list counts as listed: a label too few would give the record to
 * everybody. So this compares more loosely than the tables of displays do (displays/code-key.ts), where a doubt means no
 * display.
 */

interface System {
  /** all names that are known to be in use, with the OIDs of HL7's registry (HL7 Terminology 7.3.0, NamingSystem) */
  names: readonly string[];
  /** all ways to write a code of it; without it there is one */
  forms?: (code: string) => readonly string[];
  /** all beginnings of codes that are meant by one; without it there is one */
  beginnings?: (prefix: string) => readonly string[];
}

const SID = 'hl7.org/fhir/sid';
const HL7 = 'terminology.hl7.org/CodeSystem';
const CMS = 'www.cms.gov/Medicare';

/** Zeros before a number are lost, or added, where a program takes a code for a number. */
const numbered = (length: number) => (code: string) => {
  if (!/^\d+$/.test(code)) return [code];
  const bare = code.replace(/^0+(?=.)/, '');
  return [code, bare, bare.padStart(length, '0')];
};

const NDC = /^(\d{4,5})-(\d{3,4})(?:-(\d{1,2}))?$/;

const ndcOf = (labeler: string, product: string, pack: string) =>
  labeler.padStart(5, '0') + product.padStart(4, '0') + pack;

/** Ten digits without hyphens are one of three packages. A code without a package is all of the product's. */
function ndcForms(code: string): string[] {
  if (/^\d{10}$/.test(code))
    return [code, `0${code}`, `${code.slice(0, 5)}0${code.slice(5)}`, `${code.slice(0, 9)}0${code.slice(9)}`];
  const [, labeler, product, pack] = NDC.exec(code) ?? [];
  if (labeler === undefined || product === undefined) return [code];
  return [code, ndcOf(labeler, product, pack?.padStart(2, '0') ?? '')];
}

/** The last part of a beginning may be whole, or the beginning of a longer one. */
function ndcBeginnings(prefix: string): string[] {
  const [, labeler, product = '', hyphen = '', pack = ''] =
    /^(\d{4,5})-(\d{0,4})(-?)(\d{0,2})$/.exec(prefix) ?? [];
  if (labeler === undefined) return [prefix];
  if (hyphen === '') {
    const begun = labeler.padStart(5, '0') + product;
    // A product of three digits has a zero before it in 11 digits, and so has its beginning.
    const mayHaveThree = labeler.length === 5 && product.length > 0 && product.length < 4;
    return [prefix, begun, ...(mayHaveThree ? [`${labeler}0${product}`] : [])];
  }
  const begun = ndcOf(labeler, product, pack);
  return pack.length === 1 ? [prefix, begun, ndcOf(labeler, product, `0${pack}`)] : [prefix, begun];
}

const SYSTEMS: readonly System[] = [
  {
    // ICD-10-CM. Some systems give it the name of the ICD-10 on which it is built.
    names: [
      ...[`${SID}/icd-10-cm`, `${HL7}/icd10CM`, '2.16.840.1.113883.6.90'],
      ...[`${SID}/icd-10`, `${HL7}/icd10`, '2.16.840.1.113883.6.3'],
    ],
  },
  {
    // ICD-10-PCS
    names: [`${CMS}/Coding/ICD10`, `${SID}/icd-10-pcs`, `${HL7}/icd10PCS`, '2.16.840.1.113883.6.4'],
  },
  {
    // ICD-9-CM: diagnoses and procedures have one address and two OIDs.
    names: [
      ...[`${SID}/icd-9-cm`, `${SID}/icd-9-cm/diagnosis`, `${SID}/icd-9-cm/procedure`, `${CMS}/Coding/ICD9`],
      ...[`${HL7}/icd9cm`, '2.16.840.1.113883.6.2', '2.16.840.1.113883.6.103', '2.16.840.1.113883.6.104'],
    ],
  },
  {
    // HCPCS, whose first level is CPT. CDT was a part of it. No two of their codes are the same.
    names: [
      ...[`${CMS}/Coding/HCPCSReleaseCodeSets`, `${HL7}/HCPCS-all-codes`, '2.16.840.1.113883.6.285'],
      ...['2.16.840.1.113883.6.14', 'bluebutton.cms.gov/resources/codesystem/hcpcs'],
      ...['www.ama-assn.org/go/cpt', '2.16.840.1.113883.6.12'],
      ...['www.ada.org/cdt', `${HL7}/CD2`, '2.16.840.1.113883.6.13'],
    ],
  },
  {
    names: [`${SID}/ndc`, '2.16.840.1.113883.6.69'],
    forms: ndcForms,
    beginnings: ndcBeginnings,
  },
  { names: ['www.nlm.nih.gov/research/umls/rxnorm', '2.16.840.1.113883.6.88'] },
  { names: [`${SID}/cvx`, `${HL7}/CVX`, '2.16.840.1.113883.12.292'], forms: numbered(2) },
  { names: ['snomed.info/sct', '2.16.840.1.113883.6.96'] },
  { names: ['loinc.org', 'loinc.org/rdf', '2.16.840.1.113883.6.1'] },
  {
    // NUBC's revenue codes
    names: ['www.nubc.org/CodeSystem/RevenueCodes', `${HL7}/v2-0456`, '2.16.840.1.113883.6.301.3'],
    forms: numbered(4),
  },
  {
    names: [`${CMS}/Medicare-Fee-for-Service-Payment/AcuteInpatientPPS/MS-DRG-Classifications-and-Software`],
    forms: numbered(3),
  },
  {
    // places of service
    names: [
      ...[`${CMS}/Coding/place-of-service-codes/Place_of_Service_Code_Set`, '2.16.840.1.113883.15.5'],
      ...[`${HL7}/POS`, '2.16.840.1.113883.6.50'],
    ],
    forms: numbered(2),
  },
  {
    names: [
      ...['nucc.org/provider-taxonomy', `${HL7}/v3-nuccProviderCodes`, '2.16.840.1.113883.6.101'],
      `${HL7}/v3-HealthcareProviderTaxonomyHIPAA`,
    ],
  },
];

/** `http` or `https`, a version after `|`, a slash at the end, case and `urn:oid:` tell no two systems apart. */
const plainName = (system: string) =>
  system
    .replace(/\|.*/s, '')
    .trim()
    .toLowerCase()
    .replace(/^(?:https?:\/\/|urn:oid:)?(?:www\.)?/, '')
    // from the first of the slashes on: in time that grows as the name does
    .replace(/(?<!\/)\/+$/, '')
    // an edition of SNOMED CT
    .replace(/^(snomed\.info\/sct)\/.*$/s, '$1');

const byName = new Map(
  SYSTEMS.flatMap((system) => system.names.map((name) => [plainName(name), system] as const)),
);

/** ICD-10 codes are written with and without a dot, and any code in either case. */
const plainCode = (code: string) => code.trim().replaceAll('.', '').toUpperCase();

export interface ListedSystem {
  /** the same for all names of a system */
  key: string;
  /** @returns the ways to write the code; two codes are the same if they have one in common */
  forms: (code: string) => readonly string[];
  /** @returns all beginnings that are meant by one */
  beginnings: (prefix: string) => readonly string[];
}

const asWritten = (code: string): readonly string[] => [code];

export function listedSystem(name: string): ListedSystem {
  const plain = plainName(name);
  const known = byName.get(plain);
  const { forms = asWritten, beginnings = asWritten } = known ?? {};
  return {
    key: known?.names[0] ?? plain,
    forms: (code) => forms(plainCode(code)),
    beginnings: (prefix) => beginnings(plainCode(prefix)),
  };
}
