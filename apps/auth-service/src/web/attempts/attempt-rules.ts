/** How the requests of this service get into the audit trail: one place for all endpoints, pages and internal calls. */
import { NO_PLAN } from '@patient-access/events';
import { attemptOf, AttemptCounter, type AttemptRules, noteRecorded } from '@patient-access/platform';
import type { FastifyRequest } from 'fastify';
import { contextOfPlan, newAccessEvent, SEEN_BY_NO_APP } from '../../domain/audit/access-event.ts';
import { namesTold } from '../../domain/administration/told.ts';
import { hasEvent } from '../../domain/audit/open-requests.ts';
import { recordAttempts } from '../../provider/audit/record-attempts.ts';
import { clientAddress } from '../../provider/endpoints/client-address.ts';
import type { SharedServices } from '../../provider/shared-services.ts';
import type { Tenants } from '../../provider/tenants.ts';
import { LEADS_ON, maySayNobody, readAt, WITHOUT_EVENT } from './route-events.ts';

const REPORT_SECONDS = 60;
const NO_CONTENT = 204;
const PART = 'auth-service/edge';
const PLAN = /^\/(?:auth\/|account\/|internal\/(?:admin\/)?)?([a-z0-9-]{1,63})(?=[/?]|$)/;

/**
 * Records that a caller reads an account, a receipt or a registration. Nothing is recorded where nobody is known. An answer to
 * an act that tells of persons leaves this event too: those of the act name whom it changed. An answer of the administration
 * that does not say of whom it tells has no event, and so does not leave.
 */
async function recordRead(services: SharedServices, request: FastifyRequest, status: number): Promise<void> {
  const { known, told } = attemptOf(request);
  const { url = '' } = request.routeOptions;
  if (!told && status !== NO_CONTENT && !maySayNobody(request.method, url)) return;
  if (hasEvent(request.id) && !told?.persons.length) return noteRecorded(request, { isRefusal: false });
  const action = told?.action ?? readAt(url);
  if (!known || action === undefined) return;
  const context = contextOfPlan(known.tenant, { requestId: request.id, address: clientAddress(request) });
  await services.outbox.record(
    newAccessEvent(context, {
      kind: 'account',
      action,
      outcome: '0',
      ...SEEN_BY_NO_APP,
      ...(told && namesTold(told.persons)),
      ...known.caller,
    }),
  );
  noteRecorded(request, { isRefusal: false });
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
    record: (request, status) => recordRead(services, request, status),
  };
}
