import { randomUUID } from 'node:crypto';
import { type AttemptReport, eventOfAttempt, NO_PLAN } from '@patient-access/events';
import type { Outbox } from '@patient-access/outbox';
import type { Tenants } from '../tenants.ts';

/**
 * Records access attempts. A plan that does not exist has no trail: what named it goes to the trail of no plan.
 *
 * @param part of this service: `auth-service/edge`
 */
export async function recordAttempts(
  outbox: Pick<Outbox, 'record'>,
  tenants: Pick<Tenants, 'get'>,
  part: string,
  reports: readonly AttemptReport[],
): Promise<void> {
  await Promise.all(
    reports.map(async (report) => {
      const tenant = (await tenants.get(report.tenant)) ? report.tenant : NO_PLAN;
      await outbox.record(eventOfAttempt({ ...report, tenant }, part, randomUUID()));
    }),
  );
}
