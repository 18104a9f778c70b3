/** A claim as the rules read it: what R4 and CARIN Blue Button say of an ExplanationOfBenefit. */
import type { Served } from '../conformance/supported.ts';
import { onceForEach } from '../once-for-each.ts';

interface Coding {
  system?: string;
  code?: string;
}

export interface ClaimConcept {
  coding?: Coding[];
  text?: string;
}

interface Link {
  reference: string;
}

export interface ClaimPeriod {
  start?: string;
  end?: string;
}

export interface Entry {
  category: ClaimConcept;
  reason?: ClaimConcept;
  amount?: { value: number };
  value?: number;
}

export interface ClaimLine {
  sequence: number;
  productOrService: ClaimConcept;
  revenue?: ClaimConcept;
  modifier?: ClaimConcept[];
  servicedDate?: string;
  servicedPeriod?: ClaimPeriod;
  quantity?: { value: number };
  net?: { value: number };
  adjudication?: Entry[];
  detail?: { productOrService: ClaimConcept }[];
}

interface Information {
  category: ClaimConcept;
  code?: ClaimConcept;
  timingDate?: string;
  valueQuantity?: { value: number };
}

interface Limit {
  type: ClaimConcept;
  allowedMoney?: { value: number };
  usedMoney?: { value: number };
  allowedUnsignedInt?: number;
  usedUnsignedInt?: number;
}

export interface Balance {
  unit?: ClaimConcept;
  financial?: Limit[];
  benefit?: Limit[];
}

export interface Claim extends Served {
  status: string;
  use: string;
  outcome: string;
  type: ClaimConcept;
  subType?: ClaimConcept;
  patient: Link;
  provider: Link;
  identifier: { value: string }[];
  billablePeriod: Required<ClaimPeriod>;
  created: string;
  /** another insurance has a name alone */
  insurance: { focal: boolean; coverage: Partial<Link> }[];
  careTeam?: { provider: Link; qualification?: ClaimConcept }[];
  supportingInfo?: Information[];
  diagnosis?: { diagnosisCodeableConcept: ClaimConcept; type?: ClaimConcept[] }[];
  procedure?: { procedureCodeableConcept: ClaimConcept }[];
  item: ClaimLine[];
  adjudication?: Entry[];
  /** left out: the plan sends no amounts of the claim */
  total?: Entry[];
  payment?: { type: ClaimConcept; date: string; amount: { value: number } };
  preAuthRef?: string[];
  related?: { relationship: ClaimConcept; reference: { value: string } }[];
  benefitPeriod: Required<ClaimPeriod>;
  benefitBalance?: Balance[];
  /** what members read */
  text?: { div: string };
}

export const allCodes = ({ coding = [] }: ClaimConcept = {}): string[] =>
  coding.flatMap(({ code }) => code ?? []);
export const firstCode = (concept: ClaimConcept | undefined): string => allCodes(concept)[0] ?? '';
export const isCodedAs = (concept: ClaimConcept | undefined, code: string) =>
  allCodes(concept).includes(code);

/** Claims are added in cents, so that sums are exact. */
export const cents = (money: { value: number } | undefined): number => Math.round((money?.value ?? 0) * 100);

/** @returns the sum of a category of amounts in the adjudication of a line, or in `total`; of none that is sent: 0 */
export const centsFor = (entries: readonly Entry[] | undefined, category: string): number =>
  (entries ?? [])
    .filter((entry) => entry.amount && isCodedAs(entry.category, category))
    .reduce((sum, { amount }) => sum + cents(amount), 0);

export const sumOfAmounts = (
  entries: readonly Entry[] | undefined,
  ...categories: readonly string[]
): number => categories.reduce((sum, category) => sum + centsFor(entries, category), 0);

/** @returns the entry of `supportingInfo` of a category of CARIN Blue Button */
export const informationOf = ({ supportingInfo = [] }: Claim, category: string) =>
  supportingInfo.find((info) => isCodedAs(info.category, category));

export const principalOf = ({ diagnosis = [] }: Claim): string =>
  firstCode(
    (diagnosis.find(({ type = [] }) => type.some((each) => isCodedAs(each, 'principal'))) ?? diagnosis[0])
      ?.diagnosisCodeableConcept,
  );

type Decided = [place: string, entries: readonly Entry[], line?: ClaimLine];

/** What the plan decided by itself: a hospital's claim as a whole, if the amounts are in its header; else each line. */
export const decided = ({ item, adjudication: header = [] }: Claim): Decided[] =>
  header.some(({ amount }) => amount)
    ? [['claim', header]]
    : item.map((line) => [`line ${line.sequence}`, line.adjudication ?? [], line]);

export const isRefusedFor = (entries: readonly Entry[], code: string): boolean =>
  entries.some(({ reason }) => isCodedAs(reason, code));

export const isByNetworkProvider = onceForEach((claim: Claim): boolean =>
  JSON.stringify(claim).includes('"innetwork"'),
);

export const isRelatedAs = ({ related = [] }: Claim, code: string): boolean =>
  related.some(({ relationship }) => isCodedAs(relationship, code));

/** The provider took the claim back: no other one replaced it. */
export const wasTakenBack = (claim: Claim): boolean =>
  claim.status === 'cancelled' && !isRelatedAs(claim, 'replacedby');

/** The plan has decided the claim, as a whole or in part. */
export const hasDecision = (claim: Claim): boolean =>
  !wasTakenBack(claim) && (claim.outcome === 'complete' || claim.outcome === 'partial');

/** Of what waits for a decision only the charge is known. */
export const isUndecided = (entries: readonly Entry[]): boolean =>
  !entries.some(({ category }) => isCodedAs(category, 'eligible'));

/** What has sums of its own: what still waits has none, and neither has a claim of which a part waits. */
export function adjudicated(claim: Claim): Decided[] {
  const parts = decided(claim);
  return hasDecision(claim) && claim.outcome === 'complete'
    ? [...parts, ['total', claim.total ?? []]]
    : parts.filter(([, entries]) => !isUndecided(entries));
}
