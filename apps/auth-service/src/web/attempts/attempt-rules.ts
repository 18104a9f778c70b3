/** How the requests of this service get into the audit trail: one place for all endpoints, pages and internal calls. */
import { type AccessEvent, NO_PLAN } from '@patient-access/events';
import { attemptOf, AttemptCounter, type AttemptRules } from '@patient-access/platform';
import type { FastifyRequest } from 'fastify';
import { newAccessEvent } from '../../domain/audit/access-event.ts';
import { hasEvent } from '../../domain/audit/open-requests.ts';
import { recordAttempts } from '../../provider/audit/record-attempts.ts';
import { clientAddress } from '../../provider/endpoints/client-address.ts';
import type { SharedServices } from '../../provider/shared-services.ts';
import type { Tenants } from '../../provider/tenants.ts';
import { LEADS_ON, readAt, WITHOUT_EVENT } from './route-events.ts';

const REPORT_SECONDS = 60;
const PART = 'auth-service/edge';
const PERSON = 'Person';
const PLAN = /^\/(?:auth\/|account\/|internal\/(?:admin\/)?)?([a-z0-9-]{1,63})(?=[/?]|$)/;

/**
 * What the staff is told of a person here has no FHIR type of its own, so it is named as the directory names it. An answer
 * about nobody says 0, so that it is not taken for one whose persons are not known.
 */
function ofPersons(told: readonly string[] | undefined): Partial<AccessEvent> {
  if (!told) return {};
  const persons = [...new Set(told)];
  return {
    counts: { [PERSON]: persons.length },
    ...(persons.length > 0 && { resources: { [PERSON]: persons.join(' ') } }),
  };
}

/**
 * Records that a caller reads an account, a receipt or a registration. Nothing is recorded where nobody is known. An answer to
 * an act that tells of persons leaves this event too: those of the act name whom it changed.
 */
async function recordRead(services: SharedServices, request: FastifyRequest): Promise<void> {
  const attempt = attemptOf(request);
  const { known, told } = attempt;
  if (hasEvent(request.id) && !told) return void (attempt.isRecorded = true);
  const action = readAt(request.routeOptions.url ?? '');
  if (!known || action === undefined) return;
  const context = {
    requestId: request.id,
    tenant: { id: known.tenant, issuer: '' },
    address: clientAddress(request),
  };
  await services.outbox.record(
    newAccessEvent(context, { kind: 'account', action, outcome: '0', ...ofPersons(told), ...known.caller }),
  );
  attempt.isRecorded = true;
}

export function attemptRules(services: SharedServices, tenants: Tenants): AttemptRules {
  return {
    counter: new AttemptCounter(
      (reports) => recordAttempts(services.outbox, tenants, PART, reports),
      REPORT_SECONDS,
      (error) => services.logger.warn({ reason: String(error) }, 'attempts could not be recorded yet'),
    ),
    withoutEvent: WITHOUT_EVENT,
    leadsOn: LEADS_ON,
    planOf: (url) => PLAN.exec(url)?.[1] ?? NO_PLAN,
    addressOf: clientAddress,
    record: (request) => recordRead(services, request),
  };
}
