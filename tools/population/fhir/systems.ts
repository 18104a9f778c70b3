/** Code systems and identifier systems, by the name people use for them. */
export const SNOMED = 'http://snomed.info/sct';
export const LOINC = 'http://loinc.org';
export const RXNORM = 'http://www.nlm.nih.gov/research/umls/rxnorm';
export const CVX = 'http://hl7.org/fhir/sid/cvx';
export const NDC = 'http://hl7.org/fhir/sid/ndc';
export const ICD10CM = 'http://hl7.org/fhir/sid/icd-10-cm';
export const ICD10PCS = 'http://www.cms.gov/Medicare/Coding/ICD10';
export const HCPCS = 'https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets';
export const CDT = 'http://www.ada.org/cdt';
export const UCUM = 'http://unitsofmeasure.org';
export const NPI = 'http://hl7.org/fhir/sid/us-npi';
export const TAX_ID = 'urn:oid:2.16.840.1.113883.4.4';
/** Company codes of the National Association of Insurance Commissioners. */
export const NAIC = 'urn:oid:2.16.840.1.113883.6.300';
export const PROVIDER_TAXONOMY = 'http://nucc.org/provider-taxonomy';
export const PAYER_TYPE = 'https://nahdo.org/sopt';
export const MS_DRG =
  'https://www.cms.gov/Medicare/Medicare-Fee-for-Service-Payment/AcuteInpatientPPS/MS-DRG-Classifications-and-Software';
export const CMS_PRESENT_ON_ADMISSION =
  'https://www.cms.gov/Medicare/Medicare-Fee-for-Service-Payment/HospitalAcqCond/Coding';
export const PLACE_OF_SERVICE =
  'https://www.cms.gov/Medicare/Coding/place-of-service-codes/Place_of_Service_Code_Set';
export const X12_SERVICE_TYPE = 'https://x12.org/codes/service-type-codes';
export const X12_ADJUSTMENT_REASON = 'https://x12.org/codes/claim-adjustment-reason-codes';
export const X12_REVIEW_ACTION = 'https://codesystem.x12.org/005010/306';
export const X12_CERTIFICATION_TYPE = 'https://codesystem.x12.org/005010/1322';
export const X12_LEVEL_OF_SERVICE = 'https://codesystem.x12.org/005010/1338';

const HL7_TERMINOLOGY = 'http://terminology.hl7.org/CodeSystem/';
const CARIN = 'http://hl7.org/fhir/us/carin-bb/CodeSystem/';
const CARD = 'http://hl7.org/fhir/us/insurance-card/CodeSystem/C4DIC';
const PDEX = 'http://hl7.org/fhir/us/davinci-pdex/CodeSystem/';
const PLAN_NET = 'http://hl7.org/fhir/us/davinci-pdex-plan-net/';
const NUBC = 'https://www.nubc.org/CodeSystem/';

/** A code system of terminology.hl7.org. */
export const hl7 = (name: string): string => HL7_TERMINOLOGY + name;
/** A code system of CARIN Blue Button 2.0.0. */
export const carinSystem = (name: string): string => CARIN + name;
/** A code system of the CARIN Digital Insurance Card. */
export const cardSystem = (name: string): string => CARD + name;
/** A code system of Da Vinci PDex 2.0.0. */
export const pdexSystem = (name: string): string => PDEX + name;
/** A code system of Da Vinci Plan-Net. */
export const planNetSystem = (name: string): string => `${PLAN_NET}CodeSystem/${name}`;
/** Canonical of a profile or an extension of Da Vinci Plan-Net, without a version. */
export const planNetDefinition = (name: string): string => `${PLAN_NET}StructureDefinition/${name}`;
/** A code system of the National Uniform Billing Committee. */
export const nubc = (name: string): string => NUBC + name;
/** Tiers of drugs, of Da Vinci US Drug Formulary. The insurance card takes its codes as kinds of costs. */
export const DRUG_TIER =
  'http://hl7.org/fhir/us/davinci-drug-formulary/CodeSystem/usdf-DrugTierCS-TEMPORARY-TRIAL-USE';
