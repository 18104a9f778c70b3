/** Asks the services with members' records how fresh a plan's data is. */
import { randomUUID } from 'node:crypto';
import {
  type FeedFreshness,
  FRESHNESS_PATH,
  pathTo,
  PlanFreshness,
  REQUEST_ID_HEADER,
} from '@patient-access/internal-api';
import { type RecordService, urlSetting } from '@patient-access/topology';

/** A page waits so long, and is then shown without it. */
const DEADLINE_MS = 1_500;

type Urls = Readonly<Record<ReturnType<typeof urlSetting<RecordService>>, string>>;

/** @param introspectionJwt of the plan, about nobody @throws Error when the service does not answer */
export async function freshnessOfService(
  urls: Urls,
  service: RecordService,
  { tenant, introspectionJwt }: { tenant: string; introspectionJwt: string },
): Promise<FeedFreshness[]> {
  const url = new URL(pathTo(FRESHNESS_PATH, { tenant }), urls[urlSetting(service)]);
  const headers = { authorization: `Bearer ${introspectionJwt}`, [REQUEST_ID_HEADER]: randomUUID() };
  const response = await fetch(url, { headers, signal: AbortSignal.timeout(DEADLINE_MS) });
  if (!response.ok) throw new Error(`${service} answered ${response.status}`);
  return PlanFreshness.parse(await response.json()).feeds;
}
