/** What becomes of a claim: most are decided once, and some are replaced, appealed, taken back or not decided yet. */
import { type SyntheticResource } from '../fhir/resource.ts';
import { digitsOf } from '../fhir/identity.ts';
import { random } from '../fhir/random.ts';
import type { Scope } from '../scope.ts';
import { undecided } from './adjudication.ts';
import { APPEAL_DAYS } from './appeals.ts';
import { type ClaimFacts, isWaiting, versionOf } from './explanation.ts';
import type { ClaimNote } from './notes.ts';
import { receivedDay, RELATED } from './parts.ts';

const PROCESSING_DAYS = 9;
const REPLACED_SHARE = 0.02;
const SENT_TWICE_SHARE = 0.01;

/** The day on which the plan decides first: yesterday at the latest, so that no time of the day is still to come. */
const firstDay = (
  { today }: Pick<Scope, 'today'>,
  { endDay, lateDays = 0 }: Pick<ClaimFacts, 'endDay' | 'lateDays'>,
): number => Math.min(endDay + lateDays + PROCESSING_DAYS, today - 1);

/** @returns whether the claim of care that ended on a day, or came so much later, is still to be decided */
export const isStillToDecide = ({ today }: Pick<Scope, 'today'>, endDay: number): boolean =>
  endDay + PROCESSING_DAYS >= today;

const wasAppealed = ({ items }: ClaimFacts): boolean => items.some(({ amounts }) => amounts.beforeAppeal);

/** The day of the decision in force. */
export const decidedDay = (scope: Pick<Scope, 'today'>, claim: ClaimFacts): number =>
  firstDay(scope, claim) + (wasAppealed(claim) ? APPEAL_DAYS : 0);

/** The claim as it is in force, and what there was of it beside that. */
export function explanations(scope: Scope, claim: ClaimFacts): SyntheticResource[] {
  const byChance = scope.random.chance(REPLACED_SHARE);
  if (isWaiting(claim)) return [waiting(scope, claim)];
  if (claim.isBundled) return [inForce(scope, claim, 'bundled')];
  if (wasAppealed(claim)) {
    const first = beforeAppeal(claim);
    return replaced(scope, claim, claim.corrected ? decidedOtherwise(first) : first, 'appealed');
  }
  const isInPart = claim.items.some(({ amounts }) => amounts.isOpen);
  // A claim of which a part waits was not decided as a whole before.
  if ((byChance && !isInPart) || claim.corrected) return replaced(scope, claim, decidedOtherwise(claim));
  return [inForce(scope, claim, isInPart ? 'underReview' : undefined), ...sentTwice(scope, claim)];
}

/** The only version of a claim. */
const inForce = (scope: Scope, claim: ClaimFacts, note?: ClaimNote): SyntheticResource =>
  versionOf(scope, claim, {
    status: 'active',
    number: claimNumber(scope, claim.key),
    decidedDay: decidedDay(scope, claim),
    ...(note && { note }),
  });

function waiting(scope: Scope, claim: ClaimFacts): SyntheticResource {
  const number = claimNumber(scope, claim.key);
  return versionOf(scope, claim, {
    status: 'active',
    number,
    decidedDay: receivedDay(scope, claim.endDay + (claim.lateDays ?? 0)),
  });
}

/** The plan had decided the earlier version of a hospital's claim in the other way. */
const decidedOtherwise = (claim: ClaimFacts): ClaimFacts => ({
  ...claim,
  ...(claim.asWhole !== undefined && { asWhole: !claim.asWhole }),
});

const beforeAppeal = (claim: ClaimFacts): ClaimFacts => ({
  ...claim,
  items: claim.items.map(({ amounts, ...line }) => ({ ...line, amounts: amounts.beforeAppeal ?? amounts })),
});

function replaced(scope: Scope, claim: ClaimFacts, first: ClaimFacts, note?: ClaimNote): SyntheticResource[] {
  const earlier = { ...first, key: `${claim.key}/replaced` };
  const [before, number] = [claimNumber(scope, earlier.key), claimNumber(scope, claim.key)];
  return [
    versionOf(scope, earlier, {
      status: 'cancelled',
      number: before,
      decidedDay: firstDay(scope, claim),
      related: [RELATED.replacedBy, number],
    }),
    versionOf(scope, claim, {
      status: 'active',
      number,
      decidedDay: decidedDay(scope, claim),
      related: [RELATED.prior, before],
      isReplacement: true,
      ...(note && { note }),
    }),
  ];
}

/** A second copy of the claim, which the provider took back before the plan decided it. */
function sentTwice(scope: Scope, claim: ClaimFacts): SyntheticResource[] {
  const stream = random(`${scope.tenant.name}/sent-twice/${scope.member.key}/${claim.key}`);
  if (claim.isAtCounter || !stream.chance(SENT_TWICE_SHARE)) return [];
  const copy: ClaimFacts = {
    ...claim,
    key: `${claim.key}/again`,
    items: claim.items.map(({ amounts, ...line }) => ({
      ...line,
      amounts: undecided({ submittedCents: amounts.submitted }),
    })),
  };
  return [
    versionOf(scope, copy, {
      status: 'cancelled',
      number: claimNumber(scope, copy.key),
      decidedDay: firstDay(scope, claim),
      note: 'sentTwice',
    }),
  ];
}

const claimNumber = ({ tenant, member }: Scope, key: string): string =>
  digitsOf(`claim/${tenant.name}/${member.key}/${key}`, 14);
