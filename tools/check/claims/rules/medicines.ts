/** Rules about medicines: what the plan's published formulary says of a drug, a pharmacy hears and a member pays. */
import { resourceName, type Served } from '../../conformance/supported.ts';
import {
  allCodes,
  cents,
  centsFor,
  type Claim,
  type ClaimConcept,
  decided,
  firstCode,
  informationOf,
  isCodedAs,
} from '../claim.ts';
import { focalCoverage, type PlanRecords } from '../plan-records.ts';
import { type ClaimRule, ofEachClaim, type PlantedFault } from '../rule.ts';

const RXNORM = 'http://www.nlm.nih.gov/research/umls/rxnorm';
/** A supply of more days is one of three months. */
const MONTH_DAYS = 31;

interface Extension {
  url: string;
  extension?: Extension[];
  valueBoolean?: boolean;
  valueCodeableConcept?: ClaimConcept;
  valueTiming?: { repeat: { count: number; period: number } };
}
interface Link {
  reference: string;
}
interface FormularyItem extends Served {
  extension: Extension[];
  subject: Link;
}
interface Drug extends Served {
  code: ClaimConcept;
}
interface Cost {
  category: ClaimConcept;
  benefit: { type: ClaimConcept; cost: { type: ClaimConcept; value: { value: number } }[] }[];
}
interface PayerPlan extends Served {
  identifier: { value: string }[];
  plan?: { specificCost: Cost[] }[];
}

const rxnormOf = ({ coding = [] }: ClaimConcept): string | undefined =>
  coding.find(({ system }) => system === RXNORM)?.code;

/** The drug by RxNorm: a claim names its prescription, and that one the drug. */
function drugOf(claim: Claim, { all }: PlanRecords): string | undefined {
  const prescription = all.get((claim['prescription'] as Link | undefined)?.reference ?? '');
  const link = prescription?.['medicationReference'] as Link | undefined;
  const drug = all.get(link?.reference ?? '') as Drug | undefined;
  return drug && rxnormOf(drug.code);
}

/** @returns what the formulary says of the drug of a claim; undefined: it is not on it */
function itemOf(claim: Claim, plan: PlanRecords): FormularyItem | undefined {
  const drug = drugOf(claim, plan);
  const entries = new Map(plan.formulary.map((each) => [resourceName(each), each]));
  return (plan.formulary as FormularyItem[]).find(
    ({ resourceType, subject }) =>
      resourceType === 'Basic' && rxnormOf((entries.get(subject.reference) as Drug).code) === drug,
  );
}

const extensionOf = (item: { extension?: Extension[] } | undefined, name: string): Extension | undefined =>
  item?.extension?.find(({ url }) => url === name || url.endsWith(`/usdf-${name}-extension`));
const hasFlag = (item: FormularyItem, name: string) => extensionOf(item, name)?.valueBoolean === true;

/** More units for the days of the supply than the formulary allows. */
function isOverQuantity(claim: Claim, item: FormularyItem): boolean {
  const rolling = extensionOf(extensionOf(item, 'QuantityLimitDetail'), 'Rolling')?.valueTiming?.repeat;
  const days = daysOf(claim);
  const quantity = claim.item[0]?.quantity?.value ?? 0;
  return rolling !== undefined && quantity / days > rolling.count / rolling.period;
}

const daysOf = (claim: Claim): number => informationOf(claim, 'dayssupply')?.valueQuantity?.value ?? 1;

/** For each code of the NCPDP, whether it fits what the formulary says of the drug. */
const REJECTIONS: Readonly<Record<string, (claim: Claim, item: FormularyItem | undefined) => boolean>> = {
  '70': (_, item) => item === undefined,
  '75': (_, item) =>
    item !== undefined && (hasFlag(item, 'PriorAuthorization') || hasFlag(item, 'StepTherapyLimit')),
  '76': (claim, item) => item !== undefined && hasFlag(item, 'QuantityLimit') && isOverQuantity(claim, item),
};

