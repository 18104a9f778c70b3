/** Rules about what the plan decided, why, and when. */
import {
  centsFor,
  type Claim,
  firstCode,
  allCodes,
  type Entry,
  isCodedAs,
  informationOf,
  isByNetworkProvider,
  isRefusedFor,
  decided,
  type ClaimLine,
} from '../claim.ts';
import type { PlanRecords } from '../plan-records.ts';
import { isLimitFull } from './yearly-limits.ts';
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

const DAY_MILLISECONDS = 86_400_000;
/** Plans take claims for a year at least: what came sooner did not come too late. */
const FILING_DAYS = 365;

function daysUntilReceipt(claim: Claim): number {
  const received = informationOf(claim, 'clmrecvddate')?.timingDate ?? '';
  return (Date.parse(received) - Date.parse(claim.billablePeriod.end)) / DAY_MILLISECONDS;
}

interface Refused {
  claim: Claim;
  entries: readonly Entry[];
  /** left out: the claim was decided as a whole */
  line?: ClaimLine;
  isInNetwork: boolean;
}

const OUT_OF_NETWORK = '242';

/** For each reason of X12 and NCPDP, where it fits a line that was not paid in full. */
const REASONS: Readonly<Record<string, (refused: Refused) => boolean>> = {
  '16': () => true,
  '18': () => true,
  '26': () => false,
  '27': () => false,
  '29': ({ claim }) => daysUntilReceipt(claim) > FILING_DAYS,
  '50': () => true,
  '55': () => true,
  '70': ({ claim }) => firstCode(claim.type) === 'pharmacy',
  '75': ({ claim }) => firstCode(claim.type) === 'pharmacy',
  '76': ({ claim }) => firstCode(claim.type) === 'pharmacy',
  '79': ({ claim }) => firstCode(claim.type) === 'pharmacy',
  '96': ({ isInNetwork, entries }) => isInNetwork || centsFor(entries, 'eligible') === 0,
  '119': ({ claim, line }) => claim.status !== 'active' || (line !== undefined && isLimitFull(claim, line)),
  '151': () => true,
  // It can be missing only where none is named.
  '197': ({ claim }) => !claim.preAuthRef,
  '204': () => true,
  [OUT_OF_NETWORK]: ({ isInNetwork }) => !isInNetwork,
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

/** Of what is paid out of network a part is not: the line says so, or the header of the claim, if another reason is there. */
const lacksNetwork = ({ entries, isInNetwork }: Refused, reasons: readonly string[]): boolean =>
  !isInNetwork && centsFor(entries, 'eligible') > 0 && !reasons.includes(OUT_OF_NETWORK);

function reasonProblem(claim: Claim): string {
  const ofWhole = reasonsOf(claim.adjudication ?? []);
  return decided(claim)
    .flatMap(([place, entries, line]) => {
      const refused = { claim, entries, ...(line && { line }), isInNetwork: isByNetworkProvider(claim) };
      const [isRefused, reasons] = [centsFor(entries, 'noncovered') > 0, reasonsOf(entries)];
      if (isRefused && reasons.length === 0) return [`${place} is refused without a reason`];
      if (!isRefused && reasons.length > 0) return [`${place} has a reason and is paid`];
      if (isRefused && lacksNetwork(refused, [...reasons, ...ofWhole]))
        return [`${place} is out of network, and no reason says so`];
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

const isRefused = (claim: Claim): boolean =>
  decided(claim).some(([, entries]) => reasonsOf(entries).length > 0);

/** Makes a claim name another reason for whatever it refuses. */
const forReason =
  (code: string) =>
  (claim: Claim): Claim[] => {
    for (const [, entries] of decided(claim))
      for (const { reason } of entries) for (const coding of reason?.coding ?? []) coding.code = code;
    return [claim];
  };

const isAnyLimitFull = (claim: Claim): boolean => claim.item.some((line) => isLimitFull(claim, line));

const isOverLimit = (claim: Claim): boolean =>
  decided(claim).some(([, entries]) => reasonsOf(entries).includes('119'));

export const DECISION_RULES: readonly ClaimRule[] = [
  {
    name: 'payment follows the decision, which follows the receipt, which follows the care',
    contradictions: ofEachClaim(orderProblem),
    faults: [
      {
        what: 'paid before the care',
        in: ({ payment }) => payment !== undefined,
        plant: (claim) => {
          if (claim.payment) claim.payment.date = '2001-01-01';
          return [claim];
        },
      },
      {
        what: 'decided before it was received',
        plant: (claim) => [{ ...claim, created: claim.created.replace(/^..../, '2001') }],
      },
      {
        what: 'received after the decision',
        in: (claim) => informationOf(claim, 'clmrecvddate') !== undefined,
        plant: (claim) => {
          const received = informationOf(claim, 'clmrecvddate');
          if (received) received.timingDate = '2099-01-01';
          return [claim];
        },
      },
      {
        what: 'nobody knows when it was received',
        plant: (claim) => [{ ...claim, supportingInfo: [] }],
      },
    ],
  },
  {
    name: 'what is refused has a reason that fits',
    contradictions: ofEachClaim(reasonProblem),
    faults: [
      { what: 'the coverage had not begun', in: isRefused, plant: forReason('26') },
      {
        what: 'too late, and it came in time',
        in: (claim) => isRefused(claim) && daysUntilReceipt(claim) < FILING_DAYS,
        plant: forReason('29'),
      },
      { what: 'a reason that nobody knows', in: isRefused, plant: forReason('ZZ') },
      {
        what: 'a limit that is not reached',
        in: (claim) => isRefused(claim) && !isAnyLimitFull(claim),
        plant: forReason('119'),
      },
      {
        what: 'a limit for which the line does not count',
        in: (claim) => isOverLimit(claim) && !claim.item.every((line) => isLimitFull(claim, line)),
        plant: (claim) => {
          const over = claim.item.find(({ adjudication = [] }) => isRefusedFor(adjudication, '119'));
          for (const line of claim.item)
            if (!isLimitFull(claim, line)) line.adjudication = over?.adjudication ?? [];
          return [claim];
        },
      },
      {
        what: 'nothing says that the provider was out of network',
        in: (claim) => decided(claim).some(([, entries]) => reasonsOf(entries).includes(OUT_OF_NETWORK)),
        plant: forReason('50'),
      },
      {
        what: 'a limit of which something is left',
        in: isOverLimit,
        plant: (claim) => {
          for (const { financial = [] } of claim.benefitBalance ?? [])
            for (const limit of financial) {
              if (limit.allowedMoney) limit.allowedMoney.value += 1;
              if (limit.allowedUnsignedInt !== undefined) limit.allowedUnsignedInt += 1;
            }
          return [claim];
        },
      },
      {
        what: 'no reason',
        in: isRefused,
        plant: (claim) => {
          for (const [, entries] of decided(claim)) for (const entry of entries) delete entry.reason;
          return [claim];
        },
      },
    ],
  },
  {
    name: 'a claim and the one that replaced it name each other',
    contradictions: ofEachClaim(relatedProblem),
    faults: [
      {
        what: 'a claim that is not there',
        in: ({ related = [] }) => related.length > 0,
        plant: (claim) => {
          for (const { reference } of claim.related ?? []) reference.value = '0';
          return [claim];
        },
      },
      {
        what: 'a claim in force that was replaced',
        in: ({ related = [] }) => related.length > 0,
        plant: (claim) => {
          for (const { relationship } of claim.related ?? [])
            for (const coding of relationship.coding ?? []) coding.code = 'replacedby';
          return [claim];
        },
      },
    ],
  },
];
