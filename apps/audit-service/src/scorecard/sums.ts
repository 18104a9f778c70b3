/** What a scorecard is made from, as the database has it. It reads sums, and nothing of the trail. */
import type { Statement } from '@patient-access/fhir-store';
import { ALL_MEMBERS } from '@patient-access/smart';

export interface Days {
  tenant: string;
  /** first and last day, `2026-01-31` */
  from: string;
  to: string;
}

/** Events of one sort. */
export interface Sum {
  /** empty: of no app */
  client: string;
  kind: string;
  act: string;
  outcome: string;
  reason: string;
  events: number;
}

/** The last day on which an app asked for a type. */
export interface LastRead {
  client: string;
  type: string;
  day: string;
}

export interface Starts {
  agreed: number;
  reached: number;
  median: number | null;
  ninety: number | null;
}

const SUMS = `SELECT s.client, s.kind, s.act, s.outcome, s.reason, sum(s.events)::float8 AS events FROM trail.daily_sum s
  WHERE s.tenant = $1 AND $2::text IS NOT NULL AND s.day BETWEEN $3::date AND $4::date GROUP BY 1, 2, 3, 4, 5`;

/** Two services have two clocks, so data may seem to have come before the consent. */
const STARTS = `SELECT count(*)::int AS agreed, count(g.reached)::int AS reached,
    percentile_disc(0.5) WITHIN GROUP (ORDER BY s.seconds) AS median,
    percentile_disc(0.9) WITHIN GROUP (ORDER BY s.seconds) AS ninety
  FROM trail.grant_start g
  CROSS JOIN LATERAL (SELECT CASE WHEN g.reached IS NOT NULL
                             THEN greatest(0, extract(epoch FROM g.reached - g.agreed))::float8 END AS seconds) s
  WHERE g.tenant = $1 AND $2::text IS NOT NULL
    AND g.agreed >= $3::date::timestamp AT TIME ZONE 'UTC' AND g.agreed < ($4::date + 1)::timestamp AT TIME ZONE 'UTC'`;

const READS = `SELECT r.client, r.type, to_char(r.last, 'YYYY-MM-DD') AS day FROM trail.app_read r
  WHERE r.tenant = $1 AND $2::text IS NOT NULL ORDER BY 1, 2`;

const UNTIL = `SELECT to_char(u.through AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS through
  FROM trail.summed u WHERE u.tenant = $1 AND $2::text IS NOT NULL`;

/** @returns four statements: rows of {@link Sum}, one of {@link Starts}, until when events are counted, and rows of {@link LastRead} */
export function statementsOf({ tenant, from, to }: Days): Statement[] {
  const whose = [tenant, ALL_MEMBERS];
  return [
    { text: SUMS, values: [...whose, from, to] },
    { text: STARTS, values: [...whose, from, to] },
    { text: UNTIL, values: whose },
    { text: READS, values: whose },
  ];
}
