/** The tables of displays that the product ships, with what their sources say. NOTICE has the terms. */

/** When a code that a table has not does not exist. Codes are meant as tables write them. */
interface MissingCodes {
  /** the form of every code of the system; what has another one does not exist */
  form?: RegExp;
  /** the table has every code that was valid between these days */
  complete?: { from: string; until: string };
  /** codes of the system that the table never has */
  except?: RegExp;
}

export interface ShippedTable {
  /** name of the file in `data` */
  file: string;
  /** the code system; absent for the table of HL7's own systems, whose keys are `system|code` */
  system?: string;
  edition: string;
  /** it has every code of its system, so what is not in it does not exist; absent: displays alone are taken from it */
  isComplete?: true;
  /** what is known of codes that are not in it; absent: nothing */
  missing?: MissingCodes;
  /** files of the folder from which `pack` makes the table; where two have a code, the first counts */
  from: readonly string[];
}

export const SHIPPED: readonly ShippedTable[] = [
  {
    file: 'icd-10-cm',
    system: 'http://hl7.org/fhir/sid/icd-10-cm',
    edition: 'FY2027, and codes that were dropped since FY2016',
    missing: {
      form: /^[A-Z][0-9A-Z]{2,6}$/,
      complete: { from: '2015-10-01', until: '2027-03-31' },
    },
    from: ['icd-10-cm', 'icd-10-cm-retired'],
  },
  {
    file: 'icd-10-pcs',
    system: 'http://www.cms.gov/Medicare/Coding/ICD10',
    edition: 'FY2026, and codes that were dropped since FY2016',
    missing: {
      form: /^[0-9A-HJ-NP-Z]{7}$/,
      complete: { from: '2015-10-01', until: '2026-03-31' },
    },
    from: ['icd-10-pcs', 'icd-10-pcs-retired'],
  },
  {
    file: 'hcpcs-level-ii',
    system: 'https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets',
    edition: 'October 2025',
    // Codes of CPT and CDT, modifiers of CPT, and those of ambulances, which are put together of two letters.
    missing: {
      complete: { from: '2017-01-01', until: '2025-12-31' },
      except: /^(?:\d{1,4}[0-9A-Z]|D\d{4}|[DEGHIJNPRSX]{2})$/,
    },
    from: ['hcpcs-level-ii', 'hcpcs-level-ii-short', 'hcpcs-level-ii-retired'],
  },
  {
    file: 'ms-drg',
    system:
      'https://www.cms.gov/Medicare/Medicare-Fee-for-Service-Payment/AcuteInpatientPPS/MS-DRG-Classifications-and-Software',
    edition: 'v43 (FY2026), and groups that were dropped since v36',
    missing: { form: /^\d{3}$/, complete: { from: '2018-10-01', until: '2026-09-30' } },
    from: ['ms-drg', 'ms-drg-retired'],
  },
  {
    file: 'place-of-service',
    system: 'https://www.cms.gov/Medicare/Coding/place-of-service-codes/Place_of_Service_Code_Set',
    edition: '2024',
    isComplete: true,
    from: ['place-of-service'],
  },
  { file: 'cvx', system: 'http://hl7.org/fhir/sid/cvx', edition: 'October 2025', from: ['cvx'] },
  {
    file: 'ndc',
    system: 'http://hl7.org/fhir/sid/ndc',
    edition: 'December 2015, vaccines newer',
    missing: { form: /^(?:\d{8,11}|\d{4,5}-\d{3,4}(?:-\d{1,2})?)$/ },
    from: ['ndc'],
  },
  {
    file: 'rxnorm',
    system: 'http://www.nlm.nih.gov/research/umls/rxnorm',
    edition: 'a part; names of 2022 to 2025',
    from: ['rxnorm-subset'],
  },
  { file: 'hl7', edition: 'HL7 Terminology 7.3.0 and the guides', from: [] },
];
