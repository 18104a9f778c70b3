/** What a member pays for each kind of care: one table, from which Coverage and InsurancePlan are made. */
import {
  coded,
  codedConcept,
  type Concept,
  insuranceCard,
  money,
  type SyntheticCoding,
} from '../fhir/resource.ts';
import { cardSystem, DRUG_TIER, hl7 } from '../fhir/systems.ts';
import type { Line, Plan } from './product.ts';

type Cents = keyof { [Name in keyof Plan as Plan[Name] extends number ? Name : never]: true };

/** A sum that holds for a whole year, in network and out of it: the plan counts both together. */
interface YearlySum {
  code: string;
  display: string;
  text: string;
  cents: Cents;
  isOfFamily?: boolean;
}

const FAMILY_SUMS: readonly YearlySum[] = [
  {
    code: 'FamInDed',
    display: 'Family In Network Deductible',
    text: 'Family deductible per year, in network',
    cents: 'familyDeductibleCents',
  },
  {
    code: 'FamOutDed',
    display: 'Family Out of Network Deductible',
    text: 'Family deductible per year, out of network',
    cents: 'familyDeductibleCents',
  },
  {
    code: 'FamInMax',
    display: 'Family In Network Out of Pocket Maximum',
    text: 'Family out-of-pocket maximum per year, in network',
    cents: 'familyMaximumCents',
  },
  {
    code: 'FamOutMax',
    display: 'Family Out of Network Out of Pocket Maximum',
    text: 'Family out-of-pocket maximum per year, out of network',
    cents: 'familyMaximumCents',
  },
];

/** The displays are those of the guide, with its misspelling. */
const YEARLY: readonly YearlySum[] = [
  {
    code: 'IndInDed',
    display: 'Individual In Network Deductible',
    text: 'Individual deductible per year, in network',
    cents: 'deductibleCents',
  },
  {
    code: 'IndOutDed',
    display: 'Invidual Out of Network Deductible',
    text: 'Individual deductible per year, out of network',
    cents: 'deductibleCents',
  },
  {
    code: 'IndInMax',
    display: 'Individual In Network Out of Pocket Maximum',
    text: 'Individual out-of-pocket maximum per year, in network',
    cents: 'outOfPocketMaximumCents',
  },
  {
    code: 'IndOutMax',
    display: 'Individual Out of Network Out of Pocket Maximum',
    text: 'Individual out-of-pocket maximum per year, out of network',
    cents: 'outOfPocketMaximumCents',
  },
  ...FAMILY_SUMS.map((sum) => ({ ...sum, isOfFamily: true })),
];

/** A kind of care without a copay costs the coinsurance, after the deductible. */
interface CareCost {
  coding: SyntheticCoding;
  care: string;
  copay?: Cents;
}

const copayType = (code: string): SyntheticCoding => ({ system: hl7('coverage-copay-type'), code });
const tier = (code: string): SyntheticCoding => ({ system: DRUG_TIER, code });

const COSTS: Readonly<Record<Line, readonly CareCost[]>> = {
  medical: [
    { coding: copayType('gpvisit'), care: 'Primary care visit', copay: 'primaryCopayCents' },
    { coding: copayType('spvisit'), care: 'Specialist visit', copay: 'specialistCopayCents' },
    { coding: tier('generic'), care: 'Generic medicine (tier 1), a month', copay: 'genericCopayCents' },
    { coding: tier('brand'), care: 'Brand medicine (tier 2), a month', copay: 'brandCopayCents' },
    { coding: tier('specialty'), care: 'Specialty medicine (tier 3)' },
    { coding: copayType('inpthosp'), care: 'Hospital care' },
  ],
  dental: [{ coding: copayType('copaypct'), care: 'Dental care' }],
  vision: [
    {
      coding: { system: hl7('benefit-type'), code: 'vision-exam' },
      care: 'Eye examination',
      copay: 'primaryCopayCents',
    },
    { coding: { system: hl7('benefit-type'), code: 'vision-glasses' }, care: 'Glasses' },
  ],
};

const typeOf = ({ coding, care }: CareCost, network?: string): Concept => ({
  coding: [coding],
  text: network === undefined ? care : `${care}, ${network}`,
});

/** Out of network the member pays twice the coinsurance, and a copay is the same (claims/adjudication.ts). */
const coinsurances = ({ coinsurancePercent: percent }: Plan) =>
  [
    {
      network: 'in network',
      percent,
      applicability: coded(hl7('applicability'), 'in-network', 'In Network'),
    },
    {
      network: 'out of network',
      percent: Math.min(100, percent * 2),
      applicability: coded(hl7('applicability'), 'out-of-network', 'Out of Network'),
    },
  ] as const;

const yearlySums = (plan: Plan, isFamily = true) =>
  YEARLY.filter(({ isOfFamily = false }) => isFamily || !isOfFamily).map(
    ({ code, display, text, cents }) => ({
      type: codedConcept(cardSystem('ExtendedCopayTypeCS'), code, display, text),
      sum: money(plan[cents]),
    }),
  );

/** The card's profile knows sums of money alone. What is none stands beside them as text. */
const inWords = (words: string) => ({
  extension: [{ url: insuranceCard('BeneficiaryCostString-extension'), valueString: words }],
});

/** Element `Coverage.costToBeneficiary`; the sums of a family only where there is one. */
export function costsToBeneficiary(plan: Plan, isFamily: boolean): object[] {
  const ofCare = COSTS[plan.line].flatMap((cost): object[] =>
    cost.copay
      ? [{ type: typeOf(cost), valueMoney: money(plan[cost.copay]) }]
      : coinsurances(plan).map(({ network, percent }) => ({
          type: typeOf(cost, network),
          valueMoney: inWords(`${percent}%`),
        })),
  );
  return [...yearlySums(plan, isFamily).map(({ type, sum }) => ({ type, valueMoney: sum })), ...ofCare];
}

/** Element `InsurancePlan.plan.generalCost`: what a member pays in a year at most. */
export const generalCosts = (plan: Plan): object[] =>
  yearlySums(plan).map(({ type, sum }) => ({ type, cost: sum }));

const COPAY = coded(hl7('benefit-type'), 'copay', 'Copayment per service');
const COINSURANCE = coded(hl7('benefit-type'), 'copay-percent', 'Copayment Percent per service');

function costsOf(plan: Plan, { copay }: CareCost): object[] {
  return coinsurances(plan).map(({ applicability, percent }) =>
    copay
      ? {
          type: COPAY,
          applicability,
          value: { value: plan[copay] / 100, unit: 'USD', system: 'urn:iso:std:iso:4217', code: 'USD' },
        }
      : {
          type: COINSURANCE,
          applicability,
          value: { value: percent, unit: '%', system: 'http://unitsofmeasure.org', code: '%' },
        },
  );
}

/** Element `InsurancePlan.plan.specificCost`: what a member pays for each kind of care. */
export const specificCosts = (plan: Plan): object[] =>
  COSTS[plan.line].map((cost) => ({
    category: typeOf(cost),
    benefit: [{ type: typeOf(cost), cost: costsOf(plan, cost) }],
  }));
