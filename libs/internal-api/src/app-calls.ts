/** What auth-service asks audit-service for the developer of an app: what became of the app's own calls. */
import { z } from 'zod';

/** GET with an {@link AppCallsQuery}, signed as {@link appCallsStatement}: 200 with {@link AppCalls}, newest first. */
export const APP_CALLS_PATH = '/internal/app-calls/:tenant';

const MAX_CLIENTS_CHARACTERS = 4_096;
/** The most calls of one answer; the newest. */
export const MAX_APP_CALLS = 100;

export const AppCallsQuery = z.object({
  /** client ids, separated by spaces */
  clients: z.string().min(1).max(MAX_CLIENTS_CHARACTERS),
  /** when the question was asked, ISO 8601 */
  asked: z.iso.datetime(),
  /** X-Request-ID of one call */
  request: z.uuid().optional(),
  /** only calls that were not answered */
  only: z.literal('refused').optional(),
});
export type AppCallsQuery = z.infer<typeof AppCallsQuery>;

export const appCallsStatement = (tenant: string, query: AppCallsQuery): string =>
  `urn:payer-patient-access:app-calls:1 ${JSON.stringify([tenant, query.clients, query.asked, query.request ?? '', query.only ?? ''])}`;

/** A call without anything of a member: neither ids nor values. */
const AppCall = z.object({
  /** ISO 8601 */
  at: z.iso.datetime(),
  requestId: z.uuid(),
  /** client id */
  client: z.string(),
  /** method, types and names of parameters; for the authorization server what was done */
  request: z.string(),
  outcome: z.enum(['answered', 'refused', 'failed']),
  /** the reason in the trail */
  reason: z.string().nullable(),
});
export type AppCall = z.infer<typeof AppCall>;

export const AppCalls = z.object({ calls: z.array(AppCall) });
export type AppCalls = z.infer<typeof AppCalls>;
