import { dayOf } from '../fhir/dates.ts';
import { logicalId } from '../fhir/identity.ts';
import {
  codedConcept,
  meta,
  referenceTo,
  usCoreProfile,
  type Concept,
  type Reference,
  type SyntheticResource,
} from '../fhir/resource.ts';
import { NDC, RXNORM } from '../fhir/systems.ts';
import type { SyntheticPlan } from '../tenants.ts';

/** Tiers of the formulary, the cheapest first. */
export type DrugTier = 'generic' | 'brand' | 'specialty';

/** What the plan asks before it pays for a drug. */
interface DrugLimits {
  /** The plan has to approve it before. */
  priorAuthorization?: true;
  /** A cheaper drug has to be tried before. */
  stepTherapy?: true;
  /** At most so many units in so many days. */
  quantity?: { most: number; days: number };
}

/** A drug product: what is prescribed (RxNorm), what is billed (11-digit NDC), what it costs for one fill. */
export interface Drug {
  rxnorm: string;
  name: string;
  ndc: string;
  brand: boolean;
  priceCents: number;
  quantity: number;
  unit: string;
  daysSupply: number;
  directions: string;
  timesPerDay: number;
  /** It is taken on one of so many days; left out: every day. */
  everyDays?: number;
  tier: DrugTier;
  limits: DrugLimits;
}

type DrugRow = [string, string, string, boolean, number, number, string, number, string, number];

const ROWS = {
  lisinopril: [
    '314076',
    'lisinopril 10 MG Oral Tablet',
    '00185010101',
    false,
    1_480,
    90,
    'tablet',
    90,
    'Take 1 tablet by mouth once daily',
    1,
  ],
  metformin: [
    '860975',
    '24 HR metformin hydrochloride 500 MG Extended Release Oral Tablet',
    '00093726701',
    false,
    2_260,
    90,
    'tablet',
    90,
    'Take 1 tablet by mouth with the evening meal',
    1,
  ],
  atorvastatin: [
    '617310',
    'atorvastatin 20 MG Oral Tablet',
    '00378395177',
    false,
    1_935,
    90,
    'tablet',
    90,
    'Take 1 tablet by mouth at bedtime',
    1,
  ],
  albuterol: [
    '745679',
    '200 ACTUAT albuterol 0.09 MG/ACTUAT Metered Dose Inhaler',
    '00173068220',
    true,
    6_875,
    1,
    'inhaler',
    60,
    'Inhale 2 puffs every 4 to 6 hours as needed',
    4,
  ],
  omeprazole: [
    '198051',
    'omeprazole 20 MG Delayed Release Oral Capsule',
    '00378615001',
    false,
    1_790,
    90,
    'capsule',
    90,
    'Take 1 capsule by mouth before breakfast',
    1,
  ],
  loratadine: [
    '311372',
    'loratadine 10 MG Oral Tablet',
    '63629132903',
    false,
    1_110,
    90,
    'tablet',
    90,
    'Take 1 tablet by mouth once daily',
    1,
  ],
  naproxen: [
    '849574',
    'naproxen sodium 220 MG Oral Tablet',
    '63629179303',
    false,
    1_225,
    60,
    'tablet',
    30,
    'Take 1 tablet by mouth twice daily with food',
    2,
  ],
  amoxicillin: [
    '308191',
    'amoxicillin 500 MG Oral Capsule',
    '00093310905',
    false,
    1_360,
    30,
    'capsule',
    10,
    'Take 1 capsule by mouth three times daily',
    3,
  ],
  sertraline: [
    '312941',
    'sertraline 50 MG Oral Tablet',
    '68180035209',
    false,
    1_650,
    90,
    'tablet',
    90,
    'Take 1 tablet by mouth once daily',
    1,
  ],
  buprenorphine: [
    '351267',
    'buprenorphine 8 MG / naloxone 2 MG Sublingual Tablet',
    '00054018913',
    false,
    9_480,
    30,
    'tablet',
    30,
    'Dissolve 1 tablet under the tongue once daily',
    1,
  ],
  adalimumab: [
    '727703',
    '0.8 ML adalimumab 50 MG/ML Prefilled Syringe',
    '00074379902',
    true,
    652_000,
    2,
    'syringe',
    28,
    'Inject 1 syringe under the skin every 2 weeks',
    1,
  ],
} satisfies Record<string, DrugRow>;

export type DrugName = keyof typeof ROWS;

/** Of a drug that is not here nothing is asked, and its tier follows from whether it is a brand. */
const RULES: Partial<Record<DrugName, Partial<Pick<Drug, 'tier' | 'limits' | 'everyDays'>>>> = {
  albuterol: { limits: { quantity: { most: 1, days: 60 } } },
  naproxen: { limits: { quantity: { most: 60, days: 30 } } },
  omeprazole: { limits: { quantity: { most: 90, days: 90 } } },
  buprenorphine: { limits: { priorAuthorization: true, quantity: { most: 30, days: 30 } } },
  adalimumab: {
    tier: 'specialty',
    limits: { priorAuthorization: true, stepTherapy: true, quantity: { most: 2, days: 28 } },
    everyDays: 14,
  },
};

export const DRUGS = Object.fromEntries(
  Object.entries(ROWS as Record<string, DrugRow>).map(
    ([key, [rxnorm, name, ndc, brand, priceCents, quantity, unit, daysSupply, directions, timesPerDay]]) => [
      key,
      {
        ...{ rxnorm, name, ndc, brand, priceCents, quantity, unit, daysSupply, directions, timesPerDay },
        tier: brand ? 'brand' : 'generic',
        limits: {},
        ...RULES[key as DrugName],
      },
    ],
  ),
) as Record<DrugName, Drug>;

function drugConcept(drug: Drug): Concept {
  return codedConcept(RXNORM, drug.rxnorm, drug.name);
}

/** What a pharmacy hands over: the package by its NDC, as PDex asks, and the product by RxNorm, as US Core asks. */
export function dispensedConcept(drug: Drug): Concept {
  return { coding: [{ system: NDC, code: drug.ndc }, ...drugConcept(drug).coding], text: drug.name };
}

export function medicationReference(tenant: SyntheticPlan, drug: Drug): Reference {
  return referenceTo('Medication', logicalId(tenant.name, 'Medication', drug.rxnorm), drug.name);
}

export function formularyMedications(tenant: SyntheticPlan): SyntheticResource[] {
  return Object.values(DRUGS).map((drug) => ({
    resourceType: 'Medication',
    id: logicalId(tenant.name, 'Medication', drug.rxnorm),
    meta: meta([usCoreProfile('medication')], dayOf(2023, 1, 1)),
    code: drugConcept(drug),
    status: 'active',
  }));
}
