/** How the requests of a service with FHIR resources get into the trail, beside those that the engine records. */
import { randomUUID } from 'node:crypto';
import { callerOfClaims, eventOfAttempt, NO_PLAN } from '@patient-access/events';
import { type Owner, planOf } from '@patient-access/fhir';
import { CLIENT_ADDRESS_HEADER } from '@patient-access/internal-api';
import type { Outbox } from '@patient-access/outbox';
import { AttemptCounter, type AttemptRules, type Logger } from '@patient-access/platform';
import type { TokenClaims } from '@patient-access/smart';
import type { FastifyRequest } from 'fastify';

const REPORT_SECONDS = 60;

/** Whom the guard let in. */
const callerOf: AttemptRules['callerOf'] = (request) => {
  const { user } = request as FastifyRequest & { user?: Partial<TokenClaims> };
  if (user?.tenant === undefined || user.client_id === undefined) return undefined;
  const claims = user as TokenClaims;
  const plan = planOf(claims.tenant);
  // Of everybody, who reads what a plan publishes, requests are counted.
  return { tenant: plan, caller: callerOfClaims(claims), ...(plan !== claims.tenant && { isClaimed: true }) };
};

/**
 * @param owner the service, whose part `edge` records what the engine does not
 * @param withoutEvent routes of its own for other services, and why they leave no event
 */
export function ownerAttempts(
  owner: Owner,
  outbox: Pick<Outbox, 'record'>,
  logger: Logger,
  withoutEvent: AttemptRules['withoutEvent'],
): AttemptRules {
  const counter = new AttemptCounter(
    async (reports) => {
      const events = reports.map((report) => eventOfAttempt(report, `${owner}/edge`, randomUUID()));
      await Promise.all(events.map((event) => outbox.record(event)));
    },
    REPORT_SECONDS,
    (error) => logger.warn({ reason: String(error) }, 'attempts could not be recorded yet'),
  );
  return {
    counter,
    withoutEvent,
    // Who has no introspection JWT does not come from the gateway, and a plan that such a request names may not exist.
    planOf: () => NO_PLAN,
    addressOf: ({ headers, ip }) => String(headers[CLIENT_ADDRESS_HEADER] ?? ip),
    callerOf,
  };
}
