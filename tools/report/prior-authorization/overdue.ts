/**
 * Requests that wait for a decision longer than the rule allows: seven calendar days, 72 hours if expedited (42 CFR
 * 422.568(b)(1) and 422.572(a)(1); the same in 438.210(d), 440.230(e)(1) and 457.495(d)). An appeal has 30 days (422.590(a),
 * 438.408(b)(2)), and 72 hours if expedited. Pure functions.
 */
import { dateSpan, type Resource, saysNoDate } from '@patient-access/fhir';
import { isAppealRequest, instantMsOf, waitsForDecision, urgencyOf, type Classified } from './classify.ts';
import type { StoredRequest } from './requests.ts';

export interface OverdueRequest {
  /** id of the ExplanationOfBenefit */
  id: string;
  urgency: Classified['urgency'];
  /** when it came to the plan, as the plan sent it */
  received: string;
  /** the last moment at which a decision would have been in time */
  due: Date;
}

const DAY = 'yyyy-mm-dd'.length;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const LIMIT_MS: Readonly<Record<Classified['urgency'], number>> = {
  standard: 7 * DAY_MS,
  expedited: 72 * HOUR_MS,
};

const APPEAL_LIMIT_MS = 30 * DAY_MS;

const limitOf = (request: Resource, urgency: Classified['urgency']): number =>
  urgency === 'standard' && isAppealRequest(request) ? APPEAL_LIMIT_MS : LIMIT_MS[urgency];

/** The last moment that a time can mean: of a day nobody knows the hour, and of a month or a year not the day either. */
const latestOf = (time: string): number =>
  instantMsOf(time.length > DAY ? time : (dateSpan(time)?.high ?? time));

/** The first time that any version says. A plan may write the day of each version into it, or only its month. */
const receivedOf = ({ current, earlier }: StoredRequest): string | undefined =>
  [...earlier, current]
    .flatMap((version: Resource) => (version['created'] as string) ?? [])
    .filter((time) => !saysNoDate(time))
    .sort((one, another) => latestOf(one) - latestOf(another))[0];

/** @returns the requests that are open at a moment and should have been decided before it */
export const overdueOf = (requests: readonly StoredRequest[], now: Date): OverdueRequest[] =>
  requests.flatMap((request) => {
    const received = receivedOf(request);
    if (received === undefined || !waitsForDecision(request.current)) return [];
    const urgency = urgencyOf(request.current);
    const due = new Date(latestOf(received) + limitOf(request.current, urgency));
    return due < now ? [{ id: request.current.id, urgency, received, due }] : [];
  });

/** @returns those that became overdue at or after a moment; left out: all */
export const overdueSince = (
  overdue: readonly OverdueRequest[],
  since = new Date(0),
): readonly OverdueRequest[] => overdue.filter(({ due }) => due >= since);
