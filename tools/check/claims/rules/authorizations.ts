/** Rules about prior authorizations: how long the plan takes, and what an appeal is about. */
import { resourceName } from '../../conformance/supported.ts';
import { type Claim, firstCode, isRelatedAs } from '../claim.ts';
import type { PlanRecords } from '../plan-records.ts';
import type { ClaimRule } from '../rule.ts';

const DAY_MS = 86_400_000;
/** Days for a decision (42 CFR 422.568, 422.572 and 422.590). */
const LIMIT_DAYS = { standard: 7, expedited: 3, appeal: 30 } as const;
/** Days for an appeal (29 CFR 2560.503-1(h)). */
const APPEAL_DAYS = 180;
/** X12 1322, X12 1338, and X12 306: a refusal of all or of a part. */
const APPEALS = ['1', '2'];
const EXPEDITED = ['U', '03'];
const REFUSALS = ['A2', 'A3', 'A6'];

interface Extension {
  url: string;
  extension?: Extension[];
  valueCodeableConcept?: { coding?: { code?: string }[] };
  valueDateTime?: string;
}

/** @returns the extensions anywhere in a value whose address ends so */
function extensionsIn(value: unknown, end: string): Extension[] {
  if (typeof value !== 'object' || value === null) return [];
  const found = Object.values(value).flatMap((each) => extensionsIn(each, end));
  return 'url' in value && String(value.url).endsWith(end) ? [value as Extension, ...found] : found;
}

const codesOf = (request: Claim, end: string): string[] =>
  extensionsIn(request, end).map(({ valueCodeableConcept }) => firstCode(valueCodeableConcept));
const hasCodeOf = (request: Claim, end: string, codes: readonly string[]): boolean =>
  codesOf(request, end).some((code) => codes.includes(code));
const isAppeal = (request: Claim): boolean => hasCodeOf(request, 'certificationType', APPEALS);

/** When the plan decided; undefined: it has not. */
const decidedAt = (request: Claim): string | undefined =>
  extensionsIn(request, 'base-ext-when-adjudicated')[0]?.valueDateTime;

const daysBetween = (from: string, to: string): number => (Date.parse(to) - Date.parse(from)) / DAY_MS;

function slowProblem(request: Claim, { today }: PlanRecords): string | false {
  const isExpedited = hasCodeOf(request, 'levelOfServiceCode', EXPEDITED);
  const limit = LIMIT_DAYS[isExpedited ? 'expedited' : isAppeal(request) ? 'appeal' : 'standard'];
  const decided = decidedAt(request);
  const days = daysBetween(request.created, decided ?? today);
  if (decided !== undefined && days < 0) return 'it was decided before it was asked for';
  return days > limit && `it waits ${Math.floor(days)} days`;
}

const careOf = ({ item }: Claim): string =>
  item.map(({ productOrService }) => firstCode(productOrService)).join();

/** @returns what is wrong with an appeal, beside the request that it is about */
function againstProblem(appeal: Claim, first: Claim): string | undefined {
  const decided = decidedAt(first);
  if (!hasCodeOf(first, 'reviewActionCode', REFUSALS)) return 'what it is about was not refused';
  if (careOf(first) !== careOf(appeal)) return 'it is about other care';
  if (decided === undefined || decided > appeal.created) return 'it came before the decision';
  return daysBetween(decided, appeal.created) > APPEAL_DAYS ? 'it came too late' : undefined;
}

function relationProblem(request: Claim, { authorizations }: PlanRecords): string | false | undefined {
  if (isAppeal(request) !== isRelatedAs(request, 'prior')) return 'an appeal names what it is about';
  const [own] = request.identifier;
  for (const { reference } of request.related ?? []) {
    const other = authorizations.find(
      ({ identifier, patient }) =>
        patient.reference === request.patient.reference && identifier[0]?.value === reference.value,
    );
    if (!other) return `there is no request ${reference.value}`;
    if (!other.related?.some((each) => each.reference.value === own?.value))
      return `${resourceName(other)} does not name it`;
    const problem = isAppeal(request) && againstProblem(request, other);
    if (problem) return problem;
  }
  return undefined;
}

const ofEachRequest =
  (problem: (request: Claim, plan: PlanRecords) => string | false | undefined) => (plan: PlanRecords) =>
    plan.authorizations.flatMap((request) => {
      const found = problem(request, plan);
      return found ? [`${resourceName(request)} of ${request.created}: ${found}`] : [];
    });

const inTheYear2001 = (request: Claim) => [{ ...request, created: request.created.replace(/^..../, '2001') }];

export const AUTHORIZATION_RULES: readonly ClaimRule[] = [
  {
    name: 'a prior authorization is decided in the time that the law gives',
    contradictions: ofEachRequest(slowProblem),
    faults: [
      { what: 'it has waited since 2001', of: 'authorizations', plant: inTheYear2001 },
      {
        what: 'decided before it was asked for',
        of: 'authorizations',
        in: (request) => decidedAt(request) !== undefined,
        plant: (request) => [{ ...request, created: request.created.replace(/^..../, '2099') }],
      },
    ],
  },
  {
    name: 'an appeal follows a refusal of the same care, and the two name each other',
    contradictions: ofEachRequest(relationProblem),
    faults: [
      { what: 'it came before the refusal', of: 'authorizations', in: isAppeal, plant: inTheYear2001 },
      {
        what: 'it names none',
        of: 'authorizations',
        in: isAppeal,
        plant: (request) => [{ ...request, related: [] }],
      },
      {
        what: 'it is about other care',
        of: 'authorizations',
        in: isAppeal,
        plant: (request) => [{ ...request, item: [] }],
      },
    ],
  },
];
