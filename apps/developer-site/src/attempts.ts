import { NO_PLAN } from '@patient-access/events';
import { AttemptCounter, type AttemptRules, type Metrics } from '@patient-access/platform';

const SECONDS = 60;

/** Every route. */
const WITHOUT_EVENT = { 'GET /*': 'is published for everybody, and says nothing about anybody' };

/**
 * This site reaches neither a member's data nor the audit trail. So nothing of it is in the trail, and its refusals are
 * a number. What auth-service answers is in the trail, and auth-service has put it there.
 */
export function siteAttempts(metrics: Metrics): AttemptRules {
  let refused = 0;
  metrics.counter(
    'site_refused_total',
    'requests that were refused, such as for a page that does not exist',
    () => refused,
  );
  const deliver = async (reports: readonly { count: number }[]) => {
    for (const { count } of reports) refused += count;
  };
  return {
    counter: new AttemptCounter(deliver, SECONDS, () => undefined),
    withoutEvent: WITHOUT_EVENT,
    planOf: () => NO_PLAN,
    addressOf: ({ ip }) => ip,
  };
}
