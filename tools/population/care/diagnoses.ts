import { codedConcept, type Concept, type Sensitivity } from '../fhir/resource.ts';
import { ICD10CM, SNOMED } from '../fhir/systems.ts';
import type { DrugName } from '../reference/medications.ts';
import type { Specialty } from '../reference/practitioners.ts';

/** A reason for care, as claims code it (ICD-10-CM) and as charts code it (SNOMED CT). */
export interface Diagnosis {
  icd10: string;
  icdName: string;
  snomed: string;
  name: string;
  /** Every record made for this reason carries these labels. */
  sensitivity?: Sensitivity;
}

/** A lasting condition with the treatment that follows from it. */
export interface Chronic {
  diagnosis: Diagnosis;
  fromAge: number;
  probability: number;
  drug?: DrugName;
  specialty: Specialty;
}

export interface Acute {
  diagnosis: Diagnosis;
  drug?: DrugName;
}

const dx = (
  icd10: string,
  icdName: string,
  snomed: string,
  name: string,
  sensitivity?: Sensitivity,
): Diagnosis => ({
  icd10,
  icdName,
  snomed,
  name,
  ...(sensitivity && { sensitivity }),
});

export const BACK_PAIN = dx('M54.50', 'Low back pain, unspecified', '279039007', 'Low back pain');
export const KNEE_ARTHRITIS = dx(
  'M17.11',
  'Unilateral primary osteoarthritis, right knee',
  '239873007',
  'Osteoarthritis of knee',
);
export const PNEUMONIA = dx('J18.9', 'Pneumonia, unspecified organism', '233604007', 'Pneumonia');
export const APPENDICITIS = dx('K35.80', 'Unspecified acute appendicitis', '74400008', 'Appendicitis');
export const OPIOID_DEPENDENCE = dx(
  'F11.20',
  'Opioid dependence, uncomplicated',
  '75544000',
  'Opioid dependence',
  'ETH',
);
export const DEPRESSION = dx('F32.A', 'Depression, unspecified', '35489007', 'Depressive disorder', 'PSY');
export const ADULT_EXAM = dx(
  'Z00.00',
  'Encounter for general adult medical examination without abnormal findings',
  '162673000',
  'General examination of patient',
);
export const CHILD_EXAM = dx(
  'Z00.129',
  'Encounter for routine child health examination without abnormal findings',
  '410620009',
  'Well child visit',
);
export const DENTAL_EXAM = dx(
  'Z01.20',
  'Encounter for dental examination and cleaning without abnormal findings',
  '34043003',
  'Dental consultation and report',
);
export const HEART_BLOCK = dx('Q24.6', 'Congenital heart block', '46619002', 'Congenital heart block');
export const ANKLE_SPRAIN = dx(
  'S93.401A',
  'Sprain of unspecified ligament of right ankle, initial encounter',
  '44465007',
  'Sprain of ankle',
);
export const CARIES = dx('K02.9', 'Dental caries, unspecified', '80967001', 'Dental caries');
export const MYOPIA = dx('H52.13', 'Myopia, bilateral', '57190000', 'Myopia');
export const COLON_SCREENING = dx(
  'Z12.11',
  'Encounter for screening for malignant neoplasm of colon',
  '275978004',
  'Screening for malignant neoplasm of colon',
);

export const HEART_ATTACK = dx(
  'I21.4',
  'Non-ST elevation (NSTEMI) myocardial infarction',
  '401314000',
  'Acute non-ST segment elevation myocardial infarction',
);
export const OLD_HEART_ATTACK = dx(
  'I25.2',
  'Old myocardial infarction',
  '1755008',
  'Old myocardial infarction',
);
export const COLON_CANCER = dx(
  'C18.9',
  'Malignant neoplasm of colon, unspecified',
  '363406005',
  'Malignant neoplasm of colon',
);
export const CHEMOTHERAPY = dx(
  'Z51.11',
  'Encounter for antineoplastic chemotherapy',
  '367336001',
  'Chemotherapy',
);
export const ARM_FRACTURE = dx(
  'S52.501A',
  'Unspecified fracture of the lower end of right radius, initial encounter for closed fracture',
  '65966004',
  'Fracture of forearm',
);
export const PREGNANCY = dx(
  'Z34.83',
  'Encounter for supervision of other normal pregnancy, third trimester',
  '72892002',
  'Normal pregnancy',
);
export const DELIVERY = dx(
  'O80',
  'Encounter for full-term uncomplicated delivery',
  '48782003',
  'Delivery normal',
);
export const LIVE_BIRTH = dx('Z37.0', 'Single live birth', '281050002', 'Livebirth');

