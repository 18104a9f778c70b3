/** The formulary of a plan as Da Vinci US Drug Formulary 2.1 has it, made of the drugs that its members take. */
import { PLANS } from '../coverage/plans.ts';
import { monthlyCopay, SUPPLIES } from '../coverage/drug-costs.ts';
import type { Plan } from '../coverage/product.ts';
import { dayOf } from '../fhir/dates.ts';
import { logicalId } from '../fhir/identity.ts';
import {
  coded,
  codedConcept,
  type Concept,
  meta,
  referenceTo,
  type SyntheticResource,
} from '../fhir/resource.ts';
import { hl7, RXNORM, UCUM } from '../fhir/systems.ts';
import { DRUGS, type Drug, type DrugTier } from '../reference/medications.ts';
import type { SyntheticPlan } from '../tenants.ts';

const GUIDE = 'http://hl7.org/fhir/us/davinci-drug-formulary';
const PRODUCT_TYPE = 'http://hl7.org/fhir/us/davinci-pdex-plan-net/CodeSystem/InsuranceProductTypeCS';
/** A formulary is of one calendar year. */
const periodOf = (year: number) => ({ start: `${year}-01-01`, end: `${year}-12-31` });

const listed = (profile: string, year: number) =>
  meta([`${GUIDE}/StructureDefinition/usdf-${profile}|2.1.0`], dayOf(year, 1, 1));
const trialUse = (system: string, code: string, display: string) =>
  coded(`${GUIDE}/CodeSystem/usdf-${system}-TEMPORARY-TRIAL-USE`, code, display);
const extension = (name: string, value: object) => ({
  url: `${GUIDE}/StructureDefinition/usdf-${name}-extension`,
  ...value,
});

const TIERS = {
  generic: trialUse('DrugTierCS', 'generic', 'Generic'),
  brand: trialUse('DrugTierCS', 'brand', 'Brand'),
  specialty: trialUse('DrugTierCS', 'specialty', 'Specialty'),
} satisfies Record<DrugTier, Concept>;
const supplied = ({ code, display }: (typeof SUPPLIES)[number]) =>
  trialUse('PharmacyBenefitTypeCS', code, display);
const DRUG_POLICY = coded(hl7('v3-ActCode'), 'DRUGPOL', 'drug policy');
const DRUG_PLAN = coded(hl7('insurance-plan-type'), 'drug', 'Drug');

interface Publication {
  tenant: SyntheticPlan;
  year: number;
  /** id of the formulary */
  formulary: string;
}

function drugOf({ tenant, year }: Publication, { rxnorm, name }: Drug): SyntheticResource {
  return {
    resourceType: 'MedicationKnowledge',
    id: logicalId(tenant.name, 'MedicationKnowledge', rxnorm),
    meta: listed('FormularyDrug', year),
    code: codedConcept(RXNORM, rxnorm, name),
    status: 'active',
  };
}

/** A specialty drug is there for a month at a time. */
const suppliesOf = ({ tier }: Drug) => SUPPLIES.filter(({ isLong }) => !(isLong && tier === 'specialty'));

/** What the plan asks before it pays: said of each drug, also where it asks nothing. */
function limitExtensions({ limits, unit }: Drug): object[] {
  const { priorAuthorization = false, stepTherapy = false, quantity } = limits;
  return [
    extension('PriorAuthorization', { valueBoolean: priorAuthorization }),
    extension('StepTherapyLimit', { valueBoolean: stepTherapy }),
    extension('QuantityLimit', { valueBoolean: quantity !== undefined }),
    ...(quantity ? [extension('QuantityLimitDetail', { extension: quantityDetail(quantity, unit) })] : []),
  ];
}

const quantityDetail = ({ most, days }: { most: number; days: number }, unit: string): object[] => [
  { url: 'Description', valueString: `${most} ${unit}${most > 1 ? 's' : ''} in ${days} days` },
  { url: 'Rolling', valueTiming: { repeat: { count: most, period: days, periodUnit: 'd' } } },
];