const rejectionsOf = (claim: Claim): string[] =>
  decided(claim)
    .flatMap(([, entries]) => entries)
    .filter(({ category }) => isCodedAs(category, 'rejectreason'))
    .flatMap(({ reason }) => allCodes(reason));

function rejectionProblem(claim: Claim, plan: PlanRecords): string | undefined {
  const item = itemOf(claim, plan);
  const odd = rejectionsOf(claim).filter((code) => REJECTIONS[code]?.(claim, item) === false);
  return odd
    .map((code) => `${code} does not fit what the formulary says of ${drugOf(claim, plan)}`)
    .join('; ');
}

const isOfPharmacy = ({ type }: Claim): boolean => firstCode(type) === 'pharmacy';

/** @returns the highest copay in cents for the tier and the supply, in a shop or by mail; none: there is no copay */
function highestCopay(claim: Claim, plan: PlanRecords): number | undefined {
  const product = focalCoverage(plan, claim)?.class.find(({ type }) => isCodedAs(type, 'plan'))?.value;
  const found = (plan.formulary as PayerPlan[]).find(
    ({ identifier = [] }) => identifier[0]?.value === product,
  );
  const tier = firstCode(extensionOf(itemOf(claim, plan), 'DrugTierID')?.valueCodeableConcept);
  const months = daysOf(claim) > MONTH_DAYS ? '3-month' : '1-month';
  const copays = (found?.plan ?? [])
    .flatMap(({ specificCost }) => specificCost)
    .filter(({ category }) => firstCode(category).startsWith(months))
    .flatMap(({ benefit }) => benefit.filter(({ type }) => isCodedAs(type, tier)))
    .flatMap(({ cost }) => cost.filter(({ type }) => isCodedAs(type, 'copay')))
    .map(({ value }) => cents(value));
  return copays.length > 0 ? Math.max(...copays) : undefined;
}

function copayProblem(claim: Claim, plan: PlanRecords): string | false {
  const copay = centsFor(claim.total, 'copay');
  if (!isOfPharmacy(claim) || copay === 0) return false;
  const most = highestCopay(claim, plan);
  return (most === undefined || copay > most) && `a copay of ${copay} cents, and the formulary has ${most}`;
}

/** The pharmacy hears another reason. */
const heard = (
  what: string,
  from: string,
  to: string,
  isAbout: (item: FormularyItem | undefined) => boolean = () => true,
): PlantedFault => ({
  what,
  in: (claim, plan) => rejectionsOf(claim).includes(from) && isAbout(itemOf(claim, plan)),
  plant: (claim) => {
    for (const [, entries] of decided(claim))
      for (const { reason } of entries) for (const coding of reason?.coding ?? []) coding.code = to;
    return [claim];
  },
});

export const MEDICINE_RULES: readonly ClaimRule[] = [
  {
    name: 'a pharmacy is rejected only for what the formulary says of the drug',
    contradictions: ofEachClaim(rejectionProblem),
    faults: [
      heard('a drug on the formulary that is not covered', '76', '70'),
      heard(
        'an approval that nobody asks for',
        '76',
        '75',
        (item) => item !== undefined && !hasFlag(item, 'PriorAuthorization'),
      ),
      heard('a quantity that is allowed', '75', '76'),
    ],
  },
  {
    name: 'nobody pays a larger copay for a medicine than its tier has',
    contradictions: ofEachClaim(copayProblem),
    faults: [
      {
        what: 'a copay that is too large',
        in: (claim) => isOfPharmacy(claim) && centsFor(claim.total, 'copay') > 0,
        plant: (claim) => {
          for (const { category, amount } of claim.total ?? [])
            if (amount && isCodedAs(category, 'copay')) amount.value += 1_000;
          return [claim];
        },
      },
      {
        what: 'a copay for a drug without one',
        in: (claim) => isOfPharmacy(claim) && centsFor(claim.total, 'coinsurance') > 0,
        plant: (claim) => {
          for (const { category } of claim.total ?? [])
            for (const coding of isCodedAs(category, 'coinsurance') ? (category.coding ?? []) : [])
              coding.code = 'copay';
          return [claim];
        },
      },
    ],
  },
];
