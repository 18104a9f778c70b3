/** Asks audit-service for the scorecard of a plan. */
import { pathTo, SCORECARD_PATH, Scorecard, scorecardStatement } from '@patient-access/internal-api';
import { trailQuestions, type TrailSettings } from './trail-questions.ts';

/** @returns a function that rejects when audit-service does not answer */
export function trailOfScorecards(settings: TrailSettings) {
  const ask = trailQuestions(settings);
  return async (tenant: string, days: number): Promise<Scorecard> => {
    const query = { days, asked: new Date().toISOString() };
    const statement = scorecardStatement(tenant, query);
    const path = pathTo(SCORECARD_PATH, { tenant });
    return Scorecard.parse(await ask({ path, query, statement }));
  };
}
