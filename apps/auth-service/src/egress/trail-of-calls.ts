/** Asks audit-service about the calls of apps. */
import {
  APP_CALLS_PATH,
  AppCalls,
  type AppCallsQuery,
  appCallsStatement,
} from '@patient-access/internal-api';
import type { TrailOfCalls } from '../domain/developers/calls.ts';
import { trailQuestions, type TrailSettings } from './trail-questions.ts';

export function trailOfCalls(settings: TrailSettings): TrailOfCalls {
  const ask = trailQuestions(settings);
  return {
    async calls(tenant, clients, wanted) {
      if (clients.length === 0) return [];
      const query: AppCallsQuery = { clients: clients.join(' '), asked: new Date().toISOString(), ...wanted };
      const statement = appCallsStatement(tenant, query);
      return AppCalls.parse(await ask({ path: APP_CALLS_PATH, tenant, query, statement })).calls;
    },
  };
}
