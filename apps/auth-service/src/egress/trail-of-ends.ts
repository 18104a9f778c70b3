/** Asks audit-service about marks and ends. */
import {
  DATABASE_MARKS_PATH,
  type DatabaseMark,
  type EndsQuery,
  endsStatement,
  HighestMark,
  markStatement,
  pathTo,
  TRAIL_ENDS_PATH,
  TrailEnds,
} from '@patient-access/internal-api';
import type { TrailOfEnds } from '../domain/restore/trail.ts';
import { trailQuestions, type TrailSettings } from './trail-questions.ts';

const MARK_MS = 1_000;
const ENDS_MS = 10_000;

/** @returns milliseconds since the epoch; undefined when nothing is said */
function instantOf(wholeSince: HighestMark['wholeSince']): number | undefined {
  if (wholeSince === undefined) return undefined;
  return wholeSince === null ? -Infinity : Date.parse(wholeSince);
}

export function trailOfEnds(settings: TrailSettings): TrailOfEnds {
  const ask = trailQuestions(settings);
  return {
    async highestMark(database, mark, known) {
      const query: DatabaseMark = { database, mark, known };
      const statement = markStatement(query);
      const question = { path: DATABASE_MARKS_PATH, query, statement, timeoutMs: MARK_MS };
      const { highest, wholeSince } = HighestMark.parse(await ask({ ...question, method: 'POST' }));
      return { highest, wholeSinceMs: instantOf(wholeSince) };
    },
    async *endsSince(tenant, since) {
      const path = pathTo(TRAIL_ENDS_PATH, { tenant });
      let after = '';
      do {
        const query: EndsQuery = { since: since.toISOString(), ...(after && { after }) };
        const question = { path, query, statement: endsStatement(tenant, query), timeoutMs: ENDS_MS };
        const { ends, next } = TrailEnds.parse(await ask(question));
        yield ends;
        after = next ?? '';
      } while (after);
    },
  };
}