const HYPERTENSION = dx('I10', 'Essential (primary) hypertension', '59621000', 'Essential hypertension');
const HYPERLIPIDEMIA = dx('E78.5', 'Hyperlipidemia, unspecified', '55822004', 'Hyperlipidemia');
export const ASTHMA = dx('J45.909', 'Unspecified asthma, uncomplicated', '195967001', 'Asthma');
const REFLUX = dx(
  'K21.9',
  'Gastro-esophageal reflux disease without esophagitis',
  '235595009',
  'Gastroesophageal reflux disease',
);
export const RHINITIS = dx('J30.9', 'Allergic rhinitis, unspecified', '61582004', 'Allergic rhinitis');
export const DIABETES = dx(
  'E11.9',
  'Type 2 diabetes mellitus without complications',
  '44054006',
  'Diabetes mellitus type 2',
);

export const RHEUMATOID_ARTHRITIS = dx(
  'M06.9',
  'Rheumatoid arthritis, unspecified',
  '69896004',
  'Rheumatoid arthritis',
);

export const CHRONIC: readonly Chronic[] = [
  { diagnosis: HYPERTENSION, fromAge: 35, probability: 0.45, drug: 'lisinopril', specialty: 'family' },
  { diagnosis: DIABETES, fromAge: 40, probability: 0.2, drug: 'metformin', specialty: 'family' },
  { diagnosis: HYPERLIPIDEMIA, fromAge: 35, probability: 0.35, drug: 'atorvastatin', specialty: 'family' },
  { diagnosis: ASTHMA, fromAge: 4, probability: 0.1, drug: 'albuterol', specialty: 'family' },
  { diagnosis: REFLUX, fromAge: 25, probability: 0.2, drug: 'omeprazole', specialty: 'family' },
  { diagnosis: RHINITIS, fromAge: 6, probability: 0.2, drug: 'loratadine', specialty: 'family' },
  { diagnosis: DEPRESSION, fromAge: 18, probability: 0.08, drug: 'sertraline', specialty: 'psychiatry' },
  {
    diagnosis: OPIOID_DEPENDENCE,
    fromAge: 20,
    probability: 0.01,
    drug: 'buprenorphine',
    specialty: 'addiction',
  },
  {
    diagnosis: RHEUMATOID_ARTHRITIS,
    fromAge: 30,
    probability: 0.02,
    drug: 'adalimumab',
    specialty: 'rheumatology',
  },
];

export const ACUTE: readonly Acute[] = [
  {
    diagnosis: dx(
      'J06.9',
      'Acute upper respiratory infection, unspecified',
      '54150009',
      'Upper respiratory infection',
    ),
  },
  {
    diagnosis: dx(
      'N39.0',
      'Urinary tract infection, site not specified',
      '68566005',
      'Urinary tract infectious disease',
    ),
    drug: 'amoxicillin',
  },
  {
    diagnosis: ANKLE_SPRAIN,
    drug: 'naproxen',
  },
  { diagnosis: BACK_PAIN, drug: 'naproxen' },
];

/** The claim's coding of a diagnosis. */
export function claimCode(diagnosis: Diagnosis): Concept {
  return codedConcept(ICD10CM, diagnosis.icd10, diagnosis.icdName);
}

/** The chart's coding: SNOMED CT first, the ICD-10-CM equivalent beside it. */
export function chartCode(diagnosis: Diagnosis): Concept {
  return {
    coding: [
      { system: SNOMED, code: diagnosis.snomed, display: diagnosis.name },
      { system: ICD10CM, code: diagnosis.icd10, display: diagnosis.icdName },
    ],
    text: diagnosis.name,
  };
}
