import { randomUUID } from 'node:crypto';
import { type AttemptReport, eventOfAttempt, NO_PLAN } from '@patient-access/events';
import type { Outbox } from '@patient-access/outbox';
import type { Tenants } from '../tenants.ts';

/**
 * Records access attempts. A plan that does not exist has no trail: what named it goes to the trail of no plan. Nothing is
 * recorded before all plans are known, because after a failure the same reports come again.
 *
 * @param part of this service: `auth-service/edge`
 */
export async function recordAttempts(
  outbox: Pick<Outbox, 'record'>,
  tenants: Pick<Tenants, 'exists'>,
  part: string,
  reports: readonly AttemptReport[],
): Promise<void> {
  const events = await Promise.all(
    reports.map(async (report) => {
      const tenant = (await tenants.exists(report.tenant)) ? report.tenant : NO_PLAN;
      return eventOfAttempt({ ...report, tenant }, part, randomUUID());
    }),
  );
  await Promise.all(events.map((event) => outbox.record(event)));
}
