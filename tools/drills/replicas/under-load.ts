/** Replaces services while members use them, and says what has to be true of it, for each service. */
import type { ServiceName } from '@patient-access/topology';
import type { Drill } from '../drill.ts';
import { type Failure, inWords, SteadyLoad } from './load.ts';
import type { ReplicatedSystem } from './replicated-system.ts';

/** A pod is asked to end 5 s before it gets the signal, and Kubernetes kills it 25 s after that. */
const END_MS = 10_000;
const SHOWN_FAILURES = 20;

/** What a short drill replaces, or goes back with: the one whose state all replicas share, an owner of records, and the edge. */
export const REPLACED_IN_SHORT: readonly ServiceName[] = ['auth-service', 'claims-service', 'fhir-gateway'];

/** Replaces both replicas of a service by those of a build. */
export type Replace = (service: ServiceName, build: string) => Promise<void>;

/** What was seen while one service was replaced, all times together. */
interface Seen {
  /** how long each of its processes took to end, in ms */
  ends: number[];
  /** what members and apps asked meanwhile, of any service */
  requests: number;
  failures: Failure[];
}

/** @param work what is done while the load runs */
export async function underLoad(
  drill: Drill,
  system: ReplicatedSystem,
  work: (replace: Replace) => Promise<void>,
): Promise<void> {
  const [plan] = system.description.tenants;
  if (!plan) throw new Error('no plan');
  const load = await SteadyLoad.start(plan);
  const seen = new Map<ServiceName, Seen>();
  const replace: Replace = async (service, build) => {
    const { requests, failures } = load;
    const before = { requests, failures: failures.length };
    const took = await system.replace(service, build);
    const all = seen.get(service) ?? { ends: [], requests: 0, failures: [] };
    seen.set(service, {
      ends: [...all.ends, ...took],
      requests: all.requests + load.requests - before.requests,
      failures: [...all.failures, ...failures.slice(before.failures)],
    });
    drill.say(`${service} replaced: its ends took ${took.map(Math.round).join(' and ')} ms`);
  };
  const failed = await work(replace).then(
    () => undefined,
    (error: unknown) => error,
  );
  const missing = await load.end();
  const inLines = (failures: readonly Failure[]): string => {
    const shown = failures.slice(0, SHOWN_FAILURES).map((failure) => withError(failure, system));
    return [`${failures.length} failed`, ...shown].join('\n         ');
  };
  for (const [service, of] of seen) judge(drill, service, of, inLines(of.failures));
  const { reads, logins, refreshes } = load.counts;
  drill.expect(
    load.failures.length === 0,
    `${reads} reads, ${logins} logins and ${refreshes} refreshes, none failed`,
    inLines(load.failures),
  );
  drill.expect(missing === undefined, `the trail has every read`, missing);
  drill.expect(failed === undefined, 'each replica became ready', failed);
}

function judge(drill: Drill, service: ServiceName, { ends, requests, failures }: Seen, failed: string): void {
  const slowest = Math.max(...ends);
  drill.expect(
    slowest < END_MS && failures.length === 0,
    `${service}: ${ends.length} ends, the slowest took ${Math.round(slowest)} ms; ${requests} requests meanwhile, ${failures.length} failed`,
    failed,
  );
}

/** A failure with what the gateway logged of it: an app learns only that it may come again. */
function withError(failure: Failure, system: ReplicatedSystem): string {
  const { requestId } = failure;
  const error = requestId && system.errorOf(requestId);
  return error ? `${inWords(failure)} (${error})` : inWords(failure);
}
