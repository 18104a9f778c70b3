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
};
const RETAIL = trialUse('PharmacyBenefitTypeCS', '1-month-in-retail', '1 month in network retail');
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

function itemOf({ tenant, year, formulary }: Publication, drug: Drug): SyntheticResource {
  const { rxnorm, name, brand } = drug;
  return {
    resourceType: 'Basic',
    id: logicalId(tenant.name, 'Basic', `formulary-item/${rxnorm}`),
    meta: listed('FormularyItem', year),
    extension: [
      extension('FormularyReference', { valueReference: { reference: `InsurancePlan/${formulary}` } }),
      extension('AvailabilityStatus', { valueCode: 'active' }),
      extension('AvailabilityPeriod', { valuePeriod: periodOf(year) }),
      extension('PharmacyBenefitType', { valueCodeableConcept: RETAIL }),
      extension('DrugTierID', { valueCodeableConcept: TIERS[brand ? 'brand' : 'generic'] }),
      extension('PriorAuthorization', { valueBoolean: false }),
    ],
    code: coded(`${GUIDE}/CodeSystem/usdf-InsuranceItemTypeCS`, 'formulary-item', 'Formulary Item'),
    subject: referenceTo('MedicationKnowledge', logicalId(tenant.name, 'MedicationKnowledge', rxnorm), name),
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
