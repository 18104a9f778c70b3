/** Asks audit-service about the calls of apps. */
import {
  APP_CALLS_PATH,
  type AppCall,
  AppCalls,
  type AppCallsQuery,
  appCallsStatement,
  MAX_APP_CALLS,
  pathTo,
} from '@patient-access/internal-api';
import type { TrailOfCalls } from '../domain/developers/calls.ts';
import { trailQuestions, type TrailSettings } from './trail-questions.ts';

/** So many ids have room in one question. An account has as many apps as its applications, of a hundred in each year. */
const CLIENTS_OF_QUESTION = 100;

const inParts = (clients: readonly string[]): string[][] =>
  Array.from({ length: Math.ceil(clients.length / CLIENTS_OF_QUESTION) }, (_, nth) =>
    clients.slice(nth * CLIENTS_OF_QUESTION, (nth + 1) * CLIENTS_OF_QUESTION),
  );

export function trailOfCalls(settings: TrailSettings): TrailOfCalls {
  const ask = trailQuestions(settings);
  return {
    async calls(tenant, clients, wanted) {
      const asked = new Date().toISOString();
      const path = pathTo(APP_CALLS_PATH, { tenant });
      const callsOf = async (part: string[]): Promise<AppCall[]> => {
        const query: AppCallsQuery = { clients: part.join(' '), asked, ...wanted };
        const statement = appCallsStatement(tenant, query);
        return AppCalls.parse(await ask({ path, query, statement })).calls;
      };
      const [only = [], ...others] = await Promise.all(inParts(clients).map(callsOf));
      if (others.length === 0) return only;
      const newestFirst = [only, ...others].flat().sort((a, b) => Date.parse(b.at) - Date.parse(a.at));
      return newestFirst.slice(0, MAX_APP_CALLS);
    },
  };
}
