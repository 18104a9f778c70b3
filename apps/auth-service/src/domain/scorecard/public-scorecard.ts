/**
 * What a plan publishes of its scorecard. It names no app, and says nothing that is about few: who knows that a neighbour
 * has just connected an app must not find the neighbour in a difference of two days.
 */
import type { Scorecard } from '@patient-access/internal-api';

/** A share of fewer is not said (CMS's rule for public files: no cell from 1 to 10). */
const FEW = 11;
/** Shares are said in whole per cent, so that one more or less cannot be seen in large numbers. */
const STEPS = 100;

export interface PublicScorecard {
  from: string;
  to: string;
  /** each is null where it would be about few */
  authorizationsThatSucceeded: number | null;
  refreshesThatSucceeded: number | null;
  requestsThatDidNotFail: number | null;
  medianSecondsToFirstData: number | null;
}

/** @returns null also where the others, who are left over, are few: they could be counted from the share */
function shareOf(part: number, whole: number): number | null {
  if (whole < FEW) return null;
  const others = whole - part;
  if ((part > 0 && part < FEW) || (others > 0 && others < FEW)) return null;
  return Math.round((part / whole) * STEPS) / STEPS;
}

export function publicScorecard(card: Scorecard): PublicScorecard {
  const { authorizations, refreshes, requests, firstData } = card;
  const asked = requests.answered + requests.refused + requests.failed;
  return {
    from: card.from,
    to: card.to,
    authorizationsThatSucceeded: shareOf(authorizations.succeeded, authorizations.ended),
    refreshesThatSucceeded: shareOf(refreshes.succeeded, refreshes.succeeded + refreshes.refused),
    requestsThatDidNotFail: shareOf(asked - requests.failed, asked),
    medianSecondsToFirstData:
      firstData.reached < FEW || firstData.medianSeconds === null
        ? null
        : Math.round(firstData.medianSeconds),
  };
}
