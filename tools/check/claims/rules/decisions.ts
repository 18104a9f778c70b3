/** Rules about what the plan decided, why, and when. */
import {
  centsFor,
  type Claim,
  firstCode,
  allCodes,
  type Entry,
  isCodedAs,
  informationOf,
  decided,
} from '../claim.ts';
import type { PlanRecords } from '../plan-records.ts';
import { type ClaimRule, ofEachClaim } from '../rule.ts';

const day = (instant: string) => instant.slice(0, 10);

function orderProblem(claim: Claim, { today }: PlanRecords): string | undefined {
  const days: [what: string, day: string | undefined][] = [
    ['care', claim.billablePeriod.end],
    ['receipt', informationOf(claim, 'clmrecvddate')?.timingDate],
    ['decision', day(claim.created)],
    ['payment', claim.payment?.date],
    ['today', today],
  ];
  const known = days.filter((each): each is [string, string] => each[1] !== undefined);
  if (!days[1]?.[1]) return 'nothing says when it was received';
  return known
    .slice(1)
    .flatMap(([what, on], index) => {
      const [before, then] = known[index] as [string, string];
      return on < then ? [`${what} on ${on} before ${before} on ${then}`] : [];
    })
    .join('; ');
}

interface Refused {
  claim: Claim;
  entries: readonly Entry[];
  isInNetwork: boolean;
}

/** For each reason of X12 and NCPDP, where it fits a line that was not paid in full. */
const REASONS: Readonly<Record<string, (refused: Refused) => boolean>> = {
  '16': () => true,
  '18': () => true,
  '26': () => false,
  '27': () => false,
  '29': () => true,
  '50': () => true,
  '55': () => true,
  '70': ({ claim }) => firstCode(claim.type) === 'pharmacy',
  '75': ({ claim }) => firstCode(claim.type) === 'pharmacy',
  '76': ({ claim }) => firstCode(claim.type) === 'pharmacy',
  '79': ({ claim }) => firstCode(claim.type) === 'pharmacy',
  '96': ({ isInNetwork, entries }) => isInNetwork || centsFor(entries, 'eligible') === 0,
  '119': () => true,
  '151': () => true,
  // It can be missing only where none is named.
  '197': ({ claim }) => !claim.preAuthRef,
  '204': () => true,
  '242': ({ isInNetwork }) => !isInNetwork,
  B7: () => true,
};

const REASON_CATEGORIES = ['adjustmentreason', 'rejectreason', 'denialreason'];
/** The contracted rate, and what another insurance has paid: reasons for a part that nobody owes. */
const NO_REFUSALS: readonly string[] = ['45', '23'];

const reasonsOf = (entries: readonly Entry[]): string[] =>
  entries
    .filter(({ category }) => allCodes(category).some((code) => REASON_CATEGORIES.includes(code)))
    .flatMap(({ reason }) => allCodes(reason))
    .filter((code) => !NO_REFUSALS.includes(code));

const isInNetwork = (claim: Claim) => JSON.stringify(claim).includes('"innetwork"');

function reasonProblem(claim: Claim): string {
  return decided(claim)
    .flatMap(([place, entries]) => {
      const refused = { claim, entries, isInNetwork: isInNetwork(claim) };
      const [isRefused, reasons] = [centsFor(entries, 'noncovered') > 0, reasonsOf(entries)];
      if (isRefused && reasons.length === 0) return [`${place} is refused without a reason`];
      if (!isRefused && reasons.length > 0) return [`${place} has a reason and is paid`];
      const odd = reasons.filter((code) => !REASONS[code]?.(refused));
      return odd.map((code) => `reason ${code} does not fit ${place}`);
    })
    .join('; ');
}

function relatedProblem(claim: Claim, { claims }: PlanRecords): string | undefined {
  const other = (number: string) =>
    claims.find(
      ({ identifier, patient }) =>
        patient.reference === claim.patient.reference && identifier.some(({ value }) => value === number),
    );
  return (claim.related ?? [])
    .flatMap(({ relationship, reference: { value } }) => {
      const found = other(value);
      if (!found) return [`there is no claim ${value}`];
      const isBack = found.related?.some(({ reference }) => reference.value === claim.identifier[0]?.value);
      if (!isBack) return [`claim ${value} does not name it`];
      const isReplaced = isCodedAs(relationship, 'replacedby');
      return isReplaced === (claim.status === 'cancelled')
        ? []
        : [`${firstCode(relationship)} and ${claim.status}`];
    })
    .join('; ');
}

export const DECISION_RULES: readonly ClaimRule[] = [
  {
    name: 'payment follows the decision, which follows the receipt, which follows the care',
    contradictions: ofEachClaim(orderProblem),
    fault: {
      in: ({ payment }) => payment !== undefined,
      plant: (claim) => {
        if (claim.payment) claim.payment.date = claim.billablePeriod.start.replace(/^..../, '2001');
        return [claim];
      },
    },
  },
  {
    name: 'what is refused has a reason that fits',
    contradictions: ofEachClaim(reasonProblem),
    fault: {
      in: (claim) => decided(claim).some(([, entries]) => reasonsOf(entries).length > 0),
      plant: (claim) => {
        for (const [, entries] of decided(claim))
          for (const { reason } of entries) for (const coding of reason?.coding ?? []) coding.code = '26';
        return [claim];
      },
    },
  },
  {
    name: 'a claim and the one that replaced it name each other',
    contradictions: ofEachClaim(relatedProblem),
    fault: {
      in: ({ related = [] }) => related.length > 0,
      plant: (claim) => {
        for (const { reference } of claim.related ?? []) reference.value = '0';
        return [claim];
      },
    },
  },
];