function itemOf({ tenant, year, formulary }: Publication, drug: Drug): SyntheticResource {
  const { rxnorm, name, tier } = drug;
  return {
    resourceType: 'Basic',
    id: logicalId(tenant.name, 'Basic', `formulary-item/${rxnorm}`),
    meta: listed('FormularyItem', year),
    extension: [
      extension('FormularyReference', { valueReference: { reference: `InsurancePlan/${formulary}` } }),
      extension('AvailabilityStatus', { valueCode: 'active' }),
      extension('AvailabilityPeriod', { valuePeriod: periodOf(year) }),
      ...suppliesOf(drug).map((supply) =>
        extension('PharmacyBenefitType', { valueCodeableConcept: supplied(supply) }),
      ),
      extension('DrugTierID', { valueCodeableConcept: TIERS[tier] }),
      ...limitExtensions(drug),
    ],
    code: coded(`${GUIDE}/CodeSystem/usdf-InsuranceItemTypeCS`, 'formulary-item', 'Formulary Item'),
    subject: referenceTo('MedicationKnowledge', logicalId(tenant.name, 'MedicationKnowledge', rxnorm), name),
  };
}

const copay = (cents: number) => ({
  type: trialUse('BenefitCostTypeCS', 'copay', 'Copay'),
  qualifiers: [trialUse('CostShareOptionCS', 'before-deductible', 'Before Deductible')],
  value: { value: cents / 100, unit: '$', system: 'urn:iso:std:iso:4217', code: 'USD' },
});
const coinsurance = (percent: number) => ({
  type: trialUse('BenefitCostTypeCS', 'coinsurance', 'Coinsurance'),
  qualifiers: [trialUse('CostShareOptionCS', 'after-deductible', 'After Deductible')],
  value: { value: percent, unit: '%', system: UCUM, code: '%' },
});

/** What a drug of each tier costs for a supply. A specialty drug is handed over for a month at a time. */
const costsOfSupply = (plan: Plan, supply: (typeof SUPPLIES)[number]) => ({
  category: supplied(supply),
  benefit: (Object.keys(TIERS) as DrugTier[]).flatMap((tier) => {
    const cents = monthlyCopay(plan, tier);
    if (cents === undefined && supply.isLong) return [];
    const cost = cents === undefined ? coinsurance(plan.coinsurancePercent) : copay(cents * supply.copays);
    return [{ type: TIERS[tier], cost: [cost] }];
  }),
});

function payerPlanOf({ tenant, year, formulary }: Publication, plan: Plan): SyntheticResource {
  const [code = '', display = ''] = plan.code.startsWith('HMO')
    ? ['commhmo', 'Commercial HMO']
    : ['commppo', 'Commercial PPO'];
  return {
    resourceType: 'InsurancePlan',
    id: logicalId(tenant.name, 'InsurancePlan', plan.code),
    meta: listed('PayerInsurancePlan', year),
    identifier: [{ system: `${tenant.base}/plan`, value: plan.code }],
    status: 'active',
    type: [coded(PRODUCT_TYPE, code, display)],
    name: `${tenant.planName} ${plan.name}`,
    period: periodOf(year),
    coverage: [
      {
        extension: [
          extension('FormularyReference', { valueReference: { reference: `InsurancePlan/${formulary}` } }),
        ],
        type: DRUG_POLICY,
        benefit: [{ type: DRUG_PLAN }],
      },
    ],
    plan: [
      {
        type: DRUG_PLAN,
        specificCost: SUPPLIES.map((supply) => costsOfSupply(plan, supply)),
      },
    ],
  };
}

/** One list of drugs for all medical products, each with its own copays. */
export function publishedFormulary(tenant: SyntheticPlan, year: number): SyntheticResource[] {
  const formulary = logicalId(tenant.name, 'InsurancePlan', 'formulary');
  const publication = { tenant, year, formulary };
  const drugs = Object.values(DRUGS);
  return [
    {
      resourceType: 'InsurancePlan',
      id: formulary,
      meta: listed('Formulary', year),
      identifier: [{ system: `${tenant.base}/formulary`, value: `F${year}` }],
      status: 'active',
      type: [DRUG_POLICY],
      name: `${tenant.planName} Formulary ${year}`,
      period: periodOf(year),
    },
    ...PLANS.filter(({ line }) => line === 'medical').map((plan) => payerPlanOf(publication, plan)),
    ...drugs.map((drug) => drugOf(publication, drug)),
    ...drugs.map((drug) => itemOf(publication, drug)),
  ];
}
