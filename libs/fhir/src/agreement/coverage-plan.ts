/**
 * Coverage and InsurancePlan both say what a member pays. A Coverage names its plan by the number of its class `plan`:
 * R4 has no reference from one to the other, and no guide of ours has an extension for it.
 */
import { hasCode, numberOf, type ToldConcept, type ToldMoney } from '../narrative/written/facts.ts';
import type { Resource } from '../resource.ts';
import type { PlanAgreement } from './agreement.ts';

interface Identifier {
  value?: string;
}
interface Cost {
  type?: ToldConcept;
  value?: { value?: unknown };
}
interface InsurancePlan {
  identifier?: Identifier[];
  plan?: {
    identifier?: Identifier[];
    generalCost?: { type?: ToldConcept; cost?: ToldMoney }[];
    specificCost?: { category?: ToldConcept; benefit?: { type?: ToldConcept; cost?: Cost[] }[] }[];
  }[];
}
interface ToldCost {
  type?: ToldConcept;
  valueMoney?: ToldMoney & { extension?: { url?: string; valueString?: string }[] };
  valueQuantity?: { value?: unknown };
}
interface Coverage {
  class?: { type?: ToldConcept; value?: string }[];
  costToBeneficiary?: ToldCost[];
}

const keysOf = (...concepts: (ToldConcept | undefined)[]): string[] =>
  concepts.flatMap((concept) => (concept?.coding ?? []).map(({ system, code }) => `${system}|${code}`));

/** What the plan asks for each kind of cost that has a code. */
function amountsOf({ plan = [] }: InsurancePlan): Map<string, number[]> {
  const amounts = new Map<string, number[]>();
  const add = (keys: string[], value: unknown) => {
    const amount = numberOf(value);
    if (amount !== undefined) for (const key of keys) amounts.set(key, [...(amounts.get(key) ?? []), amount]);
  };
  for (const { generalCost = [], specificCost = [] } of plan) {
    for (const { type, cost } of generalCost) add(keysOf(type), cost?.value);
    for (const { category, benefit = [] } of specificCost)
      for (const { type, cost = [] } of benefit)
        for (const each of cost) add(keysOf(category, type, each.type), each.value?.value);
  }
  return amounts;
}

const WORDS = '/C4DIC-BeneficiaryCostString-extension';

/** The card writes as text what is no sum of money: `20%`. */
function amountIn({ valueMoney, valueQuantity }: ToldCost): number | undefined {
  const amount = numberOf(valueMoney?.value ?? valueQuantity?.value);
  if (amount !== undefined) return amount;
  const words = valueMoney?.extension?.find(({ url }) => url?.endsWith(WORDS))?.valueString;
  const [, percent] = /^(\d+(?:\.\d+)?)\s*%$/.exec(words ?? '') ?? [];
  return percent === undefined ? undefined : Number(percent);
}

function differences({ costToBeneficiary = [] }: Coverage, plan: InsurancePlan): string[] {
  const amounts = amountsOf(plan);
  return costToBeneficiary.flatMap((cost) => {
    const amount = amountIn(cost);
    const key = keysOf(cost.type).find((each) => amounts.has(each));
    if (amount === undefined || key === undefined || amounts.get(key)?.includes(amount)) return [];
    return [`costToBeneficiary ${key}`];
  });
}

const numbers = (identifiers: Identifier[] = []) => identifiers.flatMap(({ value }) => value ?? []);

export const costsAgree: Omit<PlanAgreement, 'with'> = {
  names: (resource: Resource) =>
    (resource as Resource & Coverage).class?.find(({ type }) => hasCode(type, 'plan'))?.value,
  numbersOf(other: Resource) {
    const { identifier, plan = [] } = other as Resource & InsurancePlan;
    return [...numbers(identifier), ...plan.flatMap((each) => numbers(each.identifier))];
  },
  differences: (resource, other) => differences(resource as Coverage, other as InsurancePlan),
};
