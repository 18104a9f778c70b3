import { dayOf } from '../fhir/dates.ts';
import { logicalId } from '../fhir/identity.ts';
import {
  codedConcept,
  meta,
  referenceTo,
  worded,
  type Reference,
  type SyntheticResource,
} from '../fhir/resource.ts';
import { hl7, PAYER_TYPE } from '../fhir/systems.ts';
import type { SyntheticPlan } from '../tenants.ts';
import { coverageOfPlan } from './benefits.ts';
import { generalCosts, specificCosts } from './costs.ts';
import type { Line, Plan } from './product.ts';

type PlanRow = [string, string, Line, string, number, number, number, number, number, number, number];

/** A family's limits are so many times those of one person. */
const FAMILY_TIMES = 2;

/** code, name, line, payer type, deductible, maximum (USD), coinsurance %, copays (USD). */
const ROWS: readonly PlanRow[] = [
  ['HMO20', 'HMO Select 20', 'medical', '511', 500, 4_000, 10, 20, 40, 10, 35],
  ['PPO35', 'PPO Choice 35', 'medical', '512', 1_500, 6_000, 20, 35, 60, 15, 50],
  ['PPO50', 'PPO Value 50', 'medical', '512', 2_500, 7_500, 30, 50, 80, 15, 60],
  ['DEN80', 'Dental Essentials', 'dental', '561', 50, 2_000, 20, 0, 0, 0, 0],
  ['VIS10', 'Vision Basics', 'vision', '562', 0, 500, 0, 10, 10, 0, 0],
];

export const PLANS: readonly Plan[] = ROWS.map(
  ([code, name, line, payerType, deductible, maximum, percent, primary, specialist, generic, brand]) => ({
    code,
    name,
    network: line === 'medical' ? `${name} Network` : `${name} Providers`,
    line,
    payerType,
    deductibleCents: deductible * 100,
    outOfPocketMaximumCents: maximum * 100,
    familyDeductibleCents: deductible * FAMILY_TIMES * 100,
    familyMaximumCents: maximum * FAMILY_TIMES * 100,
    coinsurancePercent: percent,
    primaryCopayCents: primary * 100,
    specialistCopayCents: specialist * 100,
    genericCopayCents: generic * 100,
    brandCopayCents: brand * 100,
  }),
);

/** Element `Coverage.type`: US Core asks for a payer type; its words are ours. */
export function payerType(plan: Plan): object {
  return worded(PAYER_TYPE, plan.payerType, plan.name);
}

/** The network of a product, as an Organization. */
export const networkReference = (tenant: SyntheticPlan, plan: Plan): Reference =>
  referenceTo('Organization', logicalId(tenant.name, 'Organization', `network/${plan.code}`), plan.network);

/** The products of the plan as InsurancePlan. */
export function insurancePlansOf(tenant: SyntheticPlan, payer: Reference): SyntheticResource[] {
  return PLANS.map((plan) => ({
    resourceType: 'InsurancePlan',
    id: logicalId(tenant.name, 'InsurancePlan', plan.code),
    meta: meta(['http://hl7.org/fhir/StructureDefinition/InsurancePlan'], dayOf(2023, 1, 1)),
    identifier: [{ system: `${tenant.base}/plan`, value: plan.code }],
    status: 'active',
    type: [
      codedConcept(
        hl7('insurance-plan-type'),
        plan.line,
        `${plan.line[0]?.toUpperCase()}${plan.line.slice(1)}`,
      ),
    ],
    name: `${tenant.planName} ${plan.name}`,
    period: { start: '2023-01-01' },
    ownedBy: payer,
    administeredBy: payer,
    network: [networkReference(tenant, plan)],
    coverage: coverageOfPlan(plan),
    plan: [
      {
        identifier: [{ system: `${tenant.base}/plan`, value: plan.code }],
        generalCost: generalCosts(plan),
        specificCost: specificCosts(plan),
      },
    ],
  }));
}
