/** The formulary of a plan as Da Vinci US Drug Formulary 2.1 has it, made of the drugs that its members take. */
import { PLANS } from '../coverage/plans.ts';
import type { Plan } from '../coverage/product.ts';
import { dayOf } from '../fhir/dates.ts';
import { logicalId } from '../fhir/identity.ts';
import { codedConcept, coded, meta, referenceTo, type SyntheticResource } from '../fhir/resource.ts';
import { hl7, RXNORM } from '../fhir/systems.ts';
import { DRUGS, type Drug } from '../reference/medications.ts';
import type { SyntheticPlan } from '../tenants.ts';

const GUIDE = 'http://hl7.org/fhir/us/davinci-drug-formulary';
const PRODUCT_TYPE = 'http://hl7.org/fhir/us/davinci-pdex-plan-net/CodeSystem/InsuranceProductTypeCS';
const LISTED_DAY = dayOf(2026, 1, 1);
const YEAR = { start: '2026-01-01', end: '2026-12-31' };

const listed = (profile: string) => meta([`${GUIDE}/StructureDefinition/usdf-${profile}|2.1.0`], LISTED_DAY);
const trialUse = (system: string, code: string, display: string) =>
  coded(`${GUIDE}/CodeSystem/usdf-${system}-TEMPORARY-TRIAL-USE`, code, display);
const extension = (name: string, value: object) => ({
  url: `${GUIDE}/StructureDefinition/usdf-${name}-extension`,
  ...value,
});

const TIERS = {
  generic: trialUse('DrugTierCS', 'generic', 'Generic'),
  brand: trialUse('DrugTierCS', 'brand', 'Brand'),
};
const RETAIL = trialUse('PharmacyBenefitTypeCS', '1-month-in-retail', '1 month in network retail');
const DRUG_POLICY = coded(hl7('v3-ActCode'), 'DRUGPOL', 'drug policy');
const DRUG_PLAN = coded(hl7('insurance-plan-type'), 'drug', 'Drug');

function drugOf(tenant: SyntheticPlan, { rxnorm, name }: Drug): SyntheticResource {
  return {
    resourceType: 'MedicationKnowledge',
    id: logicalId(tenant.name, 'MedicationKnowledge', rxnorm),
    meta: listed('FormularyDrug'),
    code: codedConcept(RXNORM, rxnorm, name),
    status: 'active',
  };
}

function itemOf(tenant: SyntheticPlan, formulary: string, { rxnorm, name, brand }: Drug): SyntheticResource {
  const drug = logicalId(tenant.name, 'MedicationKnowledge', rxnorm);
  return {
    resourceType: 'Basic',
    id: logicalId(tenant.name, 'Basic', `formulary-item/${rxnorm}`),
    meta: listed('FormularyItem'),
    extension: [
      extension('FormularyReference', { valueReference: { reference: `InsurancePlan/${formulary}` } }),
      extension('AvailabilityStatus', { valueCode: 'active' }),
      extension('AvailabilityPeriod', { valuePeriod: YEAR }),
      extension('PharmacyBenefitType', { valueCodeableConcept: RETAIL }),
      extension('DrugTierID', { valueCodeableConcept: TIERS[brand ? 'brand' : 'generic'] }),
      extension('PriorAuthorization', { valueBoolean: false }),
    ],
    code: coded(`${GUIDE}/CodeSystem/usdf-InsuranceItemTypeCS`, 'formulary-item', 'Formulary Item'),
    subject: referenceTo('MedicationKnowledge', drug, name),
  };
}

const copayOf = (tier: keyof typeof TIERS, cents: number) => ({
  type: TIERS[tier],
  cost: [
    {
      type: trialUse('BenefitCostTypeCS', 'copay', 'Copay'),
      qualifiers: [trialUse('CostShareOptionCS', 'before-deductible', 'Before Deductible')],
      value: { value: cents / 100, unit: '$', system: 'urn:iso:std:iso:4217', code: 'USD' },
    },
  ],
});

function payerPlanOf(tenant: SyntheticPlan, formulary: string, plan: Plan): SyntheticResource {
  const [code = '', display = ''] = plan.code.startsWith('HMO')
    ? ['commhmo', 'Commercial HMO']
    : ['commppo', 'Commercial PPO'];
  return {
    resourceType: 'InsurancePlan',
    id: logicalId(tenant.name, 'InsurancePlan', plan.code),
    meta: listed('PayerInsurancePlan'),
    identifier: [{ system: `${tenant.base}/plan`, value: plan.code }],
    status: 'active',
    type: [coded(PRODUCT_TYPE, code, display)],
    name: `${tenant.planName} ${plan.name}`,
    period: YEAR,
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
        specificCost: [
          {
            category: RETAIL,
            benefit: [copayOf('generic', plan.genericCopayCents), copayOf('brand', plan.brandCopayCents)],
          },
        ],
      },
    ],
  };
}

/** One list of drugs for all medical products, each with its own copays. */
export function publishedFormulary(tenant: SyntheticPlan): SyntheticResource[] {
  const formulary = logicalId(tenant.name, 'InsurancePlan', 'formulary');
  const drugs = Object.values(DRUGS);
  return [
    {
      resourceType: 'InsurancePlan',
      id: formulary,
      meta: listed('Formulary'),
      identifier: [{ system: `${tenant.base}/formulary`, value: 'F2026' }],
      status: 'active',
      type: [DRUG_POLICY],
      name: `${tenant.planName} Formulary 2026`,
      period: YEAR,
    },
    ...PLANS.filter(({ line }) => line === 'medical').map((plan) => payerPlanOf(tenant, formulary, plan)),
    ...drugs.map((drug) => drugOf(tenant, drug)),
    ...drugs.map((drug) => itemOf(tenant, formulary, drug)),
  ];
}
