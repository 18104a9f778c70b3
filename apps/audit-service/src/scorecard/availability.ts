/**
 * Availability, from the metrics. The trail knows requests that were answered, also with an error of ours. It does not know
 * those that got no answer: the gateway that was to record them was not there, or ended. Prometheus counts what each gateway
 * answered, of all plans together, and knows whether it could reach one.
 */
import { z } from 'zod';

const DEADLINE_MS = 30_000;

/** @param days of the past, up to now */
const QUERIES = {
  answered: (days: number) =>
    `sum(increase(fhir_requests_total[${days}d])) - (sum(increase(fhir_requests_total{outcome="error"}[${days}d])) or vector(0))`,
  all: (days: number) => `sum(increase(fhir_requests_total[${days}d]))`,
  /**
   * Part of the time in which at least one gateway answered Prometheus. It goes by a metric of the gateway: the job that asks for the
   * metrics has another name in each installation, and may ask all services (k8s/components/monitoring).
   */
  up: (days: number) =>
    `avg_over_time((max(patient_access_build_info{service="fhir-gateway"}) or vector(0))[${days}d:1m])`,
} as const;

const Answer = z.object({
  status: z.literal('success'),
  data: z.object({ result: z.array(z.object({ value: z.tuple([z.number(), z.string()]) })) }),
});

export interface Availability {
  /** not of the plan: of all plans of all installations that this Prometheus watches */
  of: 'installation';
  /** part of the requests below a FHIR base that did not fail on our side; null where Prometheus knows of none */
  shareNotFailed: number | null;
  /** part of the time in which a gateway was there; null where Prometheus does not know */
  gatewayUp: number | null;
}

async function ask(base: string, query: string): Promise<number | null> {
  const url = new URL('api/v1/query', base.endsWith('/') ? base : `${base}/`);
  url.searchParams.set('query', query);
  const response = await fetch(url, { signal: AbortSignal.timeout(DEADLINE_MS) });
  if (!response.ok) throw new Error(`Prometheus answered ${response.status} to ${query}`);
  const value = Number(Answer.parse(await response.json()).data.result[0]?.value[1] ?? Number.NaN);
  return Number.isFinite(value) ? value : null;
}

export async function availabilityOf(prometheus: string, days: number): Promise<Availability> {
  const answered = await ask(prometheus, QUERIES.answered(days));
  const all = await ask(prometheus, QUERIES.all(days));
  const shareNotFailed = answered === null || all === null || all === 0 ? null : answered / all;
  return { of: 'installation', shareNotFailed, gatewayUp: await ask(prometheus, QUERIES.up(days)) };
}
